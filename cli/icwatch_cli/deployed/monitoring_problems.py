"""Problems of the monitoring itself in a deployed stack: what is unseen, and what of the inventory cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timezone

from icwatch.duration import spell
from icwatch.model import MonitoringProblem, ShardAlarms
from icwatch.storage.codec import encode
from icwatch_cli.terminal.columns import columns
from icwatch_cli.terminal.times import day_and_time


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, and the shard that it is in."""

    shard: str
    problem: MonitoringProblem


def problems_of(shards: Iterable[ShardAlarms]) -> list[Found]:
    """The current problems, those of a kind together and the longest first."""
    found = [Found(current.shard, problem) for current in shards for problem in current.monitoring.values()]
    return sorted(found, key=lambda each: (each.problem.kind, each.problem.since, each.problem.subject))


def listed(found: list[Found], now: int, zone: timezone) -> Iterator[str]:
    """The problems as columns; nothing where there are none."""
    head = ("monitoring", "target or item", f"since, {zone}", "for", "operations", "reason")
    rows = [
        (
            each.problem.kind,
            each.problem.subject,
            day_and_time(each.problem.since, zone),
            spell(now - each.problem.since),
            "notified" if each.problem.reported else "not notified yet",
            each.problem.reason,
        )
        for each in found
    ]
    return columns([head, *rows]) if rows else iter(())


def as_json(found: Found) -> str:
    """A problem as it is stored, with its id and its shard. It has a `kind`, where an alarm has a `rule`."""
    line = {"id": found.problem.key, "shard": found.shard, **encode(found.problem)}
    return json.dumps(line, ensure_ascii=False)
