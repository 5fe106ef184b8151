"""Reading one HTTP/1.x response, byte by byte as it arrives, within a cap. Pure.

Only what a health check needs, and strict: a status line, headers, and a body by Content-Length, chunks or the end of
the connection. Interim 1xx responses are passed over.
"""

from __future__ import annotations

import re

MAX_BYTES = 4096
"""What is read of a response at the most, headers and body together."""

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n\0]*)?")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\0]*?)[ \t]*")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n\0]*)?")
_NO_BODY = frozenset({101, 204, 304})


class ResponseError(ValueError):
    """The bytes are no HTTP response; the message says where they stop being one."""


class ResponseReader:
    """Takes bytes until the response is complete or the cap is reached.

    `status`, `headers` and `body` hold what was read; `capped` says that the cap cut it off.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.capped = False
        self._taken = 0
        self._buffer = b""
        self._length: int | None = None
        self._chunked = False

    @property
    def room(self) -> int:
        """How many bytes may still be read."""
        return MAX_BYTES - self._taken

    def feed(self, data: bytes) -> bool:
        """Take what arrived; no bytes mean that the server closed. True where nothing more is needed."""
        self._taken += len(data)
        self._buffer += data
        while not self.status:
            if not self._take_head():
                return self._must_go_on(data, "before the headers were complete")
        if self._chunked:
            complete = self._take_chunks()
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
            raise ResponseError(f"the headers are larger than {MAX_BYTES} bytes")
        if self._chunked:
            self.body += self._buffer.partition(b"\n")[2]  # of a chunk that the cap cut off, what there is of it
        self.capped = True
        return True

    def _take_head(self) -> bool:
        """Read the status line and the headers once they are there; an interim response leaves the status at 0."""
        line, found, _ = self._buffer.partition(b"\n")
        match = _STATUS.fullmatch(line.rstrip(b"\r"))
        if match is None and (found or not b"HTTP/1.".startswith(self._buffer[:7])):
            raise ResponseError("the answer does not begin with an HTTP/1.x status line")
        end = re.search(rb"\r?\n\r?\n", self._buffer)
        if end is None or match is None:
            return False
        head, self._buffer = self._buffer[: end.start()], self._buffer[end.end() :]
        status = int(match[1])
        if status >= 200 or status == 101:
            self.headers = [_header(field) for field in head.split(b"\n")[1:]]
            self.status = status
            self._frame()
        return True

    def _frame(self) -> None:
        """Decide where the body ends (RFC 9112, section 6.3)."""
        fields = {name.lower(): value for name, value in self.headers}
        lengths = {value for name, value in self.headers if name.lower() == b"content-length"}
        coding = fields.get(b"transfer-encoding")
        if self.status in _NO_BODY:
            self._length = 0
        elif coding is not None:
            if coding.lower() != b"chunked":
                raise ResponseError("the transfer encoding is not known")
            self._chunked = True
        elif lengths:
            value = lengths.pop()
            if lengths or not re.fullmatch(rb"[0-9]{1,18}", value):
                raise ResponseError("the content length is no number")
            self._length = int(value)

    def _take_chunks(self) -> bool:
        """Move whole chunks from the buffer to the body; True once the last chunk has come."""
        while True:
            line, found, rest = self._buffer.partition(b"\n")
            if not found:
                return False
            match = _CHUNK.fullmatch(line.rstrip(b"\r"))
            if match is None:
                raise ResponseError("a chunk has no valid size")
            size = int(match[1], 16)
            if size == 0:
                return True
            ends = rest[size : size + 2]
            if ends[:1] == b"\n":
                ends = b"\n"
            elif len(ends) < 2:
                return False
            elif ends != b"\r\n":
                raise ResponseError("a chunk is longer than its size")
            self.body += rest[:size]
            self._buffer = rest[size + len(ends) :]


def _header(line: bytes) -> tuple[bytes, bytes]:
    match = _HEADER.fullmatch(line.rstrip(b"\r"))
    if match is None:
        raise ResponseError("a header line is malformed")
    return match[1], match[2]
