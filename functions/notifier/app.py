"""The notifier: write every transition that is to be announced, and publish it.

A receipt is kept for each notice, so a record that comes again publishes only what was not published yet. Where SNS
took a notice and the receipt could not be written, it is published once more, with the same id in its attributes.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timezone
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.errors import IcwatchError
from icwatch.items import read_item
from icwatch.model import Decision, Language
from icwatch.notice import Notice, write_notice
from icwatch.publish import DeadLetterQueue, SnsPublisher, is_permanent
from icwatch.settings import NotifierSettings
from icwatch.store.dynamodb import CONFIG
from icwatch.stream import Record, answer, read_records

RECEIPT_DAYS = 7
"""How long a receipt is kept; a stream keeps its records for one day."""

RESERVE = 2.0
"""Seconds of the invocation in which no further notice is begun."""

logger = Logger(service="notifier")
metrics = Metrics(service="notifier")
tracer = Tracer(service="notifier", patch_modules=("botocore",))


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the handler works with. `publish` sends a notice once, `receipts` must know the invocation's end."""

    publish: Callable[[Notice], object]
    set_aside: Callable[[dict[str, Any]], object]
    receipts: IdempotencyConfig
    language: Language
    zone: timezone = UTC


@functools.cache
def wire() -> Wiring:
    """Connect to the topic and the receipts that the environment names; once, at the first batch."""
    settings = NotifierSettings.from_env()
    publisher = SnsPublisher(boto3.client("sns", config=CONFIG), settings.alarm_topic_arn)
    receipts = IdempotencyConfig(expires_after_seconds=RECEIPT_DAYS * 86_400)
    table = DynamoDBPersistenceLayer(settings.receipts_table, boto3_client=boto3.client("dynamodb", config=CONFIG))
    failures = DeadLetterQueue(boto3.client("sqs", config=CONFIG), settings.failures_queue_url)
    return Wiring(
        publish_once(publisher.publish, table, receipts), failures.put, receipts, settings.language, settings.utc_offset
    )


def publish_once(
    publish: Callable[[Notice], object], table: DynamoDBPersistenceLayer, receipts: IdempotencyConfig
) -> Callable[[Notice], object]:
    """`publish` with a receipt: a notice that has one is not sent again."""

    def send(*, notice_id: str, notice: Notice) -> object:
        metrics.add_metric("Published", MetricUnit.Count, 1)
        return publish(notice)

    guarded = idempotent_function(
        send, data_keyword_argument="notice_id", persistence_store=table, config=receipts, key_prefix="notice"
    )
    return lambda notice: guarded(notice_id=notice.id, notice=notice)


@logger.inject_lambda_context
@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Publish a batch of decisions in order, and name the first record that must come again."""
    records, wired = read_records(event), wire()
    wired.receipts.register_lambda_context(context)
    metrics.add_metric("Published", MetricUnit.Count, 0)  # a batch may announce nothing
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE
    for position, record in enumerate(records):
        try:
            _announce(wired, record, ends)
        except Exception:
            logger.exception("stopped at a record", sequence_number=record.sequence_number)
            metrics.add_metric("FailedBatches", MetricUnit.Count, 1)
            return answer(records, position)
    return answer(records)


def _announce(wired: Wiring, record: Record, ends: float) -> None:
    """Publish what a record decided. What can never be published is set aside, so that it holds up nothing else."""
    try:
        decision = read_item(Decision, record.item())
    except IcwatchError as error:
        _set_aside(wired, record, error)
        return
    for transition in decision.transitions:
        if not transition.announce:
            continue
        try:
            language = decision.language or wired.language
            notice = write_notice(transition, decision.rules[transition.rule], language, wired.zone)
            _publish(wired, notice, ends)
        except Exception as error:
            if not is_permanent(error):
                raise
            _set_aside(wired, record, error, notice_id=transition.id, shard=decision.shard, at=decision.at)
        else:
            metrics.add_metric("NoticeLag", MetricUnit.Seconds, max(time.time() - transition.at, 0))


def _set_aside(wired: Wiring, record: Record, error: Exception, **place: str | int) -> None:
    reason = f"{type(error).__name__}: {error}"
    letter = {"sequence_number": record.sequence_number, "reason": reason, **place}
    logger.error("set aside for good", extra=letter)
    wired.set_aside(letter)
    metrics.add_metric("SetAside", MetricUnit.Count, 1)


def _publish(wired: Wiring, notice: Notice, ends: float) -> None:
    """Publish with a receipt. A claim that a killed invocation left behind is waited for: it ends by itself."""
    while time.monotonic() < ends:
        try:
            wired.publish(notice)
            return
        except IdempotencyAlreadyInProgressError:
            time.sleep(0.5)
    raise TimeoutError(f"no time left to publish {notice.id}; it comes again")
