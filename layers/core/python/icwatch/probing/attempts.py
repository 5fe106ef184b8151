"""What the attempts to connect to the addresses of one host come to: one verdict over all of them. Pure.

An address that says anything about the server outweighs every fault of this machine: a name with an IPv6 address that
this machine cannot use and an IPv4 address where nothing listens is a server that refuses.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from icwatch.model import Cause

BY_ERRNO: Mapping[int, Cause] = {
    errno.ECONNREFUSED: Cause.CONNECTION_REFUSED,
    errno.ECONNRESET: Cause.RESET,
    errno.ECONNABORTED: Cause.RESET,
    errno.EPIPE: Cause.RESET,
    errno.ETIMEDOUT: Cause.CONNECT_TIMEOUT,
    errno.EHOSTUNREACH: Cause.HOST_UNREACHABLE,
    errno.EHOSTDOWN: Cause.HOST_UNREACHABLE,
    errno.ENETUNREACH: Cause.NO_ROUTE,
    errno.ENETDOWN: Cause.NO_ROUTE,
}
"""What errors of a connection say about the server or the way to it."""

EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What this machine has run out of, whenever it says so."""

NO_IPV6 = frozenset(
    {errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EHOSTUNREACH}
)
"""How a machine without IPv6 refuses to connect to an IPv6 address, depending on what of IPv6 it lacks."""

LATE = 0.25
"""Seconds. A timeout that was noticed this much after its time fell into a pause of this machine and is no evidence."""

PAUSED = "the prober itself paused"
"""What is said of it."""

WEIGHT = (
    Cause.TLS,
    Cause.CONNECTION_REFUSED,
    Cause.RESET,
    Cause.READ_TIMEOUT,
    Cause.CONNECT_TIMEOUT,
    Cause.HOST_UNREACHABLE,
    Cause.NO_ROUTE,
)
"""What says most first. A TLS error comes from a server that speaks. A refusal comes from the host itself, which runs
while its process does not; a connection that is broken off may come from anything on the way. Silence after a
connection says more than silence before it, and an unreachable host was at least looked for."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An address, and how connecting to it failed. Without a `cause` that says nothing about the server."""

    address: str
    cause: Cause | None
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How connecting to a host failed; without a `cause` through this machine only, so nothing is known of the host."""

    cause: Cause | None
    detail: str


def cause_of_errno(number: int, *, at_once: bool) -> Cause | None:
    """What an error of connecting says about the server; None where it is of this machine.

    `at_once`: the kernel gave it when asked to connect, before any answer can have come. Then everything that is not
    known to be about the server is about this machine: no socket, no address, no permission, no such family. What comes
    later was sent by somebody: EACCES, for one, is then a firewall's "administratively prohibited" (RFC 4443, 3.1).
    """
    if number in EXHAUSTED or (at_once and number == errno.ENETDOWN):
        return None
    return BY_ERRNO.get(number, None if at_once else Cause.HOST_UNREACHABLE)


def judge(attempts: Sequence[Attempt]) -> Verdict:
    """The verdict over all addresses, of which there is at least one: the cause that says most, and who said what.

    Addresses are named where they differ, what decides first.
    """
    ordered = sorted(attempts, key=_place)  # which keeps the resolver's order among equals
    return Verdict(ordered[0].cause, _detail(ordered))


def _place(attempt: Attempt) -> int:
    return len(WEIGHT) if attempt.cause is None else WEIGHT.index(attempt.cause)


def _detail(attempts: Iterable[Attempt]) -> str:
    addresses: dict[str, list[str]] = {}
    for attempt in attempts:
        addresses.setdefault(attempt.detail, []).append(attempt.address)
    if len(addresses) == 1:
        return next(iter(addresses))
    return "; ".join(f"{', '.join(who)}: {detail}" for detail, who in addresses.items())
