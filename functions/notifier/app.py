"""The notifier: write a notice of every transition that is to be announced, or of several together, and publish it.

A receipt is kept for each notice, so a record that comes again publishes only what was not published yet. Where SNS
took a notice and its answer was lost, or the function was killed before the receipt was written, it is published once
more, with the same id in its attributes. A receipt that cannot be written fails no record (`receipts.py`).
"""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig
from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.delivery import idempotency
from icwatch.delivery.publisher import Publisher
from icwatch.delivery.receipts import CONFIG as RECEIPTS_CONFIG
from icwatch.delivery.receipts import Receipts
from icwatch.delivery.sns import CONFIG as PUBLISH_CONFIG
from icwatch.delivery.sns import SnsPublisher, can_never_be_published
from icwatch.errors import IcwatchError
from icwatch.init import connect_at_init
from icwatch.model import Decision
from icwatch.notices import MonitoringMessage, Notice, Style
from icwatch.settings import NotifierSettings
from icwatch.storage.dead_letters import DeadLetterQueue
from icwatch.storage.items import read_item
from icwatch.storage.stream import Record, answer, read_records
from icwatch.storage.tables import CONFIG
from icwatch.tracing import traced

RESERVE_SECONDS = 2.0
"""Of the invocation: the end, in which no further notice is begun."""

logger = Logger(service="notifier")
metrics = Metrics(service="notifier")


# A batch may come to nothing that is counted, and counters of zero are not written: CloudWatch charges for the metric.
warnings.filterwarnings("ignore", message="No application metrics to publish")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the handler works with. `publish` sends a notice once, `receipts` must know the invocation's end.

    `settle` writes the receipts that could not be written before.
    """

    publish: Callable[[Notice], object]
    set_aside: Callable[[dict[str, Any]], object]
    receipts: IdempotencyConfig
    style: Style
    settle: Callable[[], object]


@functools.cache
def wire() -> Wiring:
    """Connect to the topic and the receipts that the environment names; once."""
    settings = NotifierSettings.from_env()
    topics = SnsPublisher(
        boto3.client("sns", config=PUBLISH_CONFIG), settings.alarm_topic_arn, settings.operations_topic_arn
    )
    queues = boto3.client("sqs", config=CONFIG)
    publisher = Publisher(topics, queues, settings.robot_queue_url)
    receipts = idempotency.new_receipts()
    table = Receipts(settings.receipts_table, boto3.client("dynamodb", config=RECEIPTS_CONFIG), count_receipt_error)
    failures = DeadLetterQueue(queues, settings.failures_queue_url)
    style = Style(settings.language, settings.utc_offset, settings.https_form, settings.stack_option)
    publish = publish_once(publisher.publish, table, receipts)
    return Wiring(publish, failures.put, receipts, style, table.settle)


def count_receipt_error(problem: str, error: Exception) -> None:
    """Say that a receipt is in trouble. The notice itself is out, or goes out."""
    logger.error(problem, exc_info=error)
    metrics.add_metric("ReceiptErrors", MetricUnit.Count, 1)


def publish_once(
    publish: Callable[[Notice], object], table: Receipts, receipts: IdempotencyConfig
) -> Callable[[Notice], object]:
    """`publish` with a receipt, and counted: a notice that has a receipt is neither sent nor counted again."""

    def send(notice: Notice) -> object:
        message_id = publish(notice)
        metrics.add_metric("Published", MetricUnit.Count, 1)
        metrics.add_metric("NoticeLag", MetricUnit.Seconds, max(time.time() - notice.at, 0))
        return message_id

    return idempotency.publish_once(send, table, receipts)


connect_at_init(wire)


@logger.inject_lambda_context
@metrics.log_metrics
@traced("notifier")
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Publish a batch of decisions in order, and name the first record that must come again."""
    records, wired = read_records(event), wire()
    wired.receipts.register_lambda_context(context)
    wired.settle()
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
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
        _set_aside(wired, record, error, **record.place())
        return
    for message in idempotency.messages_of(decision):
        try:
            notice = idempotency.notice_of(decision, message, wired.style)
            idempotency.publish_by(wired.publish, notice, ends)
        except Exception as error:
            if not can_never_be_published(error) and not _may_wait(message, error):
                raise
            _set_aside(wired, record, error, notice_id=message.id, shard=decision.shard, at=decision.at)


def _may_wait(message: idempotency.Message, error: Exception) -> bool:
    """Whether it is put aside although trying again may help: trouble with the operations topic must delay no alarm.

    `icwatch redrive` publishes it. An invocation whose time is over goes on with the next one.
    """
    return isinstance(message, MonitoringMessage) and not isinstance(error, TimeoutError)


def _set_aside(wired: Wiring, record: Record, error: Exception, **place: str | int) -> None:
    reason = f"{type(error).__name__}: {error}"
    dead_letter = {"sequence_number": record.sequence_number, "reason": reason, **place}
    logger.error("set aside for good", extra=dead_letter)
    wired.set_aside(dead_letter)
    metrics.add_metric("SetAside", MetricUnit.Count, 1)
