"""What one probe makes of what a server does, on real connections; and how an answer is read."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import Cause, Failure, ProbeSpec
from icwatch.probing.errors import LocalError
from icwatch.probing.loop import Loop
from icwatch.probing.prepared import prepared_for, request_for
from icwatch.probing.probe import probe
from icwatch.probing.response import MAX_RESPONSE_BYTES
from icwatch.probing.transport import ProbeTransport
from icwatch.probing.verdict import Probe
from icwatch.text import MAX_LINE, one_line
from tests.patience import Stopwatch
from tests.servers import (
    OK,
    Behaviour,
    Servers,
    answer,
    break_off,
    close_at_once,
    drip,
    endless,
    keep_open,
    ok,
    reset,
    tls,
    trusted_authority,
)
from tests.standin import StandIn
from tests.virtualtime import virtual_loop

DEADLINE = 0.6
PATIENCE = 5.0
"""Seconds for servers that are to be waited for; no test waits that long unless it fails."""


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


def within(deadline: float) -> ProbeSpec:
    return ProbeSpec(timeout=Decimal(str(deadline)))


def ask(url: str, deadline: float = PATIENCE) -> Probe:
    """One probe, which must be over by its deadline."""

    watch = Stopwatch()
    found = probe(ProbeTransport(allow_loopback=True), request_for(url), within(deadline))
    assert watch.seconds < deadline + 1, "the probe outlived its deadline"
    return found


def http(port: int) -> str:
    return f"http://127.0.0.1:{port}/ok"


def head(status: str, *fields: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()


@pytest.mark.parametrize(
    "response",
    [
        OK,
        b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        head("200 OK", "Transfer-Encoding: chunked") + b"2\r\nok\r\n0\r\n\r\n",
        head("100 Continue") + OK,
    ],
    ids=["length", "until-close", "no-reason", "bare-newlines", "chunked", "interim"],
)
def test_healthy(servers: Servers, response: bytes) -> None:
    found = ask(http(servers.serve(answer(response))))
    assert found.healthy
    assert (found.status, found.failure, found.unknown) == (200, None, "")


def test_a_server_that_keeps_the_connection_open_is_not_waited_for(servers: Servers) -> None:
    found = ask(http(servers.serve(keep_open)))
    assert found.healthy
    assert found.elapsed_ms < 1000


def test_what_is_asked(servers: Servers) -> None:
    asked: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)

    port = servers.serve(listen)
    assert ask(f"http://127.0.0.1:{port}/health?deep=1").healthy
    line, *fields = asked[0].decode().rstrip().split("\r\n")
    assert line == "GET /health?deep=1 HTTP/1.1"
    assert {f"Host: 127.0.0.1:{port}", "Accept-Encoding: identity", "Connection: close"} <= set(fields)


def test_elapsed_is_how_long_it_took(servers: Servers) -> None:
    found = ask(http(servers.serve(answer(OK, after=0.2))))
    assert 200 <= found.elapsed_ms < 1500


def serving(behaviour: Behaviour) -> Callable[[Servers], int]:
    return lambda servers: servers.serve(behaviour)


CHUNKED, LONG = head("200 OK", "Transfer-Encoding: chunked"), head("200 OK", "Content-Length: 99")

FAILING: Mapping[str, tuple[Callable[[Servers], int], Cause, str]] = {
    "refused": (Servers.refuse, Cause.CONNECTION_REFUSED, "Connection refused"),
    "closed": (serving(close_at_once), Cause.BAD_RESPONSE, "closed without an answer"),
    "reset": (serving(reset()), Cause.RESET, "Connection reset by peer"),
    "reset in the body": (serving(reset(LONG + b"x")), Cause.RESET, "Connection reset by peer"),
    "half a head": (serving(answer(OK[:20])), Cause.BAD_RESPONSE, "before the headers were complete"),
    "half a body": (serving(answer(LONG + b"half")), Cause.BAD_RESPONSE, "before the body was complete"),
    "half a chunk": (serving(answer(CHUNKED + b"9\r\nhalf")), Cause.BAD_RESPONSE, "before the body was complete"),
    "not HTTP": (serving(answer(b"SSH-2.0-OpenSSH_9.6\r\n")), Cause.BAD_RESPONSE, "begin with an HTTP/1.x status line"),
    "HTTP/2": (serving(answer(b"\0\0\x12\x04\0\0\0\0\0\0")), Cause.BAD_RESPONSE, "begin with an HTTP/1.x status line"),
    "endless head": (
        serving(endless(b"HTTP/1.1 200 OK\r\nA: ")),
        Cause.BAD_RESPONSE,
        f"larger than {MAX_RESPONSE_BYTES} bytes",
    ),
    "500": (serving(answer(head("500 Internal Server Error"))), Cause.HTTP_STATUS, "HTTP 500"),
    "404": (serving(answer(head("404 Not Found"))), Cause.HTTP_STATUS, "HTTP 404"),
    "redirect": (serving(answer(head("302 Found", "Location: http://127.0.0.1:1/"))), Cause.HTTP_STATUS, "HTTP 302"),
    "another protocol": (serving(answer(head("101 Switching Protocols"))), Cause.HTTP_STATUS, "HTTP 101"),
}


@pytest.mark.parametrize("name", FAILING)
def test_failures(servers: Servers, name: str) -> None:
    start, cause, detail = FAILING[name]
    found = ask(http(start(servers)))
    assert found.failure is not None
    assert found.failure.cause is cause
    assert detail in found.failure.detail
    assert not found.healthy


SLOW: Mapping[str, tuple[Callable[[Servers], int], Cause]] = {
    "no connection": (Servers.overflow, Cause.CONNECT_TIMEOUT),
    "no answer": (Servers.hang, Cause.READ_TIMEOUT),
    "head by the byte": (serving(drip(OK)), Cause.READ_TIMEOUT),
    "body by the byte": (serving(drip(LONG + b"x" * 99, at_once=len(LONG))), Cause.READ_TIMEOUT),
    "head byte after byte": (serving(drip(OK, every=0.05)), Cause.READ_TIMEOUT),
    "body byte after byte": (serving(drip(LONG + b"x" * 99, every=0.05, at_once=len(LONG))), Cause.READ_TIMEOUT),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_server_does_not_outlive_the_deadline(servers: Servers, name: str) -> None:
    start, cause = SLOW[name]
    found = ask(http(start(servers)), DEADLINE)
    assert found.failure is not None
    assert found.failure.cause is cause
    assert found.elapsed_ms >= 1000 * DEADLINE - 10


def test_a_slow_server_in_time_is_healthy(servers: Servers) -> None:
    assert ask(http(servers.serve(drip(OK, every=0.002)))).healthy


def test_a_name_without_an_address() -> None:
    found = ask("http://nonexistent.invalid:8088/ok")
    assert found.failure is not None
    assert found.failure.cause is Cause.DNS
    assert "nonexistent.invalid" in found.failure.detail


def test_a_name_is_looked_up(servers: Servers) -> None:
    """`localhost` may be ::1 first, where nothing listens: the next address is tried."""
    assert ask(f"http://localhost:{servers.serve(answer(OK))}/ok").healthy


def test_a_lookup_that_hangs_ends_by_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    real, never = socket.getaddrinfo, threading.Event()

    def hang(host: str, *arguments: object, **options: object) -> object:
        if options.get("flags") == socket.AI_NUMERICHOST:
            return real(host, *arguments, **options)  # type: ignore[arg-type]
        never.wait(PATIENCE)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    found = ask("http://slow.example.com/ok", DEADLINE)
    never.set()
    assert found.failure == Failure(Cause.DNS, f"no answer for slow.example.com within {DEADLINE}s")


def test_a_lookup_that_cannot_be_begun_says_nothing_about_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    found = probe(ProbeTransport(allow_loopback=True), request_for("http://ic.example.com/ok"), within(DEADLINE))
    assert (found.failure, found.unknown) == (None, "ic.example.com: can't start new thread")


def test_at_most_four_kibibytes_are_read(servers: Servers) -> None:
    start = head("200 OK", "Content-Length: 10485760")

    class Taker:
        response: httpx.Response | Exception

        def ended(self, outcome: httpx.Response | Exception, tls_not_after: int | None) -> None:
            self.response = outcome
            loop.stop()

    taker = Taker()
    with Loop() as loop:
        request = prepared_for(http(servers.serve(endless(start))))
        ProbeTransport(allow_loopback=True).begin(loop, request, PATIENCE, taker)
        loop.run()
    assert isinstance(taker.response, httpx.Response)
    assert len(taker.response.read()) == MAX_RESPONSE_BYTES - len(start)


def test_a_compressed_body_is_not_unpacked(servers: Servers) -> None:
    packed = b"\x1f\x8b not really gzip"
    found = ask(http(servers.serve(answer(head("200 OK", "Content-Encoding: gzip") + packed))))
    assert found.healthy


ENCODED = "the body cannot be checked: it is encoded (gzip), and unencoded was asked for"


@pytest.mark.parametrize(
    ("response", "spec", "failure"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 2\r\n\r\nok", ProbeSpec(body="ok"), None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", ProbeSpec(body="ok"), None),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%016x\r\nok\r\n0\r\n\r\n" % 2,
            ProbeSpec(body="ok"),
            None,
        ),
        (b"HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok", ProbeSpec(body="ok"), None),
        (head("999 No") + b"go away", ProbeSpec(), Failure(Cause.HTTP_STATUS, "HTTP 999 'go away'", 999)),
        (head("600"), ProbeSpec(), Failure(Cause.HTTP_STATUS, "HTTP 600", 600)),
        (head("200 OK", "Content-Encoding: gzip") + b"ok", ProbeSpec(body="ok"), None),
        (
            head("200 OK", "Content-Encoding: gzip") + b"\x1f\x8b",
            ProbeSpec(body="ok"),
            Failure(Cause.BAD_RESPONSE, ENCODED, 200),
        ),
        (
            head("200 OK", "Content-Encoding: gzip") + b"\x1f\x8b",
            ProbeSpec(body_pattern="ok"),
            Failure(Cause.BAD_RESPONSE, ENCODED, 200),
        ),
        (
            head("503 No", "Content-Encoding: gzip") + b"\x1f\x8b",
            ProbeSpec(),
            Failure(Cause.HTTP_STATUS, "HTTP 503 (its body is encoded: gzip)", 503),
        ),
        (
            head("200 OK", "Content-Encoding: identity") + b"no",
            ProbeSpec(body="ok"),
            Failure(Cause.BAD_RESPONSE, "the body does not hold 'ok'", 200),
        ),
    ],
)
def test_a_legal_answer_is_judged_by_what_it_says(
    servers: Servers, response: bytes, spec: ProbeSpec, failure: Failure | None
) -> None:
    request = request_for(http(servers.serve(answer(response))))
    assert probe(ProbeTransport(allow_loopback=True), request, spec).failure == failure


def test_what_a_hostile_server_says_is_bounded_and_on_one_line(servers: Servers) -> None:
    body = "\x1b[2J${alarm_id}\r\n<script>\u202e\0" + "忙" * 3000
    found = ask(http(servers.serve(answer(head("500 \x1b[31mX") + body.encode()))))
    assert found.failure is not None
    detail = found.failure.detail
    assert detail.startswith("HTTP 500 '")
    assert detail.isprintable()
    assert len(detail) <= MAX_LINE


# TLS


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[trustme.CA]:
    with trusted_authority(tmp_path) as authority:
        yield authority


def https(port: int) -> str:
    return f"https://127.0.0.1:{port}/ok"


def test_tls(servers: Servers, authority: trustme.CA) -> None:
    assert ask(https(servers.serve(answer(OK), tls(authority)))).healthy


NOT_AFTER = 4_070_000_000


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (answer(OK), None),
        (answer(b"HTTP/1.1 500 No\r\n\r\n"), Cause.HTTP_STATUS),
        (close_at_once, Cause.BAD_RESPONSE),
        (drip(OK), Cause.READ_TIMEOUT),
    ],
    ids=["healthy", "500", "closed", "slow"],
)
def test_the_end_of_the_certificate_is_known_once_the_handshake_is_over(
    servers: Servers, authority: trustme.CA, behaviour: Behaviour, cause: Cause | None
) -> None:
    found = ask(https(servers.serve(behaviour, tls(authority, ends=NOT_AFTER))), DEADLINE)
    assert found.tls_not_after == NOT_AFTER
    assert (found.failure and found.failure.cause) is cause


def test_without_a_handshake_no_certificate_is_known(servers: Servers, authority: trustme.CA) -> None:
    for url in (
        http(servers.serve(answer(OK))),
        https(servers.serve(answer(OK), tls(trustme.CA()))),
        https(servers.serve(answer(OK), tls(authority, ends=1_000_000_000))),
        https(servers.refuse()),
    ):
        assert ask(url).tls_not_after is None


def test_an_expired_certificate_fails_the_handshake(servers: Servers, authority: trustme.CA) -> None:
    found = ask(https(servers.serve(answer(OK), tls(authority, ends=1_000_000_000))))
    assert found.failure is not None
    assert found.failure.cause is Cause.TLS
    assert "expired" in found.failure.detail


def test_tls_answers_until_the_end_of_the_connection(servers: Servers, authority: trustme.CA) -> None:
    assert ask(https(servers.serve(answer(b"HTTP/1.0 200 OK\r\n\r\nok"), tls(authority)))).healthy


@pytest.mark.parametrize("name", ["untrusted", "another name", "no TLS"])
def test_tls_that_cannot_be_trusted(servers: Servers, authority: trustme.CA, name: str) -> None:
    contexts: dict[str, Callable[[], ssl.SSLContext | None]] = {
        "untrusted": lambda: tls(trustme.CA()),
        "another name": lambda: tls(authority, "other.example.com"),
        "no TLS": lambda: None,
    }
    answers = answer(OK) if name != "no TLS" else _speak_first
    found = ask(https(servers.serve(answers, contexts[name]())))
    assert found.failure is not None
    assert found.failure.cause is Cause.TLS


async def _speak_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def _close_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1 << 16)


async def _reset_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    break_off(writer)


@pytest.mark.parametrize("behaviour", [_close_first, _reset_first], ids=["closed", "reset"])
def test_a_connection_that_breaks_in_the_handshake_is_a_reset(servers: Servers, behaviour: Behaviour) -> None:
    found = ask(https(servers.serve(behaviour)))
    assert found.failure is not None
    assert found.failure.cause is Cause.RESET


def test_a_handshake_that_hangs_ends_by_the_deadline(servers: Servers) -> None:
    found = ask(https(servers.hang()), DEADLINE)
    assert found.failure == Failure(Cause.READ_TIMEOUT, f"no TLS handshake within {DEADLINE}s")


def test_a_hanging_answer_under_tls_ends_by_the_deadline(servers: Servers, authority: trustme.CA) -> None:
    found = ask(https(servers.serve(answer(OK, after=PATIENCE), tls(authority))), DEADLINE)
    assert found.failure == Failure(Cause.READ_TIMEOUT, f"no complete answer within {DEADLINE}s")


# How an answer and an error are read, without a network

ANY_BODY = ProbeSpec()


def judged(handler: Callable[[httpx.Request], httpx.Response], spec: ProbeSpec = ANY_BODY) -> Probe:
    return probe(StandIn(handler), request_for("http://192.168.0.1:8088/ok"), spec)


def test_an_answer_took_no_longer_than_its_timeout() -> None:
    """However late this process comes to look at the clock."""
    spec, late = ProbeSpec(timeout=Decimal("1.5")), StandIn(lambda _: httpx.Response(500), seconds=4.5)
    assert probe(late, request_for("http://192.168.0.1:8088/ok"), spec, virtual_loop()).elapsed_ms == 1500


@pytest.mark.parametrize(
    ("status", "expect", "healthy"),
    [
        (200, (200,), True),
        (204, (200, 204), True),
        (503, (503,), True),
        (204, (200,), False),
        (200, (204,), False),
        (301, (200,), False),
    ],
)
def test_healthy_is_what_was_expected(status: int, expect: tuple[int, ...], healthy: bool) -> None:
    found = judged(lambda request: httpx.Response(status), ProbeSpec(expect_status=expect))
    assert (found.healthy, found.status) == (healthy, status)
    assert found.failure == (None if healthy else Failure(Cause.HTTP_STATUS, f"HTTP {status}", status))


def test_a_wrong_status_shows_the_beginning_of_the_body() -> None:
    found = judged(lambda request: httpx.Response(503, text="  starting up\nplease wait\n"))
    assert found.failure == Failure(Cause.HTTP_STATUS, "HTTP 503 'starting up\\\\nplease wait'", 503)


STARTING = '{"state": "starting up", "agents": 3}'


@pytest.mark.parametrize(
    ("spec", "detail"),
    [
        (ProbeSpec(body="starting"), None),
        (ProbeSpec(body_pattern='"agents": [1-9]'), None),
        (ProbeSpec(body_pattern="(?i)STARTING"), None),
        (ProbeSpec(body="starting", body_pattern="agents"), None),
        (ProbeSpec(body="ready"), "the body does not hold 'ready'"),
        (ProbeSpec(body="state.*"), "the body does not hold 'state.*'"),
        (ProbeSpec(body_pattern="up[0-9]+"), "the body does not match 'up[0-9]+'"),
        (ProbeSpec(body_pattern="^starting"), "the body does not match '^starting'"),
        (ProbeSpec(body_pattern=r"\d{9}"), r"the body does not match '\d{9}'"),
        (ProbeSpec(body="ready", body_pattern="("), "the body does not hold 'ready'"),
        (ProbeSpec(body="starting", body_pattern="忙"), "the body does not match '忙'"),
        (ProbeSpec(body="two\nlines"), r"the body does not hold 'two\nlines'"),
        (ProbeSpec(body="x" * 1000), f"the body does not hold '{'x' * 79}…'"),
    ],
)
def test_a_body_has_to_fit(spec: ProbeSpec, detail: str | None) -> None:
    found = judged(lambda request: httpx.Response(200, text=STARTING), spec)
    assert found.failure == (detail and Failure(Cause.BAD_RESPONSE, detail, 200))
    assert found.status == 200


def test_the_status_is_looked_at_before_the_body() -> None:
    found = judged(lambda request: httpx.Response(503, text="ready"), ProbeSpec(body="steady"))
    assert found.failure == Failure(Cause.HTTP_STATUS, "HTTP 503 'ready'", 503)


def test_a_body_that_is_no_text_is_searched_all_the_same() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content="忙".encode() + b"\xff\xfe ready\0")

    assert judged(handle, ProbeSpec(body="ready", body_pattern="^忙\ufffd+ ready")).healthy


@pytest.mark.parametrize("evil", ["(a+)+$", "(a|aa)+$", "(a|b|ab)*c", "(.*a){20}$"])
def test_no_pattern_can_hold_a_probe_up(servers: Servers, evil: str) -> None:
    """Python's own engine would not be done with these in a lifetime, and neither would this test."""
    port = servers.serve(answer(ok("a" * 3000 + "!")))
    spec = ProbeSpec(timeout=Decimal(3), body_pattern=evil)
    found = probe(ProbeTransport(allow_loopback=True), request_for(http(port)), spec)
    assert found.failure == Failure(Cause.BAD_RESPONSE, f"the body does not match '{evil}'", 200)


def test_an_error_of_this_machine_is_no_failure() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise LocalError("Too many open files", request=request)

    found = judged(fail)
    assert (found.healthy, found.failure, found.unknown) == (False, None, "Too many open files")


@given(st.text(), st.integers(1, 200))
def test_one_line_is_printable_and_bounded(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most
    assert line.isprintable()
    if text.isprintable() and len(text) <= most:
        assert line == text
