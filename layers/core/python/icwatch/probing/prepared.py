"""A request that is ready to be sent: made of httpx's once a URL, and kept from one sweep to the next."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import httpx

from icwatch import __version__
from icwatch.probing.lookup import SocketAddress, numeric_address

HEADERS = {"User-Agent": f"icwatch/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}

MAX_KEPT = 1 << 15
"""Prepared requests that are kept: more than a sweep has, and some 20 MB."""

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """Whom to ask, and the bytes that do it.

    `address` is where the host is, if it is no name; `tls_name` the name that its certificate has to be of, by https.
    """

    url: str
    host: str
    port: int
    address: SocketAddress | None
    tls_name: str | None
    message: bytes


def request_for(url: str) -> httpx.Request:
    """The request that asks `url`, whose host is asked exactly as it is written. Raises httpx.InvalidURL.

    The header Host is set here, because httpx would decode IDNA to see whether there is a host, and raise where it
    cannot.
    """
    parsed = httpx.URL(url)
    return httpx.Request("GET", parsed, headers={"Host": without_dot(parsed.netloc).decode("ascii"), **HEADERS})


@functools.lru_cache(MAX_KEPT)
def prepared_for(url: str) -> PreparedRequest:
    """The request that asks `url`, prepared. Raises httpx.InvalidURL."""
    return prepare(request_for(url), url)


def prepare(request: httpx.Request, url: str = "") -> PreparedRequest:
    """This request as it is sent."""
    parsed = request.url
    host, port = host_of(parsed), parsed.port or _PORTS[parsed.scheme]
    return PreparedRequest(
        url or str(parsed),
        host,
        port,
        numeric_address(host, port),
        without_dot(parsed.raw_host).decode("ascii") if parsed.scheme == "https" else None,
        _message(request),
    )


def host_of(url: httpx.URL) -> str:
    """The host of a URL as it was written, in lower case; `URL.host` would decode IDNA to another name, or raise."""
    return url.raw_host.decode("ascii")


def without_dot(netloc: bytes) -> bytes:
    """A host, with its port where there is one, without the dot that ends a complete name.

    The dot is for the resolver. TLS has no names with it (RFC 6066, section 3), and not every server knows itself so.
    """
    return re.sub(rb"\.(?=:[0-9]+\Z|\Z)", b"", netloc)


def _message(request: httpx.Request) -> bytes:
    lines = [f"{request.method} ".encode() + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])
