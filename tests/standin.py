"""A transport that stands in for the network, where only what comes back matters."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from icwatch.probing.exchange import Owner
from icwatch.probing.loop import Loop
from icwatch.probing.prepared import PreparedRequest

Answer = Callable[[httpx.Request], httpx.Response]
"""What comes back of a request; an error is raised."""


def good(request: httpx.Request) -> httpx.Response:
    """A healthy server."""
    return httpx.Response(200)


class StandIn:
    """Answers every request so, after so many seconds; after none at once."""

    def __init__(self, answer: Answer = good, seconds: float = 0.0) -> None:
        self._answer, self._seconds = answer, seconds
        self.under_way = self.most = 0
        self.asked: list[str] = []
        self.ends: list[float] = []

    def seconds(self, request: httpx.Request, timeout: float) -> float:
        """How long this one takes, of that time."""
        return self._seconds

    def begin(self, loop: Loop, request: PreparedRequest, timeout: float, owner: Owner) -> None:
        """As a transport does."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.asked.append(request.url)
        sent = httpx.Request("GET", request.url)
        coming = _Coming(self, loop, sent, owner)
        if seconds := self.seconds(sent, timeout):
            loop.at(loop.time() + seconds, coming)
        else:
            coming.due()

    def answer(self, request: httpx.Request) -> httpx.Response | Exception:
        """What comes of it."""
        try:
            return self._answer(request)
        except Exception as error:
            return error


class _Coming:
    """An answer that comes."""

    def __init__(self, network: StandIn, loop: Loop, request: httpx.Request, owner: Owner) -> None:
        self._network, self._loop, self._request, self._owner = network, loop, request, owner

    def due(self) -> None:
        """It is there."""
        outcome = self._network.answer(self._request)
        self._network.under_way -= 1
        self._network.ends.append(self._loop.time())
        self._owner.ended(outcome, None)
