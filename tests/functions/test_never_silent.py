"""A server that does not answer is told of, or operations hear why it cannot be seen.

The prober and the evaluator, cycle after cycle, with every fault of this machine, of a name, and of one address among
several.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace

import pytest

from functions.evaluator import app as evaluator
from functions.prober import app as prober
from icwatch.model import Cause, Inventory, ProbeSpec, Target
from icwatch.probing.gates import NO_TIME
from icwatch.probing.transport import ProbeTransport
from icwatch_cli.fleet import builtin, parse_rule
from tests import network
from tests.functions.support import ALL_WELL, Context, refuse_letter, stream_event
from tests.memory import MemoryAlarms, MemoryInventory, MemorySamples
from tests.servers import OK, Servers, answer, reset

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

AT = 1_772_438_400
"""2026-03-02T08:00:00Z."""

V6, NOWHERE, SILENT = "2001:db8::1", "127.0.0.9", "127.0.1.1"
SHARD = "shard-0001"
RULE = parse_rule(builtin.RULE)

CYCLES_UNTIL_RAISED = 2
MINUTES_UNTIL_HEARD = 15


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


@dataclass
class World:
    """What a case may spoil: the servers, the resolver, what the kernel says at once, and the time of an invocation."""

    patch: pytest.MonkeyPatch
    servers: Servers
    names: dict[str, list[str]]
    errors: dict[str, int] = field(default_factory=dict)
    has_ipv6: bool = True
    allow_loopback: bool = True
    seconds: float = 60.0
    timeout: str = "0.2"

    def named(self, *addresses: str, port: int = 8088) -> Target:
        """A target with a name that has these addresses."""
        self.names["ic.test"] = list(addresses)
        return Target("ic.test", port)


def refuses_beside_ipv6_that_is_not_there(world: World) -> Target:
    world.errors, world.has_ipv6 = {V6: errno.EADDRNOTAVAIL}, False
    return world.named(NOWHERE, V6)


def refuses_beside_ipv6_without_a_route(world: World) -> Target:
    world.errors = {V6: errno.ENETUNREACH}
    return world.named(V6, NOWHERE)


def refuses_beside_a_kernel_without_ipv6(world: World) -> Target:
    world.errors, world.has_ipv6 = {V6: errno.EAFNOSUPPORT}, False
    return world.named(V6, NOWHERE)


def refuses_beside_a_silent_address(world: World) -> Target:
    port = world.servers.overflow(SILENT)
    return world.named(SILENT, NOWHERE, port=port)


def refuses_beside_a_forbidden_address(world: World) -> Target:
    return world.named("169.254.169.254", NOWHERE)


def refuses_where_sockets_run_out(world: World) -> Target:
    world.errors = {V6: errno.EMFILE}
    return world.named(NOWHERE, V6)


def silent_beside_ipv6_that_is_not_there(world: World) -> Target:
    world.errors, world.has_ipv6 = {V6: errno.ENETUNREACH}, False
    return world.named(V6, SILENT, port=world.servers.overflow(SILENT))


def prohibited_by_a_firewall(world: World) -> Target:
    def prohibited(connection: socket.socket) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    world.patch.setattr("icwatch.probing.connection.establish", prohibited)
    return world.named(NOWHERE)


def without_a_route(world: World) -> Target:
    world.errors = {"10.0.0.1": errno.ENETUNREACH}
    return world.named("10.0.0.1")


def without_a_name(world: World) -> Target:
    return Target("gone.test")


def with_a_name_that_is_none_of_idna(world: World) -> Target:
    return Target("xn--a.test")


def with_a_name_that_cannot_be(world: World) -> Target:
    return Target("a..b")


def without_a_resolver(world: World) -> Target:
    def unreachable(host: bytes, port: int, **options: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    world.patch.setattr(socket, "getaddrinfo", unreachable)
    return Target("ic.test")


def resetting(world: World) -> Target:
    return world.named("127.0.0.1", port=world.servers.serve(reset()))


def mute(world: World) -> Target:
    return world.named("127.0.0.1", port=world.servers.hang())


RAISED: dict[Callable[[World], Target], Cause] = {
    refuses_beside_ipv6_that_is_not_there: Cause.CONNECTION_REFUSED,
    refuses_beside_ipv6_without_a_route: Cause.CONNECTION_REFUSED,
    refuses_beside_a_kernel_without_ipv6: Cause.CONNECTION_REFUSED,
    refuses_beside_a_silent_address: Cause.CONNECTION_REFUSED,
    refuses_beside_a_forbidden_address: Cause.CONNECTION_REFUSED,
    refuses_where_sockets_run_out: Cause.CONNECTION_REFUSED,
    silent_beside_ipv6_that_is_not_there: Cause.CONNECT_TIMEOUT,
    prohibited_by_a_firewall: Cause.HOST_UNREACHABLE,
    without_a_route: Cause.NO_ROUTE,
    without_a_name: Cause.DNS,
    with_a_name_that_is_none_of_idna: Cause.DNS,
    with_a_name_that_cannot_be: Cause.DNS,
    without_a_resolver: Cause.DNS,
    resetting: Cause.RESET,
    mute: Cause.READ_TIMEOUT,
}
"""The server is down, and its alarm has this cause."""


def only_ipv6_that_is_not_there(world: World) -> Target:
    world.errors, world.has_ipv6 = {V6: errno.ENETUNREACH}, False
    return world.named(V6)


def only_ipv6_and_a_kernel_without_it(world: World) -> Target:
    world.errors, world.has_ipv6 = {V6: errno.EAFNOSUPPORT}, False
    return Target(V6)


def no_sockets(world: World) -> Target:
    world.errors = {NOWHERE: errno.EMFILE}
    return Target(NOWHERE)


def no_ports(world: World) -> Target:
    world.errors = {NOWHERE: errno.EADDRNOTAVAIL}
    return Target(NOWHERE)


def no_permission(world: World) -> Target:
    world.errors = {NOWHERE: errno.EPERM}
    return Target(NOWHERE)


def no_threads(world: World) -> Target:
    real = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name.startswith("lookup"):
            raise RuntimeError("can't start new thread")
        real(thread)

    world.patch.setattr("threading.Thread.start", start)
    return Target("ic.test")


def no_trust_store(world: World) -> Target:
    def broken() -> None:
        raise OSError(errno.EACCES, "Permission denied")

    world.patch.setattr("icwatch.probing.exchange.tls_context", broken)
    return Target(NOWHERE, scheme="https")


def no_time(world: World) -> Target:
    world.seconds = 3.0
    return Target(NOWHERE)


def forbidden(world: World) -> Target:
    world.allow_loopback = False
    return world.named("127.0.0.1", "::1")


def no_url(world: World) -> Target:
    return Target("ic\ntest")


HEARD: dict[Callable[[World], Target], str] = {
    only_ipv6_that_is_not_there: "this machine has no IPv6 (Network is unreachable)",
    only_ipv6_and_a_kernel_without_it: "this machine has no IPv6 (Address family not supported by protocol)",
    no_sockets: "Too many open files",
    no_ports: "Cannot assign requested address",
    no_permission: "Operation not permitted",
    no_threads: "ic.test: can't start new thread",
    no_trust_store: "the trust store cannot be read: Permission denied",
    no_time: NO_TIME,
    forbidden: "forbidden: 127.0.0.1 is a loopback address, ::1 is a loopback address",
    no_url: "InvalidURL: ",
}
"""Nothing can be learnt of the server, and operations hear this."""


class Pipeline:
    """The prober and the evaluator over one shard with that target and a healthy one."""

    def __init__(self, world: World, target: Target) -> None:
        healthy = Target("127.0.0.1", world.servers.serve(answer(OK)))
        targets = {each.id: each for each in ((target,) if not world.allow_loopback else (healthy, target))}
        self.target, self._world = target, world
        self._samples, self._alarms = MemorySamples(), MemoryAlarms()
        inventory = MemoryInventory(
            Inventory(
                version=2,
                probe=ProbeSpec(timeout=Decimal(world.timeout)),
                targets=targets,
                shards=dict.fromkeys(targets, SHARD),
                all_shards=(SHARD,),
                rules={RULE.name: RULE},
            )
        )
        transport = ProbeTransport(allow_loopback=world.allow_loopback)
        probing = prober.Wiring(inventory, self._samples, self._alarms, "rack 7", transport)
        world.patch.setattr(prober, "wire", lambda: probing)
        world.patch.setattr(evaluator, "wire", lambda: evaluator.Wiring(inventory, self._alarms, refuse_letter))

    def cycle(self, minute: int) -> None:
        """One tick, on its way through both."""
        at = AT + 60 * minute
        self._world.patch.setattr(prober, "time", SimpleNamespace(time=lambda: at + 2))
        tick = {"time": f"2026-03-02T08:{minute:02d}:00Z"}
        prober.lambda_handler(tick, Context(seconds=self._world.seconds))
        sweep = self._samples.sweeps[SHARD, at]
        assert evaluator.lambda_handler(stream_event(sweep), Context()) == ALL_WELL

    @property
    def raised(self) -> list[Cause]:
        """The causes of the target's alarms."""
        transitions = [each for decision in self._alarms.decisions.values() for each in decision.transitions]
        return [
            each.failure.cause
            for each in transitions
            if each.target == self.target.id and each.kind == "raised" and each.failure
        ]

    @property
    def heard(self) -> list[str]:
        """What operations heard of the target."""
        reports = [each for decision in self._alarms.decisions.values() for each in decision.monitoring]
        return [report.reason for report in reports if report.subject == self.target.id]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, servers: Servers) -> World:
    return World(monkeypatch, servers, network.resolver(monkeypatch))


def _pipeline(world: World, spoil: Callable[[World], Target]) -> Pipeline:
    target = spoil(world)
    network.kernel(world.patch, world.errors, has_ipv6=world.has_ipv6)
    return Pipeline(world, target)


@pytest.mark.parametrize("spoil", RAISED, ids=lambda spoil: spoil.__name__)
def test_a_server_that_is_down_is_told_of(world: World, spoil: Callable[[World], Target]) -> None:
    pipeline = _pipeline(world, spoil)
    for minute in range(CYCLES_UNTIL_RAISED):
        pipeline.cycle(minute)
    assert pipeline.raised == [RAISED[spoil]]


@pytest.mark.parametrize("spoil", HEARD, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_seen_is_heard_of(world: World, spoil: Callable[[World], Target]) -> None:
    pipeline = _pipeline(world, spoil)
    for minute in range(MINUTES_UNTIL_HEARD + 1):
        pipeline.cycle(minute)
    assert pipeline.raised == []
    (reason,) = pipeline.heard
    assert reason.startswith(HEARD[spoil])
