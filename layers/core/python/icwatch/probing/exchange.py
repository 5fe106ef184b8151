"""One exchange with a server, as a state machine: a name, a connection, TLS, the request, the answer, one deadline.

    LOOKUP -> CONNECT -> HANDSHAKE -> ANSWER -> OVER

What it waits for comes as one of three events: addresses that were found, a socket that is ready, a moment that has
come. A host with several addresses is connected to one after the other, so CONNECT and HANDSHAKE may come again.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import partial
from typing import Protocol

import httpx

from icwatch.model import Cause
from icwatch.probing import connection, outcomes
from icwatch.probing.attempts import LATE_SECONDS, PAUSED, Attempt
from icwatch.probing.causes import cause_while_waiting
from icwatch.probing.channel import Channel
from icwatch.probing.connection import sentence
from icwatch.probing.errors import LookupFailed
from icwatch.probing.lookup import Lookups, SocketAddress
from icwatch.probing.loop import Loop
from icwatch.probing.outcomes import Outcome
from icwatch.probing.prepared import PreparedRequest
from icwatch.probing.response import ResponseError, ResponseReader
from icwatch.probing.tls import tls_context

ReasonToRefuse = Callable[[str], str | None]
"""Why an address is not connected to; None where it is."""


class Owner(Protocol):
    """Who wants an exchange."""

    def ended(self, outcome: Outcome, tls_not_after: int | None) -> None:
        """What it came to; and when the server's certificate expires, in Unix time, where there was a handshake."""


class Step(enum.Enum):
    """What is waited for."""

    LOOKUP = enum.auto()
    CONNECT = enum.auto()
    HANDSHAKE = enum.auto()
    ANSWER = enum.auto()
    OVER = enum.auto()


LOOKUP, CONNECT, HANDSHAKE, ANSWER, OVER = Step


class Exchange:
    """One request over a connection of its own."""

    __slots__ = (
        *("_addresses", "_attempts", "_broken", "_channel", "_ends", "_loop", "_owner", "_reader", "_reason_to_refuse"),
        *("_request", "_share", "_step", "_timeout", "_timer", "_tls_not_after", "_until"),
    )

    def __init__(
        self, loop: Loop, request: PreparedRequest, timeout: float, owner: Owner, reason_to_refuse: ReasonToRefuse
    ) -> None:
        """All is over within `timeout` seconds, from the name to the last byte."""
        self._loop, self._request, self._owner = loop, request, owner
        self._reason_to_refuse = reason_to_refuse
        self._timeout = self._share = timeout
        self._ends = self._until = loop.time() + timeout
        self._timer = loop.at(self._until, self)
        self._step = LOOKUP
        self._addresses: list[SocketAddress] = []
        self._attempts: list[Attempt] = []
        self._channel: Channel | None = None
        self._tls_not_after: int | None = None
        self._broken: OSError | None = None
        self._reader: ResponseReader

    def begin(self, lookups: Lookups) -> None:
        """Begin. The owner may hear of the end at once."""
        request = self._request
        if request.address is not None:
            self.found([request.address])
            return
        try:
            self._loop.open_to_threads()
            lookups.ask(request.host, request.port, partial(self._loop.hand_over, self.found))
        except OSError as error:
            self.found(error)

    def found(self, addresses: list[SocketAddress] | Exception) -> None:
        """The host has these addresses."""
        if self._step is not LOOKUP:
            return  # its time was over before
        if isinstance(addresses, Exception):
            self._end(outcomes.lookup_failed(self._request.host, addresses))
            return
        self._addresses = addresses
        self._handle(self._choose)

    def ready(self) -> None:
        """The connection is."""
        step = self._step
        self._handle(self._read if step is ANSWER else self._establish if step is CONNECT else self._shake_hands)

    def due(self) -> None:
        """The time of what is waited for is over."""
        self._handle(self._give_up)

    def _handle(self, step: Callable[[], Outcome | None]) -> None:
        """Make a step, which gives the outcome if it was the last one."""
        try:
            outcome = step()
        except (OSError, ResponseError) as error:
            outcome = self._failed(error)
        except Exception as error:
            outcome = error
        if outcome is not None:
            self._end(outcome)

    def _failed(self, error: OSError | ResponseError) -> Outcome | None:
        """A connection broke, or what was said on it is no answer."""
        if self._step is ANSWER:
            return outcomes.answer_failed(self._broken or error)
        assert isinstance(error, OSError)
        return self._next(cause_while_waiting(error), sentence(error))

    def _end(self, outcome: Outcome) -> None:
        self._step = OVER
        self._loop.cancel(self._timer)
        if self._channel is not None:
            self._channel.close()
        self._owner.ended(outcome, self._tls_not_after)

    def _wait_until(self, moment: float) -> None:
        if moment != self._until:
            self._loop.cancel(self._timer)
            self._until, self._timer = moment, self._loop.at(moment, self)

    # LOOKUP is over

    def _choose(self) -> Outcome | None:
        """Connect to those addresses that may be connected to, without another lookup."""
        found = self._addresses
        reasons = [self._reason_to_refuse(address[0]) for address in found]
        self._addresses = [address for address, reason in zip(found, reasons, strict=True) if reason is None]
        if not self._addresses:
            return outcomes.no_address(self._request.host, found, reasons)
        if self._request.tls_name is not None:
            try:
                tls_context()
            except OSError as error:
                return outcomes.no_trust_store(error)
        return self._connect()

    # CONNECT, HANDSHAKE

    def _connect(self) -> Outcome | None:
        """Try the next address. Those that are left always keep their share of the time.

        So an address where nobody answers takes none from one where somebody does.
        """
        while (left := len(self._addresses) - len(self._attempts)) > 0:
            address, now = self._addresses[-left], self._loop.time()
            self._share = (self._ends - now) / left
            self._wait_until(self._ends if left == 1 else now + self._share)
            try:
                self._channel = Channel(self._loop, address, self)
            except OSError as error:
                self._attempts.append(connection.refused_at_once(address, error))
            else:
                self._step = CONNECT
                return None
        return outcomes.connect_failed(self._attempts)

    def _next(self, cause: Cause | None, detail: str) -> Outcome | None:
        """Connecting to this address failed so: try the next one."""
        assert self._channel is not None
        self._channel.close()
        self._channel = None
        self._attempts.append(Attempt(str(self._addresses[len(self._attempts)][0]), cause, detail))
        return self._connect()

    def _establish(self) -> Outcome | None:
        assert self._channel is not None
        self._channel.establish()
        if self._request.tls_name is None:
            return self._ask()
        self._step = HANDSHAKE
        self._channel.begin_tls(tls_context(), self._request.tls_name)
        return None

    def _shake_hands(self) -> Outcome | None:
        assert self._channel is not None
        if self._channel.is_sending:
            self._channel.send(b"")
        elif (not_after := self._channel.shake_hands()) is not None:
            self._tls_not_after = not_after
            return self._ask()
        return None

    # ANSWER

    def _ask(self) -> Outcome | None:
        self._step, self._reader = ANSWER, ResponseReader()
        self._wait_until(self._ends)
        self._send(self._request.message)
        return None

    def _send(self, message: bytes) -> None:
        """Send it, and what is left of what was sent before.

        A server may answer and close before it has read the request; then the answer counts more than the failed write.
        But that failure is remembered, because what is read then looks like a proper end.
        """
        assert self._channel is not None
        try:
            self._channel.send(message)
        except ConnectionError as error:
            self._broken = error

    def _read(self) -> Outcome | None:
        """Read what has come, once the whole request is sent."""
        channel, reader = self._channel, self._reader
        assert channel is not None
        if channel.is_sending:
            self._send(b"")
            return None
        while (data := channel.receive(reader.room)) is not None:
            if reader.feed(data):
                if self._broken and not data:
                    raise self._broken  # an answer that only the end of the connection ends, and that end was a reset
                return outcomes.response(reader)
        return None

    # The time is over

    def _give_up(self) -> Outcome | None:
        within = f"within {self._timeout:g}s"
        if self._step is LOOKUP:
            return LookupFailed(f"no answer for {self._request.host} {within}")
        if self._step is ANSWER:
            return httpx.ReadTimeout(f"no complete answer {within}")
        if self._loop.time() > self._until + LATE_SECONDS:
            return self._next(None, PAUSED)  # which the deadline of the whole probe does not show
        if len(self._addresses) > 1:
            within = f"within {max(self._share, 0):.2g}s"
        if self._step is CONNECT:
            return self._next(Cause.CONNECT_TIMEOUT, f"no connection {within}")
        return self._next(Cause.READ_TIMEOUT, f"no TLS handshake {within}")
