"""A connection that is broken off is a reset, whenever that happens; an answer that was complete by then counts.

The kernel names a reset once: to whoever connects, sends or reads next. So many tries at varying moments are needed to
see that it does not matter which it was.
"""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from icwatch.model import Cause, ProbeSpec
from icwatch.probing.prepared import request_for
from icwatch.probing.probe import probe
from icwatch.probing.transport import ProbeTransport
from icwatch.probing.verdict import Probe
from tests.servers import OK, tls, trusted_authority

TRIES = 300
RESET = f"{Cause.RESET}: Connection reset by peer"

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
UNTIL_THE_END = b"HTTP/1.0 200 OK\r\n\r\nhow much more?"

Act = Callable[[socket.socket], object]


@contextlib.contextmanager
def breaking_off(act: Act, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that acts on every connection and resets it, a moment of up to 0.2 ms later; gives its port."""
    moments = random.Random(8)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                act(connection)
                ends = time.perf_counter() + moments.choice([0, 0, moments.uniform(0, 0.0002)])
                while time.perf_counter() < ends:
                    pass
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def ask_often(url: str, tries: int) -> Counter[str]:
    """The causes of so many probes, one after the other."""

    transport, spec, request = ProbeTransport(allow_loopback=True), ProbeSpec(timeout=Decimal(5)), request_for(url)
    found = [probe(transport, request, spec) for _ in range(tries)]
    return Counter("healthy" if each.healthy else _says(each) for each in found)


def _says(found: Probe) -> str:
    return f"{found.failure.cause}: {found.failure.detail}" if found.failure else found.unknown


def reading(most: int, answer: bytes = b"") -> Act:
    """Read up to so many bytes of the request where that is not 0, and answer so."""

    def act(connection: socket.socket) -> None:
        if most:
            connection.recv(most)
        connection.sendall(answer)

    return act


MOMENTS: dict[str, Act] = {
    "at once": reading(0),
    "after a byte of the request": reading(1),
    "after the request": reading(65_536),
    "after half an answer": reading(65_536, HALF),
    "after half an answer, before the request": reading(0, HALF),
    "where only the end would end the answer": reading(0, UNTIL_THE_END),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_reset_is_a_reset_every_time(moment: str) -> None:
    with breaking_off(MOMENTS[moment]) as port:
        assert ask_often(f"http://127.0.0.1:{port}/ok", TRIES) == {RESET: TRIES}


def test_an_answer_that_came_before_the_reset_counts() -> None:
    with breaking_off(reading(0, OK)) as port:
        assert ask_often(f"http://127.0.0.1:{port}/ok", TRIES) == {"healthy": TRIES}


@pytest.mark.parametrize("moment", ["at once", "after a byte of the request", "after half an answer"])
def test_a_reset_under_tls_is_a_reset_every_time(moment: str, tmp_path: Path) -> None:
    with trusted_authority(tmp_path) as authority, breaking_off(MOMENTS[moment], tls(authority)) as port:
        assert ask_often(f"https://127.0.0.1:{port}/ok", TRIES // 3) == {RESET: TRIES // 3}
