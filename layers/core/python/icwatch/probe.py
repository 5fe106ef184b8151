"""One probe: ask a target's health interface, and say whether it is healthy, or why it is not.

A probe that fails is data. Here is the one table that maps errors to causes.
"""

from __future__ import annotations

import errno
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from icwatch import __version__
from icwatch.model import Cause, Failure
from icwatch.transport import LocalError, LookupFailed

HEADERS = {"User-Agent": f"icwatch/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}

MAX_DETAIL = 160
"""Characters of a failure's detail."""

_BY_ERROR: tuple[tuple[type[httpx.HTTPError], Cause], ...] = (
    (LookupFailed, Cause.DNS),
    (httpx.ConnectTimeout, Cause.CONNECT_TIMEOUT),
    (httpx.TimeoutException, Cause.READ_TIMEOUT),
    (httpx.ProtocolError, Cause.BAD_RESPONSE),
)

_BY_ERRNO = {
    errno.ECONNREFUSED: Cause.CONNECTION_REFUSED,
    errno.ENETUNREACH: Cause.NO_ROUTE,
    errno.ENETDOWN: Cause.NO_ROUTE,
    errno.EHOSTUNREACH: Cause.HOST_UNREACHABLE,
    errno.EHOSTDOWN: Cause.HOST_UNREACHABLE,
    errno.ECONNRESET: Cause.RESET,
    errno.ECONNABORTED: Cause.RESET,
    errno.EPIPE: Cause.RESET,
}


@dataclass(frozen=True, slots=True)
class Probe:
    """What one probe found: `failure` says why the target is unhealthy, `unknown` how this machine was at fault."""

    elapsed_ms: int
    status: int | None = None
    failure: Failure | None = None
    unknown: str = ""

    @property
    def healthy(self) -> bool:
        """Whether the target answered as expected."""
        return self.failure is None and not self.unknown


def request_for(url: str) -> httpx.Request:
    """The request that asks `url`. Raises httpx.InvalidURL."""
    return httpx.Request("GET", url, headers=HEADERS)


async def probe(transport: httpx.AsyncBaseTransport, request: httpx.Request, expect_status: Iterable[int]) -> Probe:
    """Ask once. Redirects are not followed: a health interface answers for itself."""
    began = time.perf_counter()
    status, failure, unknown = None, None, ""
    try:
        response = await transport.handle_async_request(request)
        status = response.status_code
        if status not in expect_status:
            failure = _wrong_status(response)
    except LocalError as error:
        unknown = one_line(str(error))
    except httpx.TransportError as error:
        failure = Failure(cause_of(error), one_line(str(error)))
    return Probe(round((time.perf_counter() - began) * 1000), status, failure, unknown)


def cause_of(error: httpx.TransportError) -> Cause:
    """The cause that an error of the transport stands for."""
    for kind, cause in _BY_ERROR:
        if isinstance(error, kind):
            return cause
    reason = error.__cause__
    if isinstance(reason, ssl.SSLError):
        return Cause.TLS
    if isinstance(reason, OSError):
        if reason.errno == errno.ETIMEDOUT:
            return Cause.CONNECT_TIMEOUT if isinstance(error, httpx.ConnectError) else Cause.READ_TIMEOUT
        if reason.errno in _BY_ERRNO:
            return _BY_ERRNO[reason.errno]
    connected = isinstance(reason, ConnectionError) or not isinstance(error, httpx.ConnectError)
    return Cause.RESET if connected else Cause.HOST_UNREACHABLE


def one_line(text: str, most: int = MAX_DETAIL) -> str:
    """`text` on one line, what cannot be printed escaped, at most `most` characters: safe to show anywhere."""
    cut = text[: most + 1]
    line = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)
    return line if len(line) <= most else line[: most - 1] + "…"


def _wrong_status(response: httpx.Response) -> Failure:
    body = one_line(response.content.decode("utf-8", "replace").strip(), 80)
    detail = f"HTTP {response.status_code}" + (f" {body!r}" if body else "")
    return Failure(Cause.HTTP_STATUS, detail, response.status_code)
