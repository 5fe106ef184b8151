"""Servers at one port of every loopback address: `python -m scripts.bench.probing.hostile KIND PORT`.

`healthy` ones answer, `silent` ones take a request and say nothing, `hostile` ones do something else by the last digit
of their address: drip, flood with headers or a body, break off, talk nonsense, or say that they go on for ever.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable

Writer = asyncio.StreamWriter

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
PIECE_SECONDS = 0.05


async def answer(writer: Writer) -> None:
    """Answer at once."""
    writer.write(HEAD)
    await writer.drain()


async def drip(writer: Writer) -> None:
    """A byte at a time, of an answer that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(PIECE_SECONDS)


async def flood(writer: Writer) -> None:
    """Headers without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: and more\r\n" * 4000)
        await writer.drain()


async def pour(writer: Writer) -> None:
    """A large body with a wrong status."""
    writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        writer.write(b"busy" * 16_000)
        await writer.drain()


async def nonsense(writer: Writer) -> None:
    """What is no HTTP."""
    writer.write(b"\x16\x03\x01 hello \r\n" * 100)
    await writer.drain()


async def interim(writer: Writer) -> None:
    """One interim answer after the other."""
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(PIECE_SECONDS)


async def break_off(writer: Writer) -> None:
    """Half an answer, then a reset."""
    writer.write(HEAD[:30])
    await writer.drain()
    writer.transport.abort()


async def say_nothing(writer: Writer) -> None:
    """Hold the connection until the other one gives up."""


HOSTILE = (drip, flood, pour, nonsense, interim, break_off)


def behaviour(kind: str, host: str) -> Callable[[Writer], Awaitable[None]]:
    """What a server of this kind does at this address."""
    if kind == "hostile":
        return HOSTILE[int(host.rpartition(".")[2]) % len(HOSTILE)]
    return answer if kind == "healthy" else say_nothing


async def serve(kind: str, port: int) -> None:
    """For ever."""

    async def handle(reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await behaviour(kind, writer.get_extra_info("sockname")[0])(writer)
            if kind == "silent":
                await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))  # noqa: S104 - all of the loopback interface
    server = await asyncio.start_server(handle, sock=listener, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
