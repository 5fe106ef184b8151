"""Making hourly and daily totals again, of the sweeps that are kept: what comes out is what the evaluator writes.

It can be run at any time, beside the evaluator, and again after it was stopped: an hour is written where its totals are
not those that are there, and nothing is deleted. Each hour is made by the cycle that its totals name, so that a change
of `every` meanwhile changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from icwatch.errors import ItemError
from icwatch.evaluation.totals import around, day_of, hour_of, hours_between, reach, total_of_day, total_of_hour
from icwatch.model import DAY_SECONDS, HOUR_SECONDS, Sweep, Totals
from icwatch.storage import TotalsStore
from icwatch.storage.sweeps import read_sweep

ReadSweeps = Callable[[str, int, int], Iterator[Mapping[str, Any]]]
"""The stored sweeps of a shard from one moment to another, oldest first, as DynamoDB has them."""


@dataclass(slots=True)
class Rebuilt:
    """How many hours and days were looked at and how many of them written, and how many hours were left as they are
    because sweeps of them may have expired.
    """

    hours: int = 0
    written_hours: int = 0
    days: int = 0
    written_days: int = 0
    left: int = 0


class Rebuilding:
    """Makes the totals of shards again. `every` is the cycle of hours that have none yet, `note` is told of sweeps that
    cannot be read.
    """

    def __init__(
        self, sweeps: ReadSweeps, totals: TotalsStore, every: int, now: int, note: Callable[[ItemError], object]
    ) -> None:
        self._sweeps, self._totals, self._every, self._now, self._note = sweeps, totals, every, now, note
        self.rebuilt = Rebuilt()

    def shard(self, shard: str, first: int, last: int) -> Iterator[int]:
        """Make the hours of a shard that begin from `first` until before `last` and are over, and their days. Yields
        each hour before it is made.
        """
        oldest = next(self._sweeps(shard, first, min(last, self._now)), None)
        if oldest is None:
            return
        first = max(first + -first % HOUR_SECONDS, hour_of(_at(oldest)))
        last = min(last + -last % HOUR_SECONDS, hour_of(self._now - reach(self._every)))
        known = {each.at: each for each in self._totals.hours(shard, first, last)}
        for hour in hours_between(first, last):
            yield hour
            self._hour(shard, hour, known.get(hour))
        for day in range(day_of(first), last, DAY_SECONDS):
            if day + DAY_SECONDS <= hour_of(self._now):
                self._day(shard, day)

    def _hour(self, shard: str, hour: int, known: Totals | None) -> None:
        every = self._every if known is None else known.every
        items = self._items(shard, hour, every)
        if not items:
            return
        self.rebuilt.hours += 1
        if any(_expires_at(item, self._now) <= self._now + HOUR_SECONDS + 2 * reach(every) for item in items):
            self.rebuilt.left += 1
            return
        total = total_of_hour(shard, hour, every, self._readable(items, hour))
        if total is not None and total != known:
            self._totals.replace(total)
            self.rebuilt.written_hours += 1

    def _items(self, shard: str, hour: int, every: int) -> list[Mapping[str, Any]]:
        """The stored sweeps that say something of an hour, as the evaluator reads them."""
        items = around(partial(self._sweeps, shard), _at, hour, every)
        is_far = all(_at(item) < hour - reach(every) for item in items)
        return [] if is_far and total_of_hour(shard, hour, every, self._readable(items, hour)) is None else items

    def _day(self, shard: str, day: int) -> None:
        total = total_of_day(shard, day, self._totals.hours(shard, day, day + DAY_SECONDS))
        if total is None:
            return
        self.rebuilt.days += 1
        if [*self._totals.days(shard, day, day + DAY_SECONDS)] != [total]:
            self._totals.replace(total)
            self.rebuilt.written_days += 1

    def _readable(self, items: Sequence[Mapping[str, Any]], hour: int) -> Iterator[Sweep]:
        for item in items:
            try:
                yield read_sweep(item)
            except ItemError as error:
                if hour <= _at(item) < hour + HOUR_SECONDS:  # its neighbours read it as well
                    self._note(error)


def _at(item: Mapping[str, Any]) -> int:
    return int(item["at"]["N"])


def _expires_at(item: Mapping[str, Any], now: int) -> int:
    """When a sweep may be deleted; one that says nothing of it is kept."""
    return int(item["expires_at"]["N"]) if "expires_at" in item else now + DAY_SECONDS
