"""One verdict over all addresses of a host."""

from __future__ import annotations

import errno
from itertools import permutations

import pytest

from icwatch.model import Cause
from icwatch.probing.attempts import WEIGHT, Attempt, Verdict, judge
from icwatch.probing.causes import cause_of_errno

REFUSED = Attempt("10.0.0.1", Cause.CONNECTION_REFUSED, "Connection refused")
BROKEN = Attempt("10.0.0.2", Cause.RESET, "Connection reset by peer")
SILENT = Attempt("10.0.0.3", Cause.CONNECT_TIMEOUT, "no connection within 1.5s")
MUTE = Attempt("10.0.0.4", Cause.READ_TIMEOUT, "no TLS handshake within 1.5s")
EXPIRED = Attempt("10.0.0.5", Cause.TLS, "certificate has expired")
UNREACHABLE = Attempt("10.0.0.6", Cause.HOST_UNREACHABLE, "No route to host")
NO_ROUTE = Attempt("2001:db8::1", Cause.NO_ROUTE, "Network is unreachable")
NO_IPV6 = Attempt("2001:db8::2", None, "this machine has no IPv6 (Network is unreachable)")
NO_FILES = Attempt("10.0.0.7", None, "Too many open files")

ALL_SAY = (REFUSED, BROKEN, SILENT, MUTE, EXPIRED, UNREACHABLE, NO_ROUTE)


@pytest.mark.parametrize(
    ("attempts", "cause", "detail"),
    [
        ([REFUSED], Cause.CONNECTION_REFUSED, "Connection refused"),
        ([NO_IPV6], None, "this machine has no IPv6 (Network is unreachable)"),
        (
            [NO_IPV6, REFUSED],
            Cause.CONNECTION_REFUSED,
            "10.0.0.1: Connection refused; 2001:db8::2: this machine has no IPv6 (Network is unreachable)",
        ),
        (
            [NO_ROUTE, REFUSED],
            Cause.CONNECTION_REFUSED,
            "10.0.0.1: Connection refused; 2001:db8::1: Network is unreachable",
        ),
        (
            [NO_FILES, UNREACHABLE],
            Cause.HOST_UNREACHABLE,
            "10.0.0.6: No route to host; 10.0.0.7: Too many open files",
        ),
        ([NO_IPV6, NO_ROUTE], Cause.NO_ROUTE, None),
        (
            [NO_IPV6, NO_FILES],
            None,
            "2001:db8::2: this machine has no IPv6 (Network is unreachable); 10.0.0.7: Too many open files",
        ),
        ([REFUSED, Attempt("10.0.0.9", REFUSED.cause, REFUSED.detail)], Cause.CONNECTION_REFUSED, "Connection refused"),
        (
            [REFUSED, NO_ROUTE, Attempt("10.0.0.9", REFUSED.cause, REFUSED.detail)],
            Cause.CONNECTION_REFUSED,
            "10.0.0.1, 10.0.0.9: Connection refused; 2001:db8::1: Network is unreachable",
        ),
        ([SILENT, REFUSED], Cause.CONNECTION_REFUSED, None),
        ([UNREACHABLE, SILENT], Cause.CONNECT_TIMEOUT, None),
        ([NO_ROUTE, UNREACHABLE], Cause.HOST_UNREACHABLE, None),
        ([BROKEN, REFUSED], Cause.CONNECTION_REFUSED, None),
        ([SILENT, MUTE], Cause.READ_TIMEOUT, None),
        ([MUTE, BROKEN], Cause.RESET, None),
        ([REFUSED, EXPIRED], Cause.TLS, None),
        (ALL_SAY, Cause.TLS, None),
    ],
)
def test_the_verdict(attempts: list[Attempt], cause: Cause | None, detail: str | None) -> None:
    found = judge(attempts)
    assert found.cause is cause
    assert detail is None or found == Verdict(cause, detail)


def test_the_cause_does_not_depend_on_the_resolver_s_order() -> None:
    for three in permutations((*ALL_SAY, NO_IPV6, NO_FILES), 3):
        assert len({judge(order).cause for order in permutations(three)}) == 1


def test_everything_that_can_be_said_has_its_weight() -> None:
    assert set(WEIGHT) == set(Cause) - {Cause.DNS, Cause.BAD_RESPONSE, Cause.HTTP_STATUS}
    assert {cause_of_errno(number, at_once=now) for number in errno.errorcode for now in (True, False)} <= {
        *WEIGHT,
        None,
    }
