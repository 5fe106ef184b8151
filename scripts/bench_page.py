"""How fast the status page is against the local cloud: `.venv/bin/python -m scripts.bench_page [TARGETS]`.

A fleet (500 targets unless another number is given) with a day of sweeps, 30 days of decisions and 12 months of daily
totals. Cold is all of it read; warm is the first byte of the first page after one more sweep of every shard was read,
the median of some; what of it was on the processor says the same on a machine that is busy.
"""

from __future__ import annotations

import http.client
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from icwatch.announcements.decision import decide
from icwatch.evaluation.evaluate import evaluate
from icwatch.model import DAY_SECONDS, HEALTH, Cause, Failure, Inventory, ShardAlarms, Sweep, TargetTotals, Totals
from icwatch.storage.tables import DynamoAlarms, DynamoSamples
from icwatch.storage.totals import DynamoTotals
from icwatch_cli.deployed.stack import Stack as DeployedStack
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.backend import Backend, private_environment
from icwatch_cli.local.stack import STACK, Stack, client, create
from icwatch_cli.local.translation import translate
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.reader import StackReader
from icwatch_cli.serving.server import served

DAY_MINUTES, DAYS = 1440, 30
VPCS = 12
REQUESTS = 9
REFUSED = Failure(Cause.CONNECTION_REFUSED, "Connection refused")


def main() -> None:
    """Fill a local cloud, and measure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    os.environ.update(private_environment())
    with tempfile.TemporaryFile() as log:
        backend = Backend.start(log)
        try:
            backend.wait()
            os.environ["AWS_ENDPOINT_URL"] = backend.endpoint
            _measure(create(backend.endpoint, translate(), {}), backend.endpoint, count)
        finally:
            backend.stop()


def _measure(stack: Stack, endpoint: str, count: int) -> None:
    inventory = _apply(stack, endpoint, count)
    world = _World(stack, endpoint, inventory)
    world.fill()
    reader = StackReader(DeployedStack(STACK))
    begun = time.perf_counter()
    reader.refresh()
    print(f"{count} targets in {len(world.members)} shards; cold: {time.perf_counter() - begun:.1f} s")
    took, busy, size = [], [], 0
    with served(Content(reader), 0, print) as server:
        for _ in range(REQUESTS):
            world.sweep()
            reader.refresh(0)  # as it reads on while somebody looks
            begun, before = time.perf_counter(), time.process_time()
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            connection.request("GET", "/en-US/index.html")
            answer = connection.getresponse()
            took.append(time.perf_counter() - begun)
            busy.append(time.process_time() - before)
            size = len(answer.read())
            connection.close()
    first, processor = (statistics.median(each) * 1000 for each in (took, busy))
    print(f"warm: first byte {first:.0f} ms, {processor:.0f} ms of it on the processor, {size / 1000:.0f} KB")


def _apply(stack: Stack, endpoint: str, count: int) -> Inventory:
    targets = [
        {"address": f"10.{number % VPCS}.{number // 250}.{number % 250 + 1}", "labels": {"vpc": f"vpc-{number % VPCS}"}}
        for number in range(count)
    ]
    table = InventoryWriter(client("dynamodb", endpoint), stack.outputs["InventoryTable"])
    table.apply(make_plan(table.load(), parse_fleet({"targets": targets})))
    return table.load()


class _World:
    """Sweeps of the fleet, of which now and then a server fails; the last ones are of now."""

    def __init__(self, stack: Stack, endpoint: str, inventory: Inventory) -> None:
        database = client("dynamodb", endpoint)
        self._inventory = inventory
        self._samples = DynamoSamples(database, stack.outputs["SamplesTable"], 14)
        self._totals = DynamoTotals(database, stack.outputs["TotalsTable"])
        self._alarms = DynamoAlarms(database, stack.outputs["AlarmsTable"], stack.outputs["TransitionsTable"], 90)
        self._random = random.Random(1)  # noqa: S311
        self.members: dict[str, list[str]] = {}
        for name, shard in inventory.shards.items():
            self.members.setdefault(shard, []).append(name)
        self._at = int(time.time()) // 60 * 60 - DAYS * DAY_MINUTES * 60
        self._down: set[str] = set()
        self._current = {shard: ShardAlarms(shard) for shard in self.members}

    def fill(self) -> None:
        """All days; the sweeps of the last one are stored, too, and totals of a year."""
        with ThreadPoolExecutor(8) as pool:
            for total in self._year():
                pool.submit(self._totals.save, total)
            for minute in range(DAYS * DAY_MINUTES):
                kept = minute >= (DAYS - 1) * DAY_MINUTES
                if kept or minute % 5 == 0:
                    for sweep in self._sweeps(5 if kept else 60):
                        self._decide(sweep)
                        if kept:
                            pool.submit(self._samples.save, sweep)
                self._at += 60

    def _year(self) -> Iterator[Totals]:
        today = int(time.time()) // DAY_SECONDS * DAY_SECONDS
        for at in range(today - 366 * DAY_SECONDS, today, DAY_SECONDS):
            for shard, names in self.members.items():
                down = {name: self._random.choice((0, 0, 0, 60, 600)) for name in names}
                targets = {name: TargetTotals(DAY_SECONDS - bad, bad) for name, bad in down.items()}
                yield Totals(shard, at, DAY_SECONDS, 60, targets)

    def sweep(self) -> None:
        """One more cycle."""
        for sweep in self._sweeps(5):
            self._samples.save(sweep)
            self._decide(sweep)
        self._at += 60

    def _sweeps(self, seldom: int) -> Iterator[Sweep]:
        self._down = {name for name in self._down if self._random.random() > 0.1}
        if self._random.random() < 1 / seldom:
            self._down.add(self._random.choice([*self._inventory.targets]))
        for shard, names in self.members.items():
            health = {name: int(name not in self._down) for name in names}
            times = {name: self._random.randrange(4, 40) for name in names}
            yield Sweep(shard, self._at, {HEALTH: health}, dict.fromkeys(self._down & {*names}, REFUSED), times)

    def _decide(self, sweep: Sweep) -> None:
        before = self._current[sweep.shard]
        after, transitions = evaluate(self._inventory, before, sweep)
        self._current[sweep.shard] = after
        if transitions or self._at > time.time() - 120:
            decision = decide(self._inventory, after, transitions) if transitions else None
            stored = self._alarms.load(sweep.shard).at
            self._alarms.save(stored, after, decision)


if __name__ == "__main__":
    main()
