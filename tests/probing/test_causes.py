"""Which cause an error stands for."""

from __future__ import annotations

import errno
import socket
import ssl

import httpx
import pytest

from icwatch.model import Cause
from icwatch.probing.causes import EXHAUSTED, cause_of, cause_of_errno
from icwatch.probing.errors import LookupFailed


def caused(error: httpx.TransportError, reason: Exception | None) -> httpx.TransportError:
    error.__cause__ = reason
    return error


@pytest.mark.parametrize(
    ("error", "reason", "cause"),
    [
        (LookupFailed("x"), socket.gaierror(socket.EAI_NONAME, "x"), Cause.DNS),
        (httpx.ConnectTimeout("x"), TimeoutError(), Cause.CONNECT_TIMEOUT),
        (httpx.ReadTimeout("x"), TimeoutError(), Cause.READ_TIMEOUT),
        (httpx.RemoteProtocolError("x"), None, Cause.BAD_RESPONSE),
        (httpx.ConnectError("x"), OSError(errno.ECONNREFUSED, "x"), Cause.CONNECTION_REFUSED),
        (httpx.ConnectError("x"), OSError(errno.ENETUNREACH, "x"), Cause.NO_ROUTE),
        (httpx.ConnectError("x"), OSError(errno.EHOSTUNREACH, "x"), Cause.HOST_UNREACHABLE),
        (httpx.ConnectError("x"), OSError(errno.ETIMEDOUT, "x"), Cause.CONNECT_TIMEOUT),
        (httpx.ReadError("x"), OSError(errno.ETIMEDOUT, "x"), Cause.READ_TIMEOUT),
        (httpx.ReadError("x"), OSError(errno.ECONNRESET, "x"), Cause.RESET),
        (httpx.WriteError("x"), OSError(errno.EPIPE, "x"), Cause.RESET),
        (httpx.ConnectError("x"), ssl.SSLError("x"), Cause.TLS),
        (httpx.ReadError("x"), ssl.SSLError("x"), Cause.TLS),
        (httpx.ConnectError("x"), ConnectionResetError(), Cause.RESET),
        (httpx.ConnectError("x"), None, Cause.HOST_UNREACHABLE),
        (httpx.ReadError("x"), None, Cause.RESET),
    ],
)
def test_causes(error: httpx.TransportError, reason: Exception | None, cause: Cause) -> None:
    assert cause_of(caused(error, reason)) is cause


def test_every_cause_is_tested() -> None:
    parameters = next(mark for mark in test_causes.pytestmark if mark.name == "parametrize").args[1]  # type: ignore[attr-defined]
    assert {cause for _, _, cause in parameters} == set(Cause) - {Cause.HTTP_STATUS}


@pytest.mark.parametrize(
    ("number", "at_once", "later"),
    [
        (errno.ECONNREFUSED, Cause.CONNECTION_REFUSED, Cause.CONNECTION_REFUSED),
        (errno.ECONNRESET, Cause.RESET, Cause.RESET),
        (errno.ETIMEDOUT, Cause.CONNECT_TIMEOUT, Cause.CONNECT_TIMEOUT),
        (errno.EHOSTUNREACH, Cause.HOST_UNREACHABLE, Cause.HOST_UNREACHABLE),
        (errno.EHOSTDOWN, Cause.HOST_UNREACHABLE, Cause.HOST_UNREACHABLE),
        (errno.ENETUNREACH, Cause.NO_ROUTE, Cause.NO_ROUTE),
        # the interface of this machine, or a router's word
        (errno.ENETDOWN, None, Cause.NO_ROUTE),
        # this machine's policy, or a firewall that says "administratively prohibited"
        (errno.EACCES, None, Cause.HOST_UNREACHABLE),
        (errno.EPERM, None, Cause.HOST_UNREACHABLE),
        (errno.EPROTO, None, Cause.HOST_UNREACHABLE),
        (errno.ENOPROTOOPT, None, Cause.HOST_UNREACHABLE),
        # what only this machine says
        (errno.EAFNOSUPPORT, None, Cause.HOST_UNREACHABLE),
        (errno.EPROTONOSUPPORT, None, Cause.HOST_UNREACHABLE),
        (errno.EADDRNOTAVAIL, None, Cause.HOST_UNREACHABLE),
        (errno.EADDRINUSE, None, Cause.HOST_UNREACHABLE),
        (errno.EAGAIN, None, Cause.HOST_UNREACHABLE),
        (errno.EINVAL, None, Cause.HOST_UNREACHABLE),
        (errno.ENODEV, None, Cause.HOST_UNREACHABLE),
        *((number, None, None) for number in sorted(EXHAUSTED)),
    ],
)
def test_what_an_error_says_depends_on_when_it_comes(number: int, at_once: Cause | None, later: Cause | None) -> None:
    assert (cause_of_errno(number, at_once=True), cause_of_errno(number, at_once=False)) == (at_once, later)
