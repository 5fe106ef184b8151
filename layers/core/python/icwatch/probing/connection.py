"""A connection that is begun, what the kernel says of it, and what that means."""

from __future__ import annotations

import errno
import os
import socket
import ssl

from icwatch.probing.attempts import Attempt
from icwatch.probing.causes import NO_IPV6, cause_of_errno
from icwatch.probing.lookup import SocketAddress

ANY_IPV6 = ("2000::1", 9)
"""An address of the global range (RFC 4291) that nobody has: only whether there is a way to it is asked."""

MADE = frozenset({0, errno.ECONNRESET, errno.EPIPE})
"""A connection that was made and reset since then is made: an answer may have come before. Sending will show it."""

_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR})
_NONBLOCKING = getattr(socket, "SOCK_NONBLOCK", 0)


def begin(address: SocketAddress) -> socket.socket:
    """Ask the kernel to connect, and do not wait. Raises OSError with what it says at once."""
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM | _NONBLOCKING)
    if not _NONBLOCKING:
        connection.setblocking(False)
    number = connection.connect_ex(address)
    if number not in _UNDER_WAY:
        connection.close()
        raise OSError(number, os.strerror(number))
    return connection


def establish(connection: socket.socket) -> None:
    """What a connection that was begun has come to, once it can be written. Raises OSError where that is none."""
    number = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number not in MADE:
        raise OSError(number, os.strerror(number))


def refused_at_once(address: SocketAddress, error: OSError) -> Attempt:
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


def sentence(error: Exception) -> str:
    """An error in a sentence: the system's own where it has one."""
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and (error.errno or 0) in errno.errorcode:
        return os.strerror(error.errno or 0)
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
