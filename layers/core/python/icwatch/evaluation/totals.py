"""Hourly and daily totals: how long each target was good, bad and unseen. Pure; `docs/semantics.md` says it in words.

How long a sample stands is said here once, for totals and for the status page.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import TypeVar

from icwatch.model import DAY_SECONDS, HEALTH, HOUR_SECONDS, Sweep, TargetTotals, Totals

T = TypeVar("T")


def held(gap: int, every: int) -> int:
    """How many seconds a sample stands that the next one follows after `gap`: until then, where that is no more than
    one and a half cycles, and for one cycle otherwise.
    """
    return gap if 2 * gap <= 3 * every else every


def reach(every: int) -> int:
    """How far from an hour a sweep can lie that still says something of it."""
    return ceil(3 * every / 2)


def around(between: Callable[[int, int], Iterable[T]], at_of: Callable[[T], int], hour: int, every: int) -> list[T]:
    """The sweeps that say something of the hour that begins at `hour`, oldest first, as `between` has them from one
    moment to another: those within `reach` of it, and the one before them after a gap, or a cycle that was longer.
    """
    near = reach(every)
    found = [*between(hour - near, hour + HOUR_SECONDS + near)]
    if found and at_of(found[0]) <= hour:
        return found
    return [*deque(between(hour - HOUR_SECONDS, hour - near - 1), 1), *found]


def hour_of(at: int) -> int:
    """The beginning of the hour that a moment is in."""
    return at // HOUR_SECONDS * HOUR_SECONDS


def day_of(at: int) -> int:
    """The beginning of the day that a moment is in."""
    return at // DAY_SECONDS * DAY_SECONDS


def hours_between(first: int, last: int) -> range:
    """The beginnings of the hours from `first`, itself one, until before `last`."""
    return range(first, last, HOUR_SECONDS)


@dataclass(slots=True)
class _Tally:
    """What an hour came to for one target so far. `bad_last` says what it was when it was last seen."""

    good: int = 0
    bad: int = 0
    outages: int = 0
    bad_last: bool = False
    times: list[int] = field(default_factory=list)

    def totals(self) -> TargetTotals:
        times = sorted(self.times)
        p50, p95, worst = (times[ceil(len(times) * share / 100) - 1] if times else None for share in (50, 95, 100))
        return TargetTotals(self.good, self.bad, HOUR_SECONDS - self.good - self.bad, self.outages, p50, p95, worst)


def total_of_hour(shard: str, at: int, every: int, sweeps: Iterable[Sweep]) -> Totals | None:
    """The totals of the hour that begins at `at`, of the shard's sweeps within `reach` of it, oldest first.

    `every` is the cycle of sweeps that do not say their own. None where nobody was seen in it.
    """
    tallies: dict[str, _Tally] = {}
    for sweep, stands in _standing(sweeps, every):
        if sweep.at < at - reach(sweep.every or every):
            continue
        seconds = min(sweep.at + stands, at + HOUR_SECONDS) - max(sweep.at, at)
        within = at <= sweep.at < at + HOUR_SECONDS
        for name, value in (sweep.metrics.get(HEALTH, {}) if sweep.conclusive else {}).items():
            tally = tallies.setdefault(name, _Tally())
            if value:
                tally.good += max(0, seconds)
            else:
                tally.bad += max(0, seconds)
                tally.outages += within and not tally.bad_last
            tally.bad_last = not value
            if within and answered(sweep, name):
                tally.times.append(sweep.probe_ms[name])
    found = {name: tally.totals() for name, tally in tallies.items() if tally.good or tally.bad}
    return Totals(shard, at, HOUR_SECONDS, every, found) if found else None


def total_of_day(shard: str, at: int, hours: Iterable[Totals]) -> Totals | None:
    """The totals of the day that begins at `at`, of those of its hours. None where there are none."""
    days: dict[str, _Day] = {}
    every = 0
    for hour in hours:
        every = hour.every
        for name, each in hour.targets.items():
            days.setdefault(name, _Day(hour.at)).add(hour, each)
    found = {name: day.totals(at + DAY_SECONDS) for name, day in days.items()}
    return Totals(shard, at, DAY_SECONDS, every, found) if found else None


@dataclass(slots=True)
class _Day:
    """What a day came to for one target so far, from its `first` hour on."""

    first: int
    good: int = 0
    bad: int = 0
    outages: int = 0
    worst: int | None = None

    def add(self, hour: Totals, each: TargetTotals) -> None:
        self.first = min(self.first, hour.at)
        self.good += each.good
        self.bad += each.bad
        self.outages += each.outages
        if each.worst_ms is not None:
            self.worst = max(each.worst_ms, self.worst or 0)

    def totals(self, ends_at: int) -> TargetTotals:
        unseen = ends_at - self.first - self.good - self.bad
        return TargetTotals(self.good, self.bad, unseen, self.outages, worst_ms=self.worst)


def answered(sweep: Sweep, name: str) -> bool:
    """Whether a probe time of a target is that of an answer, good or bad."""
    failure = sweep.failures.get(name)
    return name in sweep.probe_ms and (failure is None or failure.status is not None)


def _standing(sweeps: Iterable[Sweep], every: int) -> Iterator[tuple[Sweep, int]]:
    """Each sweep with the seconds that it stands, by its own cycle where it says one: `every` may have changed since.

    The last one, of which nobody knows what follows, stands for a cycle.
    """
    before: Sweep | None = None
    for sweep in sweeps:
        if before is not None:
            yield before, held(sweep.at - before.at, before.every or every)
        before = sweep
    if before is not None:
        yield before, before.every or every
