"""The state table: what one observation does to one alarm.

The table of `docs/semantics.md`, cell by cell; nothing else in the project moves a phase. A cell may pass its alarm on
to the cell of the phase it enters, so that a duration of zero passes through at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from icwatch.model import Alarm, Failure, Kind, Number, Phase, Rule, Target


@dataclass(frozen=True, slots=True)
class Observation:
    """What a sweep saw of one target: the value, whether it breaches the rule, and why the probe failed if it did."""

    value: Number
    breached: bool
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What an observation did: the alarm after it, whether it is over (inactive), what to report and the reason."""

    alarm: Alarm
    kind: Kind | None = None
    reason: str = ""
    over: bool = False


def begin(rule: Rule, target: Target, seen: Observation, at: int) -> Step:
    """What a breach does to a target without an alarm."""
    alarm = Alarm(rule.name, target.id, Phase.PENDING, at, at, seen.value, seen.failure, labels=target.labels)
    return _pending(rule, alarm, at)


def advance(rule: Rule, alarm: Alarm, seen: Observation, at: int, *, acknowledged: bool = False) -> Step:
    """Move a standing alarm by what the sweep at `at` saw. An acknowledged alarm is not repeated."""
    if _run_is_broken(rule, alarm, at):
        alarm = replace(alarm, since=at)
    alarm = replace(alarm, seen=at)
    if seen.breached:
        alarm = replace(alarm, value=seen.value, failure=seen.failure)
    match alarm.phase, seen.breached:
        case Phase.PENDING, True:
            return _pending(rule, alarm, at)
        case Phase.PENDING, False:
            return Step(alarm, over=True)
        case Phase.ACTIVE, True:
            return _repeat_if_due(rule, alarm, at, acknowledged)
        case Phase.ACTIVE, False:
            return _clearing(rule, replace(alarm, phase=Phase.CLEARING, since=at), at)
        case Phase.CLEARING, True:
            return _repeat_if_due(rule, replace(alarm, phase=Phase.ACTIVE, since=at), at, acknowledged)
        case _:
            return _clearing(rule, alarm, at)


def _run_is_broken(rule: Rule, alarm: Alarm, at: int) -> bool:
    """Whether more than 1.5 cycles went unseen, so that a run that is waited for starts anew."""
    return alarm.phase is not Phase.ACTIVE and 2 * (at - alarm.seen) > 3 * rule.cycle


def _pending(rule: Rule, alarm: Alarm, at: int) -> Step:
    held = at - alarm.since
    if held < rule.duration:
        return Step(alarm)
    raised = replace(alarm, phase=Phase.ACTIVE, began_at=alarm.since, raised_at=at, reported_at=at, reports=1)
    return Step(raised, Kind.RAISED, f"{_breach(rule, alarm)}, held {held}s of {rule.duration}s")


def _repeat_if_due(rule: Rule, alarm: Alarm, at: int, acknowledged: bool) -> Step:
    passed = at - alarm.reported_at
    if acknowledged or passed < rule.resend_interval:
        return Step(alarm)
    reason = f"{_breach(rule, alarm)}, last reported {passed}s ago, resend interval {rule.resend_interval}s"
    return Step(replace(alarm, reported_at=at, reports=alarm.reports + 1), Kind.REPEATED, reason)


def _clearing(rule: Rule, alarm: Alarm, at: int) -> Step:
    held = at - alarm.since
    if held < rule.clear_cycle:
        return Step(alarm)
    return Step(alarm, Kind.CLEARED, f"good samples held {held}s of {rule.clear_cycle}s", over=True)


def _breach(rule: Rule, alarm: Alarm) -> str:
    cause = f" ({alarm.failure.cause})" if alarm.failure else ""
    return f"value {alarm.value} {rule.comparator} {rule.threshold}{cause}"
