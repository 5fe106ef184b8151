"""Stand-in IC-Servers for the demonstration: one a target, on loopback; the last fails in turn in three ways."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from enum import StrEnum

from icwatch.model import Target
from icwatch_cli.local.errors import EndedError, LocalCloudError


class Mood(StrEnum):
    """How a stand-in behaves."""

    HEALTHY = "healthy"
    REFUSING = "refusing"
    HANGING = "hanging"
    ERRING = "erring"


STORY: tuple[tuple[float, Mood], ...] = (
    (8.0, Mood.HEALTHY),
    (10.0, Mood.REFUSING),
    (10.0, Mood.HEALTHY),
    (10.0, Mood.HANGING),
    (10.0, Mood.HEALTHY),
    (10.0, Mood.ERRING),
    (10.0, Mood.HEALTHY),
)
"""Seconds of each mood of the last stand-in; then it begins again."""

_ANSWERS = {
    Mood.HEALTHY: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    Mood.ERRING: b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot ready",
}


class StandIns:
    """Servers at the addresses of `targets`, in a thread of their own until `stop`."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stand-ins", daemon=True)
        self._script: Future[None] | None = None

    def start(self) -> None:
        """Listen. Raises LocalCloudError where a port is taken."""
        self._thread.start()
        try:
            servers = [self._run(_StandIn.listen(target)) for target in self._targets]
        except OSError as error:
            self.stop()
            raise LocalCloudError(
                f"a stand-in cannot listen: {error.strerror}; "
                "free the port, which another demonstration may have, or name a fleet file"
            ) from error
        self._script = asyncio.run_coroutine_threadsafe(_tell_script(servers[-1]), self._loop)

    def check(self) -> None:
        """Raise EndedError where they have ended, as where the port of one was taken while it refused connections."""
        if self._script is not None and self._script.done() and not self._script.cancelled():
            raise EndedError(f"the stand-in servers have ended: {self._script.exception()!r}")
        if not self._thread.is_alive():
            raise EndedError("the stand-in servers have ended")

    def stop(self) -> None:
        """End all of them."""
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine: object) -> _StandIn:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()  # type: ignore[arg-type]


class _StandIn:
    """One server. Refusing means that it does not listen."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._mood = Mood.HEALTHY
        self._server: asyncio.Server | None = None

    @classmethod
    async def listen(cls, target: Target) -> _StandIn:
        stand_in = cls(target)
        await stand_in.become(Mood.HEALTHY)
        return stand_in

    async def become(self, mood: Mood) -> None:
        self._mood = mood
        if mood is Mood.REFUSING and self._server is not None:
            self._server.close()
            self._server = None
        elif mood is not Mood.REFUSING and self._server is None:
            self._server = await asyncio.start_server(self._serve, self._target.host, self._target.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if self._mood is Mood.HANGING:
                await reader.read()  # until the prober gives up
            else:
                writer.write(_ANSWERS.get(self._mood, b""))
                await writer.drain()
        writer.close()


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _tell_script(stand_in: _StandIn) -> None:
    while True:
        for seconds, mood in STORY:
            await stand_in.become(mood)
            await asyncio.sleep(seconds)
