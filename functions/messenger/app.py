"""The messenger: what is published to the alarm topic also goes to chat robots, each in its vendor's form and measure.

A record is a notice as programs receive it, of which only the id and the place of its decision are used; or says that
it is time to look at a robot again; or brings back what was refused. Records are independent: each that fails comes
again by itself, and what it did before has its receipt.
"""

from __future__ import annotations

import functools
import json
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.delivery.decisions import Decisions
from icwatch.delivery.messenger import Messenger
from icwatch.delivery.outboxes import DynamoOutboxes
from icwatch.delivery.robots import RobotSender
from icwatch.delivery.secrets import Secrets
from icwatch.init import connect_at_init
from icwatch.model import Robot
from icwatch.notices import Style
from icwatch.notices.fields import NOTICE
from icwatch.robots.messages import test_form
from icwatch.robots.outbox import Waiting
from icwatch.robots.vendors import Answer, Verdict
from icwatch.settings import MessengerSettings
from icwatch.storage.codec import decode
from icwatch.storage.dead_letters import DeadLetterQueue
from icwatch.storage.inventory import DynamoInventory
from icwatch.storage.tables import CONFIG, DynamoTransitions
from icwatch.text import one_line
from icwatch.tracing import traced

MAX_LOGGED = 200

logger = Logger(service="messenger")
metrics = Metrics(service="messenger")

# Counters of zero are not written: CloudWatch charges for the metric.
warnings.filterwarnings("ignore", message="No application metrics to publish")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the handler works with."""

    inventory: DynamoInventory
    messenger: Messenger


@functools.cache
def wire() -> Wiring:
    """Connect to the tables and queues that the environment names; once."""
    settings = MessengerSettings.from_env()
    client, sqs = boto3.client("dynamodb", config=CONFIG), boto3.client("sqs", config=CONFIG)
    secrets = Secrets(local=settings.local_secrets)

    def wake(robot: str, seconds: int) -> None:
        sqs.send_message(QueueUrl=settings.queue_url, MessageBody=json.dumps({"wake": robot}), DelaySeconds=seconds)

    messenger = Messenger(
        outboxes=DynamoOutboxes(client, settings.outboxes_table, settings.receipts_table),
        decision_of=Decisions(DynamoTransitions(client, settings.transitions_table)).of,
        sender=RobotSender(secrets, local=settings.local_secrets),
        wake=wake,
        set_aside=DeadLetterQueue(sqs, settings.failures_queue_url).put,
        style=Style(settings.language, settings.utc_offset, stack_option=settings.stack_option),
        count=count,
    )
    return Wiring(DynamoInventory(client, settings.inventory_table), messenger)


def count(answer: Answer) -> None:
    """Count a message by what became of it."""
    if answer.verdict is Verdict.TAKEN:
        metrics.add_metric("RobotMessages", MetricUnit.Count, 1)
    else:
        logger.warning("a robot did not take a message", extra={"verdict": answer.verdict, "answer": answer.words})
        metrics.add_metric("RobotFailures", MetricUnit.Count, 1)


connect_at_init(wire)


@logger.inject_lambda_context
@metrics.log_metrics
@traced("messenger")
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on a batch of records and name those that must come again; or send a test message, and say what came of it.

    A test is `{"test": NAME}`, which `icwatch robot test` sends.
    """
    wired = wire()
    robots = wired.inventory.load().robots
    if "test" in event:
        return _test(wired.messenger, robots, str(event["test"]))
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    failed: dict[str, None] = {}
    touched: dict[str, list[str]] = {}
    for record in event["Records"]:
        try:
            for name in _take(wired.messenger, record["body"], robots):
                touched.setdefault(name, []).append(record["messageId"])
        except Exception:
            logger.exception("a record comes again", extra={"message_id": record["messageId"]})
            failed[record["messageId"]] = None
    for name, records in touched.items():
        try:
            if name in robots:
                wired.messenger.deliver(robots[name], ends)
        except Exception:
            logger.exception("a robot is looked at again", extra={"robot": name})
            failed |= dict.fromkeys(records)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _take(messenger: Messenger, text: str, robots: Mapping[str, Robot]) -> set[str]:
    """Take a record in. The robots to be looked at; none for what somebody else published to the topic."""
    body = _document(text)
    if "wake" in body:
        return {str(body["wake"])}
    if "again" in body:
        name = str(body["again"]["robot"])
        messenger.put_back(name, [decode(Waiting, each) for each in body["again"]["waiting"]])
        return {name}
    if body.get("schema") != NOTICE:
        logger.info("passed over what is no notice", extra={"body": one_line(text, MAX_LOGGED)})
        return set()
    return messenger.accept(str(body["notice"]), str(body["shard"]), int(body["at"]), robots.values())


def _document(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _test(messenger: Messenger, robots: Mapping[str, Robot], name: str) -> dict[str, str]:
    if name not in robots:
        return {"verdict": "unknown", "answer": f"the fleet has no robot {name}; it has {', '.join(robots) or 'none'}"}
    robot = robots[name]
    answer = messenger.sender.send(robot, test_form(robot, messenger.style.language), f"test:{int(time.time())}")
    return {"verdict": str(answer.verdict), "answer": answer.words}
