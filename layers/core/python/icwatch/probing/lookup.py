"""From a host's name to socket addresses, without waiting in the event loop."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

SocketAddress = tuple[Any, ...]
"""As the socket module has it: the address as a text first, then the port, and two more for IPv6."""

LOCAL_LOOKUPS = frozenset({socket.EAI_MEMORY, getattr(socket, "EAI_SYSTEM", socket.EAI_MEMORY)})
"""Lookups that failed for want of something on this machine."""


async def resolve(host: str, port: int) -> list[SocketAddress]:
    """The addresses of `host` in the resolver's order, each once; a numeric one is its own.

    The name is asked for exactly as it is, a dot at its end included, which keeps search domains away. It is passed on
    as bytes, since Python would apply IDNA to a text. A lookup runs in a thread that nobody waits for at the end.
    Raises OSError, also where there can be no such name.
    """
    name = host.encode("ascii")
    with suppress(OSError):
        return [socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[0][4]]
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[SocketAddress]] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: object) -> None:
        if not answer.done():
            set_it(value)

    def look_up() -> None:
        with suppress(RuntimeError):  # the loop may be gone when a slow answer comes
            try:
                found = [entry[4] for entry in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
                loop.call_soon_threadsafe(settle, answer.set_result, list(dict.fromkeys(found)))
            except Exception as error:
                loop.call_soon_threadsafe(settle, answer.set_exception, error)

    try:
        threading.Thread(target=look_up, name=f"lookup {host}", daemon=True).start()
    except RuntimeError as error:
        raise socket.gaierror(socket.EAI_MEMORY, str(error)) from error
    return await answer
