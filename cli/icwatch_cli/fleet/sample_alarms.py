"""Sample alarms: the life of an alarm that never was, up to a notice that somebody wants to see or to check. Pure.

`evaluate` decides, as over real sweeps; made up are only the times, in steps of the rule's own, and the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from icwatch.evaluation.evaluate import evaluate
from icwatch.evaluation.state_machine import Observation
from icwatch.model import (
    HEALTH,
    TARGET,
    Alarm,
    Cause,
    Failure,
    Instruction,
    Inventory,
    Kind,
    Level,
    Number,
    Rule,
    ShardAlarms,
    Sweep,
    Target,
    Transition,
)
from icwatch_cli.fleet.repeats import report_times

LASTING_SECONDS = 91 * 60
"""For which an alarm lasts that is repeated or over: about as many, where the rule repeats less often."""

CHANGE_SECONDS = 10 * 60
"""After which an alarm changes its level or is closed."""

NO_GAP_SECONDS = 10**9
"""A cycle that is longer than whatever a sample alarm lasts."""

PROGRAM = (Instruction("select", metric=HEALTH),)
SHARD = "sample"


@dataclass(frozen=True, slots=True)
class Group:
    """One of those that a rule tells apart: its name, the labels of its alarm, and the rule as it holds for it."""

    name: str
    labels: Mapping[str, str]
    rule: Rule


def levels_for(rule: Rule, kind: Kind) -> tuple[Level, ...]:
    """The levels of which a notice of this kind can be, worst first: nothing eases to the worst one."""
    levels = tuple(bound.level for bound in rule.bounds)
    if kind is Kind.UNATTENDED and not rule.unattended_after:
        return ()
    if kind is Kind.ESCALATED:
        return levels[:-1]
    return levels[1:] if kind is Kind.EASED else levels


def decided(
    group: Group,
    kind: Kind,
    level: Level,
    failure: Failure | None,
    at: int,
    *,
    route_by: tuple[str, ...] = (),
    lasting_seconds: int = LASTING_SECONDS,
) -> tuple[Transition, Mapping[str, Alarm]]:
    """What `evaluate` decides at `at` to report this of a group, and its alarm afterwards by key, where it is not over.

    `level` is one of `levels_for`. An alarm that is repeated or cleared has lasted about `lasting_seconds` by then.
    """
    # The group as a target of its own, whose health has the group's values; a run that is waited for is not swept in
    # between, so no gap must break it.
    rule = replace(group.rule, program=PROGRAM, group_by=(TARGET,), cycle=NO_GAP_SECONDS)
    stages = rule.unattended_after if kind is Kind.UNATTENDED else ()
    rule = replace(rule, exclude=(), overrides=(), inhibited_by=(), enabled=True, unattended_after=stages)
    targets = {group.name: Target(group.name, labels=group.labels)}
    watched = Inventory(targets=targets, rules={rule.name: rule}, route_by=route_by)
    alarms = ShardAlarms(SHARD)
    transitions: tuple[Transition, ...] = ()
    for moment, seen in _timeline(group.rule, kind, level, failure, at, lasting_seconds=lasting_seconds):
        if seen is None:
            watched = replace(watched, targets={})
        alarms, transitions = evaluate(watched, alarms, _sweep(moment, group.name, seen))
    (transition,) = transitions
    assert transition.kind is kind, f"{rule.name}: {transition.kind} in place of {kind}"
    return transition, alarms.alarms


def _sweep(at: int, name: str, seen: Observation | None) -> Sweep:
    """A sweep that sees a value of a group, or (None) nothing."""
    if seen is None or seen.value is None:
        return Sweep(SHARD, at, {HEALTH: {}}, {})
    return Sweep(SHARD, at, {HEALTH: {name: seen.value}}, {} if seen.failure is None else {name: seen.failure})


def _timeline(
    rule: Rule, kind: Kind, level: Level, failure: Failure | None, at: int, *, lasting_seconds: int
) -> Iterator[tuple[int, Observation | None]]:
    """The sweeps that matter, up to `at`: when, and what is seen. None: the group has gone."""
    clears = _whole_cycles(rule, rule.clear_cycle) if kind is Kind.CLEARED else 0
    ends = at - clears
    raised_at = ends - _lasting(rule, kind, lasting_seconds)
    breach = _seen(rule, _level_before(rule, kind, level), failure)
    if rule.breaches is not None:
        yield from ((raised_at - earlier * rule.cycle, breach) for earlier in range(rule.breaches.least - 1, 0, -1))
    elif rule.duration:
        yield raised_at - _whole_cycles(rule, rule.duration), breach
    yield from ((raised_at + later, breach) for later in report_times(rule, rule.cycle, ends - raised_at))
    match kind:
        case Kind.CLEARED:
            yield from ((moment, Observation(_good(rule), None)) for moment in sorted({ends, at}))
        case Kind.CLOSED:
            yield at, None
        case _:
            yield at, _seen(rule, level, failure)


def failure_of(cause: Cause, timeout: Decimal) -> Failure:
    """A failure as a probe would report it."""
    status = {Cause.HTTP_STATUS: 503, Cause.BAD_RESPONSE: 200}.get(cause)
    return Failure(cause, _DETAILS[cause].format(timeout=timeout), status)


_DETAILS = {
    Cause.DNS: "Name or service not known",
    Cause.NO_ROUTE: "Network is unreachable",
    Cause.HOST_UNREACHABLE: "No route to host",
    Cause.CONNECT_TIMEOUT: "no connection within {timeout}s",
    Cause.CONNECTION_REFUSED: "Connection refused",
    Cause.TLS: "certificate verify failed: certificate has expired",
    Cause.READ_TIMEOUT: "no complete answer within {timeout}s",
    Cause.RESET: "Connection reset by peer",
    Cause.BAD_RESPONSE: "the body does not hold 'ok'",
    Cause.HTTP_STATUS: "HTTP 503",
}


def _lasting(rule: Rule, kind: Kind, seconds: int) -> int:
    """How long the alarm has lasted when it is notified, or when its breach ends."""
    if kind is Kind.RAISED:
        return 0
    if kind is Kind.UNATTENDED:
        return _whole_cycles(rule, rule.unattended_after[0])
    if kind is Kind.REPEATED:
        _, first, *others = report_times(rule, rule.cycle, seconds + rule.pause_after(1) + rule.cycle + 1)
        return max([first, *(each for each in others if each <= seconds)])
    return _whole_cycles(rule, max(1, seconds if kind is Kind.CLEARED else min(seconds, CHANGE_SECONDS)))


def _whole_cycles(rule: Rule, seconds: int) -> int:
    """The first moment at which a sweep sees that so many seconds have passed."""
    return -(-seconds // rule.cycle) * rule.cycle


def _level_before(rule: Rule, kind: Kind, level: Level) -> Level:
    levels = [bound.level for bound in rule.bounds]
    return levels[levels.index(level) + {Kind.ESCALATED: 1, Kind.EASED: -1}.get(kind, 0)]


def _seen(rule: Rule, level: Level, failure: Failure | None) -> Observation:
    """A breach at a level: by the threshold itself where that is one, or by what is next to it."""
    index = [bound.level for bound in rule.bounds].index(level)
    limit = rule.bounds[index].threshold
    between = [(limit + worse.threshold) / Decimal(2) for worse in rule.bounds[:index][-1:]]
    near = [limit, limit - _digit(limit), limit + _digit(limit), *between]
    return Observation(_first(rule, level, near), level, failure)


def _good(rule: Rule) -> Number:
    """A value near the threshold that is no breach at any level."""
    limit = rule.bounds[-1].threshold
    return _first(rule, None, [limit - _digit(limit), limit, limit + _digit(limit)])


def _first(rule: Rule, level: Level | None, values: Iterable[Number]) -> Number:
    """The first of the values that is at a level, if possible one that is not below zero; else the first of all."""
    ordered = sorted(values, key=lambda value: value < 0)
    return next(_at_level(rule, level, ordered), ordered[0])


def _at_level(rule: Rule, level: Level | None, values: Iterable[Number]) -> Iterator[Number]:
    return (value for value in values if rule.level_of(value) is level)


def _digit(number: Number) -> Number:
    """One in the last place that is written."""
    exponent = number.as_tuple().exponent if isinstance(number, Decimal) else 0
    assert isinstance(exponent, int)
    return Decimal(1).scaleb(exponent) if exponent else 1
