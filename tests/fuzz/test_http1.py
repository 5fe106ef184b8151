"""Generated answers: read, or refused, as h11 does, whatever a server says and however the bytes are cut."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from icwatch.probing.response import MAX_RESPONSE_BYTES
from tests.h11_reference import Read, agrees, read, read_by_h11


def mostly(usual: bytes, *unusual: bytes) -> st.SearchStrategy[bytes]:
    """One of these, rarely another than the first: an answer in which much is odd is refused at its first bytes."""
    return st.sampled_from([*([usual] * 6 * len(unusual)), *unusual])


line_ends = mostly(b"\r\n", b"\n", b"\r\r\n", b"\r", b"\n\r", b"\v\r\n")
versions = mostly(b"HTTP/1.1", b"HTTP/1.0", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/2.0", b"http/1.1", b"HTTP/1.10", b"ICY")
gaps = mostly(b" ", b"  ", b"\t", b"")
statuses = st.integers(200, 999).map(lambda number: b"%d" % number) | mostly(
    b"200", b"204", b"304", b"100", b"101", b"103", b"199", b"500", b"600", b"999", b"000", b"099", b"20", b"+20"
)
reasons = mostly(b" OK", b"", b" ", b"  ", b" a\tb", b" \xe5\xbf\x99", b" a\0b", b" a\rb", b" a\vb", b"\tOK")

lengths = mostly(
    *(b"2", b"2, 2", b"2,2", b"2 ,\t2", b"2, 3", b"2,", b",", b"", b"02", b"02, 2", b"0", b"+2", b"-1", b"0x2", b"2.0"),
    *(b"1" * 20, b"1" * 21, b"\xb2", b"2 2"),
)
codings = mostly(
    *(b"chunked", b"Chunked", b"gzip, chunked", b"chunked, chunked", b"identity", b"", b"chunked,", b"xchunked"),
    *(b"chunked;a=b", b"gzip"),
)
fields = st.one_of(
    lengths.map(lambda value: b"Content-Length: " + value),
    codings.map(lambda value: b"Transfer-Encoding: " + value),
    st.binary(max_size=6).map(lambda value: b"X-Any: a" + value),
    st.sampled_from(
        [
            *(b"A: b", b"A:b", b"A:", b"A: \t b \t ", b"A: b c", b"A: \xff\x80", b"A: \x01", b"A: \x7f", b"A: a\x00b"),
            *(b"A : b", b": b", b"A", b"A b: c", b"A\xff: b", b" folded", b"\tfolded", b" ", b"A: b\vc", b"A: b\fc"),
            *(b"Content-Length:\r\n 2", b"content-length:2", b"Transfer-Encoding:\r\n\tchunked", b"A: b:c", b"A;b: c"),
            *(b"Content-Encoding: gzip", b"Connection: keep-alive", b"Trailer: A", b"Upgrade: h2c"),
        ]
    ),
)


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """A status line, fields and an empty line, most of it right."""
    lines = [draw(versions) + draw(gaps) + draw(statuses) + draw(reasons), *draw(st.lists(fields, max_size=4))]
    return b"".join(line + draw(line_ends) for line in lines) + draw(line_ends)


@st.composite
def chunks(draw: st.DrawFn) -> bytes:
    """A body in chunks, most of it right."""
    data = draw(st.binary(max_size=4))
    size = draw(
        mostly(
            b"%x" % len(data),
            *(b"%020x" % len(data), b"%021x" % len(data), b"%016X" % len(data), b"0x%x" % len(data), b"-1", b""),
            *(b"%x" % (len(data) + 1), b"+%x" % len(data), b"f" * 16, b"f" * 20, b" %x" % len(data)),
        )
    )
    extension = draw(mostly(b"", b";a=b", b";", b" ;a", b" ", b"\t", b';a="b;c"', b"a", b";a\rb", b";a\nb", b";\0"))
    return size + extension + draw(line_ends) + (data + draw(line_ends) if data else b"")


trailers = mostly(b"", b"A: b\r\n", b"A: b\n c\r\n", b"A\r\n", b"Content-Length: 2\r\n", b"Content-Length: x\r\n")
in_chunks = st.builds(
    lambda parts, last, fields, end: b"".join(parts) + last + fields + end,
    st.lists(chunks(), max_size=3),
    mostly(b"0\r\n", b"000\r\n", b"0;a\r\n", b"0\n", b""),
    trailers,
    line_ends,
)
bodies = st.just(b"ok") | st.binary(max_size=12) | in_chunks
exchanges = st.tuples(heads(), bodies) | st.tuples(
    mostly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.0 503\nTransfer-Encoding:chunked\n\n"),
    in_chunks,
)
interim = mostly(b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n")
answers = st.builds(lambda *parts: b"".join(parts[:-1]) + b"".join(parts[-1]), interim, interim, exchanges)
changed = st.builds(
    lambda data, at, byte, gone: data[:at] + byte + data[at + gone :],
    answers,
    st.integers(0, 150),
    st.binary(max_size=1),
    st.integers(0, 1),
)


@given(answers | changed | st.binary(max_size=60))
def test_an_answer_is_read_or_refused_as_h11_does_also_byte_by_byte(data: bytes) -> None:
    assert agrees(data), (read([data]), read_by_h11(data))
    assert read(bytes([byte]) for byte in data) == read([data])


@given(answers | changed, st.lists(st.integers(0, 200), max_size=12), st.integers(0, 5000))
def test_any_cut_gives_the_same_also_at_the_cap(data: bytes, places: list[int], more: int) -> None:
    """A server that goes on talking after its answer is not listened to, and of the rest there is a limit."""
    data += b"x" * more
    edges = sorted({0, len(data), *(place for place in places if place < len(data))})
    found = read(data[start:end] for start, end in itertools.pairwise(edges))
    assert found == read([data])
    if isinstance(found, Read):
        assert 200 <= found.status <= 999 or found.status == 101
        assert len(found.body) <= MAX_RESPONSE_BYTES
