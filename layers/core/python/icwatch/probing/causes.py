"""Which cause an error of a connection stands for: the one place that maps errors and their numbers to causes. Pure."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Mapping

import httpx

from icwatch.model import Cause
from icwatch.probing.errors import ConnectFailed, LookupFailed

BY_ERRNO: Mapping[int, Cause] = {
    errno.ECONNREFUSED: Cause.CONNECTION_REFUSED,
    errno.ECONNRESET: Cause.RESET,
    errno.ECONNABORTED: Cause.RESET,
    errno.EPIPE: Cause.RESET,
    errno.ETIMEDOUT: Cause.CONNECT_TIMEOUT,
    errno.EHOSTUNREACH: Cause.HOST_UNREACHABLE,
    errno.EHOSTDOWN: Cause.HOST_UNREACHABLE,
    errno.ENETUNREACH: Cause.NO_ROUTE,
    errno.ENETDOWN: Cause.NO_ROUTE,
}
"""What errors of a connection say about the server or the way to it."""

EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What this machine has run out of, whenever it says so."""

NO_IPV6 = frozenset(
    {errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EHOSTUNREACH}
)
"""How a machine without IPv6 refuses to connect to an IPv6 address, depending on what of IPv6 it lacks."""

_BY_ERROR: tuple[tuple[type[httpx.HTTPError], Cause], ...] = (
    (LookupFailed, Cause.DNS),
    (httpx.ConnectTimeout, Cause.CONNECT_TIMEOUT),
    (httpx.TimeoutException, Cause.READ_TIMEOUT),
    (httpx.ProtocolError, Cause.BAD_RESPONSE),
)


def cause_of(error: httpx.TransportError) -> Cause:
    """The cause that an error of the transport stands for."""
    if isinstance(error, ConnectFailed):
        return error.cause
    for kind, cause in _BY_ERROR:
        if isinstance(error, kind):
            return cause
    reason = error.__cause__
    if isinstance(reason, ssl.SSLError):
        return Cause.TLS
    if isinstance(reason, OSError):
        if reason.errno == errno.ETIMEDOUT:
            return Cause.CONNECT_TIMEOUT if isinstance(error, httpx.ConnectError) else Cause.READ_TIMEOUT
        if known := BY_ERRNO.get(reason.errno or 0):
            return known
    connected = isinstance(reason, ConnectionError) or not isinstance(error, httpx.ConnectError)
    return Cause.RESET if connected else Cause.HOST_UNREACHABLE


def cause_of_errno(number: int, *, at_once: bool) -> Cause | None:
    """What an error of connecting says about the server; None where it is of this machine.

    `at_once`: the kernel gave it when asked to connect, before any answer can have come. Then everything that is not
    known to be about the server is about this machine: no socket, no address, no permission, no such family. What comes
    later was sent by somebody: EACCES, for one, is then a firewall's "administratively prohibited" (RFC 4443, 3.1).
    """
    if number in EXHAUSTED or (at_once and number == errno.ENETDOWN):
        return None
    return BY_ERRNO.get(number, None if at_once else Cause.HOST_UNREACHABLE)


def cause_while_waiting(error: OSError) -> Cause | None:
    """What an error says that came while something was waited for."""
    if isinstance(error, ssl.SSLError):
        return Cause.TLS
    if isinstance(error, ConnectionError) and not error.errno:  # the handshake ended too soon
        return Cause.RESET
    return cause_of_errno(error.errno or 0, at_once=False)
