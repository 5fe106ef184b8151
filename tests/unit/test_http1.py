"""Reading a response: the same as h11 reads it, however the bytes are cut; and what is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.http1 import MAX_BYTES, ResponseError, ResponseReader


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader made of some bytes."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    capped: bool


def read(pieces: Iterable[bytes]) -> Read | str:
    """Feed pieces, no more than there is room for, then the end; the response, or what is wrong."""
    reader = ResponseReader()
    try:
        for piece in pieces:
            left = piece
            while left:
                now, left = left[: reader.room], left[reader.room :]
                if reader.feed(now):
                    return _what(reader)
        return _what(reader) if reader.feed(b"") else "wants more after the end"
    except ResponseError as error:
        return str(error)


def _what(reader: ResponseReader) -> Read:
    return Read(reader.status, tuple(reader.headers), reader.body, reader.capped)


def read_by_h11(data: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/ok", headers=[("Host", "x"), ("Connection", "close")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    status, headers, body = 0, [], b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Response):
            status, headers = event.status_code, list(event.headers)
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return status, headers, body


names = st.from_regex(r"\AX-[A-Za-z0-9-]{1,8}\Z").map(str.encode)
values = st.from_regex(r"\A([!-~\x80-\xff]([ \t!-~\x80-\xff]{0,12}[!-~\x80-\xff])?)?\Z").map(
    lambda text: text.encode("latin-1")
)
reasons = st.sampled_from([b"OK", b"", b"Not so good", b"\xe5\xbf\x99"])
statuses = st.sampled_from([200, 201, 204, 302, 304, 404, 418, 500, 503, 599])
bodies = st.binary(max_size=60)


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    status = draw(statuses)
    lines = [b"HTTP/1.%d %d %s" % (draw(st.integers(0, 1)), status, draw(reasons))]
    lines += [name + b":" + draw(st.sampled_from([b"", b" ", b" \t"])) + value for name, value in draw(headers)]
    framing = "none" if status in (204, 304) else draw(st.sampled_from(["length", "chunked", "close"]))
    body = b""
    if framing == "length":
        body = draw(bodies)
        lines.append(b"Content-Length: %d" % len(body))
    elif framing == "chunked":
        lines = [lines[0].replace(b"HTTP/1.0", b"HTTP/1.1"), *lines[1:], b"Transfer-Encoding: chunked"]
        chunks = draw(st.lists(st.binary(min_size=1, max_size=20), max_size=4))
        form = draw(st.sampled_from([b"%x", b"%X", b"00%x"]))
        extension = draw(st.sampled_from([b"", b";a=b"]))
        body = b"".join(form % len(chunk) + extension + b"\r\n" + chunk + b"\r\n" for chunk in chunks) + b"0\r\n\r\n"
    elif framing == "close":
        body = draw(bodies)
    interim = draw(
        st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n"])
    )
    return interim + b"\r\n".join(lines) + b"\r\n\r\n" + body


headers = st.lists(st.tuples(names, values), max_size=4)


@given(responses())
def test_a_good_response_is_read_as_h11_reads_it(data: bytes) -> None:
    found = read([data])
    assert isinstance(found, Read)
    lowered = [(name.lower(), value) for name, value in found.headers]
    assert (found.status, lowered, found.body) == read_by_h11(data)
    assert not found.capped


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place for place in places if place < len(data))})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


broken = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=20).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest),
    st.builds(lambda data, end: data[:end], responses(), st.integers(0, 120)),
    st.builds(
        lambda data, at, byte: data[:at] + bytes([byte]) + data[at:],
        responses(),
        st.integers(0, 99),
        st.integers(0, 255),
    ),
)


@given(responses() | broken, st.lists(st.integers(0, 200), max_size=12))
def test_any_cut_of_the_bytes_gives_the_same(data: bytes, places: list[int]) -> None:
    """Where a response is good, or bad. A server that goes on talking after its answer is not listened to."""
    assert read(cut(data, places)) == read([data])


@given(responses())
def test_byte_by_byte_gives_the_same(data: bytes) -> None:
    assert read(bytes([byte]) for byte in data) == read([data])


@given(st.binary())
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    found = read([data])
    assert isinstance(found, str) or 200 <= found.status <= 599 or found.status == 101


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the server closed without an answer"),
        (b"HTTP/1.1 200 OK\r\n", "the server closed before the headers were complete"),
        (HEAD + b"Content-Length: 3\r\n\r\nok", "the server closed before the body was complete"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "the server closed before the body was complete"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "the server closed before the headers were complete"),
        (b"HTTP/2 200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.1 600 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"ICY 200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"<html>", "the answer does not begin with an HTTP/1.x status line"),
        (HEAD + b"no colon\r\n\r\n", "a header line is malformed"),
        (HEAD + b"Name : value\r\n\r\n", "a header line is malformed"),
        (HEAD + b": value\r\n\r\n", "a header line is malformed"),
        (HEAD + b"A: nul\0\r\n\r\n", "a header line is malformed"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "the content length is no number"),
        (HEAD + b"Content-Length: 0x2\r\n\r\nok", "the content length is no number"),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nok", "the content length is no number"),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "the transfer encoding is not known"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk has no valid size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", "a chunk has no valid size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n123456789\r\n", "a chunk has no valid size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n", "a chunk is longer than its size"),
        (HEAD + b"A: " + b"x" * MAX_BYTES, f"the headers are larger than {MAX_BYTES} bytes"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 999, f"the headers are larger than {MAX_BYTES} bytes"),
        (b"HTTP/1.1 200 " + b"x" * MAX_BYTES, f"the headers are larger than {MAX_BYTES} bytes"),
    ],
)
def test_refused(data: bytes, message: str) -> None:
    assert read([data]) == message
    assert read(bytes([byte]) for byte in data) == message


@pytest.mark.parametrize("field", [b"Content-Length: 99999999", b"Transfer-Encoding: chunked", b"Connection: close"])
def test_what_is_larger_than_the_cap_is_cut_off(field: bytes) -> None:
    start = HEAD + field + b"\r\n\r\n" + (b"fffff\r\n" if b"chunked" in field else b"")
    found = read([start + b"x" * 100_000])
    assert isinstance(found, Read)
    assert (found.status, found.capped) == (200, True)
    assert found.body == b"x" * (MAX_BYTES - len(start)), "all that was read of it is kept, and can be looked at"


def test_a_response_that_just_fits_is_whole() -> None:
    start = HEAD + b"Content-Length: 4000\r\n\r\n"
    body = b"x" * 4000
    assert read([start + body]) == Read(200, ((b"Content-Length", b"4000"),), body, False)


def test_a_response_without_a_body_ends_with_its_head() -> None:
    """Also where it gives a length, as 304 may."""
    for status in (b"204 No Content", b"304 Not Modified", b"101 Switching Protocols"):
        reader = ResponseReader()
        assert reader.feed(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n"), status
