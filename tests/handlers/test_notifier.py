"""The notifier on a local cloud: from a batch of the Transitions stream to what a subscriber's queue receives."""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig

from functions.notifier import app
from icwatch import builtin
from icwatch.announcement import announcements_of
from icwatch.config import parse_rule
from icwatch.errors import BatchError, SettingsError
from icwatch.items import read_item
from icwatch.model import Decision, Language
from icwatch.notice import Notice, Style, write_notice
from icwatch.publish import DeadLetterQueue, SnsPublisher
from icwatch.stream import read_records
from tests.conftest import Cloud
from tests.handlers.support import ALL_WELL, Context, Log, event, failed, numbers, published_metrics, stream_event

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

BATCH = event("transitions-stream")
"""An alarm raised, repeated and cleared."""

RULE = parse_rule(builtin.RULE)
DECISIONS = [read_item(Decision, record.item()) for record in read_records(BATCH)]
NOTICES = [
    write_notice(announcement, Style(Language.ZH_CN))
    for decision in DECISIONS
    for announcement in announcements_of(decision)
]


class KilledError(BaseException):
    """The invocation ends in the middle, without a chance to clean up."""


@dataclass
class Subscriber:
    """A topic with a queue behind it, receipts in a table, and a publisher that can be made to fail."""

    cloud: Cloud
    topic: str
    queue: str
    table: str
    refuse: str = ""
    spoil: str = ""
    aside: list[dict[str, Any]] = field(default_factory=list)
    kill: str = ""

    def wire(self) -> app.Wiring:
        receipts = IdempotencyConfig(expires_after_seconds=3600)
        table = DynamoDBPersistenceLayer(self.table, boto3_client=self.cloud.dynamodb)
        publisher = SnsPublisher(self.cloud.sns, self.topic)

        def publish(notice: Notice) -> object:
            kind = str(notice.attributes["kind"])
            if kind == self.kill:
                raise KilledError
            if kind == self.refuse:
                raise OSError("SNS is away")
            if kind == self.spoil:
                notice = replace(notice, messages={**notice.messages, "default": "too long " * 40_000})
            return publisher.publish(notice)

        return app.Wiring(
            app.publish_once(publish, table, receipts), self.aside.append, receipts, Style(Language.EN_US)
        )

    def received(self) -> list[dict[str, Any]]:
        """All messages that lie in the queue, which is empty afterwards."""
        messages: list[dict[str, Any]] = []
        while True:
            batch = self.cloud.sqs.receive_message(
                QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageAttributeNames=["All"]
            ).get("Messages", [])
            if not batch:
                return messages
            for message in batch:
                messages.append(dict(message))
                self.cloud.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])

    def ids(self) -> list[str]:
        return [message["MessageAttributes"]["notice_id"]["StringValue"] for message in self.received()]


@pytest.fixture
def subscriber(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subscriber]:
    name = uuid.uuid4().hex
    topic = cloud.sns.create_topic(Name=name)["TopicArn"]
    queue = cloud.sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    cloud.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    cloud.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    subscriber = Subscriber(cloud, topic, queue, name)
    monkeypatch.setattr(app, "wire", subscriber.wire)
    yield subscriber
    cloud.dynamodb.delete_table(TableName=name)
    cloud.sqs.delete_queue(QueueUrl=queue)
    cloud.sns.delete_topic(TopicArn=topic)


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log(app.logger)
    yield log
    log.close()


def test_the_example_batch_arrives_in_order(subscriber: Subscriber, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.lambda_handler(BATCH, Context()) == ALL_WELL
    messages = subscriber.received()
    assert [message["Body"] for message in messages] == [notice.text for notice in NOTICES]
    assert [message["MessageAttributes"]["kind"]["StringValue"] for message in messages] == [
        "raised",
        "repeated",
        "cleared",
    ]
    metrics = published_metrics(capsys.readouterr().out)
    assert metrics["Published"] == 3
    assert metrics["NoticeLag"] > 0


def test_attributes_arrive(subscriber: Subscriber) -> None:
    app.lambda_handler(BATCH, Context())
    attributes = subscriber.received()[0]["MessageAttributes"]
    assert attributes.keys() == NOTICES[0].attributes.keys()
    values = {name: attribute["StringValue"] for name, attribute in attributes.items()}
    assert json.loads(values.pop("labels")) == ["vpc=vpc-1"]
    assert attributes["labels"]["DataType"] == "String.Array"
    assert attributes["at"]["DataType"] == "Number"
    assert values == {
        "notice_id": "ic_server_connect_failed:192.168.0.1:1772438400:raised:1772438400",
        "rule": "ic_server_connect_failed",
        "kind": "raised",
        "level": "Critical",
        "status": "Active",
        "scope": "Host",
        "target": "192.168.0.1",
        "at": "1772438400",
    }


def test_the_subject_and_the_form_of_the_message(subscriber: Subscriber) -> None:
    """As a subscriber without raw delivery sees them."""
    cloud = subscriber.cloud
    queue = cloud.sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
    arn = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    cloud.sns.subscribe(TopicArn=subscriber.topic, Protocol="sqs", Endpoint=arn)
    app.lambda_handler({"Records": BATCH["Records"][:1]}, Context())
    (message,) = cloud.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    body = json.loads(message["Body"])
    assert (body["Subject"], body["Message"]) == (NOTICES[0].subject, NOTICES[0].text)


def test_the_same_batch_again_publishes_nothing(subscriber: Subscriber) -> None:
    app.lambda_handler(BATCH, Context())
    assert subscriber.ids() == [notice.id for notice in NOTICES]
    assert app.lambda_handler(BATCH, Context()) == ALL_WELL
    assert subscriber.ids() == []


def test_a_notice_that_was_published_before_is_not_published_in_another_batch(subscriber: Subscriber) -> None:
    app.lambda_handler({"Records": BATCH["Records"][:2]}, Context())
    app.lambda_handler({"Records": BATCH["Records"][1:]}, Context())
    assert subscriber.ids() == [notice.id for notice in NOTICES]


def test_a_failure_in_the_middle_is_where_it_goes_on_from(
    subscriber: Subscriber, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    subscriber.refuse = "repeated"
    assert app.lambda_handler(BATCH, Context()) == failed(numbers(BATCH)[1])
    assert subscriber.ids() == [NOTICES[0].id], "nothing after the failure is sent before it"
    assert log.line("stopped at a record")["sequence_number"] == numbers(BATCH)[1]
    assert published_metrics(capsys.readouterr().out)["FailedBatches"] == 1
    subscriber.refuse = ""
    assert app.lambda_handler({"Records": BATCH["Records"][1:]}, Context()) == ALL_WELL
    assert subscriber.ids() == [notice.id for notice in NOTICES[1:]]


def test_a_failure_at_first_makes_lambda_halve_the_batch(subscriber: Subscriber) -> None:
    subscriber.refuse = "raised"
    with pytest.raises(BatchError):
        app.lambda_handler(BATCH, Context())
    alone = {"Records": BATCH["Records"][:1]}
    assert app.lambda_handler(alone, Context()) == failed(numbers(BATCH)[0])
    assert subscriber.ids() == []


def test_a_failure_within_a_record_does_not_send_its_first_notice_again(subscriber: Subscriber) -> None:
    (raised,), (repeated,) = DECISIONS[0].transitions, DECISIONS[1].transitions
    both = stream_event(replace(DECISIONS[0], transitions=(raised, repeated)))
    subscriber.refuse = "repeated"
    assert app.lambda_handler(both, Context()) == failed("1")
    subscriber.refuse = ""
    assert app.lambda_handler(both, Context()) == ALL_WELL
    assert subscriber.ids() == [raised.id, repeated.id]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_unreadable_record_is_set_aside_and_holds_up_nothing(subscriber: Subscriber, position: int) -> None:
    broken = copy.deepcopy(BATCH)
    del broken["Records"][position]["dynamodb"]["NewImage"]["rules"]
    assert app.lambda_handler(broken, Context()) == ALL_WELL
    assert subscriber.ids() == [notice.id for number, notice in enumerate(NOTICES) if number != position]
    (letter,) = subscriber.aside
    assert letter["sequence_number"] == numbers(BATCH)[position]
    assert "rules is missing" in letter["reason"]
    assert (letter["shard"], letter["at"]) == (DECISIONS[position].shard, DECISIONS[position].at)
    assert "notice_id" not in letter


def test_a_notice_that_sns_refuses_for_good_is_set_aside_and_the_next_goes_on(
    subscriber: Subscriber, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    subscriber.spoil = "repeated"
    assert app.lambda_handler(BATCH, Context()) == ALL_WELL
    assert subscriber.ids() == [NOTICES[0].id, NOTICES[2].id]
    (letter,) = subscriber.aside
    assert (letter["notice_id"], letter["shard"], letter["at"]) == (NOTICES[1].id, DECISIONS[1].shard, DECISIONS[1].at)
    assert "InvalidParameter" in letter["reason"]
    assert log.line("set aside for good")["notice_id"] == NOTICES[1].id
    assert published_metrics(capsys.readouterr().out)["SetAside"] == 1


def test_what_cannot_be_set_aside_comes_again(subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    wired = subscriber.wire()

    def refuse(letter: dict[str, Any]) -> None:
        raise OSError("the queue is away")

    monkeypatch.setattr(app, "wire", lambda: replace(wired, set_aside=refuse))
    subscriber.spoil = "repeated"
    assert app.lambda_handler(BATCH, Context()) == failed(numbers(BATCH)[1])
    assert subscriber.ids() == [NOTICES[0].id]


def test_a_letter_reaches_the_queue(cloud: Cloud) -> None:
    queue = cloud.sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
    DeadLetterQueue(cloud.sqs, queue).put({"reason": "错误", "at": 1})
    (message,) = cloud.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    assert json.loads(message["Body"]) == {"reason": "错误", "at": 1}


def test_the_claim_of_an_invocation_that_was_killed_is_waited_for(subscriber: Subscriber) -> None:
    first = {"Records": BATCH["Records"][:1]}
    subscriber.kill = "raised"
    with pytest.raises(KilledError):
        app.lambda_handler(first, Context(seconds=3))
    subscriber.kill = ""
    assert app.lambda_handler(first, Context()) == ALL_WELL
    assert subscriber.ids() == [NOTICES[0].id]


def test_without_time_nothing_is_begun(subscriber: Subscriber) -> None:
    first = {"Records": BATCH["Records"][:1]}
    assert app.lambda_handler(first, Context(seconds=1)) == failed(numbers(BATCH)[0])
    assert subscriber.ids() == []
    assert app.lambda_handler(first, Context()) == ALL_WELL
    assert subscriber.ids() == [NOTICES[0].id]


def test_what_is_not_to_be_announced_is_not_sent(subscriber: Subscriber) -> None:
    silent = replace(DECISIONS[0].transitions[0], announce=False, silenced=True)
    assert app.lambda_handler(stream_event(replace(DECISIONS[0], transitions=(silent,))), Context()) == ALL_WELL
    assert subscriber.received() == []


def test_the_language_is_the_fleet_s_or_else_the_function_s(subscriber: Subscriber) -> None:
    assert DECISIONS[0].language is Language.ZH_CN
    app.lambda_handler(stream_event(DECISIONS[0], replace(DECISIONS[1], language=None)), Context())
    chinese, english = (message["Body"] for message in subscriber.received())
    assert RULE.display_name["zh-CN"] in chinese
    assert RULE.display_name["en-US"] in english


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEIPTS_TABLE", "receipts")
    monkeypatch.setenv("LANGUAGE", "zh-CN")
    monkeypatch.setenv("UTC_OFFSET", "+08:00")
    monkeypatch.setenv("FAILURES_QUEUE_URL", "queue")
    monkeypatch.delenv("ALARM_TOPIC_ARN", raising=False)
    with pytest.raises(SettingsError, match=r"^ALARM_TOPIC_ARN is missing"):
        app.lambda_handler(BATCH, Context())
