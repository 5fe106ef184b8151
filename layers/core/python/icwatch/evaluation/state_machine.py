"""The state machine of an alarm: what one observation does to it.

The table of `docs/semantics.md`, cell by cell; nothing else in the project moves a phase. A cell may pass its alarm on
to the cell of the phase it enters, so that a duration of zero passes through at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from icwatch.evaluation.breaches import observed
from icwatch.model import Alarm, Failure, Kind, Level, Number, Phase, Rule


class Observation(NamedTuple):
    """What a sweep saw of one group: the value, the worst level at which it breaches the rule, and why a probe failed.

    A value of None was filtered out by the expression's own comparison; a level of None is no breach.
    """

    value: Number | None
    level: Level | None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What an observation did: the alarm after it, whether it is over (inactive), what to report and the reason."""

    alarm: Alarm
    kind: Kind | None = None
    reason: str = ""
    over: bool = False
    former_level: Level | None = None


def begin(rule: Rule, group: str, labels: Mapping[str, str], seen: Observation, at: int) -> Step:
    """What a breach does to a group without an alarm."""
    assert seen.level is not None
    assert seen.value is not None
    alarm = Alarm(rule.name, group, Phase.PENDING, at, at, seen.level, seen.value, seen.failure, labels=labels)
    return _pending(rule, alarm, at)


def rests_until(rule: Rule, alarm: Alarm, at: int) -> int:
    """Until when a breach that is as before leaves an alarm as it is and decides nothing, whatever else is known: `at`
    where it does not; later where the alarm is active, a notice of it went out, and none is due.

    This is the cell ACTIVE of a breach where it does nothing, which is what most of an outage consists of: `advance`
    would return the same alarm, seen at `at`. It is asked of all that stands, minute by minute.
    """
    if alarm.phase is not Phase.ACTIVE or not alarm.notified_levels:
        return at
    due = alarm.reported_at + (rule.pause_after(alarm.reports) if rule.resend_pauses else rule.resend_interval)
    if alarm.stage < len(rule.unattended_after):
        since = alarm.raised_at if alarm.raised_at <= at else alarm.began_at
        due = min(due, since + rule.unattended_after[alarm.stage])
    return due


def advance(
    rule: Rule, alarm: Alarm, seen: Observation, at: int, *, acknowledged: bool = False, suppressed: bool = False
) -> Step:
    """Move an alarm by what the sweep at `at` saw.

    An acknowledged alarm is neither repeated nor unattended. `suppressed` says that a silence or another alarm keeps it
    from being announced.
    """
    if _run_is_broken(rule, alarm, at):
        alarm = replace(alarm, since=at, observations=0, breaches=())
    former = alarm.level
    breached = seen.level is not None and seen.value is not None
    if seen.level is not None and seen.value is not None:
        alarm = replace(alarm, seen=at, level=seen.level, value=seen.value, failure=seen.failure)
    else:
        alarm = replace(alarm, seen=at)
    match alarm.phase, breached:
        case Phase.PENDING, True:
            return _pending(rule, alarm, at)
        case Phase.PENDING, False:
            return _waiting(rule, alarm, at)
        case Phase.ACTIVE, True:
            return _active(rule, alarm, former, at, acknowledged=acknowledged, suppressed=suppressed)
        case Phase.ACTIVE, False:
            return _clearing(rule, replace(alarm, phase=Phase.CLEARING, since=at), at)
        case Phase.CLEARING, True:
            alarm = replace(alarm, phase=Phase.ACTIVE, since=at)
            return _active(rule, alarm, former, at, acknowledged=acknowledged, suppressed=suppressed)
        case _:
            return _clearing(rule, alarm, at)


def _run_is_broken(rule: Rule, alarm: Alarm, at: int) -> bool:
    """Whether more than 1.5 cycles went unseen, so that a run that is waited for starts anew.

    Breaches that are counted are no run, and end by their own age; but they start anew with a rule that counts now and
    did not before, or the other way round.
    """
    if alarm.phase is Phase.PENDING and (rule.breaches is not None or alarm.breaches):
        return (rule.breaches is not None) is not bool(alarm.breaches)
    return alarm.phase is not Phase.ACTIVE and 2 * (at - alarm.seen) > 3 * rule.cycle


def _pending(rule: Rule, alarm: Alarm, at: int) -> Step:
    if rule.breaches is not None:
        alarm = observed(rule, alarm, at, breached=True)
        if len(alarm.breaches) < rule.breaches.least:
            return Step(alarm)
        counted = f"{len(alarm.breaches)} of the last {rule.breaches.of} values"
        return _raised(alarm, at, f"{_breach(rule, alarm)}, {counted}")
    held = at - alarm.since
    if held < rule.duration:
        return Step(alarm)
    return _raised(alarm, at, f"{_breach(rule, alarm)}, held {held}s of {rule.duration}s")


def _raised(alarm: Alarm, at: int, reason: str) -> Step:
    raised = replace(
        alarm,
        phase=Phase.ACTIVE,
        began_at=alarm.since,
        raised_at=at,
        reported_at=at,
        reports=1,
        observations=0,
        breaches=(),
    )
    return Step(raised, Kind.RAISED, reason)


def _waiting(rule: Rule, alarm: Alarm, at: int) -> Step:
    """A good value ends a run of breaches. Where breaches are counted, the alarm goes with the last one that counts."""
    if rule.breaches is None:
        return Step(alarm, over=True)
    alarm = observed(rule, alarm, at, breached=False)
    return Step(alarm, over=not alarm.breaches)


def _active(rule: Rule, alarm: Alarm, former: Level, at: int, *, acknowledged: bool, suppressed: bool) -> Step:
    """A change of level is reported at once, and a breach that goes on when a stage or its repetition is due."""
    if alarm.level is not former:
        kind = Kind.ESCALATED if alarm.level.rank < former.rank else Kind.EASED
        reason = f"{_breach(rule, alarm)}, level {former} before"
        return Step(_reported(alarm, at), kind, reason, former_level=former)
    if acknowledged:
        return Step(alarm)
    if not suppressed and not alarm.announced:
        return Step(_reported(alarm, at), Kind.REPEATED, f"{_breach(rule, alarm)}, not announced before")
    if not suppressed and _is_unattended(rule, alarm, at):
        return _unattended(rule, _reported(alarm, at), at)
    passed, pause = at - alarm.reported_at, rule.pause_after(alarm.reports)
    if passed < pause:
        return Step(alarm)
    reason = f"{_breach(rule, alarm)}, last reported {passed}s ago, resend interval {pause}s"
    return Step(_reported(alarm, at), Kind.REPEATED, reason)


def _reported(alarm: Alarm, at: int) -> Alarm:
    return replace(alarm, reported_at=at, reports=alarm.reports + 1)


def _is_unattended(rule: Rule, alarm: Alarm, at: int) -> bool:
    """Whether the next stage is due."""
    stages = rule.unattended_after
    return alarm.stage < len(stages) and _stood(alarm, at) >= stages[alarm.stage]


def _stood(alarm: Alarm, at: int) -> int:
    """Seconds since it was raised. Where a clock that was ahead has raised it, since its breach began."""
    return at - (alarm.raised_at if alarm.raised_at <= at else alarm.began_at)


def _unattended(rule: Rule, reported: Alarm, at: int) -> Step:
    """The next stage; but first its level, where nobody was notified of that: who filters by it must not miss it."""
    if reported.last_level is not reported.level:
        return Step(reported, Kind.REPEATED, f"{_breach(rule, reported)}, not announced at this level before")
    stage, after = reported.stage + 1, rule.unattended_after[reported.stage]
    reason = f"{_breach(rule, reported)}, not acknowledged {_stood(reported, at)}s after it was raised"
    return Step(replace(reported, stage=stage), Kind.UNATTENDED, f"{reason}, stage {stage} after {after}s")


def _clearing(rule: Rule, alarm: Alarm, at: int) -> Step:
    held = at - alarm.since
    if held < rule.clear_cycle:
        return Step(alarm)
    return Step(alarm, Kind.CLEARED, f"good samples held {held}s of {rule.clear_cycle}s", over=True)


def _breach(rule: Rule, alarm: Alarm) -> str:
    cause = f" ({alarm.failure.cause})" if alarm.failure else ""
    limit = rule.threshold_of(alarm.level)
    threshold = "" if limit is None else limit
    level = f", level {alarm.level}" if len(rule.bounds) > 1 else ""
    return f"value {alarm.value} {rule.comparator} {threshold}{cause}{level}"
