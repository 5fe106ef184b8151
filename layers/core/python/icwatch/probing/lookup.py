"""From a host's name to socket addresses, in threads: there is no other way to ask the system's resolver."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

SocketAddress = tuple[Any, ...]
"""As the socket module has it: the address as a text first, then the port, and two more for IPv6."""

LOCAL_LOOKUPS = frozenset({socket.EAI_MEMORY, getattr(socket, "EAI_SYSTEM", socket.EAI_MEMORY)})
"""Lookups that failed for want of something on this machine."""

IDLE_SECONDS = 5.0
"""After so long without a name to look up, a thread ends."""

Answer = Callable[[list[SocketAddress] | Exception], None]
"""Takes, in the thread, what a lookup comes to."""


def numeric_address(host: str, port: int) -> SocketAddress | None:
    """The address that `host` is, without a lookup; None where it is a name."""
    with suppress(OSError, UnicodeError):
        found: SocketAddress = socket.getaddrinfo(
            host.encode("ascii"), port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )[0][4]
        return found
    return None


def addresses_of(host: str, port: int) -> list[SocketAddress]:
    """The addresses of `host` in the resolver's order, each once. Waits. Raises OSError or UnicodeError.

    The name is asked for exactly as it is, a dot at its end included, which keeps search domains away. It is passed on
    as bytes, since Python would apply IDNA to a text.
    """
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(entry[4] for entry in found))


Asked = tuple[str, int, Answer]


class Lookups:
    """A few threads that look names up, and one more whenever all of them wait for an answer.

    So a name server that never answers holds up nobody but who asked it. Nobody waits for the threads at the end.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = queue.SimpleQueue[Asked]()
        self._free = 0
        """Threads that wait for something to do, less what is there for them to do."""

    def ask(self, host: str, port: int, answer: Answer) -> None:
        """Look a name up. Raises socket.gaierror where this machine has no thread left."""
        asked = (host, port, answer)
        with self._lock:
            if self._free > 0:
                self._free -= 1
                self._asked.put(asked)
                return
        try:
            threading.Thread(target=self._serve, args=(asked,), name=f"lookup {host}", daemon=True).start()
        except RuntimeError as error:
            raise socket.gaierror(socket.EAI_MEMORY, str(error)) from error

    def _serve(self, first: Asked) -> None:
        asked: Asked | None = first
        while asked is not None:
            host, port, answer = asked
            try:
                answer(addresses_of(host, port))
            except Exception as error:
                answer(error)
            with self._lock:
                self._free += 1
            asked = self._next()

    def _next(self) -> Asked | None:
        """What is to be looked up next; None where there was nothing for a while."""
        with suppress(queue.Empty):
            return self._asked.get(timeout=IDLE_SECONDS)
        with self._lock:
            with suppress(queue.Empty):  # it came just now
                return self._asked.get_nowait()
            self._free -= 1
            return None
