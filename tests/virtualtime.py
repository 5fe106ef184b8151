"""An event loop whose clock is its own: where nothing else is to be done, it is the next timer's time at once."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Waits for nothing but files that are ready; the time it should have waited is over by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Without a timer it waits, as for a thread."""
        found = super().select(timeout if timeout is None else 0)
        if timeout and not found:
            self.now += timeout
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Without a time limit, which this clock would let pass at once: threads end in real time."""
        await super().shutdown_default_executor()


def run_at_once(main: Coroutine[Any, Any, T]) -> T:
    """What `main` returns. Sleeping takes no time, and everything happens in the order of its moment."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
