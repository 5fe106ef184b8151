"""Two processes of a function that work on the same event side by side, each pausing before any of its calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from greenlet import getcurrent, greenlet

from tests.chaos.machine import Machine, Process

T = TypeVar("T")


class _Worker(Generic[T]):
    """A process at work, how many calls it was about to make, and until when it sleeps."""

    def __init__(self, machine: Machine, process: Process, work: Callable[[], T]) -> None:
        self._machine, self.process, self.calls, self.wakes = machine, process, 0, 0.0
        self.result: T | None = None
        self._hub = getcurrent()

        def run() -> None:
            self.result = work()

        self._thread = greenlet(run)

    @property
    def done(self) -> bool:
        return bool(self._thread.dead)

    def go_on(self) -> None:
        """Work until the next call or the next sleep."""
        machine = self._machine
        machine.now = max(machine.now, self.wakes)
        machine.process, machine.turn = self.process, self._pause
        self._thread.switch()

    def _pause(self, until: float) -> None:
        self.calls += until <= self._machine.now
        self.wakes = until
        self._hub.switch()


def side_by_side(machine: Machine, jobs: Sequence[tuple[Process, Callable[[], T]]], turns: tuple[float, float]) -> T:
    """The first works until it is about to make so many calls, then the second does; then each goes on to its end.

    Whoever sleeps lets the other work meanwhile. Returns what the first came to.
    """
    first, second = (_Worker(machine, process, work) for process, work in jobs)
    for worker, calls in ((first, turns[0]), (second, turns[1]), (first, math.inf), (second, math.inf)):
        while not worker.done and worker.calls < calls and worker.wakes <= machine.now:
            worker.go_on()
    while alive := [worker for worker in (first, second) if not worker.done]:
        min(alive, key=lambda worker: worker.wakes).go_on()
    machine.process, machine.turn = None, None
    assert first.result is not None
    return first.result
