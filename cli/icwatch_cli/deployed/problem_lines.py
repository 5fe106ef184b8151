"""Problems of the monitoring itself as lines: for people, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timezone

from icwatch.storage.codec import encode
from icwatch_cli.deployed.monitoring_problems import Found
from icwatch_cli.terminal.columns import columns
from icwatch_cli.terminal.speech import ENGLISH, Speech
from icwatch_cli.terminal.times import day_and_time


def listed(found: list[Found], now: int, zone: timezone, speech: Speech = ENGLISH) -> Iterator[str]:
    """The problems as columns; nothing where there are none."""
    texts = speech.texts.alarms
    head = tuple(each.format(zone=zone) for each in texts.problem_head)
    rows = [
        (
            each.problem.kind,
            each.problem.subject,
            day_and_time(each.problem.since, zone),
            speech.spell(now - each.problem.since),
            texts.reported if each.problem.reported else texts.not_reported,
            each.problem.reason,
        )
        for each in found
    ]
    return columns([head, *rows]) if rows else iter(())


def as_json(found: Found) -> str:
    """A problem as it is stored, with its id and its shard. It has a `kind`, where an alarm has a `rule`."""
    line = {"id": found.problem.key, "shard": found.shard, **encode(found.problem)}
    return json.dumps(line, ensure_ascii=False)
