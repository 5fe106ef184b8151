"""The prober: on every tick of the schedule, ask every IC-Server and save one sweep a shard.

A tick that comes twice writes nothing new, because a sweep is known by (shard, at) and written once. A tick that is
later than a cycle and the schedule's precision is refused: its samples would not be of the moment that they are stamped
with. So whatever keeps the fleet from being swept fails the invocation, which the operations alarms count.

The schedule's ticks are a minute apart at the least. Where the stack asks for more sweeps, an invocation lasts a minute
and sweeps at its equal parts, each saved as it ends. A part whose own time is over before it can begin is left out.
"""

from __future__ import annotations

import functools
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.errors import EventError, ItemError
from icwatch.init import connect_at_init
from icwatch.model import Inventory, Target
from icwatch.probing.controls import CUT_OFF
from icwatch.probing.cycle import MINUTE_SECONDS, RESERVE_SECONDS, longest_delay, longest_sweep
from icwatch.probing.drills import sweep_of_drills, weekly_drill
from icwatch.probing.sweep import sweep_fleet
from icwatch.probing.tally import Tally
from icwatch.probing.transport import ProbeTransport
from icwatch.rules.index import index_of
from icwatch.settings import ProberSettings
from icwatch.storage import AlarmStore, InventoryReader, SampleStore
from icwatch.storage.inventory import DynamoInventory
from icwatch.storage.tables import CONFIG, DynamoAlarms, DynamoSamples
from icwatch.tracing import traced

MAX_REASONS = 20
"""Reasons for being unseen that a line of log names, the most frequent first: one may name its target."""

logger = Logger(service="prober")
metrics = Metrics(service="prober")

# A sweep may come to nothing that is counted, and counters of zero are not written: CloudWatch charges for the metric.
warnings.filterwarnings("ignore", message="No application metrics to publish")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the handler works with."""

    inventory: InventoryReader
    samples: SampleStore
    alarms: AlarmStore
    probed_from: str
    transport: ProbeTransport = field(default_factory=ProbeTransport)
    drill_time: timedelta | None = None
    sweeps_per_minute: int = 1
    dashboard: bool = False
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep

    def cycle(self, inventory: Inventory) -> int:
        """The collection cycle in seconds: the schedule's, which the inventory says, or the part of a minute."""
        return inventory.every if self.sweeps_per_minute == 1 else MINUTE_SECONDS // self.sweeps_per_minute


@functools.cache
def wire() -> Wiring:
    """Connect to the tables that the environment names; once."""
    settings = ProberSettings.from_env()
    client = boto3.client("dynamodb", config=CONFIG)
    return Wiring(
        DynamoInventory(client, settings.inventory_table),
        DynamoSamples(client, settings.samples_table, settings.samples_days),
        DynamoAlarms(client, settings.alarms_table),
        settings.probed_from,
        ProbeTransport(allow_loopback=settings.allow_loopback),
        settings.drill_time,
        settings.sweeps_per_minute,
        settings.dashboard,
    )


connect_at_init(wire)


@logger.inject_lambda_context
@metrics.log_metrics
@traced("prober")
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Sweep the fleet. Raises where a shard could not be saved, so that the failure is counted."""
    tick, wired, began = read_tick(event), wire(), time.time()
    started = wired.clock()
    inventory = wired.inventory.load()
    for (kind, name), problem in inventory.unreadable.items():
        logger.error("unreadable item", kind=kind, id=name, problem=problem)
    every, parts = wired.cycle(inventory), wired.sweeps_per_minute
    if began - tick > longest_delay(every * parts):
        problem = f"the tick of {tick} is {began - tick:.0f}s late: too late for its cycle, nothing is probed"
        if every * parts >= MINUTE_SECONDS:
            raise EventError(problem)
        logger.warning(problem)  # that of `icwatch run`, whose schedule goes on from the present by itself
        return {"at": tick, "targets": 0}
    if tick - began > every * parts:
        raise EventError(f"the tick is of {tick - began:.0f}s in the future; send the time that the schedule meant")
    shards = _shards(inventory, wired.alarms)
    errors: list[str] = []
    for part in range(parts):
        due = started + part * every
        wired.wait(max(due - wired.clock(), 0))
        if (late := wired.clock() - due) >= every:
            logger.warning("sweep left out: the one before it took its time", at=tick + part * every)
            errors += [f"the sweep of {tick + part * every} was left out"] * len(shards)
            continue
        left = min(context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS, longest_sweep(every, late))
        try:
            errors += _sweep(wired, inventory, shards, tick + part * every, left)
        except Exception as error:  # the parts that follow are of other moments
            logger.exception("the sweep failed")
            errors += [f"{type(error).__name__} {error}".rstrip()] * len(shards)
    if errors:
        raise RuntimeError(f"{len(errors)} of {parts * len(shards)} shards were not saved: {errors[0]}")
    return {"at": tick, "targets": sum(map(len, shards.values()))}


def _sweep(wired: Wiring, inventory: Inventory, shards: dict[str, list[Target]], at: int, seconds: float) -> list[str]:
    """Sweep once, stamped `at`, with probes that end within `seconds`, and report. Returns what could not be saved."""
    began, every = time.time(), wired.cycle(inventory)
    _sweep_drills(wired, inventory, every, at)
    tally = sweep_fleet(
        shards,
        inventory.probe,
        inventory.probes,
        at,
        wired.samples.save,
        source=wired.probed_from,
        turn=at // every,
        every=every,
        seconds=seconds,
        control=inventory.control,
        transport=wired.transport,
    )
    if unasked := _unasked(inventory):
        tally.unseen["unreadable"] = unasked
    _report(tally, at, time.time() - began)
    if wired.dashboard:
        _count(tally, time.time() - began)
    return tally.errors


def read_tick(event: object) -> int:
    """The moment that the schedule meant. Raises EventError."""
    try:
        moment = datetime.fromisoformat(event["time"])  # type: ignore[index]
        if moment.tzinfo is None:
            raise ValueError("it has no time zone")
        return int(moment.timestamp())
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EventError(
            f'the event is no tick ({error!r}); send {{"time": "2026-01-31T03:00:00Z"}}, as the schedule does'
        ) from error


def _sweep_drills(wired: Wiring, inventory: Inventory, every: int, at: int) -> None:
    """Save the sweep of the drills that go on, if any. What goes wrong with it must not cost the fleet a sweep."""
    weekly = [] if wired.drill_time is None else [weekly_drill(wired.drill_time, every, at)]
    drills = {each.id: each for each in (*weekly, *inventory.drills.values())}
    try:
        sweep = sweep_of_drills(drills.values(), every, at, wired.probed_from)
        if sweep is not None:
            wired.samples.save(sweep)
    except Exception:
        logger.exception("the drill was not swept")
        metrics.add_metric("DrillErrors", MetricUnit.Count, 1)


def _shards(inventory: Inventory, alarms: AlarmStore) -> dict[str, list[Target]]:
    """Targets by shard. A shard that lost its last target is swept, empty, until all that it has to say is over.

    So is the one that speaks for items that cannot be read, if these are all that there are.
    """
    shards: dict[str, list[Target]] = defaultdict(list)
    for name, target in inventory.targets.items():
        asked = shards[inventory.shards[name]]
        if _can_be_asked(inventory, target):
            asked.append(target)
    for shard in inventory.all_shards:
        if shard not in shards and _has_more_to_say(alarms, shard):
            shards[shard] = []
    if inventory.unreadable and inventory.all_shards:
        shards.setdefault(index_of(inventory).reporting_shard, [])
    return dict(sorted(shards.items()))


def _unasked(inventory: Inventory) -> int:
    """Targets that nobody can ask, because they or the fleet's probe cannot be read."""
    unreadable = sum(kind == "target" for kind, _ in inventory.unreadable)
    return unreadable + sum(not _can_be_asked(inventory, target) for target in inventory.targets.values())


def _can_be_asked(inventory: Inventory, target: Target) -> bool:
    """Whether it is known how. Asked in another way than the fleet says, a healthy server looks like a dead one."""
    return target.probe is not None or ("fleet", "head.probe") not in inventory.unreadable


def _has_more_to_say(alarms: AlarmStore, shard: str) -> bool:
    try:
        current = alarms.load(shard)
        return bool(current.alarms or current.monitoring or current.unreadable)
    except ItemError:
        return True  # the evaluator will say what is wrong with it; the other shards are swept


def _report(tally: Tally, at: int, seconds: float) -> None:
    """One line, and the metric of an alarm where there is something to count: each costs 0.30 USD a month."""
    logger.info(
        "sweep",
        at=at,
        seconds=round(seconds, 3),
        shards=tally.shards,
        written=tally.written,
        targets=tally.targets,
        healthy=tally.healthy,
        unhealthy=tally.unhealthy,
        causes=dict(tally.causes),
        unseen=dict(tally.unseen.most_common(MAX_REASONS)),
        retried=tally.retried,
        probe_failures=dict(tally.probe_failures),
        probe_unseen=dict(tally.probe_unseen.most_common(MAX_REASONS)),
        cut_off=dict(tally.cut_off),
        errors=tally.errors,
    )
    if unseen := sum(tally.unseen.values()) - tally.unseen[CUT_OFF]:  # of that, operations hear by name, and at once
        metrics.add_metric("Unseen", MetricUnit.Count, unseen)


def _count(tally: Tally, seconds: float) -> None:
    """The metrics that only a dashboard shows; none of them by target."""
    metrics.add_metric("SweepTime", MetricUnit.Seconds, seconds)
    metrics.add_metric("Targets", MetricUnit.Count, tally.targets)
    metrics.add_metric("Unhealthy", MetricUnit.Count, tally.unhealthy)
