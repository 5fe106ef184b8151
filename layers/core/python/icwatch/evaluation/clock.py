"""What a clock that was ahead leaves behind, and how a shard comes back from it. Pure: the present is handed in.

A sweep decides by its own `at` alone. So one that is stamped far in the future would take the shard's `at` with it, and
every true sweep until then would look old. Whoever has a clock, the evaluator's handler, keeps it out.
"""

from __future__ import annotations

import math
from dataclasses import replace

from icwatch.model import Alarm, ShardAlarms


def latest(now: float, every: int) -> int:
    """The last `at` that a sweep can honestly have: clocks differ, but not by more than a cycle."""
    return math.floor(now + every)


def set_back(current: ShardAlarms, at: int) -> ShardAlarms:
    """A shard whose `at` lies in the future, as of the moment `at`; every moment kept there is `at` at the latest.

    Sweeps up to `at` decide nothing then. As `latest`, that is every sweep that may have been evaluated already and is
    not refused, so none of them is decided twice. `raised_at` stays: it is a part of the alarm's name.
    """
    monitoring = {
        key: replace(problem, since=min(problem.since, at), at=min(problem.at, at))
        for key, problem in current.monitoring.items()
    }
    alarms = {key: _by(alarm, at) for key, alarm in current.alarms.items()}
    return replace(current, at=at, alarms=alarms, monitoring=monitoring)


def _by(alarm: Alarm, at: int) -> Alarm:
    return replace(
        alarm,
        since=min(alarm.since, at),
        seen=min(alarm.seen, at),
        began_at=min(alarm.began_at, at),
        reported_at=min(alarm.reported_at, at),
        breaches=tuple(replace(each, at=min(each.at, at)) for each in alarm.breaches),
    )
