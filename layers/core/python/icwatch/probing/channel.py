"""What an answer is read from: a connected socket, plain or with TLS on top."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

UNLIMITED_SECONDS = 86_400.0
"""Of a handshake, whose time the caller limits: asyncio's own limit, a minute, would call a long silence an abort."""


class Channel:
    """A connected socket."""

    not_after: int | None = None
    """When the server's certificate expires, in Unix time, where there is one."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        await self._loop.sock_sendall(self._socket, data)

    async def receive(self, most: int) -> bytes:
        """What has come, up to `most` bytes; none at the end. Raises OSError."""
        return await self._loop.sock_recv(self._socket, most)

    def close(self) -> None:
        """End it without waiting."""
        self._socket.close()


class TlsChannel(Channel):
    """A connection with TLS on top."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        certificate = writer.get_extra_info("peercert")  # verified, or the handshake would have failed
        self.not_after = ssl.cert_time_to_seconds(certificate["notAfter"])

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self, most: int) -> bytes:
        """What has come, up to `most` bytes; none at the end. Raises OSError."""
        return await self._reader.read(most)

    def close(self) -> None:
        """End it without waiting: a server that never answers the TLS farewell must not hold the connection."""
        self._writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Tls:
    """What a handshake needs: the context, and the name that the server's certificate has to be of."""

    context: ssl.SSLContext
    name: str


async def secure(connection: socket.socket, tls: Tls) -> TlsChannel:
    """Make the handshake; whoever calls limits its time. Raises OSError, of which ssl.SSLError is one."""
    made = await asyncio.open_connection(
        sock=connection, ssl=tls.context, server_hostname=tls.name, ssl_handshake_timeout=UNLIMITED_SECONDS
    )
    return TlsChannel(*made)


def load_tls() -> None:
    """Read the system's trust store now, which takes some 20 ms, and not within the time of the first probe.

    Where it cannot be read, each probe by https says so.
    """
    with suppress(OSError):
        tls_context()


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Certificates are verified against the system's trust store; made once, and only where a URL is https."""
    return ssl.create_default_context()
