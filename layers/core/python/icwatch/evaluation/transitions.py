"""What a step of the state machine becomes: the transition that is kept, and the alarm once a notice of it goes out.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from icwatch.evaluation.state_machine import Step
from icwatch.model import MAX_RECENT_NOTICES, Alarm, Number, RecentNotice, Silence, Transition


def transition_of(
    step: Step,
    value: Number | None,
    at: int,
    scope: str,
    *,
    announce: bool = True,
    silence: Silence | None = None,
    inhibitor: Alarm | None = None,
) -> Transition:
    """The transition of a step that decided something at `at`, with what kept it from being announced, if anything."""
    alarm = step.alarm
    assert step.kind is not None
    return Transition(
        rule=alarm.rule,
        target=alarm.target,
        kind=step.kind,
        at=at,
        raised_at=alarm.raised_at,
        began_at=alarm.began_at,
        since=alarm.since,
        level=alarm.level,
        value=value,
        reason=step.reason,
        reports=alarm.reports,
        announce=announce,
        silenced=silence is not None,
        silenced_by="" if silence is None else silence.id,
        inhibited_by="" if inhibitor is None else inhibitor.key,
        former_level=step.former_level,
        notified_levels=alarm.notified_levels,
        failure=alarm.failure,
        labels=alarm.labels,
        recent_notices=alarm.recent_notices,
        scope=scope,
        routed_labels=alarm.routed_labels,
        notices=alarm.notices,
        stage=alarm.stage,
    )


def announced(alarm: Alarm, transition: Transition, route_by: Sequence[str]) -> Alarm:
    """The alarm after its transition was announced. Its next notices go to whom the first one reached."""
    cause = None if transition.failure is None else transition.failure.cause
    notice = RecentNotice(transition.at, transition.notice_kind, transition.level, cause)
    levels = alarm.notified_levels if alarm.level in alarm.notified_levels else (*alarm.notified_levels, alarm.level)
    routed = alarm.routed_labels
    if routed is None:
        routed = {name: alarm.labels[name] for name in route_by if name in alarm.labels}
    return replace(
        alarm,
        recent_notices=(*alarm.recent_notices, notice)[-MAX_RECENT_NOTICES:],
        notified_levels=levels,
        scope=transition.scope,
        routed_labels=routed,
        notices=alarm.notices + 1,
    )
