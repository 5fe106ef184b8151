"""h11 as the reference of what an HTTP answer is, and the differences to it that are meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import h11

from icwatch.probing.response import ResponseError, ResponseReader


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader made of some bytes: header names in lower case, no Content-Length among them.

    (h11 gives the length once, however often the server did.)
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a reader did not take some bytes for an answer."""

    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference to h11 that is meant: why, an answer that shows it, and whether some bytes are such a case."""

    reason: str
    example: bytes
    applies: Callable[[bytes, Read | Refused, Read | Refused], bool]


def read(pieces: Iterable[bytes]) -> Read | Refused:
    """Feed pieces to our reader, no more than there is room for, then the end."""
    reader = ResponseReader()
    try:
        for piece in pieces:
            left = piece
            while left:
                now, left = left[: reader.room], left[reader.room :]
                if reader.feed(now):
                    return _read(reader.status, reader.headers, reader.body, reader.capped)
        if reader.feed(b""):
            return _read(reader.status, reader.headers, reader.body, reader.capped)
        raise AssertionError("the reader wants more after the end")
    except ResponseError as error:
        return Refused(str(error))


def read_by_h11(data: bytes) -> Read | Refused:
    """What h11 makes of an answer to a GET, after which the server closed."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/ok", headers=[("Host", "x"), ("Connection", "close")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    status, headers, body = 0, list[tuple[bytes, bytes]](), b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                status, headers = event.status_code, list(event.headers)
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return _read(status, headers, body, False)
            elif isinstance(event, h11.ConnectionClosed):
                return Refused("the server closed without an answer")
    except h11.RemoteProtocolError as error:
        return Refused(str(error))


def _read(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, capped: bool) -> Read:
    named = ((name.lower(), bytes(value)) for name, value in headers)
    # Its transfer coding h11 lowers; it can only be `chunked`.
    kept = ((name, value.lower() if name == b"transfer-encoding" else value) for name, value in named)
    return Read(status, tuple(field for field in kept if field[0] != b"content-length"), body, capped)


DIFFERENCES = {
    "another major version": Difference(
        "h11 reads HTTP/0.9 to HTTP/9.9 as if it were 1.1; what their status line means is not known (RFC 9110, 2.5)",
        b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        lambda data, ours, theirs: (
            ours == Refused("the answer does not begin with an HTTP/1.x status line")
            and re.search(rb"HTTP/[02-9]\.[0-9] ", data) is not None
        ),
    ),
    "101 that nobody asked for": Difference(
        "h11 refuses it, because the request had no Upgrade; here it is an answer with its own status, which is never "
        "one that can be expected, so that people are told `HTTP 101`",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        lambda data, ours, theirs: isinstance(ours, Read) and ours.status == 101 and isinstance(theirs, Refused),
    ),
    "blanks before a chunk's extension": Difference(
        "RFC 9112, 7.1.1: a recipient has to parse and remove them; h11 refuses them",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 ;a=b\r\nok\r\n0\r\n\r\n",
        lambda data, ours, theirs: (
            isinstance(theirs, Refused)
            and theirs.why.startswith("illegal chunk header")
            and re.search(rb"[0-9A-Fa-f][ \t]+;", data) is not None
        ),
    ),
    "an answer larger than the cap": Difference(
        "4 KiB are read and judged; h11 goes on to the end",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000,
        lambda data, ours, theirs: isinstance(ours, Read) and ours.capped,
    ),
    "headers larger than the cap": Difference(
        "4 KiB are read at the most; h11 takes 16 KiB of headers, and any number of interim responses",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 5000 + b"\r\nContent-Length: 2\r\n\r\nok",
        lambda data, ours, theirs: ours == Refused("the headers are larger than 4096 bytes"),
    ),
}
"""By name. An answer to which none of these applies is read as h11 reads it, or refused as h11 refuses it."""


def meant(data: bytes, ours: Read | Refused, theirs: Read | Refused) -> list[str]:
    """The names of the differences that apply to some bytes and what was made of them."""
    return [name for name, each in DIFFERENCES.items() if each.applies(data, ours, theirs)]


def agrees(data: bytes) -> bool:
    """Whether ours and h11's make the same of an answer, or differ as is meant."""
    ours, theirs = read([data]), read_by_h11(data)
    if isinstance(ours, Refused) and isinstance(theirs, Refused):
        return True
    return ours == theirs or bool(meant(data, ours, theirs))
