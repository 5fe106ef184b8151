"""Servers on this machine that are killed one by one, and who tells of it when."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Servers:
    """So many healthy servers, each at a port of its own. `kill` ends one of them: nothing listens there then."""

    def __init__(self, count: int) -> None:
        self._listeners = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(count)]
        self.ports = [int(each.getsockname()[1]) for each in self._listeners]
        for each in self._listeners:
            threading.Thread(target=_serve, args=(each,), daemon=True).start()

    def kill(self, place: int) -> float:
        """End one, and say when that was."""
        listener = self._listeners[place]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # which wakes the one that waits there
        listener.close()
        return time.monotonic()

    def close(self) -> None:
        """End all."""
        for place in range(len(self._listeners)):
            self.kill(place)


def _serve(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with contextlib.suppress(OSError), connection:
                connection.settimeout(1)
                connection.recv(4096)
                connection.sendall(ANSWER)


class Clock:
    """When each server died and when each peer told of it, in seconds between the two."""

    def __init__(self, targets: Sequence[str]) -> None:
        self.targets = targets
        self._died: dict[str, float] = {}
        self._told: dict[tuple[str, str], float] = {}
        self._changed = threading.Condition()

    def died(self, target: str, at: float) -> None:
        """It is dead."""
        with self._changed:
            self._died[target] = at

    def told(self, peer: str, target: str) -> None:
        """Somebody tells of it; the first time counts."""
        with self._changed:
            self._told.setdefault((peer, target), time.monotonic())
            self._changed.notify_all()

    def latencies(self, peer: str) -> tuple[float, ...]:
        """Of all that it told of, in the order of their deaths."""
        return tuple(self._told[peer, target] - at for target, at in self._died.items() if (peer, target) in self._told)

    def wait(self, peers: Sequence[str], seconds: float) -> None:
        """Return once everybody told of all deaths, or after so long."""
        with self._changed:
            whole = {(peer, target) for peer in peers for target in self._died}
            self._changed.wait_for(lambda: whole <= self._told.keys(), seconds)
