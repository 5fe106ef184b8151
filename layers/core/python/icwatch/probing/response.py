"""Reading one HTTP/1.x response, byte by byte as it arrives, within a cap. Pure.

Only what a health check needs: a status line, headers, and a body by Content-Length, chunks or the end of the
connection. Interim 1xx responses are passed over. What is legal by RFC 9112 is read, also in its obsolete forms; what
is not is refused, because a server that answers so is not known to be well. h11 reads the same, with the exceptions
that `tests/h11_reference.py` lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MAX_RESPONSE_BYTES = 4096
"""What is read of a response at the most, headers and body together."""

Field = tuple[bytes, bytes]
"""The name and the value of a header."""

_STATUS = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9]{2})(?: [^\0\n\v\f\r]*)?")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NO_VALUE = re.compile(rb"[\0\n\v\f\r]")
_HEAD = re.compile(
    rb"HTTP/1\.[0-9] ([1-9][0-9]{2})(?: [^\0\n\v\f\r]*)?\r?"
    rb"(\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0\n\v\f\r]*\r?\n)*)\r?\n"
)
"""A head of which each line is a field by itself, as nearly all are: read at once, in a third of the time."""

_TELLING = re.compile(rb"\n(content-length|transfer-encoding|content-encoding):([^\r\n]*)", re.IGNORECASE)
"""Of such lines, those that say how to read the body."""

_LENGTH = re.compile(rb"[0-9]{1,20}")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,20})[ \t]*(?:;[^\n]*)?")
_CHUNK_BEGINS = re.compile(rb"(?:[0-9A-Fa-f]{1,20}[ \t]*(?:;[^\n]*)?)?\r?")
"""A chunk's line of which the end has not come yet."""

_NO_BODY = frozenset({101, 204, 304})


class ResponseError(ValueError):
    """The bytes are no HTTP response; the message says where they stop being one."""


class ResponseReader:
    """Takes bytes until the response is complete or the cap is reached.

    `status` (100 to 999; what is above 599 has no meaning of its own and counts as 5xx, RFC 9110, section 15),
    `headers` and `body` hold what was read; `capped` says that the cap cut it off.
    """

    __slots__ = (
        "_buffer",
        "_chunked",
        "_head",
        "_in_trailers",
        "_length",
        "_taken",
        "body",
        "capped",
        "coding",
        "status",
    )

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.capped = False
        self.coding = ""
        """How the body is encoded, such as `gzip`, as the server wrote it; empty where it is not."""
        self._head = b""
        self._taken = 0
        self._buffer = b""
        self._length: int | None = None
        self._chunked = False
        self._in_trailers = False

    @property
    def room(self) -> int:
        """How many bytes may still be read."""
        return MAX_RESPONSE_BYTES - self._taken

    @property
    def headers(self) -> list[Field]:
        """All fields of the head."""
        return _fields(_lines(self._head)[1:])

    def feed(self, data: bytes) -> bool:
        """Take what arrived; no bytes mean that the server closed. True where nothing more is needed."""
        self._taken += len(data)
        self._buffer += data
        while not self.status:
            if not self._take_head():
                return self._must_go_on(data, "before the headers were complete")
        if self._chunked:
            complete = self._take_chunks() and self._take_trailers()
        elif self._length is None:
            self.body, complete = self._buffer, not data
        else:
            self.body, complete = self._buffer[: self._length], len(self._buffer) >= self._length
        return complete or self._must_go_on(data, "before the body was complete")

    def _must_go_on(self, data: bytes, where: str) -> bool:
        if not data:
            raise ResponseError(f"the server closed {where}" if self._taken else "the server closed without an answer")
        if self.room > 0:
            return False
        if not self.status:
            raise ResponseError(f"the headers are larger than {MAX_RESPONSE_BYTES} bytes")
        if self._chunked and not self._in_trailers:  # of a chunk that the cap cut off, what there is of it
            line, _, begun = self._buffer.partition(b"\r\n")
            self.body += begun[: _size(line)] if begun else b""
        self.capped = True
        return True

    def _take_head(self) -> bool:
        """Read the status line and the headers once they are there; an interim response leaves the status at 0."""
        if match := _HEAD.match(self._buffer):
            head = match[2]
            fields = [(name, value.strip(b" \t")) for name, value in _TELLING.findall(head)]
            self._buffer = self._buffer[match.end() :]
        else:
            line, found, _ = self._buffer.partition(b"\n")
            match = _STATUS.fullmatch(line.removesuffix(b"\r"))
            if match is None and (found or not b"HTTP/1.".startswith(self._buffer[:7])):
                raise ResponseError("the answer does not begin with an HTTP/1.x status line")
            end = _EMPTY_LINE.search(self._buffer)
            if end is None or match is None:
                return False
            head = self._buffer[len(line) : end.start() + 1]
            fields = _fields(_lines(head)[1:])
            self._buffer = self._buffer[end.end() :]
        chunked, length = _framing(fields)
        status = int(match[1])
        if status >= 200 or status == 101:
            self.status, self._head, self.coding = status, head, _coding(fields)
            self._chunked, self._length = (False, 0) if status in _NO_BODY else (chunked, length)
        return True

    def _take_lines(self) -> list[bytes] | None:
        """The lines before the next empty one, which goes with them; None where that has not come yet."""
        if first := re.match(rb"\r?\n", self._buffer):
            self._buffer = self._buffer[first.end() :]
            return []
        end = _EMPTY_LINE.search(self._buffer)
        if end is None:
            return None
        lines = _lines(self._buffer[: end.start() + 1])
        self._buffer = self._buffer[end.end() :]
        return lines

    def _take_chunks(self) -> bool:
        """Move whole chunks from the buffer to the body; True once the last chunk has come."""
        while not self._in_trailers:
            line, found, rest = self._buffer.partition(b"\r\n")
            if not found:
                if not _CHUNK_BEGINS.fullmatch(line):
                    raise ResponseError("a chunk has no valid size")
                return False
            size = _size(line)
            if size:
                ends = rest[size : size + 2]
                if not b"\r\n".startswith(ends):
                    raise ResponseError("a chunk is longer than its size")
                if len(ends) < 2:
                    return False
                self.body += rest[:size]
                rest = rest[size + 2 :]
            self._buffer, self._in_trailers = rest, not size
        return True

    def _take_trailers(self) -> bool:
        """Pass over the fields after the last chunk; True once the empty line has come that ends them."""
        lines = self._take_lines()
        if lines is None:
            return False
        _framing(_fields(lines))
        return True


def _size(line: bytes) -> int:
    """The size that a chunk's line gives."""
    match = _CHUNK.fullmatch(line.rstrip(b" \t"))
    if match is None:
        raise ResponseError("a chunk has no valid size")
    return int(match[1], 16)


def _lines(data: bytes) -> list[bytes]:
    """Lines without their ends; the last one has an end, too."""
    return [line.removesuffix(b"\r") for line in data.split(b"\n")[:-1]]


def _fields(lines: Iterable[bytes]) -> list[Field]:
    """Header lines as fields. One that begins with a blank continues the one before it (RFC 9112, section 5.2)."""
    unfolded: list[bytes] = []
    for line in lines:
        if not line.startswith((b" ", b"\t")):
            unfolded.append(line)
        elif unfolded:
            unfolded[-1] += b" " + line.lstrip(b" \t")
        else:
            raise ResponseError("a header line is malformed")
    return [_field(line) for line in unfolded]


def _field(line: bytes) -> Field:
    name, colon, value = line.partition(b":")
    value = value.strip(b" \t")
    if not colon or not _NAME.fullmatch(name) or _NO_VALUE.search(value):
        raise ResponseError("a header line is malformed")
    return name, value


def _coding(fields: Iterable[Field]) -> str:
    """How the body is encoded."""
    codings = [value.decode("latin-1") for name, value in fields if name.lower() == b"content-encoding"]
    return ", ".join(coding for coding in codings if coding.lower() not in ("", "identity"))


def _framing(fields: Sequence[Field]) -> tuple[bool, int | None]:
    """Whether the body comes in chunks, and its length where one is given (RFC 9112, section 6.3).

    A length that is given several times is one where all are the same (RFC 9110, section 8.6).
    """
    if len(fields) == 1 and fields[0][0].lower() == b"content-length" and _LENGTH.fullmatch(fields[0][1]):
        return False, int(fields[0][1])  # as nearly all are
    lengths: set[bytes] = set()
    codings: list[bytes] = []
    for name, value in fields:
        lowered = name.lower()
        if lowered == b"content-length":
            lengths.update(part.strip(b" \t") for part in value.split(b","))
        elif lowered == b"transfer-encoding":
            codings.append(value.lower())
    if len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        raise ResponseError("the content length is not one number")
    if codings not in ([], [b"chunked"]):
        raise ResponseError("the transfer encoding is not known")
    if codings:
        return True, None
    return False, int(lengths.pop()) if lengths else None
