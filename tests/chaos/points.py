"""Every place at which something can be done to a run, and playing each of them.

A run with a fault begins with the cycle of the fault, in new processes, from what an undisturbed run left; it goes on
for some cycles, and to the end of what waits then.
"""

from __future__ import annotations

import functools
import gc
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from tests.chaos.faults import FAULTS
from tests.chaos.results import Differences, differences, snapshots, undisturbed
from tests.chaos.scenario import Run, play
from tests.chaos.watched import CYCLES, MIDNIGHT, TICKS

AFTERWARDS = 1
"""Cycles that are played after the one with the fault; those of later besides where a day has just ended."""

COLD = "Query Inventory"
"""What each new process reads. It is the same in every cycle, so it is disturbed in one."""

COLD_CYCLE = 3

LAST = len(TICKS) - 1
"""The cycle without faults: what they leave undone before is done by then."""

MOST_TURNS = 10
"""Of each of two processes, at which the other may take over; where they make more calls, these are spread."""

SECOND, SIDE_BY_SIDE = "a second worker in between", "two workers, each pair of calls"

OUTAGE = "an outage of minutes"
OUTAGE_SECONDS = 150.0
"""Shorter than sweeps are tried again for; decisions are for hours."""

PARTS = (
    "dynamodb",
    "Inventory",
    "Samples",
    "Alarms",
    "Receipts",
    "Outboxes",
    "Transitions",
    "sns",
    "sqs",
    "ssm",
    "http",
)
"""What can be down: the calls whose names have this in them."""


@dataclass(frozen=True, slots=True)
class Point:
    """What is done: a fault at the call of a number, at an invocation two processes that take turns, or an outage of a
    part. All are counted from the beginning of the cycle.
    """

    name: str
    cycle: int
    number: int
    turns: tuple[float, float] | None = None

    def play(self) -> Differences:
        """Do it, and see what came of it."""
        if self.name == OUTAGE:
            return self._play_outage()
        plan = {self.number: FAULTS[self.name]} if self.turns is None else {}
        pairs = {} if self.turns is None else {self.number: self.turns}
        run = play(plan, pairs, start=snapshots()[self.cycle], ticks=played(self.cycle))
        assert run.machine.injected or self.turns, f"{self} was not reached"
        return differences(self.cycle, run)

    def _play_outage(self) -> Differences:
        part, ends = PARTS[self.number], TICKS[self.cycle] + OUTAGE_SECONDS

        def begin(run: Run) -> None:
            run.machine.is_down = lambda what, now: part in what and now < ends

        ticks = frozenset(range(self.cycle, min(self.cycle + 5, CYCLES))) | {*range(CYCLES, len(TICKS))}
        run = play(start=snapshots()[self.cycle], ticks=ticks, begins=begin)
        return differences(self.cycle, run, rebuilt=True)


@functools.cache
def played(cycle: int) -> frozenset[int]:
    """The cycles that are played from one on."""
    some = {*range(cycle, min(cycle + AFTERWARDS + 1, CYCLES))}
    later = {each for each in range(CYCLES, len(TICKS)) if each >= cycle}
    return frozenset(some | (later if cycle >= CYCLES or TICKS[cycle] == MIDNIGHT else set()))


@dataclass(frozen=True, slots=True)
class Cycle:
    """What is called in a cycle, each with its function, and how many calls each invocation makes."""

    calls: tuple[str, ...]
    invocations: tuple[tuple[str, int], ...]


@functools.cache
def calls_of(cycle: int) -> Cycle:
    """Those of an undisturbed run that begins with this cycle."""
    marks: list[tuple[int, int]] = []
    run = play(
        start=snapshots()[cycle],
        ticks=played(cycle),
        begins=lambda run: marks.append((len(run.machine.calls), len(run.machine.invocations))),
    )
    calls, invocations = marks[1]
    return Cycle(tuple(run.machine.calls[:calls]), tuple(run.machine.invocations[:invocations]))


def faults(name: str, at: str = "") -> Iterator[Point]:
    """A fault at each call; of these, at those whose name begins so."""
    for cycle in range(LAST):
        for number, call in enumerate(calls_of(cycle).calls, 1):
            if call.startswith(at) and (COLD not in call or cycle == COLD_CYCLE):
                yield Point(name, cycle, number)


def second_workers(of: str = "") -> Iterator[Point]:
    """At each call of each invocation, of one function or of all, a whole second one in between."""
    for cycle in range(LAST):
        made, first = calls_of(cycle).calls, 0
        for number, (function, calls) in enumerate(calls_of(cycle).invocations):
            for turn in range(1, calls + 1 if of in ("", function) else 1):
                if COLD not in made[first + turn - 1] or cycle == COLD_CYCLE:
                    yield Point(SECOND, cycle, number, (turn, math.inf))
            first += calls


def pairs(of: str = "") -> Iterator[Point]:
    """For each invocation, of one function or of all, each pair of calls at which two of it take turns."""
    for cycle in range(LAST):
        for number, (function, calls) in enumerate(calls_of(cycle).invocations):
            if of not in ("", function):
                continue
            stride = max(1, math.ceil(calls / MOST_TURNS))
            for one in range(1 + (number + cycle) % stride, calls + 1, stride):
                for other in range(1 + one % stride, calls + 1, stride):
                    yield Point(SIDE_BY_SIDE, cycle, number, (one, other))


def outages() -> Iterator[Point]:
    """Each part is down from the beginning of each cycle on, for some minutes."""
    for cycle in range(CYCLES - 1):
        for number in range(len(PARTS)):
            yield Point(OUTAGE, cycle, number)


def explore(points: Sequence[Point], workers: int) -> list[Differences]:
    """What came of each point, in its order; they are played in so many processes."""
    for cycle in range(LAST):
        undisturbed(cycle, played(cycle))
    gc.freeze()
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        return [*pool.map(_play, points, chunksize=16)]


def _play(point: Point) -> Differences:
    return point.play()
