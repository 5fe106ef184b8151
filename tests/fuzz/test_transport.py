"""What a probe concludes of random addresses, random errors and random servers, against a simple reference."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import Cause, ProbeSpec
from icwatch.probing import connection
from icwatch.probing.exchange import Exchange
from icwatch.probing.lookup import SocketAddress
from icwatch.probing.loop import WRITE, Loop
from icwatch.probing.prepared import prepared_for, request_for
from icwatch.probing.probe import probe
from icwatch.probing.transport import ProbeTransport
from icwatch.probing.verdict import Probe
from tests import network

BY_WEIGHT = (
    Cause.CONNECTION_REFUSED,
    Cause.RESET,
    Cause.CONNECT_TIMEOUT,
    Cause.HOST_UNREACHABLE,
    Cause.NO_ROUTE,
)
SAYS = {
    errno.ECONNREFUSED: Cause.CONNECTION_REFUSED,
    errno.ECONNRESET: Cause.RESET,
    errno.ETIMEDOUT: Cause.CONNECT_TIMEOUT,
    errno.EHOSTUNREACH: Cause.HOST_UNREACHABLE,
    errno.ENETUNREACH: Cause.NO_ROUTE,
}
OURS = (
    errno.EMFILE,
    errno.ENOBUFS,
    errno.EADDRNOTAVAIL,
    errno.EAFNOSUPPORT,
    errno.EACCES,
    errno.EINVAL,
    errno.ENETDOWN,
)

ADDRESSES = st.sampled_from([*(f"10.0.0.{number}" for number in range(4)), *(f"2001:db8::{each}" for each in "1234")])
FORBIDDEN = st.sampled_from(["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "::ffff:127.0.0.1", "0.0.0.0"])


def ask(url: str, *, allow_loopback: bool = False) -> Probe:
    return probe(ProbeTransport(allow_loopback=allow_loopback), request_for(url), ProbeSpec(timeout=Decimal(5)))


@given(
    st.lists(st.one_of(ADDRESSES, FORBIDDEN), min_size=1, max_size=6),
    st.dictionaries(ADDRESSES, st.sampled_from([*SAYS, *OURS])),
    st.booleans(),
)
def test_any_evidence_decides_and_a_forbidden_address_is_never_tried(
    addresses: list[str], errors: dict[str, int], has_ipv6: bool
) -> None:
    errors = {address: errors.get(address, errno.ECONNREFUSED) for address in addresses}
    allowed = list(dict.fromkeys(each for each in addresses if each.startswith(("10.", "2001:"))))
    with pytest.MonkeyPatch.context() as patch:
        network.resolver(patch)["ic.test"] = addresses
        tried = network.kernel(patch, errors, has_ipv6=has_ipv6)
        found = ask("http://ic.test:8088/ok")
    assert tried == allowed
    lacks = {each for each in allowed if ":" in each and not has_ipv6}
    routes = (errno.ENETUNREACH, errno.EHOSTUNREACH)
    said = {SAYS.get(errors[each]) for each in allowed if not (each in lacks and errors[each] in routes)} - {None}
    cause = next((each for each in BY_WEIGHT if each in said), None)
    assert (found.failure and found.failure.cause) is cause
    assert bool(found.unknown) is (cause is None)
    assert found.unknown.startswith("forbidden: ") is (not allowed)
    detail = found.failure.detail if found.failure else found.unknown
    assert detail.isprintable()
    assert 0 < len(detail) <= 160


@dataclass(frozen=True)
class Host:
    """An address that answers after so many seconds: with a connection, or with a cause."""

    seconds: float
    cause: Cause | None


SECONDS = st.integers(0, 80).map(lambda tenths: tenths / 10 + 0.0371)  # never exactly a share
HOSTS = st.builds(Host, SECONDS, st.sampled_from([None, *BY_WEIGHT]))


ERRNO = {cause: number for number, cause in SAYS.items()}


class Pending:
    """A connection to the host of that number that is being made."""

    def __init__(self, number: int) -> None:
        self.number = number

    def fileno(self) -> int:
        return self.number

    def send(self, data: bytes) -> int:
        return len(data)

    def close(self) -> None:
        pass


class Network:
    """A kernel in which connections take as long as the hosts need, and a clock in which that is over at once."""

    def __init__(self, hosts: Sequence[Host]) -> None:
        self._hosts, self._now = hosts, 0.0
        self._answers: dict[int, float] = {}
        self.made: int | None = None

    def time(self) -> float:
        return self._now

    def begin(self, address: SocketAddress) -> Pending:
        return Pending(int(address[0]))

    def establish(self, pending: Pending) -> None:
        if cause := self._hosts[pending.number].cause:
            raise OSError(ERRNO[cause], os.strerror(ERRNO[cause]))
        self.made = pending.number

    def register(self, fd: int, event: int, /) -> None:
        self._answers[fd] = self._now + self._hosts[fd].seconds

    def modify(self, fd: int, event: int, /) -> None:
        del self._answers[fd]

    def unregister(self, fd: int, /) -> None:
        self._answers.pop(fd, None)

    def poll(self, timeout: float | None, /) -> list[tuple[int, int]]:
        assert timeout is not None
        for fd, moment in self._answers.items():
            if moment <= self._now + timeout:
                self._now = max(self._now, moment)
                return [(fd, WRITE)]
        self._now += timeout
        return []

    def close(self) -> None:
        pass


class Taker:
    """Who wants an exchange, and ends the loop with it."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def ended(self, outcome: object, tls_not_after: int | None) -> None:
        self._loop.stop()


@given(st.lists(HOSTS, min_size=1, max_size=6))
def test_every_address_has_its_share_of_the_time(hosts: list[Host]) -> None:
    deadline, spent, expected = 3.0, 0.0, None
    for number, host in enumerate(hosts):
        share = (deadline - spent) / (len(hosts) - number)
        if host.cause is None and host.seconds < share:
            expected = number
            break
        spent += min(host.seconds, share)

    with pytest.MonkeyPatch.context() as patch:
        network = Network(hosts)
        patch.setattr(connection, "begin", network.begin)
        patch.setattr(connection, "establish", network.establish)
        loop = Loop(network, network.time)
        taker = Taker(loop)
        exchange = Exchange(loop, prepared_for("http://ic.test/ok"), deadline, taker, lambda address: None)
        exchange.found([(str(number), 80) for number in range(len(hosts))])
        loop.run()
    assert network.made == expected
    assert network.time() <= deadline + 0.001


# Random servers on the loopback interface

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Filler: abcdefgh\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Script:
    """What a server does with a connection: read so much of the request, send these, and reset or close."""

    reads: int
    sends: tuple[bytes, ...]
    resets: bool
    whole: bool


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    answer = draw(st.sampled_from([ANSWER, CHUNKED]))
    whole = draw(st.booleans())
    sent = answer if whole else answer[: draw(st.integers(0, len(answer) - 5))]
    cuts = sorted(draw(st.lists(st.integers(0, len(sent)), max_size=3)))
    parts = tuple(sent[first:last] for first, last in zip([0, *cuts], [*cuts, len(sent)], strict=True))
    return Script(draw(st.sampled_from([0, 1, 1 << 16])), parts, draw(st.booleans()), whole)


class Player:
    """A server that plays one script for each connection."""

    def __init__(self) -> None:
        self._scripts: queue.Queue[Script] = queue.Queue()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def play(self, script: Script) -> None:
        self._scripts.put(script)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            with accepted, contextlib.suppress(OSError):
                _play(accepted, self._scripts.get())


def _play(accepted: socket.socket, script: Script) -> None:
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if script.reads:
        accepted.recv(script.reads)
    for part in script.sends:
        accepted.sendall(part)
    if script.resets:
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    player = Player()
    yield player
    player.stop()


def _allowed(script: Script) -> Sequence[str]:
    """What may be concluded. Closing with something unread is a reset or not, by what has arrived until then."""
    if script.whole:
        return ("healthy",)
    if script.resets:
        return (Cause.RESET,)
    return (Cause.BAD_RESPONSE,) if script.reads > 1 else (Cause.BAD_RESPONSE, Cause.RESET)


@given(scripts())
def test_a_server_may_break_off_whenever_it_likes(player: Player, script: Script) -> None:
    player.play(script)
    found = ask(f"http://127.0.0.1:{player.port}/ok", allow_loopback=True)
    said = "healthy" if found.healthy else found.unknown or (found.failure and found.failure.cause)
    assert said in _allowed(script)
