"""Alarms as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from icwatch.model.monitoring import MonitoringProblem
from icwatch.model.sweeps import Failure
from icwatch.model.terms import Cause, Kind, Level, Number, Phase

MAX_RECENT_NOTICES = 3
"""Notices that an alarm remembers: the last ones. Each is stored with it, and with all that is decided of it."""


@dataclass(frozen=True, slots=True)
class RecentNotice:
    """A notice that went out about an alarm: when, as what, at which level, and why the probes failed then."""

    at: int
    kind: Kind
    level: Level
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A breach that counts towards raising an alarm: when, and the number of its observation since the alarm began."""

    at: int
    number: int


def last_level(recent: Sequence[RecentNotice], notified: Sequence[Level]) -> Level | None:
    """The level of the last notice of an alarm, of those that it remembers and of all levels of its notices."""
    if recent:
        return recent[-1].level
    return notified[-1] if notified else None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One (rule, group) that is not inactive.

    `target` is the group's name: a target's id, or labels as `vpc=vpc-2`. `since` is the first sweep of the unbroken
    run that the phase counts, `seen` the last sweep that observed the group. `began_at` is where the breach that raised
    it began; `reported_at` and `reports` are when it was last reported (raised, repeated, escalated or eased) and how
    often so far; `recent_notices` are its last notices, `notified_levels` all levels of its notices. `level`, `value`
    and `failure` are what the last breach looked like. `labels` are those of the target, or those that all targets of
    the group have in common. `notices` counts those that went out. They go where the first one went, whatever changes
    meanwhile: by `scope`, and by the `routed_labels` that were attributes of it. `stage` says how often it was
    unattended. While a pending one waits for so many breaches among its observations, `observations` counts these, and
    `breaches` are those that count.
    """

    rule: str
    target: str
    phase: Phase
    since: int
    seen: int
    level: Level
    value: Number
    failure: Failure | None = None
    began_at: int = 0
    raised_at: int = 0
    reported_at: int = 0
    reports: int = 0
    notified_levels: tuple[Level, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    recent_notices: tuple[RecentNotice, ...] = ()
    scope: str = ""
    routed_labels: Mapping[str, str] | None = None
    notices: int = 0
    stage: int = 0
    observations: int = 0
    breaches: tuple[Breach, ...] = ()

    @property
    def announced(self) -> bool:
        """Whether a notice of it went out."""
        return bool(self.notified_levels)

    @property
    def last_level(self) -> Level | None:
        """The level of the last notice of it; None where there was none."""
        return last_level(self.recent_notices, self.notified_levels)

    @property
    def key(self) -> str:
        """Its name within the shard."""
        return f"{self.rule}:{self.target}"

    @property
    def id(self) -> str:
        """Its name for good: the same until it is inactive again."""
        return f"{self.key}:{self.raised_at}"


@dataclass(frozen=True, slots=True)
class UnreadableAlarm:
    """A stored alarm that cannot be read, such as one of a phase of a newer version: why, and its plain form.

    It is kept as it was stored, for whoever can read it, and nothing is decided about it meanwhile.
    """

    problem: str
    plain: Any


@dataclass(frozen=True, slots=True)
class ShardAlarms:
    """A shard's alarms as they are after the sweep at `at` (None: no sweep was evaluated yet), by `rule:group`.

    `monitoring` are the problems of the monitoring itself, by their names within the shard. `unreadable` are alarms
    that cannot be read; no other alarm has a key of theirs.
    """

    shard: str
    at: int | None = None
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    monitoring: Mapping[str, MonitoringProblem] = field(default_factory=dict)
    unreadable: Mapping[str, UnreadableAlarm] = field(default_factory=dict)
