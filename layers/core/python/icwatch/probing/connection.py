"""A connection to the first of several addresses that makes one, with TLS on top where it is asked for."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Sequence

from icwatch.model import Cause
from icwatch.probing.attempts import LATE_SECONDS, PAUSED, Attempt, Verdict, judge
from icwatch.probing.causes import NO_IPV6, cause_of_errno, cause_while_waiting
from icwatch.probing.channel import Channel, Tls, secure
from icwatch.probing.lookup import SocketAddress

ANY_IPV6 = ("2000::1", 9)
"""An address of the global range (RFC 4291) that nobody has: only whether there is a way to it is asked."""


class NoConnection(Exception):  # noqa: N818  # as the errors of httpx are called
    """No address gave a connection; `verdict` says what that says."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.detail)


async def connect(addresses: Sequence[SocketAddress], deadline: float, ends: float, tls: Tls | None) -> Channel:
    """A connection, with `tls` after its handshake, to the first address that makes one, one tried after the other.

    `ends` is when `deadline`, in seconds, is over by the loop's clock. Those that are left always keep their share of
    the time, so that an address where nobody answers takes none from one where somebody does. Raises NoConnection.
    """
    loop = asyncio.get_running_loop()
    attempts: list[Attempt] = []
    for left in range(len(addresses), 0, -1):
        seconds = (ends - loop.time()) / left
        within = f"{deadline:g}s" if len(addresses) == 1 else f"{max(seconds, 0):.2g}s"
        made = await _attempt(addresses[-left], seconds, within, tls)
        if isinstance(made, Channel):
            return made
        attempts.append(made)
    raise NoConnection(judge(attempts))


async def _attempt(address: SocketAddress, seconds: float, within: str, tls: Tls | None) -> Channel | Attempt:
    """A connection to one address, or how that failed."""
    try:
        connection = _begin(address)
    except OSError as error:
        return _at_once(address, error)
    ends = asyncio.get_running_loop().time() + seconds
    silent = (Cause.CONNECT_TIMEOUT, f"no connection within {within}")
    try:
        async with asyncio.timeout_at(ends):
            await _established(connection)
            if tls is None:
                return Channel(connection)
            silent = (Cause.READ_TIMEOUT, f"no TLS handshake within {within}")
            return await secure(connection, tls)
    except OSError as error:  # TimeoutError and ssl.SSLError are such
        connection.close()
        cause, detail = _silence(silent, ends) if _is_ours(error) else (cause_while_waiting(error), sentence(error))
        return Attempt(str(address[0]), cause, detail)
    except BaseException:
        connection.close()
        raise


def _is_ours(error: OSError) -> bool:
    """Whether it is asyncio's timeout, and not the kernel's, which says more."""
    return isinstance(error, TimeoutError) and not error.errno


def _silence(silent: tuple[Cause, str], ends: float) -> tuple[Cause | None, str]:
    """What a share of the time says that is over without an answer: nothing where this process slept through its end.

    The deadline of the whole probe does not show that where other addresses are left.
    """
    return (None, PAUSED) if asyncio.get_running_loop().time() > ends + LATE_SECONDS else silent


def _at_once(address: SocketAddress, error: OSError) -> Attempt:
    """What it means that the kernel does not even try."""
    host, number = str(address[0]), error.errno or 0
    if len(address) == 4 and number in NO_IPV6 and not has_ipv6():
        return Attempt(host, None, f"this machine has no IPv6 ({sentence(error)})")
    return Attempt(host, cause_of_errno(number, at_once=True), sentence(error))


def has_ipv6() -> bool:
    """Whether this machine has a way to the IPv6 internet, or may have one for all that can be found out.

    A UDP socket that is connected sends nothing, but the kernel looks for a route and a source address. Without a route
    to any global address it is this machine that has no IPv6, and not a server that cannot be reached: so it is in a
    VPC without IPv6, and in Lambda unless IPv6 was allowed for the function.
    """
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as way:
            way.connect(ANY_IPV6)
    except OSError as error:
        return error.errno not in NO_IPV6
    return True


def _begin(address: SocketAddress) -> socket.socket:
    """Ask the kernel to connect, and do not wait. Raises OSError with what it says at once."""
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setblocking(False)
    number = connection.connect_ex(address)
    if number not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR):
        connection.close()
        raise OSError(number, os.strerror(number))
    return connection


async def _established(connection: socket.socket) -> None:
    """Wait for what a connection that was begun comes to. Raises OSError.

    One that was made and reset since then is made: an answer may have come before the reset. Sending will show it.
    """
    loop = asyncio.get_running_loop()
    writable = loop.create_future()
    loop.add_writer(connection, _settle, writable)
    try:
        await writable
    finally:
        loop.remove_writer(connection)
    number = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number not in (0, errno.ECONNRESET, errno.EPIPE):
        raise OSError(number, os.strerror(number))


def _settle(writable: asyncio.Future[None]) -> None:
    if not writable.done():
        writable.set_result(None)


def sentence(error: Exception) -> str:
    """An error in a sentence: the system's own, because asyncio writes addresses into the errors of a connection."""
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and (error.errno or 0) in errno.errorcode:
        return os.strerror(error.errno or 0)
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
