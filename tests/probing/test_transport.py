"""Which addresses of a host are connected to, in what order and for how long, and what is concluded of all of them."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trustme

from icwatch.model import Cause, Failure, ProbeSpec
from icwatch.probing import connection
from icwatch.probing.lookup import SocketAddress
from icwatch.probing.prepared import request_for
from icwatch.probing.probe import probe
from icwatch.probing.transport import ProbeTransport
from icwatch.probing.verdict import Probe
from tests import network
from tests.patience import Stopwatch
from tests.servers import OK, Servers, answer, read_request, tls, trusted_authority

DEADLINE = 0.6
PATIENCE = 5.0
"""Seconds for servers that are to be waited for; no test waits that long unless it fails."""

V6, V6_TOO = "2001:db8::1", "2001:db8::2"
"""Nothing is sent to these: connecting to them fails in the tests' own way."""


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[trustme.CA]:
    with trusted_authority(tmp_path) as authority:
        yield authority


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the resolver knows: addresses by name."""
    return network.resolver(monkeypatch)


Answers = Mapping[str, int]
"""What the kernel says at once, by address."""


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Makes connecting to some addresses fail at once; the answer lists the addresses as they are tried."""

    def prepare(answers: Answers, *, has_ipv6: bool = True) -> list[str]:
        return network.kernel(monkeypatch, answers, has_ipv6=has_ipv6)

    return prepare


def ask(url: str, deadline: float = PATIENCE, *, allow_loopback: bool = True) -> Probe:
    """One probe, which must be over by its deadline."""

    transport, spec = ProbeTransport(allow_loopback=allow_loopback), ProbeSpec(timeout=Decimal(str(deadline)))
    watch = Stopwatch()
    found = probe(transport, request_for(url), spec)
    assert watch.seconds < deadline + 1, "the probe outlived its deadline"
    return found


NOWHERE, SILENT = "127.0.0.9", "127.0.1.8"
"""Where nothing listens, and where a server is started that never makes a connection."""


@pytest.mark.parametrize(
    ("answers", "has_ipv6", "detail"),
    [
        ({V6: errno.EADDRNOTAVAIL}, False, "this machine has no IPv6 (Cannot assign requested address)"),
        ({V6: errno.ENETUNREACH}, False, "this machine has no IPv6 (Network is unreachable)"),
        ({V6: errno.EAFNOSUPPORT}, False, "this machine has no IPv6 (Address family not supported by protocol)"),
        ({V6: errno.ENETUNREACH}, True, "Network is unreachable"),
        ({V6: errno.EHOSTUNREACH}, True, "No route to host"),
        ({V6: errno.EMFILE}, True, "Too many open files"),
    ],
)
def test_a_refusal_of_one_address_decides(
    names: dict[str, list[str]],
    kernel: Callable[..., list[str]],
    answers: Answers,
    has_ipv6: bool,
    detail: str,
) -> None:
    kernel(answers, has_ipv6=has_ipv6)
    for order in ([V6, NOWHERE], [NOWHERE, V6]):
        names["ic.test"] = order
        found = ask("http://ic.test:8088/ok")
        assert found.failure == Failure(Cause.CONNECTION_REFUSED, f"{NOWHERE}: Connection refused; {V6}: {detail}")


@pytest.mark.parametrize(
    ("answers", "has_ipv6", "expected"),
    [
        (
            {V6: errno.EAFNOSUPPORT},
            False,
            (None, "this machine has no IPv6 (Address family not supported by protocol)"),
        ),
        ({V6: errno.EADDRNOTAVAIL}, False, (None, "this machine has no IPv6 (Cannot assign requested address)")),
        ({V6: errno.ENETUNREACH}, False, (None, "this machine has no IPv6 (Network is unreachable)")),
        ({V6: errno.EHOSTUNREACH}, False, (None, "this machine has no IPv6 (No route to host)")),
        ({V6: errno.ENETUNREACH}, True, (Cause.NO_ROUTE, "Network is unreachable")),
        ({V6: errno.EHOSTUNREACH}, True, (Cause.HOST_UNREACHABLE, "No route to host")),
        ({V6: errno.EADDRNOTAVAIL}, True, (None, "Cannot assign requested address")),
        ({V6: errno.EACCES}, True, (None, "Permission denied")),
        ({V6: errno.ECONNREFUSED}, False, (Cause.CONNECTION_REFUSED, "Connection refused")),
        ({V6: errno.ENETUNREACH, V6_TOO: errno.ENETUNREACH}, True, (Cause.NO_ROUTE, "Network is unreachable")),
        ({V6: errno.ENETUNREACH, V6_TOO: errno.EHOSTUNREACH}, True, (Cause.HOST_UNREACHABLE, None)),
        ({V6: errno.EMFILE, V6_TOO: errno.ENOBUFS}, True, (None, None)),
        ({"10.0.0.1": errno.ENETUNREACH}, False, (Cause.NO_ROUTE, "Network is unreachable")),
        ({"10.0.0.1": errno.EADDRNOTAVAIL}, False, (None, "Cannot assign requested address")),
        ({"10.0.0.1": errno.ENETDOWN}, True, (None, "Network is down")),
    ],
)
def test_unseen_is_what_only_this_machine_is_at_fault_for(
    names: dict[str, list[str]],
    kernel: Callable[..., list[str]],
    answers: Answers,
    has_ipv6: bool,
    expected: tuple[Cause | None, str | None],
) -> None:
    names["ic.test"] = list(answers)
    kernel(answers, has_ipv6=has_ipv6)
    found = ask("http://ic.test:8088/ok")
    cause, detail = expected
    assert (found.failure and found.failure.cause) is cause
    said = found.failure.detail if found.failure else found.unknown
    assert said
    assert detail is None or said == detail


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_firewall_s_word_is_evidence(
    names: dict[str, list[str]], kernel: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The same number that is this machine's own when it comes at once."""

    def prohibited(pending: socket.socket) -> None:
        raise OSError(number, os.strerror(number))

    kernel({})
    monkeypatch.setattr(connection, "establish", prohibited)
    found = ask("http://127.0.0.9:8088/ok")
    assert found.failure == Failure(Cause.HOST_UNREACHABLE, os.strerror(number))


def test_the_details_of_many_addresses_are_bounded(
    names: dict[str, list[str]], kernel: Callable[..., list[str]]
) -> None:
    names["ic.test"] = [f"2001:db8::{number}" for number in range(1, 51)] + [NOWHERE]
    kernel(dict.fromkeys(names["ic.test"][:-1], errno.ENETUNREACH))
    found = ask("http://ic.test:8088/ok")
    assert found.failure is not None
    assert found.failure.detail.startswith(f"{NOWHERE}: Connection refused; 2001:db8::1, 2001:db8::2, ")
    assert len(found.failure.detail) <= 160


def test_an_address_that_comes_twice_is_tried_once(
    names: dict[str, list[str]], kernel: Callable[..., list[str]]
) -> None:
    names["ic.test"] = [NOWHERE, V6, NOWHERE, V6]
    tried = kernel({V6: errno.ENETUNREACH})
    assert not ask("http://ic.test:8088/ok").healthy
    assert tried == [NOWHERE, V6]


def test_the_resolver_s_order_is_kept_and_nothing_is_tried_after_a_connection(
    names: dict[str, list[str]], kernel: Callable[..., list[str]], servers: Servers
) -> None:
    names["ic.test"] = [V6, "127.0.0.1", NOWHERE]
    tried = kernel({V6: errno.EADDRNOTAVAIL})
    assert ask(f"http://ic.test:{servers.serve(answer(OK))}/ok").healthy
    assert tried == [V6, "127.0.0.1"]


@pytest.mark.parametrize("dead", [1, 3])
def test_dead_addresses_leave_time_for_one_that_answers(
    names: dict[str, list[str]], servers: Servers, dead: int
) -> None:
    port = servers.serve(answer(OK))
    silent = [f"127.0.1.{number}" for number in range(1, dead + 1)]
    for address in silent:
        servers.overflow(address, port)
    names["ic.test"] = [*silent, "127.0.0.1"]
    found = ask(f"http://ic.test:{port}/ok", 2)
    assert found.healthy
    assert found.elapsed_ms >= 2000 * dead / (dead + 1) - 50, "each dead one had its share"


def test_addresses_that_are_all_dead_are_over_by_the_deadline(names: dict[str, list[str]], servers: Servers) -> None:
    port = servers.overflow()
    names["ic.test"] = ["127.0.0.1", "127.0.1.1", "127.0.1.2"]
    for address in names["ic.test"][1:]:
        servers.overflow(address, port)
    found = ask(f"http://ic.test:{port}/ok", DEADLINE)
    assert found.failure is not None
    assert found.failure.cause is Cause.CONNECT_TIMEOUT
    assert re.search(r"no connection within 0\.\d+s", found.failure.detail)
    assert found.elapsed_ms >= 1000 * DEADLINE - 50


def test_a_silent_address_counts_less_than_one_that_refuses(names: dict[str, list[str]], servers: Servers) -> None:
    port = servers.overflow("127.0.1.1")
    names["ic.test"] = ["127.0.1.1", NOWHERE]
    found = ask(f"http://ic.test:{port}/ok", DEADLINE)
    assert found.failure is not None
    assert found.failure.cause is Cause.CONNECTION_REFUSED
    said = rf"{NOWHERE}: Connection refused; 127\.0\.1\.1: no connection within 0\.\d+s"
    assert re.fullmatch(said, found.failure.detail)


@pytest.mark.parametrize("case", [(errno.EADDRNOTAVAIL, None), (errno.ECONNREFUSED, Cause.CONNECTION_REFUSED)])
def test_a_share_of_the_time_that_this_process_slept_through_is_no_evidence(
    servers: Servers,
    names: dict[str, list[str]],
    kernel: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[int, Cause | None],
) -> None:
    """The probe as a whole is within its deadline, so that only here it can be known."""
    error, cause = case
    port = servers.overflow(SILENT)
    names["ic.test"] = [SILENT, V6]
    kernel({V6: error})
    begin = connection.begin

    def sleep_through(address: SocketAddress) -> socket.socket:
        begun = begin(address)
        time.sleep(1.4)  # the whole process stands still, and that is what is tested
        return begun

    monkeypatch.setattr(connection, "begin", sleep_through)
    found = ask(f"http://ic.test:{port}/ok", 2)
    assert found.elapsed_ms < 2000
    assert (found.failure and found.failure.cause) is cause
    assert "the prober itself paused" in (found.failure.detail if found.failure else found.unknown)


# TLS: a connection is one with a handshake


@pytest.mark.parametrize("first", ["untrusted", "mute", "refusing"])
def test_a_handshake_that_fails_leaves_the_next_address(
    names: dict[str, list[str]], servers: Servers, authority: trustme.CA, first: str
) -> None:
    port = servers.serve(answer(OK), tls(authority, "ic.test"))
    if first == "untrusted":
        servers.serve(answer(OK), tls(trustme.CA(), "ic.test"), "127.0.1.1", port)
    elif first == "mute":
        servers.hang("127.0.1.1", port)
    names["ic.test"] = ["127.0.1.1", "127.0.0.1"]
    found = ask(f"https://ic.test:{port}/ok", 2)
    assert found.healthy
    assert found.tls_not_after is not None


def test_a_certificate_that_fails_says_more_than_a_refusal(
    names: dict[str, list[str]], servers: Servers, authority: trustme.CA
) -> None:
    port = servers.serve(answer(OK), tls(trustme.CA(), "ic.test"))
    names["ic.test"] = [NOWHERE, "127.0.0.1", NOWHERE]
    found = ask(f"https://ic.test:{port}/ok")
    assert found.failure is not None
    assert found.failure.cause is Cause.TLS
    assert found.failure.detail.startswith("127.0.0.1: [SSL: CERTIFICATE_VERIFY_FAILED]")


def test_a_trust_store_that_cannot_be_read_is_this_machine_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("icwatch.probing.exchange.tls_context", broken)
    found = ask("https://127.0.0.1:8088/ok")
    assert (found.failure, found.unknown) == (None, "the trust store cannot be read: Permission denied")


# Where a prober does not go


@pytest.mark.parametrize(
    ("addresses", "unknown"),
    [
        (["127.0.0.1"], "forbidden: 127.0.0.1 is a loopback address"),
        (["::1"], "forbidden: ::1 is a loopback address"),
        (["169.254.169.254"], "forbidden: 169.254.169.254 is the metadata service of a cloud"),
        (["fd00:ec2::254"], "forbidden: fd00:ec2::254 is the metadata service of a cloud"),
        (["::ffff:127.0.0.1"], "forbidden: ::ffff:127.0.0.1 is an IPv6 form of 127.0.0.1, a loopback address"),
        (["fe80::1"], "forbidden: fe80::1 is a link-local address"),
        (["0.0.0.0"], "forbidden: 0.0.0.0 is the unspecified address"),
        (["::1", "127.0.0.1"], "forbidden: ::1 is a loopback address, 127.0.0.1 is a loopback address"),
    ],
)
@pytest.mark.parametrize("named", [True, False], ids=["a name", "the address"])
def test_a_forbidden_address_is_not_connected_to(
    names: dict[str, list[str]],
    kernel: Callable[..., list[str]],
    addresses: list[str],
    unknown: str,
    named: bool,
) -> None:
    names["ic.test"] = addresses
    tried = kernel({})
    host = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    found = ask(f"http://{'ic.test' if named else host}:9001/ok", allow_loopback=False)
    assert (found.failure, found.healthy, tried) == (None, False, [])
    assert found.unknown == unknown or not named


def test_numbers_that_the_resolver_takes_for_an_address_are_judged_by_what_they_are(
    kernel: Callable[..., list[str]],
) -> None:
    tried = kernel({})
    for host in ("127.1", "2130706433", "0x7f.1", "0x7f000001"):
        found = ask(f"http://{host}:9001/ok", allow_loopback=False)
        assert found.unknown == "forbidden: 127.0.0.1 is a loopback address"
    assert tried == []


@pytest.mark.parametrize("order", [0, 1])
def test_a_name_with_a_forbidden_address_is_asked_at_the_others(
    names: dict[str, list[str]], kernel: Callable[..., list[str]], order: int
) -> None:
    names["ic.test"] = ["169.254.169.254", V6][:: -1 if order else 1]
    tried = kernel({V6: errno.ECONNREFUSED})
    found = ask("http://ic.test:8088/ok", allow_loopback=False)
    assert found.failure == Failure(Cause.CONNECTION_REFUSED, "Connection refused")
    assert tried == [V6]


def test_the_one_lookup_is_the_one_that_is_judged(
    names: dict[str, list[str]], kernel: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers otherwise when it is asked again (DNS rebinding) is not asked again."""
    answers = iter([[V6], ["169.254.169.254"]])
    known = socket.getaddrinfo

    def rebinding(host: bytes, port: int, **options: Any) -> Any:
        if not options.get("flags"):
            names["ic.test"] = next(answers)
        return known(host, port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    tried = kernel({V6: errno.ECONNREFUSED})
    ask("http://ic.test:8088/ok", allow_loopback=False)
    assert tried == [V6]
    assert next(answers) == ["169.254.169.254"], "there was one lookup"


def test_loopback_is_all_that_can_be_allowed(names: dict[str, list[str]], servers: Servers) -> None:
    names["ic.test"] = ["169.254.169.254", "127.0.0.1"]
    assert ask(f"http://ic.test:{servers.serve(answer(OK))}/ok").healthy
    names["ic.test"] = ["169.254.169.254"]
    assert ask("http://ic.test:8088/ok").unknown.startswith("forbidden: ")


# The host that is asked is the one that was written


@pytest.mark.parametrize(
    ("written", "looked_up", "named"),
    [
        ("ic.test", "ic.test", "ic.test"),
        ("IC.Test", "ic.test", "ic.test"),
        ("ic.test.", "ic.test.", "ic.test"),
        ("ic", "ic", "ic"),
        ("ic.", "ic.", "ic"),
        ("xn--strae-oqa.test", "xn--strae-oqa.test", "xn--strae-oqa.test"),
        ("xn--nxasmm1c", "xn--nxasmm1c", "xn--nxasmm1c"),
        ("xn--nxasmm1c.xn--strae-oqa.", "xn--nxasmm1c.xn--strae-oqa.", "xn--nxasmm1c.xn--strae-oqa"),
        # no names of IDNA, and asked all the same
        ("xn--a", "xn--a", "xn--a"),
        ("xn--0.test", "xn--0.test", "xn--0.test"),
        ("xn--ls8h.test", "xn--ls8h.test", "xn--ls8h.test"),
        ("xn--", "xn--", "xn--"),
        ("web.compose_default", "web.compose_default", "web.compose_default"),
        ("_ic._tcp.test", "_ic._tcp.test", "_ic._tcp.test"),
    ],
)
def test_a_host_is_asked_as_it_is_written(
    names: dict[str, list[str]], servers: Servers, written: str, looked_up: str, named: str
) -> None:
    asked: list[str] = []
    offered: list[str | None] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await read_request(reader)).decode())
        writer.write(OK)

    context = tls(trustme.CA())
    context.sni_callback = lambda connection, name, context: offered.append(name)
    port, secure = servers.serve(note), servers.serve(note, context)
    names[looked_up] = ["127.0.0.1"]
    assert ask(f"http://{written}:{port}/ok").healthy
    assert f"\r\nHost: {named}:{port}\r\n" in asked[0]
    found = ask(f"https://{written}:{secure}/ok")
    assert found.failure is not None
    assert found.failure.cause is Cause.TLS, "the certificate is of nobody"
    assert offered == [named]


def test_a_certificate_is_verified_against_the_name_without_its_dot(
    names: dict[str, list[str]], servers: Servers, authority: trustme.CA
) -> None:
    names["ic.test."] = ["127.0.0.1"]
    assert ask(f"https://ic.test.:{servers.serve(answer(OK), tls(authority, 'ic.test'))}/ok").healthy


@pytest.mark.parametrize("host", ["xn--a.test", "xn--0", f"{'a' * 64}.test", "a..b", "."])
def test_a_name_that_does_not_exist_is_no_address_and_never_an_error(names: dict[str, list[str]], host: str) -> None:
    found = ask(f"http://{host}:8088/ok")
    assert found.failure is not None
    assert found.failure.cause is Cause.DNS
    assert found.failure.detail.startswith(f"{host}: ")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://ic.test/ok", "ic.test"),
        ("http://ic.test.:8088/ok", "ic.test:8088"),
        ("http://ic.test./ok", "ic.test"),
        ("https://ic.test.:443/ok", "ic.test"),
        ("http://192.168.0.1:8088/ok", "192.168.0.1:8088"),
        ("http://[2001:db8::1]:8088/ok", "[2001:db8::1]:8088"),
        ("http://[2001:db8::1]/ok", "[2001:db8::1]"),
        ("http://xn--a.:8088/ok.", "xn--a:8088"),
    ],
)
def test_the_header_host(url: str, host: str) -> None:
    assert request_for(url).headers["Host"] == host


# Whether this machine has IPv6


class Way:
    """A UDP socket that can be connected, or not."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> Way:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def connect(self, address: Sequence[object]) -> None:
        if self._number:
            raise OSError(self._number, os.strerror(self._number))


@pytest.mark.parametrize(
    ("number", "has"),
    [
        (0, True),
        (errno.ENETUNREACH, False),
        (errno.EADDRNOTAVAIL, False),
        (errno.EHOSTUNREACH, False),
        (errno.EMFILE, True),
        (errno.EACCES, True),
    ],
)
def test_whether_this_machine_has_ipv6(monkeypatch: pytest.MonkeyPatch, number: int, has: bool) -> None:
    monkeypatch.setattr(socket, "socket", lambda *arguments: Way(number))
    assert connection.has_ipv6() is has


def test_a_kernel_without_ipv6_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))

    monkeypatch.setattr(socket, "socket", refuse)
    assert connection.has_ipv6() is False
