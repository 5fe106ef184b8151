"""Problems of the monitoring itself in a deployed stack: what is unseen, and what of the inventory cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from icwatch.model import MonitoringProblem, ShardAlarms


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, and the shard that it is in."""

    shard: str
    problem: MonitoringProblem


def problems_of(shards: Iterable[ShardAlarms]) -> list[Found]:
    """The current problems, those of a kind together and the longest first."""
    found = [Found(current.shard, problem) for current in shards for problem in current.monitoring.values()]
    return sorted(found, key=lambda each: (each.problem.kind, each.problem.since, each.problem.subject))
