"""The floor: a bare loop over epoll that connects, asks and reads, and knows nothing of causes, names, TLS or HTTP.

The same loop drives blackbox_exporter, over connections that are kept, as Prometheus's scrapes are.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from scripts.bench.probing.case import Case, Seen


def sweep(case: Case) -> Seen:
    """Probe every server once, so many at once, each within the timeout."""
    poller, servers = select.epoll(), case.servers
    seen: list[float | None] = [None] * len(servers)
    open_ones: dict[int, tuple[socket.socket, int, float]] = {}
    ends: deque[tuple[float, int, socket.socket]] = deque()
    asked: set[int] = set()
    following, clock = 0, time.monotonic

    def close(fd: int) -> None:
        poller.unregister(fd)
        asked.discard(fd)
        open_ones.pop(fd)[0].close()

    while following < len(servers) or open_ones:
        while following < len(servers) and len(open_ones) < case.at_once:
            connection, now = socket.socket(), clock()
            connection.setblocking(False)
            connection.connect_ex(servers[following][:2])
            poller.register(connection.fileno(), select.EPOLLOUT)
            open_ones[connection.fileno()] = connection, following, now
            ends.append((now + case.timeout, connection.fileno(), connection))
            following += 1
        events = poller.poll(max(ends[0][0] - clock(), 0) if ends else None)
        now = clock()
        for fd, _ in events:
            connection, place, began = open_ones[fd]
            try:
                if fd in asked:
                    data = connection.recv(4096)
                    if data.startswith(b"HTTP/1.1 200"):
                        seen[place] = now - began
                    close(fd)
                else:
                    connection.send(b"GET /ok HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % b"server")
                    asked.add(fd)
                    poller.modify(fd, select.EPOLLIN)
            except OSError:
                close(fd)
        while ends and (ends[0][0] <= now or ends[0][2].fileno() < 0):
            _, fd, connection = ends.popleft()
            if connection.fileno() == fd:
                close(fd)
    poller.close()
    return seen


def exchange_all(port: int, requests: Sequence[bytes], at_once: int, take: Callable[[int, bytes], None]) -> None:
    """Send every request to a port of this machine over connections that are kept, and hand over each body."""
    poller, following = select.epoll(), iter(enumerate(requests))
    connections: dict[int, socket.socket] = {}
    under_way: dict[int, tuple[int, bytes]] = {}

    def ask(fd: int) -> None:
        for place, request in following:
            under_way[fd] = place, b""
            connections[fd].send(request)
            return
        poller.unregister(fd)
        connections.pop(fd).close()

    for _ in range(min(at_once, len(requests))):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setblocking(False)
        connections[connection.fileno()] = connection
        poller.register(connection.fileno(), select.EPOLLIN)
    for fd in [*connections]:
        ask(fd)
    while connections:
        for fd, _ in poller.poll():
            with suppress(BlockingIOError):
                data = connections[fd].recv(65536)
                place, before = under_way[fd]
                answer = before + data
                if not data:
                    raise ConnectionError("the exporter closed a connection")
                under_way[fd] = place, answer
                if (body := _body(answer)) is not None:
                    take(place, body)
                    ask(fd)
    poller.close()


def _body(answer: bytes) -> bytes | None:
    """The body of an answer once it is complete, by its length or in chunks."""
    head, found, body = answer.partition(b"\r\n\r\n")
    _, has_length, rest = head.lower().partition(b"\r\ncontent-length:")
    if has_length:
        return body if len(body) >= int(rest.partition(b"\r\n")[0]) else None
    if not found or not body.endswith(b"\r\n0\r\n\r\n"):
        return None
    whole = b""
    while (size := int((line := body.partition(b"\r\n"))[0], 16)) > 0:
        whole += line[2][:size]
        body = line[2][size + 2 :]
    return whole
