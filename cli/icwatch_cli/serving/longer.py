"""Availability over more than a day: read of the hourly totals once an hour, and joined with the samples at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from botocore.exceptions import BotoCoreError, ClientError

from icwatch.evaluation.totals import hour_of
from icwatch.model import DAY_SECONDS, HOUR_SECONDS, Inventory, Totals
from icwatch.storage import TotalsStore
from icwatch.storage.totals import TOTALS_DAYS
from icwatch_cli.page.longer import Seen, gaps, joined, seen_in, seen_of, whole_days
from icwatch_cli.page.samples import Samples, Seconds

SPANS = (7, 30, 365)
"""Days of the spans that are shown beside the last day, each counted back from the beginning of the running hour."""

SAMPLED_SECONDS = 23 * HOUR_SECONDS
"""How far back from the running hour samples at hand are taken rather than totals: those have time to be written."""

SETTLED_SECONDS = 600
"""For so long after an hour a sweep of it may still come to be read."""

Sums = dict[str, Seen]
ForEach = Callable[[Sequence[str], Callable[[str], Sums]], list[Sums]]
"""Does the same for all shards, some at a time."""


class LongerSpans:
    """The totals of a stack. `store` is None where the stack has none: then no longer span is known."""

    def __init__(self, store: TotalsStore | None, for_each: ForEach, note: Callable[[Exception], object]) -> None:
        self._store, self._for_each, self._note = store, for_each, note
        self._hour = 0
        self._older: Mapping[int, Sums] = {}
        self.since: int | None = None
        """From when on any target is known; None where no totals are."""
        self._settled: tuple[object, Sums] = (None, {})

    def read(self, shards: Sequence[str], now: int) -> None:
        """Have what is older than the samples at hand, as of the running hour. What AWS refuses is noted."""
        hour = hour_of(now)
        if self._store is None or hour == self._hour:
            return
        edges = [hour - SAMPLED_SECONDS, *(hour - days * DAY_SECONDS for days in (*SPANS, TOTALS_DAYS))]
        older = [self._between(shards, first, last) for last, first in pairwise(edges)]
        if None not in older:
            self._hour, self._older = hour, {days: sums or {} for days, sums in zip(SPANS, older[:-1], strict=True)}
            self.since = min((seen.first for sums in older for seen in (sums or {}).values()), default=None)

    def of(self, samples: Samples, inventory: Inventory, now: int) -> Mapping[int, Mapping[str, Seconds]]:
        """The seconds of every target of the inventory by the days of each span; a span only where more is known than
        of the next shorter one.
        """
        if not self._older:
            return {}
        sums = self._recent(samples, inventory.every, now)
        found: dict[int, Mapping[str, Seconds]] = {}
        shorter = self._hour - DAY_SECONDS
        for days, older in self._older.items():
            sums = joined((sums, older))
            if any(seen.first < shorter for seen in older.values()):
                found[days] = {name: sums[name].until(now) for name in inventory.targets if name in sums}
            shorter = self._hour - days * DAY_SECONDS
        return found

    def between(self, samples: Samples, inventory: Inventory, now: int, first: int, last: int) -> Mapping[str, Seconds]:
        """The seconds of every target that was seen from one moment until before another, or until now. Each is moved
        to the next full hour. Nothing where AWS refuses to say, which is noted.
        """
        if self._store is None:
            return {}
        first, last = (moment + -moment % HOUR_SECONDS for moment in (first, last))
        ends_at, sampled = min(last, now), hour_of(now) - SAMPLED_SECONDS
        older = self._between(inventory.all_shards, first, min(ends_at, sampled))
        if older is None:
            return {}
        recent = seen_in(samples, max(first, sampled), ends_at, inventory.every, now) if ends_at > sampled else {}
        return {name: seen.until(ends_at) for name, seen in joined((older, recent)).items()}

    def _recent(self, samples: Samples, every: int, now: int) -> Sums:
        """What the samples at hand say since the totals end. Hours that are over are counted once."""
        sampled = self._hour - SAMPLED_SECONDS
        settled = max(sampled, hour_of(now - SETTLED_SECONDS))
        if self._settled[0] != (sampled, settled, every):
            self._settled = (sampled, settled, every), seen_in(samples, sampled, settled, every, now)
        return joined((self._settled[1], seen_in(samples, settled, now, every, now)))

    def _between(self, shards: Sequence[str], first: int, last: int) -> Sums | None:
        """What totals say from one moment until before another; None where AWS refuses to say."""
        if first >= last:
            return {}
        try:
            return joined(self._for_each(shards, lambda shard: seen_of(self._totals(shard, first, last))))
        except (BotoCoreError, ClientError) as error:
            self._note(error)
            return None

    def _totals(self, shard: str, first: int, last: int) -> Iterator[Totals]:
        """The days that lie within, and the hours of the rest: a day that is not there yet may have some."""
        assert self._store is not None
        days = [*self._store.days(shard, *whole_days(first, last))]
        yield from days
        for begins, ends in gaps(days, first, last):
            yield from self._store.hours(shard, begins, ends)
