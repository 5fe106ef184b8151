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
            _count(columns, mine, starts, _lost(columns, starts, every, now), (down, seen, due))
    return tuple(map(_slot, down, seen, due))


def _lost(columns: Columns, starts: Sequence[int], every: int, now: int) -> list[int]:
    """How many sweeps did not come in each slot."""
    lost = [0] * len(starts)
    for moment in columns.lost(every, now):
        slot = (moment - starts[0]) // SLOT_SECONDS
        if 0 <= slot < len(starts):
            lost[slot] += 1
    return lost


def _count(
    columns: Columns,
    names: Sequence[str],
    starts: Sequence[int],
    lost: Sequence[int],
    sums: tuple[list[int], list[int], list[int]],
) -> None:
    """Add to each slot the samples that were down, those that were seen at all, and those that were due."""
    down, seen, due = sums
    edges = [bisect_left(columns.at, start) for start in [*starts, starts[-1] + SLOT_SECONDS]]
    slots = [slot for slot in range(len(starts)) if edges[slot + 1] > edges[slot] or lost[slot]]
    for slot in slots:
        swept = edges[slot + 1] - edges[slot]
        seen[slot] += swept * len(names)
        due[slot] += (swept + lost[slot]) * len(names)
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


def curve_of(samples: Samples, names: Collection[str], every: int, now: int) -> Curve:
    """The last hour by minutes: of several sweeps in one the last counts, and that of a longer cycle for its time."""
    first = now // 60 * 60 - 60 * (MINUTES - 1)
    total: list[int | None] = [None] * MINUTES
    for columns in samples.shards.values():
        start = max(0, bisect_left(columns.at, first) - 1)
        counts = [0] * (len(columns.at) - start)
        for name, states in columns.states.items():
            if name in names and _DOWN in states[start:]:
                for place, state in enumerate(states[start:]):
                    counts[place] += state == BAD
        stands = zip(columns.at[start:], columns.held(start, every, now), counts, strict=True)
        by_minute = {minute: count for at, lasts, count in stands for minute in _minutes(at - first, lasts)}
        for minute, count in by_minute.items():
            if 0 <= minute < MINUTES:
                total[minute] = (total[minute] or 0) + count
    known = 0 if samples.first is None else max(0, (samples.first - first) // 60)
    return Curve(first, tuple(total), known)


def _minutes(at: int, lasts: int) -> range:
    """The minutes that a sweep stands for: its own, and those that it stands for at least half of."""
    return range(at // 60, max(at // 60 + 1, (at + lasts + 30) // 60))
