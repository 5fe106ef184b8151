"""A day in quarters of an hour: how much of each was down, and how much nobody saw. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from icwatch_cli.page.samples import BAD, UNSEEN, Columns, Samples

SLOT_SECONDS = 900
SLOTS = 96
"""A day."""

_DOWN, _LOST = bytes([BAD]), bytes([UNSEEN])


@dataclass(frozen=True, slots=True)
class Slot:
    """Of the time of all targets in a slot, in percent: what was down of what was seen, and what nobody saw.

    `known` is False where there was nothing to see yet.
    """

    down: int = 0
    unseen: int = 0
    known: bool = True


def slot_starts(now: int) -> list[int]:
    """When the slots of the day begin of which the last one goes on."""
    last = now // SLOT_SECONDS * SLOT_SECONDS
    return [last - SLOT_SECONDS * back for back in reversed(range(SLOTS))]


def strip_of(samples: Samples, names: Collection[str], starts: Sequence[int], every: int, now: int) -> tuple[Slot, ...]:
    """The slots of some targets together."""
    down, seen, due = [0] * len(starts), [0] * len(starts), [0] * len(starts)
    for columns in samples.shards.values():
        mine = [name for name in names if name in columns.states]
        if mine and columns.at:
            _count(columns, mine, starts, _cycles(columns, starts, every, now), (down, seen, due))
    return tuple(map(_slot, down, seen, due))


def _cycles(columns: Columns, starts: Sequence[int], every: int, now: int) -> list[int]:
    """How many sweeps each slot should have had by now, from the first one that is known on."""
    first, end = columns.at[0], max(now - every, columns.at[-1])
    spans = (min(start + SLOT_SECONDS, end + 1) - max(start, first) for start in starts)
    return [max(0, -(-span // every)) for span in spans]


def _count(
    columns: Columns,
    names: Sequence[str],
    starts: Sequence[int],
    cycles: Sequence[int],
    sums: tuple[list[int], list[int], list[int]],
) -> None:
    """Add to each slot the samples that were down, those that were seen at all, and those that were due."""
    down, seen, due = sums
    edges = [bisect_left(columns.at, start) for start in [*starts, starts[-1] + SLOT_SECONDS]]
    slots = [slot for slot in range(len(starts)) if edges[slot + 1] > edges[slot] or cycles[slot]]
    for slot in slots:
        swept = edges[slot + 1] - edges[slot]
        seen[slot] += swept * len(names)
        due[slot] += max(swept, cycles[slot]) * len(names)
    for name in names:
        states = columns.states[name]
        is_down, is_lost = _DOWN in states, _LOST in states
        if not is_down and not is_lost:
            continue
        for slot in slots:
            first, last = edges[slot], edges[slot + 1]
            if is_down:
                down[slot] += states.count(_DOWN, first, last)
            if is_lost:
                seen[slot] -= states.count(_LOST, first, last)


def _slot(down: int, seen: int, due: int) -> Slot:
    if not due:
        return Slot(known=False)
    return Slot(_percent(down, seen), _percent(due - seen, due))


def _percent(part: int, whole: int) -> int:
    """Rounded, but never to nothing or to all where it is neither."""
    if part <= 0 or whole <= 0:
        return 0
    return 100 if part >= whole else min(99, max(1, round(100 * part / whole)))


@dataclass(frozen=True, slots=True)
class Curve:
    """How many targets were down at each minute of the last hour (None: nobody looked), the oldest first.

    From `known` on; before that there was nothing to look at yet.
    """

    starts_at: int
    down: tuple[int | None, ...]
    known: int = 0

    @property
    def most(self) -> int:
        """The most at any time."""
        return max((each for each in self.down if each is not None), default=0)

    @property
    def last(self) -> int | None:
        """How many now."""
        return next((each for each in reversed(self.down) if each is not None), None)

    def before(self, minutes: int) -> int | None:
        """How many so many minutes ago."""
        return self.down[-1 - minutes] if len(self.down) > minutes else None


MINUTES = 60


def curve_of(samples: Samples, names: Collection[str], now: int) -> Curve:
    """The last hour, minute by minute; a longer cycle holds until the next sweep."""
    first = now // 60 * 60 - 60 * (MINUTES - 1)
    total: list[int | None] = [None] * MINUTES
    for columns in samples.shards.values():
        start = bisect_left(columns.at, first)
        counts = [0] * (len(columns.at) - start)
        for name, states in columns.states.items():
            if name in names and _DOWN in states[start:]:
                for place, state in enumerate(states[start:]):
                    counts[place] += state == BAD
        by_minute = {(at - first) // 60: count for at, count in zip(columns.at[start:], counts, strict=True)}
        for minute, count in by_minute.items():
            if 0 <= minute < MINUTES:
                total[minute] = (total[minute] or 0) + count
    known = 0 if samples.first is None else max(0, (samples.first - first) // 60)
    return Curve(first, tuple(total), known)
