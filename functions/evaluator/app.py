"""The evaluator: apply the rules' timing to every sweep that the Samples table takes in.

A record that comes twice, late or out of turn decides nothing: its sweep is no newer than the shard's `at` then. One
that no retry can help is set aside with the reason, and holds up nothing else. What goes wrong with the heartbeat or
with the totals of an hour fails no record.
"""

from __future__ import annotations

import functools
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.delivery.heartbeat import Heartbeat, is_present
from icwatch.delivery.receipts import CONFIG as RECEIPTS_CONFIG
from icwatch.delivery.secrets import Secrets
from icwatch.errors import FutureError
from icwatch.evaluation.batch import evaluate_batch
from icwatch.evaluation.clock import latest
from icwatch.evaluation.cycles import CyclesOfBatch
from icwatch.evaluation.hours import HourEnds
from icwatch.evaluation.outcome import Outcome
from icwatch.init import connect_at_init
from icwatch.model import Inventory, Sweep
from icwatch.settings import EvaluatorSettings
from icwatch.storage import AlarmStore, InventoryReader
from icwatch.storage.dead_letters import DeadLetterQueue
from icwatch.storage.inventory import DynamoInventory
from icwatch.storage.stream import Record, answer, read_records
from icwatch.storage.tables import CONFIG, DynamoAlarms, DynamoSamples
from icwatch.storage.totals import CONFIG as TOTALS_CONFIG
from icwatch.storage.totals import DynamoTotals
from icwatch.text import shorten
from icwatch.tracing import traced

logger = Logger(service="evaluator")
metrics = Metrics(service="evaluator")


# A batch may come to nothing that is counted, and counters of zero are not written: CloudWatch charges for the metric.
warnings.filterwarnings("ignore", message="No application metrics to publish")


MAX_REASON_BYTES = 1000
"""Of the reason in a dead letter."""

LATE_CYCLES = 2
"""How old the cycle of a sweep may be that comes again, before the heartbeat says that it failed."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the handler works with. `now` is the one clock here: it refuses sweeps, and decides about none.

    `heartbeat` is None where the stack has none, `hour_ends` where no hour is to be summed up.
    """

    inventory: InventoryReader
    alarms: AlarmStore
    put_dead_letter: Callable[[dict[str, Any]], object]
    now: Callable[[], float] = time.time
    heartbeat: Heartbeat | None = None
    hour_ends: HourEnds | None = None


@functools.cache
def wire() -> Wiring:
    """Connect to the tables and the queue that the environment names; once."""
    settings = EvaluatorSettings.from_env()
    client = boto3.client("dynamodb", config=CONFIG)
    return Wiring(
        DynamoInventory(client, settings.inventory_table),
        DynamoAlarms(client, settings.alarms_table, settings.transitions_table, settings.transitions_days),
        DeadLetterQueue(boto3.client("sqs", config=CONFIG), settings.failures_queue_url).put,
        heartbeat=_heartbeat(settings),
        hour_ends=_hour_ends(settings),
    )


def _hour_ends(settings: EvaluatorSettings) -> HourEnds:
    client = boto3.client("dynamodb", config=TOTALS_CONFIG)
    return HourEnds(DynamoSamples(client, settings.samples_table), DynamoTotals(client, settings.totals_table))


def _heartbeat(settings: EvaluatorSettings) -> Heartbeat | None:
    if not settings.heartbeat_url:
        return None
    client = boto3.client("dynamodb", config=RECEIPTS_CONFIG)
    return Heartbeat(client, settings.receipts_table, settings.heartbeat_url, Secrets(local=settings.local_secrets))


connect_at_init(wire)


@logger.inject_lambda_context
@metrics.log_metrics
@traced("evaluator")
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Evaluate a batch of sweeps, and name the first that must come again."""
    records, wired = read_records(event), wire()
    inventory = wired.inventory.load()
    now = _present(wired, records)
    last = latest(now, inventory.every)
    given_up: set[int] = set()

    def set_aside(position: int, error: Exception) -> None:
        _set_aside(wired, records[position], error)
        given_up.add(position)

    sweeps = (_read(record, last) for record in records)
    outcome = evaluate_batch(wired.alarms, inventory, sweeps, set_aside, last, hour_ends=wired.hour_ends)
    _report(outcome, len(records))
    if wired.heartbeat is not None:
        _beat(wired.heartbeat, inventory, CyclesOfBatch.of(records, outcome, given_up), now)
    return answer(records, outcome.failed_at)


def _present(wired: Wiring, records: Sequence[Record]) -> float:
    """The present. An environment that was frozen may wake with its clock behind; the stream's own is not."""
    return max([wired.now(), *(record.created for record in records)])


def _read(record: Record, last: int) -> Sweep | Exception:
    """The sweep of a record, or why it cannot be evaluated: it cannot be read, or is stamped with a moment to come."""
    try:
        sweep = record.sweep()
    except Exception as error:
        return error
    if sweep.at > last:
        return FutureError(
            f"sweep (shard={sweep.shard}, at={sweep.at}): it is stamped more than a cycle ahead of the present, later "
            f"than {last}; set the clock right of what wrote it"
        )
    return sweep


def _set_aside(wired: Wiring, record: Record, error: Exception) -> None:
    """Write a dead letter about a sweep that no retry can help, so that it holds up nothing else."""
    reason = shorten(f"{type(error).__name__}: {error}", MAX_REASON_BYTES)
    dead_letter = {"document": "Sweep", "sequence_number": record.sequence_number, "reason": reason, **record.place()}
    logger.error("set aside for good", extra=dead_letter)
    wired.put_dead_letter(dead_letter)
    metrics.add_metric("SetAside", MetricUnit.Count, 1)
    if isinstance(error, FutureError):
        metrics.add_metric("FutureSweeps", MetricUnit.Count, 1)


def _report(outcome: Outcome, records: int) -> None:
    kinds = Counter(transition.kind for transition in outcome.transitions)
    for kind, count in kinds.items():
        metrics.add_metric(kind.capitalize(), MetricUnit.Count, count)
    if decided := len(outcome.transitions) + len(outcome.reports):
        metrics.add_metric("Transitions", MetricUnit.Count, decided)  # of the alarm NotifierStopped
    if outcome.transitions:
        logger.info("decided", records=records, kinds=dict(kinds))
    for report in outcome.reports:
        reason = f"over: {report.ended}" if report.over else report.reason
        logger.warning("monitoring", problem=report.kind, subject=report.subject, since=report.since, reason=reason)
    _report_trouble(outcome)
    if outcome.error is not None:
        logger.error("stopped at a record", position=outcome.failed_at, records=records, exc_info=outcome.error)
        metrics.add_metric("FailedBatches", MetricUnit.Count, 1)


def _report_trouble(outcome: Outcome) -> None:
    """What cost a rule, an alarm or a shard something, and the others nothing."""
    for (shard, rule), error in outcome.failed_rules.items():
        logger.error("rule not applied", shard=shard, rule=rule, exc_info=error)
    for (shard, key), alarm in outcome.unreadable.items():
        logger.error("unreadable alarm left as it is", shard=shard, alarm=key, problem=alarm.problem)
    for shard, at in outcome.set_back.items():
        logger.error("shard set back: its last sweep was of a moment to come", shard=shard, at=at)
    for shard, error in outcome.failed_totals.items():
        logger.error("hour not summed up", shard=shard, exc_info=error)
    if outcome.failed_totals:
        metrics.add_metric("FailedTotals", MetricUnit.Count, len(outcome.failed_totals))
    if unevaluated := len(outcome.failed_rules) + len(outcome.unreadable):
        metrics.add_metric("Unevaluated", MetricUnit.Count, unevaluated)
    if outcome.set_back:
        metrics.add_metric("ShardsSetBack", MetricUnit.Count, len(outcome.set_back))


def _beat(heartbeat: Heartbeat, inventory: Inventory, passed: CyclesOfBatch, now: float) -> None:
    """Call the heartbeat for the newest cycle that is complete, and once for each of which a sweep failed."""
    expected = {*inventory.shards.values()}
    try:
        for at in {*passed.given_up, *(at for at in passed.late if now - at > LATE_CYCLES * inventory.every)}:
            heartbeat.fail(at)
        for at in sorted(passed.done, reverse=True):
            if is_present(at, now, inventory.every) and heartbeat.beat(at, passed.done[at], expected):
                return
    except Exception as error:
        logger.warning("no heartbeat", reason=str(error))
        metrics.add_metric("HeartbeatErrors", MetricUnit.Count, 1)
