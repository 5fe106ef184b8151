"""The life of an alarm that never was, up to the notice that somebody wants to see. Pure.

The state table decides, as in life; made up are only the times, in steps of the rule's own, and the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from icwatch.evaluation.state_machine import Observation, Step, advance, begin
from icwatch.evaluation.transitions import transition_of
from icwatch.model import (
    MAX_RECENT_NOTICES,
    Alarm,
    Cause,
    Failure,
    Kind,
    Level,
    Number,
    RecentNotice,
    Rule,
    Transition,
)

STANDS = 91 * 60
"""Seconds for which an alarm lasts that is repeated or over: about as many, where the rule repeats less often."""

CHANGES = 10 * 60
"""Seconds after which an alarm changes its level or is closed."""

CLOSED = "target_removed"
"""Why: of the reasons to close an alarm, the one that is no change of a rule."""


@dataclass(frozen=True, slots=True)
class Group:
    """One of those that a rule tells apart: its name, the labels of its alarm, and the rule as it holds for it."""

    name: str
    labels: Mapping[str, str]
    rule: Rule


def levels_for(rule: Rule, kind: Kind) -> tuple[Level, ...]:
    """The levels of which a notice of this kind can be, worst first: nothing eases to the worst one."""
    levels = tuple(bound.level for bound in rule.bounds)
    if kind is Kind.ESCALATED:
        return levels[:-1]
    return levels[1:] if kind is Kind.EASED else levels


def tell(
    group: Group, kind: Kind, level: Level, failure: Failure | None, at: int
) -> tuple[Transition, dict[str, Alarm]]:
    """What is decided at `at` to say this of a group, and its alarm afterwards by key, where it is not over.

    `level` is one of `levels_for`.
    """
    rule = group.rule
    clears = _whole_cycles(rule, rule.clear_cycle) if kind is Kind.CLEARED else 0
    ends = at - clears
    raised_at = ends - _stands(rule, kind)
    before = _seen(rule, _level_before(rule, kind, level), failure)
    began_at = raised_at - _whole_cycles(rule, rule.duration)
    step = begin(rule, group.name, group.labels, before, began_at)
    if step.kind is None:
        step = _advance(rule, step.alarm, before, raised_at)
    value = before.value
    if kind is not Kind.RAISED:
        alarm = _reported(rule, step.alarm, ends)
        seen = Observation(_good(rule), None) if kind is Kind.CLEARED else _seen(rule, level, failure)
        value = seen.value
        step = Step(alarm, kind, CLOSED, over=True) if kind is Kind.CLOSED else _advance(rule, alarm, seen, ends)
        if clears:
            step = _advance(rule, step.alarm, seen, at)
    assert step.kind is kind
    return transition_of(step, value, at, rule.scope), {} if step.over else {step.alarm.key: step.alarm}


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


def _stands(rule: Rule, kind: Kind) -> int:
    """How long the alarm has lasted when it is notified, or when its breach ends."""
    if kind is Kind.RAISED:
        return 0
    if kind is Kind.REPEATED:
        every = _whole_cycles(rule, rule.resend_interval)
        return max(1, STANDS // every) * every
    return _whole_cycles(rule, STANDS if kind is Kind.CLEARED else CHANGES)


def _whole_cycles(rule: Rule, seconds: int) -> int:
    """The first moment at which a sweep sees that so many seconds have passed."""
    return -(-seconds // rule.cycle) * rule.cycle


def _level_before(rule: Rule, kind: Kind, level: Level) -> Level:
    levels = [bound.level for bound in rule.bounds]
    return levels[levels.index(level) + {Kind.ESCALATED: 1, Kind.EASED: -1}.get(kind, 0)]


def _advance(rule: Rule, alarm: Alarm, seen: Observation, at: int) -> Step:
    """What a sweep does to an alarm that no sweep before it has missed."""
    return advance(rule, replace(alarm, seen=at), seen, at)


def _reported(rule: Rule, alarm: Alarm, until: int) -> Alarm:
    """The alarm with all its reports before `until`."""
    every = _whole_cycles(rule, rule.resend_interval)
    reports = 1 + max(0, until - alarm.raised_at - 1) // every
    times = [alarm.raised_at + number * every for number in range(reports)[-MAX_RECENT_NOTICES:]]
    cause = None if alarm.failure is None else alarm.failure.cause
    notices = [
        RecentNotice(at, Kind.REPEATED if at > alarm.raised_at else Kind.RAISED, alarm.level, cause) for at in times
    ]
    levels = (alarm.level,)
    alarm = replace(alarm, reports=reports, reported_at=times[-1], notices=reports)
    return replace(alarm, recent_notices=tuple(notices), notified_levels=levels)


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
