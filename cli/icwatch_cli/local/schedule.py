"""EventBridge Scheduler on this machine: a tick every cycle, stamped with the moment that was meant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from icwatch_cli.local.function import Function
from icwatch_cli.local.supervision import Part, Report

LOOK_SECONDS = 1.0
"""Seconds between two looks at the clock, so that one that was set is noticed."""


class Cycle:
    """A collection cycle in seconds: what `read` gives, or gave last where it gives None."""

    def __init__(self, first: int, read: Callable[[], int | None]) -> None:
        self._last, self._read = first, read

    def __call__(self) -> int:
        """The cycle of now."""
        self._last = self._read() or self._last
        return self._last


class Schedule:
    """Ticks in a thread of their own, by `clock`, in seconds as `time.time`. `every` is asked for the cycle, which may
    change at any time.
    """

    def __init__(
        self,
        function: Function,
        every: Callable[[], int],
        report: Report,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._function = function
        self._every = every
        self._report = report
        self._clock = clock
        self._begins = int(clock())
        self.part = Part("the schedule", self._work, report)

    def start(self) -> None:
        """Send the first tick at once."""
        self.part.start()

    def stop(self) -> None:
        """Send no further tick."""
        self.part.stop()

    def _work(self, stopping: threading.Event) -> None:
        for at in moments(self._begins, self._every, self._clock, stopping.wait):
            result = self._function.invoke({"time": datetime.fromtimestamp(at, UTC).isoformat()})
            if result.error is not None and not stopping.is_set():
                self._report(f"{self._function.name}: {result.error}")
            self._begins = at + self._every()  # where a schedule that is started again goes on


def moments(
    at: int, every: Callable[[], int], clock: Callable[[], float], wait: Callable[[float], bool]
) -> Iterator[int]:
    """The moments of ticks as they come, on the grid of `at`, until `wait` says that it is over.

    `wait` is given seconds, as `threading.Event.wait`. The clock may be set, the machine may sleep, and the cycle may
    become another: the next tick is a new cycle after the last one, or at once where that is past.
    """
    last, cycle = at, every()
    while True:
        now = clock()
        if cycle != (cycle := every()):
            at = max(last + cycle, int(now))
        at = due(at, cycle, now)
        if at <= now:
            yield at
            last, at = at, at + cycle
        elif wait(min(at - now, LOOK_SECONDS)):
            return


def due(at: int, every: int, now: float) -> int:
    """The moment of the next tick, where `at` was to be it: `at`, or the grid's first one from now on.

    That is where `at` is a cycle or more away, because the clock was set or the machine slept: the schedule goes on
    from the present. No tick is sent late then, so that a clock which is ahead for a second stamps no sweep. After a
    clock was set back, a tick may come a second time, and decides nothing then.
    """
    if now - every < at <= now + every:
        return at
    return at - int((at - now) // every) * every
