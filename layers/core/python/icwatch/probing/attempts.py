"""What the attempts to connect to the addresses of one host come to: one verdict over all of them. Pure.

An address that says anything about the server outweighs every fault of this machine: a name with an IPv6 address that
this machine cannot use and an IPv4 address where nothing listens is a server that refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from icwatch.model import Cause

LATE_SECONDS = 0.25
"""A timeout that was noticed this much after its time fell into a pause of this machine and is no evidence."""

PAUSED = "the prober itself paused"
"""Why such a probe is no evidence."""

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

_PLACES = {cause: place for place, cause in enumerate(WEIGHT)}


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


def judge(attempts: Sequence[Attempt]) -> Verdict:
    """The verdict over all addresses, of which there is at least one: the cause that says most, and how each failed.

    Addresses are named where they differ, what decides first.
    """
    ordered = sorted(attempts, key=_place)  # which keeps the resolver's order among equals
    return Verdict(ordered[0].cause, _detail(ordered))


def _place(attempt: Attempt) -> int:
    """0 for what says most; what says nothing about the server comes last."""
    return len(WEIGHT) if attempt.cause is None else _PLACES[attempt.cause]


def _detail(attempts: Iterable[Attempt]) -> str:
    addresses: dict[str, list[str]] = {}
    for attempt in attempts:
        addresses.setdefault(attempt.detail, []).append(attempt.address)
    if len(addresses) == 1:
        return next(iter(addresses))
    return "; ".join(f"{', '.join(who)}: {detail}" for detail, who in addresses.items())
