"""What it takes to decide one cycle: from the stream's event to the decisions, beside Prometheus's rules.

    .venv/bin/python -m scripts.bench_evaluation [--targets 10000] [--rounds 16]

The event is parsed already, as Lambda hands it over; alarms are loaded from memory and saved to it. What is bad was bad
before, and nothing is due. Prometheus (Debian's package prometheus) has scraped the same series from this machine and
evaluates one rule over them every second. The two take turns; figures are milliseconds of CPU, the median of the turns.

Then a backlog: a day of 500 targets of which one in a hundred fails for some minutes every hour, in batches as Lambda
delivers them. All is packed and unpacked as for the tables, and the totals of the hours are summed up; only the calls
to AWS are not made.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from icwatch.evaluation.batch import evaluate_batch
from icwatch.evaluation.hours import HourEnds
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
from icwatch.storage.stream import read_records
from icwatch.storage.sweep_packing import pack_sweep
from icwatch.storage.sweeps import read_sweep
from icwatch.storage.totals import packed
from icwatch_cli.fleet import builtin, parse_rule
from scripts.peer_prometheus import Prometheus

AT = 1_795_316_400
SHARD_TARGETS, BATCH = 200, 100
SHARES = {"healthy": 0.0, "1 % bad": 0.01, "5 % bad": 0.05, "all bad": 1.0}
BACKLOG_TARGETS, BACKLOG_MINUTES = 500, 1440
TURN = 4
WARM_UP = 2
"""Cycles that are not counted: the first one raises what is bad."""

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
    """Alarms in memory."""

    def __init__(self) -> None:
        self.current: dict[str, ShardAlarms] = {}

    def load(self, shard: str) -> ShardAlarms:
        return self.current.get(shard) or ShardAlarms(shard)

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        self.current[current.shard] = current


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


def decided(
    store: Store | PackedStore, inventory: Inventory, event: object, hour_ends: HourEnds | None = None
) -> float:
    """Milliseconds of CPU from an event to its decisions."""
    gc.collect()
    began = time.process_time()
    sweeps = (record.sweep() for record in read_records(event))
    outcome = evaluate_batch(store, inventory, sweeps, hour_ends=hour_ends)
    took = time.process_time() - began
    if outcome.failed_at is not None or outcome.failed_rules or outcome.failed_totals:
        raise SystemExit(f"it failed: {outcome}")
    return took * 1000


def backlog() -> None:
    """Catch up with a day."""
    inventory = fleet_of(BACKLOG_TARGETS)
    dice, names = random.Random(1), [*inventory.targets]  # noqa: S311 - who fails
    bad: set[str] = set()
    items: list[dict[str, Any]] = []
    for minute in range(BACKLOG_MINUTES):
        if minute % 60 in (20, 27):
            bad = set() if bad else {*dice.sample(names, BACKLOG_TARGETS // 100)}
        items += cycle(inventory, AT + 60 * minute, bad)
    store = PackedStore(items)
    events = [event_of(items[first : first + BATCH]) for first in range(0, len(items), BATCH)]
    hour_ends = HourEnds(store, PackedTotals())
    took = sum(decided(store, inventory, event, hour_ends) for event in events) / 1000
    print(f"a day of {BACKLOG_TARGETS} targets, {len(items):,} sweeps in {len(events)} batches: {took:.2f} s of CPU")


def measured(inventory: Inventory, bad: set[str], rounds: int) -> tuple[list[float], list[float], float]:
    """The milliseconds of us and of Prometheus, which take turns, and the size of an event in KB."""
    store, labels = Store(), {name: target.labels for name, target in inventory.targets.items()}
    mine: list[float] = []
    theirs: list[float] = []
    with Prometheus.started({name: int(name not in bad) for name in inventory.targets}, labels) as prometheus:
        for minute in range(rounds + WARM_UP):
            event = event_of(cycle(inventory, AT + 60 * minute, bad))
            mine.append(decided(store, inventory, event))
            if minute % TURN == 0:
                theirs += prometheus.evaluate(TURN)
    return mine[WARM_UP:], theirs, len(json.dumps(event)) / 1024


def main() -> None:
    """Measure cycles, then a backlog."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=16)
    arguments = parser.parse_args()
    inventory = fleet_of(arguments.targets)
    names = [*inventory.targets]
    print(f"{arguments.targets:,} targets{'':10}{'event KB':>10}{'icwatch ms':>12}{'Prometheus ms':>15}{'ratio':>8}")
    for label, share in SHARES.items():
        bad = {*random.Random(2).sample(names, int(len(names) * share))}  # noqa: S311 - who fails
        took, others, size = measured(inventory, bad, arguments.rounds)
        mine, theirs = statistics.median(took), statistics.median(others) if others else None
        beside = f"{'missing':>15}" if theirs is None else f"{theirs:15.1f}{theirs / mine:8.0f}"
        print(f"{label:24}{size:10.0f}{mine:12.2f}{beside}", flush=True)
    backlog()


if __name__ == "__main__":
    main()
