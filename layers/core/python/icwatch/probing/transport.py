"""An httpx transport for probing: one connection, one request, one deadline over all of it, a limited read, no pool.

httpx's own transport pools connections, limits them to a hundred and applies its timeouts to every read anew; for a
sweep the first two turn healthy servers into failures, and the third lets a server that drips a byte a second outlive
any timeout. This one raises httpx's own errors and those of `errors.py`, each from the error that caused it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re

import httpx

from icwatch.probing.causes import EXHAUSTED
from icwatch.probing.channel import Channel, Tls, tls_context
from icwatch.probing.connection import NoConnection, connect, sentence
from icwatch.probing.errors import ConnectFailed, ForbiddenError, LocalError, LookupFailed
from icwatch.probing.forbidden import reason_to_refuse
from icwatch.probing.lookup import LOCAL_LOOKUPS, SocketAddress, resolve
from icwatch.probing.response import ResponseError, ResponseReader

ENCODINGS = frozenset({b"content-encoding", b"transfer-encoding"})
"""Left out of the response: the body is kept as it came, so that a few bytes cannot unfold to many."""

DEADLINE = "icwatch.deadline"
"""Of a request's extensions: the seconds within which the exchange must be over."""

TLS_NOT_AFTER = "icwatch.tls_not_after"
"""Of a request's extensions: when the certificate of the server expires, in Unix time."""

CODING = "icwatch.coding"
"""Of a response's extensions: how its body is encoded, such as `gzip`; empty where it is not."""

_PORTS = {"http": 80, "https": 443}


class ProbeTransport(httpx.AsyncBaseTransport):
    """Answers each request over a connection of its own.

    Two entries of a request's `extensions` are used. DEADLINE says within how many seconds all must be over, from the
    name to the last byte. TLS_NOT_AFTER is set as soon as a TLS handshake has succeeded, whatever comes afterwards.

    Addresses that `forbidden` refuses are never connected to. `allow_loopback` is for a person's own machine; beside a
    deployed prober the loopback interface has Lambda's runtime interface.
    """

    def __init__(self, *, allow_loopback: bool = False) -> None:
        self._allow_loopback = allow_loopback

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response, its body read up to the cap and not decoded. Raises httpx.TransportError.

        What does not end by the deadline is LookupFailed, ConnectFailed or ReadTimeout, by how far it came.
        """
        ends = asyncio.get_running_loop().time() + request.extensions[DEADLINE]
        addresses = self._allowed(request, await _look_up(request, ends))
        channel = await _connect(request, addresses, ends)
        if channel.not_after is not None:
            request.extensions[TLS_NOT_AFTER] = channel.not_after
        try:
            async with asyncio.timeout_at(ends):
                reader = await _exchange(channel, request)
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"no complete answer {_in_time(request)}", request=request) from error
        except ResponseError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        except OSError as error:
            failure = LocalError if error.errno in EXHAUSTED else httpx.ReadError
            raise failure(sentence(error), request=request) from error
        finally:
            channel.close()
        headers = [field for field in reader.headers if field[0].lower() not in ENCODINGS]
        extensions = {CODING: reader.coding}
        return httpx.Response(
            reader.status, headers=headers, content=reader.body, request=request, extensions=extensions
        )

    def _allowed(self, request: httpx.Request, addresses: list[SocketAddress]) -> list[SocketAddress]:
        """Those that may be connected to. They are the ones that are connected to, without another lookup."""
        reasons = {at: reason_to_refuse(str(at[0]), allow_loopback=self._allow_loopback) for at in addresses}
        allowed = [address for address, reason in reasons.items() if reason is None]
        if allowed or not reasons:
            return allowed
        refused = ", ".join(f"{address[0]} is {reason}" for address, reason in reasons.items())
        raise ForbiddenError(f"forbidden: {refused}", request=request)


def host_of(url: httpx.URL) -> str:
    """The host of a URL as it was written, in lower case; `URL.host` would decode IDNA to another name, or raise."""
    return url.raw_host.decode("ascii")


def without_dot(netloc: bytes) -> bytes:
    """A host, with its port where there is one, without the dot that ends a complete name.

    The dot is for the resolver. TLS has no names with it (RFC 6066, section 3), and not every server knows itself so.
    """
    return re.sub(rb"\.(?=:[0-9]+\Z|\Z)", b"", netloc)


async def _look_up(request: httpx.Request, ends: float) -> list[SocketAddress]:
    host, port = host_of(request.url), request.url.port or _PORTS[request.url.scheme]
    try:
        async with asyncio.timeout_at(ends):
            found = await resolve(host, port)
    except TimeoutError as error:
        raise LookupFailed(f"no answer for {host} {_in_time(request)}", request=request) from error
    except (OSError, UnicodeError) as error:
        failure = LocalError if isinstance(error, OSError) and error.errno in LOCAL_LOOKUPS else LookupFailed
        raise failure(f"{host}: {sentence(error)}", request=request) from error
    if not found:
        raise LookupFailed(f"{host}: the lookup gave no address", request=request)
    return found


async def _connect(request: httpx.Request, addresses: list[SocketAddress], ends: float) -> Channel:
    try:
        return await connect(addresses, request.extensions[DEADLINE], ends, _tls(request))
    except NoConnection as error:
        verdict = error.verdict
        if verdict.cause is None:
            raise LocalError(verdict.detail, request=request) from error
        raise ConnectFailed(verdict.detail, verdict.cause, request=request) from error


def _tls(request: httpx.Request) -> Tls | None:
    if request.url.scheme != "https":
        return None
    try:
        return Tls(tls_context(), without_dot(request.url.raw_host).decode("ascii"))
    except OSError as error:
        raise LocalError(f"the trust store cannot be read: {sentence(error)}", request=request) from error


async def _exchange(channel: Channel, request: httpx.Request) -> ResponseReader:
    """Send the request and read the answer.

    A server may answer and close before it has read the request; then the answer counts more than the failed write. But
    that failure is remembered: the kernel names a reset once only, as a broken pipe after that, and what is read then
    looks like a proper end. Raises OSError or ResponseError.
    """
    broken: ConnectionError | None = None
    try:
        await channel.send(_head(request))
    except ConnectionError:
        broken = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    reader = ResponseReader()
    try:
        while not reader.feed(data := await channel.receive(reader.room)):
            pass
    except (OSError, ResponseError) as error:
        if broken:
            raise broken from error
        raise
    if broken and not data:
        raise broken  # an answer that only the end of the connection ends, and that end was a reset
    return reader


def _head(request: httpx.Request) -> bytes:
    lines = [f"{request.method} ".encode() + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def _in_time(request: httpx.Request) -> str:
    return f"within {request.extensions[DEADLINE]:g}s"
