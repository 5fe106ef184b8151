"""The evaluator: apply the rules' timing to every sweep that the Samples table takes in.

A record that comes twice, late or out of turn decides nothing: its sweep is no newer than the shard's `at` then.
"""

from __future__ import annotations

import functools
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.backlog import Outcome, evaluate_batch
from icwatch.items import read_item
from icwatch.model import Sweep
from icwatch.settings import EvaluatorSettings
from icwatch.store import AlarmStore, InventoryReader
from icwatch.store.dynamodb import CONFIG, DynamoAlarms
from icwatch.store.inventory import DynamoInventory
from icwatch.stream import answer, read_records

logger = Logger(service="evaluator")
metrics = Metrics(service="evaluator")
tracer = Tracer(service="evaluator", patch_modules=("botocore",))


# A batch may come to nothing that is counted, and counters of zero are not written: CloudWatch charges for the metric.
warnings.filterwarnings("ignore", message="No application metrics to publish")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the handler works with."""

    inventory: InventoryReader
    alarms: AlarmStore


@functools.cache
def wire() -> Wiring:
    """Connect to the tables that the environment names; once, at the first batch."""
    settings = EvaluatorSettings.from_env()
    client = boto3.client("dynamodb", config=CONFIG)
    return Wiring(
        DynamoInventory(client, settings.inventory_table),
        DynamoAlarms(client, settings.alarms_table, settings.transitions_table, settings.transitions_days),
    )


@logger.inject_lambda_context
@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Evaluate a batch of sweeps, and name the first that must come again."""
    records, wired = read_records(event), wire()
    sweeps = (read_item(Sweep, record.item()) for record in records)
    outcome = evaluate_batch(wired.alarms, wired.inventory.load(), sweeps)
    _report(outcome, len(records))
    return answer(records, outcome.failed_at)


def _report(outcome: Outcome, records: int) -> None:
    kinds = Counter(transition.kind for transition in outcome.transitions)
    for kind, count in kinds.items():
        metrics.add_metric(kind.capitalize(), MetricUnit.Count, count)
    if outcome.transitions:
        metrics.add_metric("Transitions", MetricUnit.Count, len(outcome.transitions))  # of the alarm NotifierStopped
        logger.info("decided", records=records, kinds=dict(kinds))
    for report in outcome.reports:
        said = f"over: {report.ended}" if report.over else report.reason
        logger.warning("monitoring", problem=report.kind, subject=report.subject, since=report.since, said=said)
    if outcome.error is not None:
        logger.error("stopped at a record", position=outcome.failed_at, records=records, exc_info=outcome.error)
        metrics.add_metric("FailedBatches", MetricUnit.Count, 1)
