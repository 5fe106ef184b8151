"""How long targets were good, bad and unseen over any hours: of their totals, and of samples where there are none yet.

Both are made by one definition of how long a sample stands, so they can be joined at any full hour. Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import compress

from icwatch.evaluation.totals import hour_of
from icwatch.model import DAY_SECONDS, Totals
from icwatch_cli.page.samples import BAD, IS_BAD, IS_GOOD, Columns, Samples, Seconds


@dataclass(frozen=True, slots=True)
class Seen:
    """Since which hour a target is known, and for how many seconds from then on it was seen good and bad."""

    first: int
    good: int
    bad: int

    def __add__(self, other: Seen) -> Seen:
        return Seen(min(self.first, other.first), self.good + other.good, self.bad + other.bad)

    def until(self, ends_at: int) -> Seconds:
        """All its time until then: what was seen neither good nor bad was not seen."""
        return Seconds(self.good, self.bad, max(0, ends_at - self.first - self.good - self.bad))


def joined(parts: Iterable[Mapping[str, Seen]]) -> dict[str, Seen]:
    """Several stretches of time, or several shards, as one."""
    sums: dict[str, Seen] = {}
    for part in parts:
        for name, seen in part.items():
            sums[name] = sums[name] + seen if name in sums else seen
    return sums


def seen_of(totals: Iterable[Totals]) -> dict[str, Seen]:
    """What the totals of hours and days come to; of a year they are hundreds for every target."""
    sums: dict[str, list[int]] = {}
    for each in totals:
        ends_at = each.ends_at
        for name, target in each.targets.items():
            first = ends_at - target.good - target.bad - target.unseen
            known = sums.setdefault(name, [first, 0, 0])
            known[1] += target.good
            known[2] += target.bad
            known[0] = min(known[0], first)
    return {name: Seen(*known) for name, known in sums.items()}


def seen_in(samples: Samples, first: int, last: int, every: int, now: int) -> dict[str, Seen]:
    """What samples say from `first`, a full hour, until before `last`, each cut there to the second."""
    return joined(_seen_in(columns, first, last, every, now) for columns in samples.shards.values())


def _seen_in(columns: Columns, first: int, last: int, every: int, now: int) -> Mapping[str, Seen]:
    start = max(0, bisect_left(columns.at, first) - 1)
    stop = bisect_left(columns.at, last)
    pairs = zip(columns.at[start:stop], columns.held(start, every, now), strict=False)
    stood = [min(at + seconds, last) - max(at, first) for at, seconds in pairs]
    if stood and stood[0] <= 0:  # the sweep before does not reach into it
        start, stood = start + 1, stood[1:]
    found = {}
    for name, states in columns.states.items():
        mine = states[start:stop]
        skipped = len(mine) - len(mine.lstrip(b"\0"))
        if skipped < len(mine):
            good = sum(compress(stood, mine.translate(IS_GOOD)))
            bad = sum(compress(stood, mine.translate(IS_BAD))) if BAD in mine else 0
            found[name] = Seen(hour_of(max(columns.at[start + skipped], first)), good, bad)
    return found


def whole_days(first: int, last: int) -> tuple[int, int]:
    """The days of UTC that lie within two moments: when the first begins and the last ends; none where that is not
    before.
    """
    return first + -first % DAY_SECONDS, last // DAY_SECONDS * DAY_SECONDS


def gaps(days: Iterable[Totals], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The stretches between two moments that days, oldest first, do not cover."""
    for day in days:
        if day.at > first:
            yield first, day.at
        first = day.ends_at
    if first < last:
        yield first, last
