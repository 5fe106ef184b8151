"""What is probed in a round, and what came of it, as they go from one process to another. Pure."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple, Self

TIMEOUT_SECONDS = 3.0
"""Of every probe: the default."""

AT_ONCE = 32
"""Probes at once of whoever has to be told."""


class Address(NamedTuple):
    """A server that is probed, and whether its answer is good."""

    host: str
    port: int
    healthy: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Servers, how often they are probed in a round, and by how many probes at once where the prober is told."""

    servers: tuple[Address, ...]
    repeats: int = 1
    at_once: int = AT_ONCE
    timeout: float = TIMEOUT_SECONDS

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """From JSON."""
        read = json.loads(text)
        return cls(tuple(Address(*each) for each in read.pop("servers")), **read)


Seen = Sequence[float | None]
"""Of each server the seconds that its answer took, as the prober measured them; None where it was not a good one."""


@dataclass(frozen=True, slots=True)
class Result:
    """Of a round: milliseconds of CPU a probe, seconds of a pass over all, milliseconds of those found healthy, and MB.

    `false_failures` are healthy servers that were found bad, `false_health` the other way round.
    """

    cpu: float
    wall: float
    p50: float | None
    p99: float | None
    memory: float
    false_failures: int
    false_health: int

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """From JSON."""
        return cls(**json.loads(text))


def result_of(case: Case, passes: Sequence[Seen], cpu_seconds: float, wall: float, memory: float) -> Result:
    """What a round came to."""
    pairs = [(server, took) for seen in passes for server, took in zip(case.servers, seen, strict=True)]
    good = sorted(took * 1000 for server, took in pairs if server.healthy and took is not None)
    return Result(
        cpu=cpu_seconds * 1000 / len(pairs),
        wall=wall / len(passes),
        p50=statistics.median(good) if good else None,
        p99=good[int(len(good) * 0.99)] if good else None,
        memory=memory,
        false_failures=sum(server.healthy and took is None for server, took in pairs),
        false_health=sum(not server.healthy and took is not None for server, took in pairs),
    )
