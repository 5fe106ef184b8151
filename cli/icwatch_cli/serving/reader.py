"""A stack read again and again for its pages: each time only what is new of its sweeps and decisions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from icwatch.errors import ItemError
from icwatch.model import DAY_SECONDS, DRILL_SHARD, Decision, Drill, Inventory, Kind, ShardAlarms, Sweep, drill_of
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.deployed.current_alarms import read_shards
from icwatch_cli.deployed.events import Event, events
from icwatch_cli.deployed.tables import Tables
from icwatch_cli.page.data import PageData, RobotState
from icwatch_cli.page.outages import OutageLog
from icwatch_cli.page.samples import KEPT_SECONDS, Samples, Seconds
from icwatch_cli.serving.longer import LongerSpans
from icwatch_cli.serving.upkeep import Upkeep

OUTAGE_DAYS = 30
"""Days of outages that are kept at hand."""

FRESH_SECONDS = 1.0
"""For so long what was read is not read again, whoever asks."""

AHEAD_SECONDS = 3600
"""How far a clock of the stack may be ahead of this machine's."""

READERS = 8
"""Shards that are read at once."""

MOST_PROBLEMS = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class New:
    """What is new of a stack since it was read last."""

    now: int
    inventory: Inventory
    shards: Sequence[ShardAlarms]
    sweeps: Sequence[Sweep]
    decisions: Sequence[Decision]
    dead_letters: Mapping[str, int]
    robots: Sequence[RobotState]


class StackReader:
    """Reads a stack. Whoever uses `data` holds `lock` meanwhile."""

    def __init__(self, stack: Tables, clock: Callable[[], float] = time.time) -> None:
        self._stack, self._clock = stack, clock
        self._inventory = stack.inventory()
        self._samples, self._log = Samples(), OutageLog()
        self._swept: dict[str, int] = {}
        self._decided: dict[str, int] = {}
        self._problems: dict[str, None] = {}
        self._drills: list[str] = []
        self._upkeep = Upkeep(stack)
        self._longer = LongerSpans(stack.totals(), self._for_each, self._note)
        self._data: tuple[float, PageData] | None = None
        self._reading = threading.Lock()
        self.lock = threading.Lock()

    @property
    def data(self) -> PageData:
        """What was read last."""
        assert self._data is not None, "nothing was read yet"
        return self._data[1]

    def refresh(self, oldest: float = FRESH_SECONDS) -> None:
        """Read what is new, unless what is there is at most so many seconds old. The pages go on being served
        meanwhile. What AWS refuses is left to `deployed.stack.aws_errors`.
        """
        with self._reading:
            begun = time.monotonic()
            if self._data is None or begun - self._data[0] > oldest:
                new = self._read(int(self._clock()))
                with self.lock:
                    self._data = begun, self._take(new)

    def events(self, first: int, last: int, shard: str | None = None) -> Iterator[Event]:
        """All that happened between two moments, in one shard or in all, oldest first, read anew."""
        inventory = self.data.inventory
        if shard is not None:
            inventory = replace(inventory, all_shards=(shard,))
        return events(self._stack.transitions(), inventory, first, last, self._note)

    def decisions(self, first: int, last: int) -> list[Decision]:
        """All that was decided between two moments, oldest first, read anew."""
        store = self._stack.transitions()
        found = (each for shard in self.data.inventory.all_shards for each in store.history(shard, first, last))
        return sorted((each for each in found if isinstance(each, Decision)), key=lambda each: each.at)

    def seconds(self, first: int, last: int) -> Mapping[str, Seconds]:
        """How long every target was good, bad and unseen from one moment until before another, read anew."""
        return self._longer.between(self._samples, self.data.inventory, self.data.now, first, last)

    def _read(self, now: int) -> New:
        inventory = self._inventory.load()
        names = inventory.all_shards
        self._longer.read(names, now)
        shards = self._alarms(inventory)
        sweeps = self._for_each(names, lambda shard: self._new_sweeps(shard, now))
        decisions = self._for_each((*names, DRILL_SHARD), lambda shard: self._new_decisions(shard, now))
        return New(
            now,
            inventory,
            shards,
            [*chain.from_iterable(sweeps)],
            sorted(chain.from_iterable(decisions), key=lambda each: each.at),
            *self._upkeep.look(inventory, self._note),
        )

    def _take(self, new: New) -> PageData:
        for sweep in new.sweeps:
            self._samples.add(sweep)
            self._swept[sweep.shard] = sweep.at
        for decision in new.decisions:
            self._log.add(decision)
            if decision.shard == DRILL_SHARD:
                self._drills += [each.target for each in decision.transitions if each.kind is Kind.RAISED]
            self._decided[decision.shard] = decision.at
        self._log.forget(new.now - OUTAGE_DAYS * DAY_SECONDS)
        now = max(new.now, self._samples.last or 0)
        return PageData(
            stack=self._stack.name,
            option=self._stack.option,
            now=now,
            inventory=new.inventory,
            shards=new.shards,
            samples=self._samples,
            outages=tuple(reversed(self._log.ended)),
            longer=self._longer.of(self._samples, new.inventory, now),
            since=self._longer.since,
            dead_letters=new.dead_letters,
            robots=new.robots,
            drill=self._last_drill(new.inventory),
            problems=[*self._problems],
        )

    def _last_drill(self, inventory: Inventory) -> Drill | None:
        """The last drill, be it of somebody or of the weekly schedule, with who confirmed it."""
        raised = [drill for name in self._drills[-1:] if (drill := drill_of(name)) is not None]
        known = [inventory.drills.get(drill.id, drill) for drill in raised]
        return max((*known, *inventory.drills.values()), key=lambda drill: drill.starts_at, default=None)

    def _alarms(self, inventory: Inventory) -> list[ShardAlarms]:
        store = self._stack.alarms()
        found = self._for_each(inventory.all_shards, lambda shard: read_shards(store, [shard]))
        for _, errors in found:
            for error in errors:
                self._note(error)
        return [current for shards, _ in found for current in shards]

    def _new_sweeps(self, shard: str, now: int) -> list[Sweep]:
        first = self._swept.get(shard, now - KEPT_SECONDS - 1) + 1
        return [*self._readable(self._stack.sweeps(shard, first, now + AHEAD_SECONDS))]

    def _readable(self, items: Iterator[Mapping[str, object]]) -> Iterator[Sweep]:
        for item in items:
            try:
                yield read_sweep(item)
            except ItemError as error:
                self._note(error)

    def _new_decisions(self, shard: str, now: int) -> list[Decision]:
        first = self._decided.get(shard, now - OUTAGE_DAYS * DAY_SECONDS - 1) + 1
        found: list[Decision] = []
        for each in self._stack.transitions().history(shard, first, now + AHEAD_SECONDS):
            if isinstance(each, ItemError):
                self._note(each)
            else:
                found.append(each)
        return found

    def _for_each(self, shards: Sequence[str], read: Callable[[str], T]) -> list[T]:
        """The same of all shards, some at a time."""
        if len(shards) < 2:
            return [read(shard) for shard in shards]
        with ThreadPoolExecutor(READERS) as pool:
            return [*pool.map(read, shards)]

    def _note(self, error: Exception) -> None:
        """Keep what could not be read, the last few."""
        self._problems[str(error)] = None
        while len(self._problems) > MOST_PROBLEMS:
            del self._problems[next(iter(self._problems))]
