"""The samples of the last day in columns: a sweep is a place in each, a target a row. Filled as sweeps come."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

from icwatch.evaluation.totals import answered, held
from icwatch.model import HEALTH, Failure, Sweep

UNSEEN, GOOD, BAD = range(3)
"""What a sweep saw of a target's health."""

KEPT_SECONDS = 25 * 3600
"""What is kept: a day, and what the first quarter of an hour of it lacks."""

MOST_MS = 65_534
"""Milliseconds of a probe time that a column holds; 30 s is the longest timeout."""

IS_GOOD = bytes(int(state == GOOD) for state in range(256))
IS_BAD = bytes(int(state == BAD) for state in range(256))
"""Tables that turn states into what `compress` selects by."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a target was seen good, seen bad, and not seen."""

    good: int = 0
    bad: int = 0
    unseen: int = 0

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(self.good + other.good, self.bad + other.bad, self.unseen + other.unseen)

    @property
    def availability(self) -> float | None:
        """The share of the time that was good, of the time that was seen; None where nothing was."""
        seen = self.good + self.bad
        return self.good / seen if seen else None

    @property
    def watched(self) -> float | None:
        """The share of all time that was seen, good or bad; None where there is no time yet."""
        whole = self.good + self.bad + self.unseen
        return (self.good + self.bad) / whole if whole else None

    @property
    def unseen_share(self) -> float:
        """The share of all time that was not seen, which `availability` leaves out."""
        whole = self.good + self.bad + self.unseen
        return self.unseen / whole if whole else 0.0


@dataclass(slots=True)
class Columns:
    """The sweeps of one shard, oldest first: when each was, and what it saw of each target.

    `cycles` are those in which the sweeps were taken, 0 where that is not known.
    `times` are probe times in milliseconds and one more, 0 where there was no answer. `failures` and `unseen` say of
    the last sweep why targets failed or were not seen.
    """

    at: array[int] = field(default_factory=lambda: array("q"))
    cycles: array[int] = field(default_factory=lambda: array("l"))
    states: dict[str, bytearray] = field(default_factory=dict)
    times: dict[str, array[int]] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    _held: tuple[object, list[int]] = field(default=(None, []), repr=False)
    _lost: tuple[object, list[int]] = field(default=(None, []), repr=False)

    def add(self, sweep: Sweep) -> None:
        """Take a sweep in. One that says nothing saw nobody."""
        before = len(self.at)
        health = sweep.metrics.get(HEALTH, {}) if sweep.conclusive else {}
        for name in health.keys() - self.states.keys():
            self.states[name] = bytearray(before)
            self.times[name] = array("H", bytes(2 * before))
        took = sweep.probe_ms
        for name, states in self.states.items():
            value = health.get(name)
            states.append(UNSEEN if value is None else GOOD if value else BAD)
            has_time = value is not None and answered(sweep, name)
            self.times[name].append(min(took[name], MOST_MS) + 1 if has_time else 0)
        self.at.append(sweep.at)
        self.cycles.append(sweep.every)
        self.failures, self.unseen = sweep.failures, sweep.unseen

    def forget(self, before: int) -> None:
        """Leave out the sweeps before a moment, and targets of which nothing is left."""
        gone = bisect_left(self.at, before)
        if not gone:
            return
        del self.at[:gone], self.cycles[:gone]
        for name in [*self.states]:
            del self.states[name][:gone]
            del self.times[name][:gone]
            if not any(self.states[name]):
                del self.states[name], self.times[name]

    def held(self, first: int, every: int, now: int) -> list[int]:
        """How many seconds each sweep from place `first` on stands for: as `evaluation.totals.held` says, by its own
        cycle or, where that is not known, by `every`.
        """
        asked = (first, every, now, len(self.at))
        if self._held[0] != asked:
            ends = [*self.at[first + 1 :], max(now, self.at[-1])] if first < len(self.at) else []
            sweeps = zip(self.at[first:], ends, self.cycles[first:], strict=True)
            self._held = asked, [held(end - at, cycle or every) for at, end, cycle in sweeps]
        return self._held[1]

    def lost(self, every: int, now: int) -> list[int]:
        """When sweeps did not come: a cycle apart, from where one no longer stands until the next."""
        asked = (every, now, len(self.at))
        if self._lost[0] != asked:
            found: list[int] = []
            ends = [*self.at[1:], max(now, self.at[-1])] if self.at else []
            for at, end, known in zip(self.at, ends, self.cycles, strict=True):
                cycle = known or every
                if held(end - at, cycle) < end - at:
                    found += range(at + cycle, end - cycle // 2, cycle)
            self._lost = asked, found
        return self._lost[1]


class Samples:
    """The samples of a fleet that is swept every `every` seconds."""

    def __init__(self) -> None:
        self.shards: dict[str, Columns] = {}
        self.source = ""

    def add(self, sweep: Sweep) -> None:
        """Take a sweep in that is newer than those of its shard; an older one is passed over."""
        columns = self.shards.setdefault(sweep.shard, Columns())
        if columns.at and sweep.at <= columns.at[-1]:
            return
        columns.add(sweep)
        self.source = sweep.source or self.source
        if columns.at[0] < sweep.at - KEPT_SECONDS - 3600:
            columns.forget(sweep.at - KEPT_SECONDS)

    @property
    def last(self) -> int | None:
        """When the last sweep was; None: there was none."""
        return max((columns.at[-1] for columns in self.shards.values() if columns.at), default=None)

    @property
    def first(self) -> int | None:
        """When the first sweep that is kept was."""
        return min((columns.at[0] for columns in self.shards.values() if columns.at), default=None)

    def cycle(self, every: int) -> int:
        """The longer of the present cycle and that of the last sweep, for which nobody has to expect another one."""
        last = self.last
        return max([every, *(each.cycles[-1] for each in self.shards.values() if each.at and each.at[-1] == last)])

    def moments(self, first: int) -> set[int]:
        """When there were sweeps, from a moment on."""
        return {at for columns in self.shards.values() for at in columns.at if at >= first}

    def holding(self, name: str) -> Iterator[Columns]:
        """The columns that a target is in: more than one where it has moved."""
        return (columns for columns in self.shards.values() if name in columns.states)

    def was_down(self, name: str) -> bool:
        """Whether a target was down in any of its sweeps."""
        return any(BAD in columns.states[name] for columns in self.holding(name))

    def newest(self, name: str) -> Columns | None:
        """The columns whose last sweep could have seen a target last."""
        return max(self.holding(name), key=lambda columns: columns.at[-1], default=None)

    def seconds(self, names: Iterable[str], first: int, every: int, now: int) -> Seconds:
        """How long targets were good, bad and unseen from `first` on, each from its own first sample on."""
        wanted = {*names}
        total = Seconds()
        for columns in self.shards.values():
            start = bisect_left(columns.at, first)
            for name in wanted & columns.states.keys():
                held = columns.held(start, every, now)
                total += _seconds(columns, name, start, held, now)
        return total

    def quantiles(self, names: Iterable[str], shares: Sequence[float], first: int) -> tuple[int | None, ...]:
        """Of the probe times of targets from `first` on, those that the given shares of them do not exceed, in ms."""
        counts: Counter[int] = Counter()
        wanted = {*names}
        for columns in self.shards.values():
            start = bisect_left(columns.at, first)
            for name in wanted & columns.times.keys():
                counts.update(columns.times[name][start:])
        del counts[0]
        return tuple(_quantile(counts, share) for share in shares)


def _seconds(columns: Columns, name: str, start: int, held: Sequence[int], now: int) -> Seconds:
    states = columns.states[name][start:]
    seen = states.lstrip(b"\0")
    skipped = len(states) - len(seen)
    if not seen:
        return Seconds()
    good = sum(compress(held[skipped:], seen.translate(IS_GOOD)))
    bad = sum(compress(held[skipped:], seen.translate(IS_BAD)))
    whole = max(now, columns.at[-1]) - columns.at[start + skipped]
    return Seconds(good, bad, max(0, whole - good - bad))


def _quantile(counts: Counter[int], share: float) -> int | None:
    left = share * counts.total()
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value - 1
    return None
