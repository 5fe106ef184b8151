"""Cycles of a fleet as the stream has them, and stores that are not AWS's: for figures of the evaluator."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from icwatch.model import (
    HEALTH,
    HOUR_SECONDS,
    Cause,
    Decision,
    Failure,
    Inventory,
    ShardAlarms,
    Sweep,
    Target,
    Totals,
)
from icwatch.storage.items import read_alarms, write_alarms, write_item
from icwatch.storage.packing import pack, unpack
from icwatch.storage.sweep_packing import pack_sweep
from icwatch.storage.sweeps import read_sweep
from icwatch.storage.totals import packed
from icwatch_cli.fleet import builtin, parse_rule

AT = 1_795_316_400
SHARD_TARGETS = 200

REFUSED = Failure(Cause.CONNECTION_REFUSED, "Connection refused")


def fleet_of(count: int) -> Inventory:
    """So many targets in shards, under the built-in rule, which repeats once an hour."""
    names = sorted(f"10.{number // 50_000}.{number // 250 % 200}.{number % 250 + 1}" for number in range(count))
    rule = replace(parse_rule(builtin.RULE), resend_interval=HOUR_SECONDS)
    return Inventory(
        targets={name: Target(name, labels={"vpc": f"vpc-{at // 500}"}) for at, name in enumerate(names)},
        shards={name: f"shard-{at // SHARD_TARGETS + 1:04}" for at, name in enumerate(names)},
        rules={rule.name: rule},
    )


def cycle(inventory: Inventory, at: int, bad: set[str]) -> list[dict[str, Any]]:
    """The items of one cycle."""
    dice = random.Random(at)  # noqa: S311 - times of probes
    members: dict[str, list[str]] = {}
    for name, shard in inventory.shards.items():
        members.setdefault(shard, []).append(name)
    return [
        pack_sweep(
            Sweep(
                shard,
                at,
                {HEALTH: {name: int(name not in bad) for name in names}},
                {name: REFUSED for name in names if name in bad},
                {name: dice.randint(2, 60) for name in names},
                source="icwatch",
                every=60,
            ),
            at,
        )
        for shard, names in members.items()
    ]


def event_of(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The event that Lambda makes of items, parsed."""
    images = [{"SequenceNumber": str(number), "NewImage": item} for number, item in enumerate(items)]
    records = [{"eventName": "INSERT", "dynamodb": each} for each in images]
    text = json.dumps({"Records": records}, default=lambda data: base64.b64encode(data).decode())
    event: dict[str, Any] = json.loads(text)
    return event


class Store:
    """Alarms and decisions in memory."""

    def __init__(self) -> None:
        self.current: dict[str, ShardAlarms] = {}
        self.decisions: list[Decision] = []

    def load(self, shard: str) -> ShardAlarms:
        return self.current.get(shard) or ShardAlarms(shard)

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        self.current[current.shard] = current
        self.decisions += [] if decision is None else [decision]


class PackedStore:
    """Alarms, sweeps and totals as their tables hold them."""

    def __init__(self, sweeps: Sequence[dict[str, Any]]) -> None:
        self._alarms: dict[str, dict[str, Any]] = {}
        self._sweeps: dict[str, list[dict[str, Any]]] = {}
        for each in sweeps:
            self._sweeps.setdefault(each["shard"]["S"], []).append(each)

    def load(self, shard: str) -> ShardAlarms:
        return read_alarms(unpack(self._alarms[shard])) if shard in self._alarms else ShardAlarms(shard)

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        self._alarms[current.shard] = pack(write_alarms(current))
        if decision is not None:
            pack(write_item(decision))

    def between(self, shard: str, first: int, last: int) -> Iterator[Sweep]:
        return (read_sweep(each) for each in self._sweeps[shard] if first <= int(each["at"]["N"]) <= last)


class PackedTotals:
    """Totals that are packed and thrown away."""

    def save(self, totals: Totals) -> bool:
        return bool(packed(totals))

    def replace(self, totals: Totals) -> None:
        raise NotImplementedError  # only `icwatch rebuild-totals` does

    def hours(self, shard: str, first: int, last: int) -> Iterator[Totals]:
        return iter(())

    days = hours
