"""A probe that fails is made again, within the same timeout: what each kind of server comes to, over real sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import httpx
import pytest

from icwatch.model import Cause, Failure, ProbeSpec
from icwatch.probing.errors import LocalError, LookupFailed
from icwatch.probing.prepared import request_for
from icwatch.probing.probe import probe
from icwatch.probing.transport import ProbeTransport
from icwatch.probing.verdict import Probe
from tests.servers import OK, Behaviour, Servers, answer, reset
from tests.standin import StandIn

BROKEN = b"HTTP/1.1 503 Starting\r\nContent-Length: 0\r\n\r\n"


def ask(port: int, attempts: int, timeout: str = "3") -> Probe:
    spec = ProbeSpec(timeout=Decimal(timeout), attempts=attempts)
    return probe(ProbeTransport(allow_loopback=True), request_for(f"http://127.0.0.1:{port}/ok"), spec)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """A server that behaves otherwise at each connection, and at last as the last one."""
    left = [*behaviours]

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(reader, writer)

    return behave


@pytest.mark.parametrize(
    ("behaviours", "attempts", "healthy", "took", "detail"),
    [
        ([answer(OK)], 3, True, 1, ""),
        ([reset(), answer(OK)], 1, False, 1, "Connection reset by peer"),
        ([reset(), answer(OK)], 2, True, 2, ""),
        ([answer(BROKEN), answer(OK)], 2, True, 2, ""),
        ([answer(BROKEN), reset(), answer(OK)], 2, False, 2, "Connection reset by peer, in 2 attempts"),
        ([answer(BROKEN), reset(), answer(OK)], 3, True, 3, ""),
        ([answer(BROKEN)], 5, False, 5, "HTTP 503, in 5 attempts"),
    ],
)
def test_the_last_attempt_counts(
    behaviours: list[Behaviour], attempts: int, healthy: bool, took: int, detail: str
) -> None:
    with Servers() as servers:
        found = ask(servers.serve(in_turn(*behaviours)), attempts)
    assert (found.healthy, found.attempts) == (healthy, took)
    assert (found.failure.detail if found.failure else "") == detail


def test_a_refusal_is_asked_again() -> None:
    with Servers() as servers:
        found = ask(servers.refuse(), 2)
    assert found.failure == Failure(Cause.CONNECTION_REFUSED, "Connection refused, in 2 attempts")


def test_a_pause_of_this_machine_in_a_later_attempt_takes_nothing_back() -> None:
    def pausing(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 1:
            return httpx.Response(503)
        time.sleep(0.6)  # what is tested: the process stands still beyond the deadline
        raise httpx.ReadTimeout("no complete answer")

    asked: list[httpx.Request] = []
    spec = ProbeSpec(timeout=Decimal("0.3"), attempts=2)
    found = probe(StandIn(pausing), request_for("http://192.168.0.1:8088/ok"), spec)
    assert (found.failure, found.unknown) == (Failure(Cause.HTTP_STATUS, "HTTP 503, in 2 attempts", 503), "")


def test_a_slow_server_is_as_good_as_with_one_attempt() -> None:
    """Its answer takes more than its share of the timeout, and all that is left is for the answer."""
    with Servers() as servers:
        found = ask(servers.serve(answer(OK, after=0.7)), 5, "3")
    assert (found.healthy, found.attempts) == (True, 1)


def test_who_never_answers_leaves_no_time_for_another_attempt() -> None:
    with Servers() as servers:
        found = ask(servers.hang(), 3, "0.4")
    assert found.failure == Failure(Cause.READ_TIMEOUT, "no complete answer within 0.4s")
    assert found.attempts == 1


def test_who_does_not_even_connect_leaves_none_either() -> None:
    """The kernel asks again by itself, a second after its first SYN (RFC 6298)."""
    with Servers() as servers:
        found = ask(servers.overflow(), 5, "0.4")
    assert found.failure == Failure(Cause.CONNECT_TIMEOUT, "no connection within 0.4s")
    assert found.attempts == 1


Raises = Callable[[httpx.Request], httpx.Response]


def scripted(*errors: Exception | None) -> StandIn:
    """Attempts that end so, one after the other; None is a good answer."""
    left: Iterator[Exception | None] = iter(errors)

    def handle(request: httpx.Request) -> httpx.Response:
        error = next(left)
        if error is not None:
            raise error
        return httpx.Response(200)

    return StandIn(handle)


@pytest.mark.parametrize(
    ("errors", "failure", "unknown", "attempts"),
    [
        # What this machine could not do says nothing, and takes nothing away from what was seen before. Neither does
        # silence, because a later attempt has less time.
        ([httpx.ReadError("broken"), LocalError("no sockets")], "broken, in 2 attempts", "", 2),
        ([LocalError("no sockets"), None], None, "no sockets", 1),
        ([httpx.ReadError("broken"), httpx.ReadTimeout("silence")], "broken, in 2 attempts", "", 2),
        ([httpx.ReadError("broken"), httpx.ConnectTimeout("silence")], "broken, in 2 attempts", "", 2),
        ([httpx.ReadError("broken"), LookupFailed("no answer")], "broken, in 2 attempts", "", 2),
        ([LookupFailed("no address"), LookupFailed("no address")], "no address, in 2 attempts", "", 2),
        ([LookupFailed("no address"), httpx.ReadError("broken")], "broken, in 2 attempts", "", 2),
    ],
)
def test_what_is_no_evidence_takes_nothing_back(
    errors: list[Exception | None], failure: str | None, unknown: str, attempts: int
) -> None:
    spec = ProbeSpec(attempts=2)
    found = probe(scripted(*errors), request_for("http://192.168.0.1:8088/ok"), spec)
    assert (found.failure.detail if found.failure else None, found.unknown, found.attempts) == (
        failure,
        unknown,
        attempts,
    )
