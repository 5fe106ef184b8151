"""What is watched in a run: servers and when they are down, rules, robots, and what operators write meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from icwatch.model import DAY_SECONDS, HOUR_SECONDS, Acknowledgement, Silence

EVERY = 60
MIDNIGHT = 1_795_737_600
BEGIN = MIDNIGHT - 3 * EVERY
"""The first tick: an hour and a day end with the fourth."""

SERIES = {
    "10.0.1.1": "1000000111111",
    "10.0.1.2": "1110000011111",
    "10.0.1.3": "1111010011111",
    "10.0.2.1": "1110001110011",
    "10.0.2.2": "1111111111111",
    "10.0.3.1": "1111000111111",
    "10.0.3.2": "1111000111111",
    "10.0.3.3": "1111000111111",
    "10.0.3.4": "1111101111111",
}
"""A server a line, a cycle a column: 1 is up. The third part of an address is that of its VPC and its shard."""

CYCLES = len(SERIES["10.0.1.1"])

LATER = (MIDNIGHT + HOUR_SECONDS, MIDNIGHT + DAY_SECONDS, MIDNIGHT + DAY_SECONDS + HOUR_SECONDS)
"""Three ticks more, as cycles of their own: what was left undone at the end of an hour or a day is done then."""

TICKS = (*range(BEGIN, BEGIN + CYCLES * EVERY, EVERY), *LATER)

ALL = frozenset(range(len(TICKS)))

DELAYED = {4, 7, 8}
"""Cycles whose sweeps wait in the stream for those of the next one."""

FLEET = {
    "language": "en-US",
    "merge_above": 2,
    "targets": [{"address": name, "labels": {"vpc": f"vpc-{name.split('.')[2]}"}} for name in SERIES],
    "robots": [
        {"name": "duty", "kind": "webhook", "url": "ssm:/icwatch/duty"},
        {"name": "calm", "kind": "webhook", "url": "ssm:/icwatch/calm", "repeats": False},
    ],
    "rules": [
        {
            "name": "ic_server_connect_failed",
            "cycle": "60s",
            "clear_cycle": "2m",
            "resend_interval": "2m",
            "unattended_after": "3m",
        },
        {
            "name": "several_down",
            "expression": "count(ic_server_health == 0) by (vpc)",
            "comparator": ">",
            "levels": [{"level": "Alert", "threshold": 1}, {"level": "Caution", "threshold": 0}],
            "duration": "1m",
            "cycle": "60s",
            "clear_cycle": "1m",
            "resend_interval": "10m",
        },
    ],
}

SILENCE = Silence("s1", {"target": "10.0.1.2"}, BEGIN + 2 * EVERY, BEGIN + 4 * EVERY, by="me")
ACKNOWLEDGED = Acknowledgement(
    f"ic_server_connect_failed:10.0.1.1:{BEGIN + EVERY}", "me", at=BEGIN + 90, ends_at=BEGIN + 5 * EVERY
)
NOTES: Mapping[int, Any] = {2: SILENCE, 3: ACKNOWLEDGED}
"""What operators write before the tick of a cycle."""


def shard_of(target: str) -> str:
    """The shard of a VPC."""
    return f"shard-000{target.split('.')[2]}"


SHARDS = sorted({*map(shard_of, SERIES)})
