"""What goes on while faults are injected: some minutes around midnight of a fleet of three shards and of its people.

Alarms are raised, repeated, escalated, unattended and cleared; one is silenced, one acknowledged for a while; a storm
is told in one notice; an hour and a day end; two robots are told, one of which wants no repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from icwatch.model import DAY_SECONDS, HOUR_SECONDS, Totals
from icwatch.storage.tables import items_between
from icwatch.storage.totals import DynamoTotals, packed
from icwatch_cli.deployed.rebuilding import Rebuilding
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from tests.chaos.aws import Aws
from tests.chaos.environment import FAILURES, installed, shared_client
from tests.chaos.lambda_events import Lambda
from tests.chaos.machine import Fault, Machine
from tests.chaos.watched import (
    ALL,
    BEGIN,
    CYCLES,
    DELAYED,
    EVERY,
    FLEET,
    MIDNIGHT,
    NOTES,
    SERIES,
    SHARDS,
    TICKS,
    shard_of,
)

Pairs = Mapping[int, tuple[float, float]]
"""By the number of an invocation, after how many calls of each the two take turns that work on its event."""


@dataclass(slots=True)
class Run:
    """What was done and what is there now. `cycle` is the next one; only those of `ticks` take place."""

    machine: Machine
    aws: Aws
    functions: Lambda
    ticks: frozenset[int]
    cycle: int = 0

    @property
    def sweeps(self) -> set[tuple[Any, ...]]:
        """The shard and the moment of each sweep that was saved."""
        return {*self.aws.tables.items["Samples"]}

    def copy(self, plan: Mapping[int, Fault] | None, pairs: Pairs | None) -> Run:
        """Another that goes on from here, in new processes."""
        machine = Machine(self.machine.now, plan)
        stack = self.aws.copy(machine)
        functions = Lambda(
            machine, stack, pairs or {}, free_at={**self.functions.free_at}, read={**self.functions.read}
        )
        return Run(machine, stack, functions, self.ticks, self.cycle)


def play(
    plan: Mapping[int, Fault] | None = None,
    pairs: Pairs | None = None,
    *,
    start: Run | None = None,
    ticks: Collection[int] = ALL,
    lost: Collection[tuple[str, int]] = (),
    begins: Callable[[Run], object] = lambda run: None,
) -> Run:
    """Play the cycles of `ticks` with faults, from the beginning or where another run was; and deliver what waits then.

    The sweeps of `lost` are never saved. `begins` is called before each cycle.
    """
    run = (start or new_run()).copy(plan, pairs)
    run.ticks = frozenset(ticks)

    def answer(request: httpx.Request) -> httpx.Response:
        cycle = (int(run.machine.now) - BEGIN) // EVERY
        return httpx.Response(200 if SERIES[request.url.host][cycle : cycle + 1] in ("1", "") else 500)

    with installed(run.machine, run.aws, answer):
        for cycle in range(run.cycle, len(TICKS)):
            run.cycle = cycle
            begins(run)
            if cycle in run.ticks:
                _play_cycle(run, cycle, lost)
            if cycle >= CYCLES - 1:  # an hour without ticks follows
                _deliver(run, TICKS[cycle] + EVERY, 600)
        for _ in range(2):
            _deliver(run, TICKS[-1] + 2 * EVERY, DAY_SECONDS)
    return run


def new_run() -> Run:
    """A stack with its fleet, at which nothing was done yet."""
    machine = Machine(BEGIN - 600)
    stack = Aws(machine)
    with installed(machine, stack, lambda request: httpx.Response(200)):
        _apply(InventoryWriter(shared_client("dynamodb"), "Inventory"))
    _sum_up_before(stack)
    return Run(machine, stack, Lambda(machine, stack), ALL)


def _play_cycle(run: Run, cycle: int, lost: Collection[tuple[str, int]]) -> None:
    if note := NOTES.get(cycle):
        writer = InventoryWriter(shared_client("dynamodb"), "Inventory")
        writer.note(writer.load(), [note])
    at = TICKS[cycle]
    with run.aws.tables.without({key for key in lost if key[1] == at}):
        run.functions.tick(at)
    if cycle not in DELAYED:
        _deliver(run, at + 10, 40)


def _deliver(run: Run, at: int, seconds: int) -> None:
    """All that streams and queues hold, and what comes within so many seconds."""
    run.functions.drain("Samples", at)
    run.functions.drain("Transitions", at + 5)
    run.functions.take(at + 10, at + seconds)


def _sum_up_before(stack: Aws) -> None:
    """The hours of both days in which nothing happens, of an empty fleet."""
    busy = {MIDNIGHT - HOUR_SECONDS, MIDNIGHT}
    for shard in SHARDS:
        for hour in {*range(MIDNIGHT - DAY_SECONDS, MIDNIGHT + DAY_SECONDS, HOUR_SECONDS)} - busy:
            item = packed(Totals(shard, hour, HOUR_SECONDS, EVERY, {}))
            stack.tables.items["Totals"][shard, Decimal(hour)] = item


def _apply(writer: InventoryWriter) -> None:
    """Write the fleet, a VPC a shard."""
    plan = make_plan(writer.load(), parse_fleet(FLEET))
    writer.apply(replace(plan, shards={name: shard_of(name) for name in plan.shards}))


def rebuild_totals(run: Run) -> None:
    """What `icwatch rebuild-totals` does when all is over."""
    with installed(run.machine, run.aws, lambda request: httpx.Response(200)):
        client = shared_client("dynamodb")
        sweeps = partial(items_between, client, "Samples")
        rebuilding = Rebuilding(sweeps, DynamoTotals(client, "Totals"), EVERY, TICKS[-1] + DAY_SECONDS, print)
        for shard in SHARDS:
            for _ in rebuilding.shard(shard, MIDNIGHT - DAY_SECONDS, TICKS[-1] + DAY_SECONDS):
                pass


def dead_letters(run: Run) -> list[str]:
    """What nobody handled."""
    return [message.body for url in FAILURES.values() for message in run.aws.queues[url]]
