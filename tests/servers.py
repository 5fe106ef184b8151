"""Real servers on the loopback interface, each with its own way to answer or not to answer.

    with Servers() as servers:
        port = servers.serve(answer(OK))

They run in an event loop in a thread of their own, so that they misbehave independently of what asks them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import trustme

from icwatch.probing import tls as probing_tls

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What a server does with one connection; the connection is closed afterwards."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextlib.contextmanager
def trusted_authority(folder: Path) -> Iterator[trustme.CA]:
    """A certificate authority that probes trust meanwhile; its certificate is kept in `folder`."""
    authority, pem = trustme.CA(), folder / "ca.pem"
    authority.cert_pem.write_to_path(str(pem))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(pem))
        probing_tls.tls_context.cache_clear()
        yield authority
        probing_tls.tls_context.cache_clear()


def tls(authority: trustme.CA, name: str = "127.0.0.1", ends: int = 4_000_000_000) -> ssl.SSLContext:
    """What a server needs that speaks TLS: a certificate for `name` which expires at `ends`, in Unix time."""
    since, until = datetime(2000, 1, 1, tzinfo=UTC), datetime.fromtimestamp(ends, UTC)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_before=since, not_after=until).configure_cert(made)
    return made


class Servers:
    """Servers that live until the end of the `with` block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="servers", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._sockets: list[socket.socket] = []
        self._lines: list[Line] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        for line in self._lines:
            line.release()
        for listener in self._sockets:
            listener.close()

    def serve(
        self, behaviour: Behaviour, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> int:
        """Start a server that treats every connection so, and return its port."""

        async def start() -> asyncio.Server:
            return await asyncio.start_server(_closing(behaviour), host, port, ssl=tls, backlog=1024)

        server = asyncio.run_coroutine_threadsafe(start(), self._loop).result(10)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def refuse(self) -> int:
        """A port that is taken but does not listen: connections are refused, and nobody else gets it."""
        return _port(self._bound())

    def hang(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """A port where connections are made by the kernel and never answered."""
        listener = self._bound(host, port)
        listener.listen(1024)
        return _port(listener)

    def overflow(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """A port whose queue of connections is full, so that the kernel drops new ones: connecting takes forever."""
        listener = self._bound(host, port)
        listener.listen(0)
        for _ in range(64):
            client = socket.socket()
            self._sockets.append(client)
            client.settimeout(0.1)
            try:
                client.connect(listener.getsockname())
            except TimeoutError:
                return _port(listener)
        raise RuntimeError("the queue of a listening socket does not fill up on this machine")

    def line(self, behaviour: Behaviour) -> Line:
        """A server that treats every connection so, and that can be cut off."""
        listener = self._bound()
        listener.listen(0)
        listener.setblocking(False)
        line = Line(listener, behaviour)
        self._lines.append(line)
        self.run(line.mend())
        return line

    def run(self, *steps: Coroutine[Any, Any, object]) -> None:
        """Do all of these at once where the servers run, and wait for them."""

        async def together() -> None:
            await asyncio.gather(*steps)

        asyncio.run_coroutine_threadsafe(together(), self._loop).result(10)

    def _bound(self, host: str = "127.0.0.1", port: int = 0) -> socket.socket:
        listener = socket.socket()
        self._sockets.append(listener)
        listener.bind((host, port))
        return listener

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _closing(behaviour: Behaviour) -> Behaviour:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behaviour(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    return handle


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """The head of a request, until its empty line or the end of the connection."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        return error.partial


def answer(response: bytes, *, after: float = 0.0) -> Behaviour:
    """Answer every request so, after so many seconds, and close."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(after)
        writer.write(response)
        await writer.drain()

    return behave


def ok(body: str) -> bytes:
    """A whole answer with status 200 and this body."""
    content = body.encode()
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def by_path(responses: Mapping[str, bytes]) -> Behaviour:
    """Answer by the path that is asked for, and any other with 404."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await read_request(reader)).split(b" ")[1].decode()
        writer.write(responses.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
        await writer.drain()

    return behave


def drip(response: bytes, *, every: float = 1.0, at_once: int = 0) -> Behaviour:
    """Send `at_once` bytes of the answer, then a byte every so many seconds."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(response[:at_once])
        for byte in response[at_once:]:
            await writer.drain()
            await asyncio.sleep(every)
            writer.write(bytes([byte]))

    return behave


async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the request, say nothing, close."""
    await read_request(reader)


def reset(first: bytes = b"") -> Behaviour:
    """Answer `first`, then break the connection with RST."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(first)
        await writer.drain()
        break_off(writer)

    return behave


def break_off(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def keep_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer properly, but leave the connection open, as a server that keeps alive does."""
    await read_request(reader)
    writer.write(OK)
    await writer.drain()
    await reader.read()


def endless(head: bytes) -> Behaviour:
    """Send `head` and ten megabytes."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(head)
        for _ in range(160):
            if writer.is_closing():
                break
            writer.write(b"x" * 65536)
            await writer.drain()

    return behave


class Endpoint:
    """A subscriber over HTTP: it confirms its subscription, as SNS asks for, and keeps the notifications it is sent.

    `notified` is called when one arrives, before it is read.
    """

    def __init__(self, notified: Callable[[], object] = lambda: None) -> None:
        self._notified = notified
        self.confirmed = threading.Event()
        self.notifications: list[dict[str, Any]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await read_request(reader)
        if b": Notification\r\n" in head:  # x-amz-sns-message-type
            self._notified()
        length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
        assert length is not None
        message = json.loads(await reader.readexactly(int(length[1])))
        if message["Type"] == "SubscriptionConfirmation":
            async with httpx.AsyncClient(trust_env=False) as client:
                (await client.get(message["SubscribeURL"])).raise_for_status()
            self.confirmed.set()
        else:
            self.notifications.append(message)
        writer.write(OK)
        await writer.drain()


class Line:
    """The way to a server: `cut` it, and connecting takes forever, as where a network is down; `mend` it.

    Meanwhile its queue of connections is full, so that the kernel drops new ones. It serves one after the other.
    """

    def __init__(self, listener: socket.socket, behaviour: Behaviour) -> None:
        self._listener = listener
        self._behaviour = _closing(behaviour)
        self._serving: asyncio.Task[None] | None = None
        self._waiting: list[socket.socket] = []
        self.port = _port(listener)

    async def cut(self) -> None:
        """Accept nothing and fill the queue."""
        assert self._serving is not None
        self._serving.cancel()
        while len(self._waiting) < 64:
            client = socket.socket()
            client.setblocking(False)
            self._waiting.append(client)
            connecting = asyncio.get_running_loop().sock_connect(client, self._listener.getsockname())
            try:
                await asyncio.wait_for(connecting, 0.1)
            except TimeoutError:
                return
        raise RuntimeError("the queue of a listening socket does not fill up on this machine")

    async def mend(self) -> None:
        """Let those in the queue go, and serve."""
        self.release()
        self._serving = asyncio.create_task(self._serve())

    def release(self) -> None:
        """Let those in the queue go."""
        while self._waiting:
            self._waiting.pop().close()

    async def _serve(self) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            await self._behaviour(*await asyncio.open_connection(sock=connection))
