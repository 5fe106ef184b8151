"""The one loop of a sweep: a selector, timers, and what threads hand over. It knows nothing of probes.

asyncio has the same and, for each probe, a task, several futures and their callbacks beside it, which cost more than
the probe. Whoever waits here is an object with a method for what it waits for.
"""

from __future__ import annotations

import heapq
import select
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, Self

if hasattr(select, "epoll"):
    READ, WRITE = select.EPOLLIN, select.EPOLLOUT
else:
    READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Waiting(Protocol):
    """Who waits for a socket."""

    def ready(self) -> None:
        """The socket can be read or written, as was asked for, or has failed."""


class Timed(Protocol):
    """Who waits for a moment."""

    def due(self) -> None:
        """The moment has come."""


class Poller(Protocol):
    """What `select.epoll` does: it is told of sockets, and tells which of them are ready."""

    def register(self, fd: int, event: int, /) -> object: ...
    def modify(self, fd: int, event: int, /) -> object: ...
    def unregister(self, fd: int, /) -> object: ...
    def poll(self, timeout: float | None, /) -> list[tuple[int, int]]: ...
    def close(self) -> object: ...


class Selector:
    """The same where there is no epoll: kqueue on macOS."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.register: Callable[[int, int], object] = self._selector.register
        self.modify: Callable[[int, int], object] = self._selector.modify
        self.unregister = self._selector.unregister
        self.close = self._selector.close

    def poll(self, timeout: float | None, /) -> list[tuple[int, int]]:
        """Which are ready, after so many seconds at the most."""
        return [(key.fd, events) for key, events in self._selector.select(timeout)]


Timer = list[Any]
"""When, a number that tells timers of the same moment apart, and who waits; None where nobody does any more."""


MOST_CANCELLED = 256
"""Timers that were cancelled and are still kept."""


class Loop:
    """Calls those who wait, one after the other, until it is stopped."""

    def __init__(self, poller: Poller | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._poller: Any = poller or (select.epoll() if hasattr(select, "epoll") else Selector())
        self._waiting: dict[int, Waiting] = {}
        self._timers: list[Timer] = []
        self._timers_made = self._cancelled = 0
        self._handed_over = deque[tuple[Callable[[Any], None], Any]]()
        self._wakers: tuple[socket.socket, socket.socket] | None = None
        self._running = True
        self.time = clock
        self.now = clock()
        """When the events that are being handled were found: an answer was there by then, however many come first."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._poller.close()
        wakers, self._wakers = self._wakers, None
        for waker in wakers or ():
            waker.close()

    def watch(self, fd: int, event: int, who: Waiting) -> None:
        """Tell `who` when the socket can be read (READ) or written (WRITE), as long as it can. Raises OSError."""
        self._poller.register(fd, event)
        self._waiting[fd] = who

    def watch_for(self, fd: int, event: int) -> None:
        """From now on the other of the two."""
        self._poller.modify(fd, event)

    def forget(self, fd: int) -> None:
        """Watch it no more; before it is closed."""
        del self._waiting[fd]
        self._poller.unregister(fd)

    def at(self, moment: float, who: Timed) -> Timer:
        """Tell `who` at that time of the loop's clock, after what is ready by then."""
        self._timers_made += 1
        timer = [moment, self._timers_made, who]
        heapq.heappush(self._timers, timer)
        return timer

    def cancel(self, timer: Timer) -> None:
        """Let it pass without a call."""
        timer[2] = None
        self._cancelled += 1
        if self._cancelled > MOST_CANCELLED:
            # Nearly all timers are cancelled long before they are due. A heap of them would be large, and so slow.
            self._timers[:] = [each for each in self._timers if each[2] is not None]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def open_to_threads(self) -> None:
        """From now on `hand_over` wakes the loop. Raises OSError."""
        if self._wakers is None:
            self._wakers = socket.socketpair()
            for waker in self._wakers:
                waker.setblocking(False)
            self.watch(self._wakers[0].fileno(), READ, self)

    def hand_over(self, call: Callable[[Any], None], value: object) -> None:
        """Have the loop call this; from any thread, also when the loop is gone, which then does nothing."""
        self._handed_over.append((call, value))
        with suppress(OSError):  # the buffer is full, so that the loop will wake; or it is gone
            if wakers := self._wakers:
                wakers[1].send(b"\0")

    def ready(self) -> None:
        """Something was handed over."""
        assert self._wakers is not None
        with suppress(BlockingIOError):
            self._wakers[0].recv(4096)
        while self._handed_over:
            call, value = self._handed_over.popleft()
            call(value)

    def stop(self) -> None:
        """Return from `run` once what is ready has been handled."""
        self._running = False

    def run(self) -> None:
        """Handle what comes until `stop` is called, which it may have been."""
        timers = self._timers
        while self._running:
            events = self._poller.poll(self._seconds())
            self.now = self.time()
            for fd, _ in events:
                if who := self._waiting.get(fd):
                    who.ready()
            while timers and timers[0][0] <= self.now:
                if timed := heapq.heappop(timers)[2]:
                    timed.due()

    def _seconds(self) -> float | None:
        """How long there is nothing to do but to wait for sockets."""
        timers = self._timers
        while timers and timers[0][2] is None:
            heapq.heappop(timers)
        return max(timers[0][0] - self.time(), 0.0) if timers else None
