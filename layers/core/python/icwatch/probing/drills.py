"""What is swept of drills: samples that are made of the moment alone, without a network. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from icwatch.model import DRILL_METRIC, DRILL_SHARD, Drill, Sweep

BAD_CYCLES, BAD_SECONDS = 2, 5
"""For which a drill is in alarm, whichever is longer. One cycle would do, but a tick may be lost, or be under way."""

WEEK_SECONDS = 7 * 86_400

_MONDAY_SECONDS = 4 * 86_400
"""The first Monday after the beginning of Unix time, which was a Thursday."""


def weekly_drill(moment: timedelta, at: int) -> Drill | None:
    """The drill of the week that goes on at `at`, of those at a moment of each week, counted from Monday 0:00 UTC."""
    since = (at - _MONDAY_SECONDS - int(moment.total_seconds())) % WEEK_SECONDS
    drill = Drill(str(at - since), at - since, by="weekly")
    return drill if drill.is_in_force(at) else None


def sweep_of_drills(drills: Iterable[Drill], every: int, at: int, source: str) -> Sweep | None:
    """The sweep at `at` of those that are in force; None where none is."""
    bad_seconds = max(BAD_CYCLES * every, BAD_SECONDS)
    values = {each.target: int(at - each.starts_at >= bad_seconds) for each in drills if each.is_in_force(at)}
    return Sweep(DRILL_SHARD, at, {DRILL_METRIC: values}, source=source) if values else None
