"""A loop whose clock is its own: where nothing else is to be done, it is the next timer's time at once."""

from __future__ import annotations

from icwatch.probing.loop import Loop, Selector


class _Selector(Selector):
    """Waits for nothing but files that are ready; the time it should have waited is over by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def poll(self, timeout: float | None, /) -> list[tuple[int, int]]:
        """Without a timer it waits, as for a thread."""
        found = super().poll(timeout if timeout is None else 0)
        if timeout and not found:
            self.now += timeout
        return found


def virtual_loop() -> Loop:
    """Waiting takes no time, and everything happens in the order of its moment."""
    selector = _Selector()
    return Loop(selector, selector.time)
