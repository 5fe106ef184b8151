"""AWS refuses a call of a function for a while, for each reason that it has: nothing is lost, and nothing told twice.

In each cycle another server goes down, and another call fails. The invocation fails or names where to go on, and what
it was given comes again, as Lambda brings it.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from functions.evaluator import app as evaluator
from functions.notifier import app as notifier
from functions.prober import app as prober
from icwatch.errors import BatchError
from icwatch.model import HEALTH, Decision, Sweep
from icwatch.storage.items import read_item
from icwatch.storage.packing import unpack
from icwatch.storage.tables import DynamoSamples
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.backend import Backend, private_environment
from icwatch_cli.local.stack import Stack, create
from icwatch_cli.local.translation import translate
from tests.functions.support import ALL_WELL, Context

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

DYNAMODB = (
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "AccessDeniedException",  # a permission, or the table's KMS key
    "ResourceNotFoundException",
)
SNS = (
    "Throttling",
    "KMSThrottling",
    "KMSAccessDenied",
    "KMSDisabled",
    "AuthorizationError",
    "EndpointDisabled",
    "NotFound",  # the topic was deleted
)
CALLS = (
    *((evaluator, "GetItem", code) for code in DYNAMODB),
    *((evaluator, "TransactWriteItems", code) for code in (*DYNAMODB, "TransactionConflictException")),
    *((notifier, "PutItem", code) for code in DYNAMODB),
    *((notifier, "Publish", code) for code in SNS),
    *((notifier, "UpdateItem", code) for code in DYNAMODB),
)
"""Which call of which function is refused, and why."""

PROBER_CALLS = [(operation, code) for operation in ("GetItem", "PutItem") for code in DYNAMODB]
SHARD = "shard-0001"
MOST_ATTEMPTS = 4


class Outside:
    """AWS, which refuses the next calls of an operation."""

    def __init__(self) -> None:
        self.refuses = ("", "")
        self.refused = 0
        self.times = 0

    def refuse(self, operation: str, code: str, times: int = 1) -> None:
        """From now on, so often."""
        self.refuses, self.times, self.refused = (operation, code), times, 0

    def ask(self, operation: str) -> None:
        """Raises ClientError where it is refused."""
        if operation == self.refuses[0] and self.refused < self.times:
            self.refused += 1
            metadata: Any = {"HTTPStatusCode": 400}
            raise ClientError({"Error": {"Code": self.refuses[1]}, "ResponseMetadata": metadata}, operation)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    found, real = Outside(), BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        found.ask(operation)
        return real(client, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    monkeypatch.setattr("icwatch.delivery.sns.PAUSES_SECONDS", (0, 0))
    return found


@pytest.fixture
def stack(empty_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack that watches a server for each case; the last one is never down."""
    for name, value in {**private_environment(), "AWS_ENDPOINT_URL": empty_backend.endpoint}.items():
        monkeypatch.setenv(name, value)
    found = create(empty_backend.endpoint, translate(), {})
    for function in ("ProberFunction", "EvaluatorFunction", "NotifierFunction"):
        for name, value in found.functions[function].environment.items():
            monkeypatch.setenv(name, value)
    rule = {"name": "ic_server_connect_failed", "resend_interval": "24h"}
    fleet = parse_fleet({"targets": names(), "rules": [rule]})
    writer = InventoryWriter(boto3.client("dynamodb"), found.outputs["InventoryTable"])
    writer.apply(make_plan(writer.load(), fleet))
    return found


def names() -> list[str]:
    """The servers: one for each case, and one more."""
    return [f"127.1.0.{number}:9" for number in range(1, len(CALLS) + 2)]


def delivered(app: Any, event: dict[str, Any]) -> int:
    """How often a batch had to come until it was handled."""
    for attempt in range(1, MOST_ATTEMPTS):
        try:
            if app.lambda_handler(event, Context()) == ALL_WELL:
                return attempt
        except (BatchError, ClientError):
            continue
    assert app.lambda_handler(event, Context()) == ALL_WELL
    return MOST_ATTEMPTS


def records(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The stream's batch."""
    return {
        "Records": [
            {"eventName": "INSERT", "dynamodb": {"SequenceNumber": item["at"]["N"], "NewImage": item}} for item in items
        ]
    }


def items(client: Any, table: str) -> list[dict[str, Any]]:
    """What is in a table, by time."""
    pages: Any = client.get_paginator("scan").paginate(TableName=table)
    return sorted((item for page in pages for item in page["Items"]), key=lambda item: int(item["at"]["N"]))


def test_whatever_is_refused_for_a_while_is_decided_and_told_once(stack: Stack, outside: Outside) -> None:
    sqs: Any = boto3.client("sqs")
    inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("sns").subscribe(TopicArn=stack.outputs["AlarmTopicArn"], Protocol="sqs", Endpoint=arn)
    dynamodb = boto3.client("dynamodb")
    samples = DynamoSamples(dynamodb, stack.outputs["SamplesTable"], 1)
    began = int(time.time()) // 60 * 60 - 60 * len(CALLS)
    for cycle, (app, operation, code) in enumerate(CALLS):
        at, down = began + 60 * cycle, {*names()[: cycle + 1]}
        samples.save(Sweep(SHARD, at, {HEALTH: {name: int(name not in down) for name in names()}}))
        times = 3 if operation == "Publish" else 1  # it is tried again at once
        swept = records([item for item in items(dynamodb, stack.outputs["SamplesTable"]) if item["at"]["N"] == str(at)])
        if app is evaluator:
            outside.refuse(operation, code, times)
        assert delivered(evaluator, swept) == 1 + (app is evaluator)
        decided = [item for item in items(dynamodb, stack.outputs["TransitionsTable"]) if item["at"]["N"] == str(at)]
        if app is notifier:
            outside.refuse(operation, code, times)
        delivered(notifier, records(decided))
        assert outside.refused == outside.times, f"{operation} was not called"
        outside.refuse("", "")
    decisions = [read_item(Decision, unpack(item)) for item in items(dynamodb, stack.outputs["TransitionsTable"])]
    transitions = [each for decision in decisions for each in decision.transitions]
    assert Counter(each.target for each in transitions) == Counter(names()[:-1])
    told: Counter[str] = Counter()
    while page := sqs.receive_message(QueueUrl=inbox, MaxNumberOfMessages=10).get("Messages", ()):
        told.update(json.loads(each["Body"])["MessageAttributes"]["notice_id"]["Value"] for each in page)
        for each in page:
            sqs.delete_message(QueueUrl=inbox, ReceiptHandle=each["ReceiptHandle"])
    assert told == Counter(each.id for each in transitions)
    for queue in ("EvaluatorFailuresUrl", "NotifierFailuresUrl"):
        assert "Messages" not in sqs.receive_message(QueueUrl=stack.outputs[queue]), queue


def test_a_tick_that_failed_is_made_good_by_the_next_attempt(stack: Stack, outside: Outside) -> None:
    dynamodb, began = boto3.client("dynamodb"), int(time.time()) - len(PROBER_CALLS)
    for number, (operation, code) in enumerate(PROBER_CALLS, began):
        tick = {"time": datetime.fromtimestamp(number, UTC).isoformat()}
        outside.refuse(operation, code)
        with pytest.raises((ClientError, RuntimeError), match=code):
            prober.lambda_handler(tick, Context())
        prober.lambda_handler(tick, Context())
    saved = [int(item["at"]["N"]) for item in items(dynamodb, stack.outputs["SamplesTable"])]
    assert saved == [*range(began, began + len(PROBER_CALLS))]
