"""Reading a response: what is legal is read as h11 reads it, what is not is refused with a sentence.

`tests/fuzz/test_http1.py` holds the reader to h11 over generated answers, and to itself however the bytes are cut.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.probing.response import MAX_RESPONSE_BYTES, ResponseReader
from tests.h11_reference import DIFFERENCES, Read, Refused, meant, read, read_by_h11

names = st.from_regex(r"\AX-[A-Za-z0-9-]{1,8}\Z").map(str.encode)
values = st.from_regex(r"\A([!-~\x80-\xff]([ \t!-~\x80-\xff]{0,12}[!-~\x80-\xff])?)?\Z").map(
    lambda text: text.encode("latin-1")
)
reasons = st.sampled_from([b"OK", b"", b"Not so good", b"\xe5\xbf\x99"])
statuses = st.sampled_from([200, 201, 204, 302, 304, 404, 418, 500, 503, 599])
bodies = st.binary(max_size=60)


headers = st.lists(st.tuples(names, values), max_size=4)


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


@given(responses())
def test_a_good_response_is_read_as_h11_reads_it(data: bytes) -> None:
    found = read([data])
    assert isinstance(found, Read)
    assert found == read_by_h11(data)


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
        (b"HTTP/1.1 099 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.10 200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"http/1.1 200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.1 200\tOK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.1 200 O\rK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.1 200 OK\r\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"ICY 200 OK\r\n\r\n", "the answer does not begin with an HTTP/1.x status line"),
        (b"<html>", "the answer does not begin with an HTTP/1.x status line"),
        (HEAD + b"no colon\r\n\r\n", "a header line is malformed"),
        (HEAD + b"Name : value\r\n\r\n", "a header line is malformed"),
        (HEAD + b": value\r\n\r\n", "a header line is malformed"),
        (HEAD + b"A: nul\0\r\n\r\n", "a header line is malformed"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "the content length is not one number"),
        (HEAD + b"Content-Length: 0x2\r\n\r\nok", "the content length is not one number"),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nok", "the content length is not one number"),
        (HEAD + b"Content-Length: 2, 3\r\n\r\nok", "the content length is not one number"),
        (HEAD + b"Content-Length: 2,\r\n\r\nok", "the content length is not one number"),
        (HEAD + b"Content-Length: 02, 2\r\n\r\nok", "the content length is not one number"),
        (HEAD + b"Content-Length: " + b"1" * 21 + b"\r\n\r\nok", "the content length is not one number"),
        (
            HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n0\r\n\r\n",
            "the content length is not one number",
        ),
        (b"HTTP/1.1 204 OK\r\nContent-Length: x\r\n\r\n", "the content length is not one number"),
        (b"HTTP/1.1 100 OK\r\nContent-Length: x\r\n\r\n" + HEAD + b"\r\n", "the content length is not one number"),
        (b"HTTP/1.1 100 OK\r\nA\r\n\r\n" + HEAD + b"\r\n", "a header line is malformed"),
        (HEAD + b" folded\r\n\r\n", "a header line is malformed"),
        (HEAD + b"A: b\r\r\n\r\n", "a header line is malformed"),
        (HEAD + b"A: b\vc\r\n\r\n", "a header line is malformed"),
        (HEAD + b"Transfer-Encoding: identity\r\n\r\nok", "the transfer encoding is not known"),
        (HEAD + b"Transfer-Encoding:\r\n\r\nok", "the transfer encoding is not known"),
        (
            HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "the transfer encoding is not known",
        ),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "the transfer encoding is not known"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk has no valid size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", "a chunk has no valid size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 21 + b"\r\n\r\n", "a chunk has no valid size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n", "a chunk has no valid size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"x" * MAX_RESPONSE_BYTES, "a chunk has no valid size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\n0\r\n\r\n", "a chunk is longer than its size"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", "the server closed before the body was complete"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA\r\n\r\n", "a header line is malformed"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n", "a chunk is longer than its size"),
        (HEAD + b"A: " + b"x" * MAX_RESPONSE_BYTES, f"the headers are larger than {MAX_RESPONSE_BYTES} bytes"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 999, f"the headers are larger than {MAX_RESPONSE_BYTES} bytes"),
        (b"HTTP/1.1 200 " + b"x" * MAX_RESPONSE_BYTES, f"the headers are larger than {MAX_RESPONSE_BYTES} bytes"),
    ],
)
def test_refused(data: bytes, message: str) -> None:
    assert read([data]) == Refused(message)
    assert read(bytes([byte]) for byte in data) == Refused(message)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "status", "body"),
    [
        (HEAD + b"A: b\r\n c\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (HEAD + b"A: b\r\n\t \r\n  c\r\nContent-Length:\r\n 2\r\n\r\nok!", 200, b"ok"),
        (HEAD + b"Transfer-Encoding:\r\n\tchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, b"ok"),
        (HEAD + b"Content-Length: 2, 2\r\n\r\nok!", 200, b"ok"),
        (HEAD + b"Content-Length: 2\r\ncontent-length: 2,2\r\n\r\nok!", 200, b"ok"),
        (HEAD + b"Content-Length: 02\r\n\r\nok!", 200, b"ok"),
        (CHUNKED + b"0000000000000002\r\nok\r\n0000000000000000\r\n\r\n", 200, b"ok"),
        (CHUNKED + b"%020x\r\nok\r\n%020x\r\n\r\n" % (2, 0), 200, b"ok"),
        (CHUNKED + b"2 \t\r\nok\r\n0 \r\n\r\n", 200, b"ok"),
        (CHUNKED + b'2;a="b;c"\r\nok\r\n0;\r\n\r\n', 200, b"ok"),
        (CHUNKED + b"2\r\nok\r\n0\r\nA: b\r\n c\r\n\r\n", 200, b"ok"),
        (CHUNKED + b"0\r\n\r\n", 200, b""),
        (HEAD + b"transfer-encoding:CHUNKED\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.2 200 OK\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.9 200 OK\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.0 200\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 \r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 \xe5\xbf\x99 \t\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\n\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\nA: b\r\nContent-Length: 2\n\r\nok!", 200, b"ok"),
        (b"HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\nok", 600, b"ok"),
        (b"HTTP/1.1 999 Request denied\r\n\r\nno", 999, b"no"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n" + HEAD + b"\r\nok", 200, b"ok"),
        (b"HTTP/1.1 199 Any\r\nContent-Length: 2\r\n\r\n" + HEAD + b"\r\nok", 200, b"ok"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", 304, b""),
        (HEAD + b"A:\r\nB: \t \r\nC: \xff\x01\r\nD: b:c\r\n\r\nok", 200, b"ok"),
    ],
)
def test_what_is_legal_is_read_as_h11_reads_it(data: bytes, status: int, body: bytes) -> None:
    found = read([data])
    assert isinstance(found, Read)
    assert (found.status, found.body) == (status, body)
    assert found == read_by_h11(data)
    assert found == read(bytes([byte]) for byte in data)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_each_difference_to_h11_is_one(name: str) -> None:
    """An entry of which nothing is left goes."""
    example = DIFFERENCES[name].example
    ours, theirs = read([example]), read_by_h11(example)
    assert ours != theirs
    assert not (isinstance(ours, Refused) and isinstance(theirs, Refused))
    assert meant(example, ours, theirs) == [name]


@pytest.mark.parametrize(
    ("fields", "coding"),
    [
        (b"Content-Encoding: gzip", "gzip"),
        (b"content-encoding: gzip, br", "gzip, br"),
        (b"Content-Encoding: gzip\r\nContent-Encoding: br", "gzip, br"),
        (b"Content-Encoding: Identity", ""),
        (b"Content-Encoding:", ""),
        (b"A: gzip", ""),
    ],
)
def test_how_the_body_is_encoded(fields: bytes, coding: str) -> None:
    reader = ResponseReader()
    reader.feed(HEAD + fields + b"\r\n\r\n")
    assert reader.coding == coding


@pytest.mark.parametrize("field", [b"Content-Length: 99999999", b"Transfer-Encoding: chunked", b"Connection: close"])
def test_what_is_larger_than_the_cap_is_cut_off(field: bytes) -> None:
    start = HEAD + field + b"\r\n\r\n" + (b"fffff\r\n" if b"chunked" in field else b"")
    found = read([start + b"x" * 100_000])
    assert isinstance(found, Read)
    assert (found.status, found.capped) == (200, True)
    assert found.body == b"x" * (MAX_RESPONSE_BYTES - len(start)), (
        "all that was read of it is kept, and can be looked at"
    )


def test_a_response_that_just_fits_is_whole() -> None:
    start = HEAD + b"Content-Length: 4000\r\n\r\n"
    body = b"x" * 4000
    assert read([start + body]) == Read(200, (), body)


def test_a_response_without_a_body_ends_with_its_head() -> None:
    """Also where it gives a length, as 304 may."""
    for status in (b"204 No Content", b"304 Not Modified", b"101 Switching Protocols"):
        reader = ResponseReader()
        assert reader.feed(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n"), status
