"""An httpx transport for probing: one connection, one request, one deadline over all of it, a bounded read, no pool.

httpx's own transport pools connections, limits them to a hundred and applies its timeouts to every read anew; for a
sweep the first two turn healthy servers into failures, and the third lets a server that drips a byte a second outlive
any timeout. This one raises httpx's own errors, each from the error that caused it.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import os
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx

from icwatch.http1 import ResponseError, ResponseReader

LOCAL_ERRNOS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}
)
"""Errors of this machine: they say nothing about the server that was to be asked."""

LOCAL_LOOKUPS = frozenset({socket.EAI_MEMORY, getattr(socket, "EAI_SYSTEM", socket.EAI_MEMORY)})
"""Lookups that failed for want of something on this machine."""

ENCODINGS = frozenset({b"content-encoding", b"transfer-encoding"})
"""Left out of the response: the body is kept as it came, so that a few bytes cannot unfold to many."""

DEADLINE = "icwatch.deadline"
"""Of a request's extensions: the seconds within which the exchange must be over."""

TLS_NOT_AFTER = "icwatch.tls_not_after"
"""Of a request's extensions: when the certificate of the server expires, in Unix time."""

CODING = "icwatch.coding"
"""Of a response's extensions: how its body is encoded, such as `gzip`; empty where it is not."""

SocketAddress = tuple[Any, ...]


class LocalError(httpx.TransportError):
    """This machine could not make the connection; nothing is known about the server."""


class LookupFailed(httpx.ConnectError):
    """The host name has no address, or none was told in time."""


class ProbeTransport(httpx.AsyncBaseTransport):
    """Answers each request over a connection of its own.

    Two entries of a request's `extensions` are used: DEADLINE says within how many seconds all must be over, from the
    name to the last byte, and TLS_NOT_AFTER is set as soon as a TLS handshake has succeeded, whatever comes afterwards.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response, its body read up to the cap and not decoded. Raises httpx.TransportError.

        What does not end by the deadline is LookupFailed, ConnectTimeout or ReadTimeout, by how far it came.
        """
        ends = asyncio.get_running_loop().time() + request.extensions[DEADLINE]
        addresses = await self._look_up(request, ends)
        connection = await self._connect(request, addresses, ends)
        stream = await self._secure(request, connection, ends)
        try:
            async with asyncio.timeout_at(ends):
                reader = await _exchange(stream, request)
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"no complete answer {_in_time(request)}", request=request) from error
        except ResponseError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        except OSError as error:
            raise httpx.ReadError(_sentence(error), request=request) from error
        finally:
            stream.close()
        headers = [field for field in reader.headers if field[0].lower() not in ENCODINGS]
        extensions = {CODING: reader.coding}
        return httpx.Response(
            reader.status, headers=headers, content=reader.body, request=request, extensions=extensions
        )

    async def _look_up(self, request: httpx.Request, ends: float) -> list[SocketAddress]:
        host, port = request.url.host, request.url.port or {"http": 80, "https": 443}[request.url.scheme]
        try:
            async with asyncio.timeout_at(ends):
                return await _resolve(host, port)
        except TimeoutError as error:
            raise LookupFailed(f"no answer for {host} {_in_time(request)}", request=request) from error
        except (OSError, UnicodeError) as error:
            failure = LocalError if isinstance(error, OSError) and error.errno in LOCAL_LOOKUPS else LookupFailed
            raise failure(f"{host}: {_sentence(error)}", request=request) from error

    async def _connect(self, request: httpx.Request, addresses: list[SocketAddress], ends: float) -> socket.socket:
        try:
            return await _open_first(addresses, ends)
        except TimeoutError as error:
            raise httpx.ConnectTimeout(f"no connection {_in_time(request)}", request=request) from error
        except OSError as error:
            failure = LocalError if error.errno in LOCAL_ERRNOS else httpx.ConnectError
            raise failure(_sentence(error), request=request) from error

    async def _secure(self, request: httpx.Request, connection: socket.socket, ends: float) -> _Stream:
        if request.url.scheme != "https":
            return _Stream(connection)
        try:
            async with asyncio.timeout_at(ends):
                reader, writer = await asyncio.open_connection(
                    sock=connection, ssl=_tls_context(), server_hostname=request.url.host
                )
        except TimeoutError as error:
            connection.close()
            raise httpx.ReadTimeout(f"no TLS handshake {_in_time(request)}", request=request) from error
        except OSError as error:  # ssl.SSLError is one
            connection.close()
            raise httpx.ConnectError(_sentence(error), request=request) from error
        certificate = writer.get_extra_info("peercert")  # verified, or the handshake would have failed
        request.extensions[TLS_NOT_AFTER] = ssl.cert_time_to_seconds(certificate["notAfter"])
        return _TlsStream(reader, writer)


class _Stream:
    """A connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._loop = asyncio.get_running_loop()

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._socket, data)

    async def receive(self, most: int) -> bytes:
        return await self._loop.sock_recv(self._socket, most)

    def close(self) -> None:
        self._socket.close()


class _TlsStream(_Stream):
    """A connection with TLS on top."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self, most: int) -> bytes:
        return await self._reader.read(most)

    def close(self) -> None:
        # A server that never answers the TLS farewell must not hold the connection: abort, do not wait.
        self._writer.transport.abort()


async def _exchange(stream: _Stream, request: httpx.Request) -> ResponseReader:
    lines = [f"{request.method} ".encode() + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    with suppress(BrokenPipeError, ConnectionResetError):
        # A server may answer and close before it read the request: what it said counts more than the failed write.
        await stream.send(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
    reader = ResponseReader()
    while not reader.feed(await stream.receive(reader.room)):
        pass
    return reader


async def _open_first(addresses: list[SocketAddress], ends: float) -> socket.socket:
    """Connect to the first address that answers. Those that are left always keep their share of the time."""
    loop = asyncio.get_running_loop()
    for left in range(len(addresses), 0, -1):
        now = loop.time()
        try:
            async with asyncio.timeout_at(now + (ends - now) / left):
                return await _open(addresses[-left])
        except OSError as error:  # TimeoutError is one
            if left == 1 or error.errno in LOCAL_ERRNOS:
                raise
    raise OSError(errno.EHOSTUNREACH, "the lookup gave no address")


async def _open(address: SocketAddress) -> socket.socket:
    connection = socket.socket(socket.AF_INET6 if len(address) == 4 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


async def _resolve(host: str, port: int) -> list[SocketAddress]:
    """The addresses of `host`; a numeric one is its own. A lookup runs in a thread that nobody waits for at the end."""
    with suppress(OSError):
        return [socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[0][4]]
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[SocketAddress]] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: object) -> None:
        if not answer.done():
            set_it(value)

    def look_up() -> None:
        with suppress(RuntimeError):  # the loop may be gone when a slow answer comes
            try:
                found = [entry[4] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
                loop.call_soon_threadsafe(settle, answer.set_result, found)
            except Exception as error:
                loop.call_soon_threadsafe(settle, answer.set_exception, error)

    try:
        threading.Thread(target=look_up, name=f"lookup {host}", daemon=True).start()
    except RuntimeError as error:
        raise socket.gaierror(socket.EAI_MEMORY, str(error)) from error
    return await answer


def _in_time(request: httpx.Request) -> str:
    return f"within {request.extensions[DEADLINE]:g}s"


def load_tls() -> None:
    """Read the system's trust store now, which takes some 20 ms, and not within the time of the first probe.

    Where it cannot be read, each probe by https says so.
    """
    with suppress(OSError):
        _tls_context()


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """Certificates are verified against the system's trust store; made once, and only where a URL is https."""
    return ssl.create_default_context()


def _sentence(error: Exception) -> str:
    """An error in words. asyncio writes addresses into the errors of a connection; the system's own words will do."""
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and (error.errno or 0) in errno.errorcode:
        return os.strerror(error.errno or 0)
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
