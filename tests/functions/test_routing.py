"""The documented filter policies, each at real subscriptions: exactly what they let through of one story.

The story is told by the evaluator and published by the notifier, delivered to it twice. A policy that lets a problem
through lets its end through, whatever was merged and whatever its level was.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from functions.notifier import app
from icwatch.announcements.decision import decide
from icwatch.delivery import idempotency
from icwatch.delivery.receipts import Receipts
from icwatch.delivery.sns import SnsPublisher
from icwatch.evaluation.drills import inventory_of_drills
from icwatch.evaluation.evaluate import evaluate
from icwatch.model import (
    DRILL_METRIC,
    DRILL_SHARD,
    HEALTH,
    Cause,
    Decision,
    Drill,
    Failure,
    Language,
    ShardAlarms,
    Sweep,
)
from icwatch.notices import Style
from icwatch_cli.fleet import parse_fleet
from tests.conftest import Cloud
from tests.functions.support import ALL_WELL, Context, stream_event

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

START = 1_772_438_400
SHARD = "shard-0001"
VPC_1, VPC_2 = [f"10.1.0.{number}" for number in range(1, 5)], [f"10.2.0.{number}" for number in range(1, 4)]
LATENCY = "ic_server_latency_ms"

FLEET = parse_fleet(
    {
        "language": "en-US",
        "route_by": ["vpc", "region", "zone"],
        "targets": [
            *({"address": each, "labels": {"vpc": "vpc-1", "region": "cn-shanghai", "zone": "a"}} for each in VPC_1),
            *({"address": each, "labels": {"vpc": "vpc-2", "region": "cn-beijing", "zone": "b"}} for each in VPC_2),
        ],
        "rules": [
            {
                "name": "ic_server_connect_failed",
                "clear_cycle": "1m",
                "resend_interval": "1h",
                "unattended_after": ["3m", "9m"],
            },
            {
                "name": "ic_server_slow",
                "expression": f"max({LATENCY}{{@LABELS}}) by (@GBLABELS)",
                "comparator": ">=",
                "levels": [{"level": "Critical", "threshold": 500}, {"level": "Alert", "threshold": 100}],
                "clear_cycle": "1m",
                "resend_interval": "2m",
            },
        ],
    }
)

ALL_DOWN = {*VPC_1, *VPC_2}
STORY: list[tuple[Mapping[str, int], set[str]]] = [
    ({"10.1.0.1": 150, "10.2.0.1": 150}, set()),
    ({"10.1.0.1": 600}, set()),
    ({"10.1.0.1": 600}, set()),
    ({"10.1.0.1": 600}, set()),
    ({"10.1.0.1": 150}, set()),
    ({}, set()),
    ({}, set()),
    ({}, ALL_DOWN),
    ({}, ALL_DOWN - {"10.1.0.1"}),
    ({}, ALL_DOWN - {"10.1.0.1", "10.2.0.1"}),
    ({}, {"10.1.0.3", "10.1.0.4", "10.2.0.3"}),
    ({}, {"10.1.0.3", "10.1.0.4"}),
    ({}, set()),
    ({}, set()),
]
"""Minute by minute: the latencies above the usual 10 ms, and who is down."""

TOLD = """
 0 raised    10.1.0.1 Alert                               -> unrepeated real
 0 raised    10.2.0.1 Alert                               -> unrepeated vpc-2 beijing real
 1 escalated 10.1.0.1 Critical,Alert                      -> unrepeated critical real
 2 cleared   10.2.0.1 Alert                               -> unrepeated vpc-2 beijing real
 3 repeated  10.1.0.1 Critical                            -> critical real
 4 eased     10.1.0.1 Alert,Critical                      -> unrepeated critical real
 6 cleared   10.1.0.1 Alert,Critical                      -> unrepeated critical real
 7 raised    10.1.0.1,10.1.0.2,10.1.0.3,10.1.0.4 Critical -> unrepeated critical down real
 7 raised    10.2.0.1,10.2.0.2,10.2.0.3 Critical          -> unrepeated critical down vpc-2 both beijing real
 9 cleared   10.1.0.1 Critical                            -> unrepeated critical down real
10 unattended 10.1.0.3 Critical                           -> unrepeated critical down second real
10 unattended 10.1.0.4 Critical                           -> unrepeated critical down second real
10 unattended 10.2.0.3 Critical                           -> unrepeated critical down vpc-2 both beijing second real
10 cleared   10.2.0.1 Critical                            -> unrepeated critical down vpc-2 both beijing real
11 cleared   10.1.0.2 Critical                            -> unrepeated critical down real
11 cleared   10.2.0.2 Critical                            -> unrepeated critical down vpc-2 both beijing real
12 cleared   10.2.0.3 Critical                            -> unrepeated critical down vpc-2 both beijing second real
13 cleared   10.1.0.3 Critical                            -> unrepeated critical down second real
13 cleared   10.1.0.4 Critical                            -> unrepeated critical down second real
14 raised    drill-1772439240 Critical                    -> unrepeated critical
16 cleared   drill-1772439240 Critical                    -> unrepeated critical
"""
"""All that is told, by minute, kind, targets and levels, and which policies let it through."""

POLICIES: dict[str, tuple[str, dict[str, Any]]] = {
    "critical": ("MessageAttributes", {"level": ["Critical"]}),
    "vpc-2": ("MessageAttributes", {"vpc": ["vpc-2"]}),
    "unrepeated": ("MessageAttributes", {"kind": [{"anything-but": ["repeated"]}]}),
    "second": ("MessageAttributes", {"stage": ["1", "2"]}),
    "real": ("MessageAttributes", {"drill": [{"exists": False}]}),
    "both": ("MessageAttributes", {"level": ["Critical"], "vpc": ["vpc-2"]}),
    "beijing": ("MessageBody", {"labels": {"region": ["cn-beijing"]}}),
    "down": ("MessageBody", {"cause": ["connect_timeout"], "levels": ["Critical"]}),
}


def expected(name: str) -> list[str]:
    """What a policy lets through; without one, all of it."""
    lines = (line.split(" -> ") for line in TOLD.splitlines() if line)
    return [" ".join(told.split()) for told, names in lines if not name or name in names.split()]


def decisions() -> Iterator[Decision]:
    """What the evaluator makes of the story."""
    inventory, current = FLEET.as_inventory(), ShardAlarms(SHARD)
    for minute, (slow, down) in enumerate(STORY):
        sweep = Sweep(
            SHARD,
            START + 60 * minute,
            {
                HEALTH: {name: int(name not in down) for name in inventory.targets},
                LATENCY: {name: slow.get(name, 10) for name in inventory.targets},
            },
            failures=dict.fromkeys(down, Failure(Cause.CONNECT_TIMEOUT, "no connection within 3s")),
        )
        current, transitions = evaluate(inventory, current, sweep)
        if transitions:
            yield decide(inventory, current, transitions, "here")
    yield from _drill(START + 60 * len(STORY))


def _drill(at: int) -> Iterator[Decision]:
    """One that is in alarm for a minute."""
    drill, current = Drill(str(at), at), ShardAlarms(DRILL_SHARD)
    for minute in range(3):
        sweep = Sweep(DRILL_SHARD, at + 60 * minute, {DRILL_METRIC: {drill.target: int(minute > 0)}})
        inventory = inventory_of_drills(FLEET.as_inventory(), current, sweep)
        current, transitions = evaluate(inventory, current, sweep)
        if transitions:
            yield decide(inventory, current, transitions, "here")


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as it came out of a queue. Attributes are lists of their values."""

    body: dict[str, Any]
    attributes: dict[str, list[str]]

    @property
    def line(self) -> str:
        """As the table has it."""
        minute = (self.body["at"] - START) // 60
        targets, levels = (",".join(self.attributes[name]) for name in ("target", "level"))
        return f"{minute} {self.attributes['kind'][0]} {targets} {levels}"

    @property
    def alarms(self) -> set[str]:
        """The ids of those that it tells of."""
        return {alarm["id"] for alarm in self.body["alarms"]}


class Subscriptions:
    """Queues behind a topic: for each policy, and for none, one with raw delivery and one without."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.topic = cloud.sns.create_topic(Name=uuid.uuid4().hex)["TopicArn"]
        self._queues = {
            (name, raw): self._subscribe(name, raw=raw) for name in ("", *POLICIES) for raw in (True, False)
        }
        self._kept: dict[tuple[str, bool], list[Message]] = {}

    def _subscribe(self, name: str, *, raw: bool) -> str:
        sqs = self._cloud.sqs
        url = sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        attributes = {"RawMessageDelivery": str(raw).lower()}
        if name:
            scope, policy = POLICIES[name]
            attributes |= {"FilterPolicyScope": scope, "FilterPolicy": json.dumps(policy)}
        self._cloud.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        return url

    def received(self, name: str, *, raw: bool) -> list[Message]:
        """All that a subscription received."""
        kept = self._kept.setdefault((name, raw), [])
        url = self._queues[name, raw]
        while page := self._cloud.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", []):
            for message in page:
                kept.append(_raw(message) if raw else _wrapped(message))
                self._cloud.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return kept


def _raw(message: Any) -> Message:
    attributes = message["MessageAttributes"].items()
    values = {name: _values(each["DataType"], each["StringValue"]) for name, each in attributes}
    return Message(json.loads(message["Body"]), values)


def _wrapped(message: Any) -> Message:
    envelope = json.loads(message["Body"])
    attributes = envelope["MessageAttributes"].items()
    return Message(
        json.loads(envelope["Message"]), {name: _values(each["Type"], each["Value"]) for name, each in attributes}
    )


def _values(kind: str, text: str) -> list[str]:
    return list(json.loads(text)) if kind == "String.Array" else [text]


@pytest.fixture(scope="module")
def subscriptions(cloud: Cloud) -> Iterator[Subscriptions]:
    """After the story was published, and delivered to the notifier once more."""
    made = Subscriptions(cloud)
    table = uuid.uuid4().hex
    cloud.dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    receipts = idempotency.new_receipts()
    publisher = SnsPublisher(cloud.sns, made.topic, "operations")
    layer = Receipts(table, cloud.dynamodb, app.count_receipt_error)
    publish = app.publish_once(publisher.publish, layer, receipts)
    batch = stream_event(*decisions())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            app,
            "wire",
            lambda: app.Wiring(
                publish, lambda letter: pytest.fail(str(letter)), receipts, Style(Language.EN_US), layer.settle
            ),
        )
        for _ in range(2):
            assert app.lambda_handler(batch, Context()) == ALL_WELL
    yield made
    cloud.sns.delete_topic(TopicArn=made.topic)
    cloud.dynamodb.delete_table(TableName=table)


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "wrapped"])
@pytest.mark.parametrize("name", ["", *POLICIES])
def test_exactly_what_the_policy_lets_through_arrives(subscriptions: Subscriptions, name: str, *, raw: bool) -> None:
    assert [each.line for each in subscriptions.received(name, raw=raw)] == expected(name)


@pytest.mark.parametrize("raw", [True, False], ids=["raw", "wrapped"])
@pytest.mark.parametrize("name", ["", *POLICIES])
def test_every_alarm_told_to_a_subscription_has_exactly_one_end(
    subscriptions: Subscriptions, name: str, *, raw: bool
) -> None:
    begun: set[str] = set()
    ends: Counter[str] = Counter()
    for message in subscriptions.received(name, raw=raw):
        if message.body["status"] == "Active":
            begun.update(message.alarms)
            assert not ends.keys() & message.alarms, "nothing is told of an alarm after its end"
        else:
            ends.update(message.alarms)
    assert ends == dict.fromkeys(begun, 1)
    assert begun


def test_with_three_labels_there_are_as_many_attributes_as_raw_delivery_takes(subscriptions: Subscriptions) -> None:
    """SQS drops a message with more than ten; the local cloud would not."""
    names = {"notice_id", "rule", "kind", "target", "level", "scope", "vpc", "region", "zone", "stage"}
    assert len(names) == 10
    called = {each.line for each in subscriptions.received("second", raw=True)}
    for message in subscriptions.received("real", raw=True):
        assert message.attributes.keys() == (names if message.line in called else names - {"stage"})
