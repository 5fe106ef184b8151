"""What is swept of drills: samples that are made of the moment alone, without a network. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from icwatch.model import DRILL_METRIC, DRILL_SHARD, Drill, Sweep, bad_seconds

WEEK_SECONDS = 7 * 86_400

_MONDAY_SECONDS = 4 * 86_400
"""The first Monday after the beginning of Unix time, which was a Thursday."""


def weekly_drill(moment: timedelta, every: int, at: int) -> Drill:
    """The last drill that began by `at`, of those at a moment of each week, counted from Monday 0:00 UTC."""
    since = (at - _MONDAY_SECONDS - int(moment.total_seconds())) % WEEK_SECONDS
    return Drill(str(at - since), at - since, by="weekly", bad_seconds=bad_seconds(every))


def sweep_of_drills(drills: Iterable[Drill], every: int, at: int, source: str) -> Sweep | None:
    """The sweep at `at` of those that are due; None where none is."""
    values = {each.target: int(not each.is_bad(at)) for each in drills if each.is_due(at, every)}
    return Sweep(DRILL_SHARD, at, {DRILL_METRIC: values}, source=source) if values else None
