"""The notifier on a local cloud: from a batch of the Transitions stream to what a subscriber's queue receives."""

from __future__ import annotations

import copy
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig

from functions.notifier import app
from icwatch.announcements.grouping import announcements_of
from icwatch.delivery.receipts import Receipts
from icwatch.delivery.sns import SnsPublisher
from icwatch.errors import BatchError, SettingsError
from icwatch.model import Decision, HttpsForm, Kind, Language, Level
from icwatch.notices import Notice, Style, write_notice
from icwatch.storage.dead_letters import DeadLetterQueue
from icwatch.storage.items import read_item
from icwatch.storage.stream import read_records
from icwatch_cli.fleet import builtin, parse_rule
from icwatch_cli.local.backend import private_environment
from tests.conftest import Cloud
from tests.functions.support import ALL_WELL, Context, Log, event, failed, numbers, published_metrics, stream_event
from tests.servers import Endpoint, Servers

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

BATCH = event("transitions-stream")
"""An alarm raised, repeated and cleared."""

WIRE = app.wire
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
    operations: str = ""
    refuse: str = ""
    spoil: str = ""
    aside: list[dict[str, Any]] = field(default_factory=list)
    kill: str = ""
    kill_late: bool = False

    def wire(self) -> app.Wiring:
        receipts = IdempotencyConfig(expires_after_seconds=3600)
        table = Receipts(self.table, self.cloud.dynamodb, app.count_receipt_error)
        publisher = SnsPublisher(self.cloud.sns, self.topic, self.operations)

        def publish(notice: Notice) -> object:
            kind = str(notice.attributes["kind"])
            if kind == self.kill:
                if self.kill_late:
                    publisher.publish(notice)
                raise KilledError
            if kind == self.refuse:
                raise OSError("SNS is away")
            if kind == self.spoil:
                notice = replace(notice, messages={**notice.messages, "default": "too long " * 40_000})
            return publisher.publish(notice)

        guarded = app.publish_once(publish, table, receipts)
        return app.Wiring(guarded, self.aside.append, receipts, Style(Language.EN_US), table.settle)

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
        return [notice_id(message) for message in self.received()]


def notice_id(message: dict[str, Any]) -> str:
    """The id of the notice that a message of a queue with raw delivery is."""
    return str(message["MessageAttributes"]["notice_id"]["StringValue"])


def storm(count: int, kind: Kind = Kind.RAISED) -> Decision:
    """A decision that says the same of so many alarms at once."""
    (one,) = DECISIONS[0].transitions
    told = (Level.CRITICAL,) if kind is Kind.CLEARED else ()
    transitions = [
        replace(one, target=f"10.2.0.{number}", kind=kind, notified_levels=told, labels={"vpc": "vpc-2"})
        for number in range(count)
    ]
    return replace(DECISIONS[0], transitions=tuple(transitions), language=Language.EN_US)


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
    assert [message["Body"] for message in messages] == [notice.body for notice in NOTICES]
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
    assert {attribute["DataType"] for attribute in attributes.values()} == {"String"}
    assert {name: attribute["StringValue"] for name, attribute in attributes.items()} == {
        "notice_id": "ic_server_connect_failed:192.168.0.1:1772438400:raised:1772438400",
        "rule": "ic_server_connect_failed",
        "kind": "raised",
        "level": "Critical",
        "scope": "Host",
        "target": "192.168.0.1",
    }


def test_what_is_several_values_is_a_list(subscriber: Subscriber) -> None:
    """The label that the fleet routes by is one value, the levels and targets are several."""
    escalated = replace(
        DECISIONS[1].transitions[0],
        kind=Kind.ESCALATED,
        notified_levels=(Level.ALERT,),
        recent_notices=(),
        former_level=Level.ALERT,
    )
    routed = replace(DECISIONS[1], transitions=(escalated,), route_by=("vpc",))
    app.lambda_handler(stream_event(routed, storm(6)), Context())
    alone, merged = (message["MessageAttributes"] for message in subscriber.received())
    assert (alone["level"]["DataType"], json.loads(alone["level"]["StringValue"])) == (
        "String.Array",
        ["Critical", "Alert"],
    )
    assert (alone["vpc"]["DataType"], alone["vpc"]["StringValue"]) == ("String", "vpc-1")
    assert (merged["target"]["DataType"], json.loads(merged["target"]["StringValue"])) == (
        "String.Array",
        [f"10.2.0.{number}" for number in range(6)],
    )
    assert "vpc" not in merged, "its fleet chose no label"


def test_the_subject_and_the_form_of_the_message(subscriber: Subscriber) -> None:
    """As a subscriber without raw delivery sees them."""
    cloud = subscriber.cloud
    queue = cloud.sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
    arn = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    cloud.sns.subscribe(TopicArn=subscriber.topic, Protocol="sqs", Endpoint=arn)
    app.lambda_handler({"Records": BATCH["Records"][:1]}, Context())
    (message,) = cloud.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    body = json.loads(message["Body"])
    assert (body["Subject"], body["Message"]) == (NOTICES[0].subject, NOTICES[0].body)


def test_an_https_subscription_is_sent_a_card(subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the function is wired. What is subscribed as https speaks plain HTTP here, which the local cloud allows."""
    cloud = subscriber.cloud
    variables = {
        **private_environment(),
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "RECEIPTS_TABLE": subscriber.table,
        "ALARM_TOPIC_ARN": subscriber.topic,
        "OPERATIONS_TOPIC_ARN": subscriber.topic,
        "FAILURES_QUEUE_URL": subscriber.queue,
        "LANGUAGE": "zh-CN",
        "UTC_OFFSET": "+00:00",
        "HTTPS_FORM": "chatbot",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(app, "wire", WIRE.__wrapped__)
    secure, plain = Endpoint(), Endpoint()
    with Servers() as servers:
        for protocol, endpoint in (("https", secure), ("http", plain)):
            url = f"http://127.0.0.1:{servers.serve(endpoint)}/"
            cloud.sns.subscribe(TopicArn=subscriber.topic, Protocol=protocol, Endpoint=url)
            assert endpoint.confirmed.wait(20)
        assert app.lambda_handler({"Records": BATCH["Records"][:1]}, Context()) == ALL_WELL
        ends = time.monotonic() + 20
        while not (secure.notifications and plain.notifications) and time.monotonic() < ends:
            time.sleep(0.02)
    (card,), (body,) = secure.notifications, plain.notifications
    chatbot = write_notice(announcements_of(DECISIONS[0])[0], Style(Language.ZH_CN, https=HttpsForm.CHATBOT))
    assert card["Message"] == chatbot.messages["https"]
    assert json.loads(card["Message"]).items() >= {"version": "1.0", "source": "custom", "id": NOTICES[0].id}.items()
    assert json.loads(card["Message"])["content"]["title"] == f"🔴 {NOTICES[0].subject}"
    assert body["Message"] == NOTICES[0].body
    assert [message["Body"] for message in subscriber.received()] == [NOTICES[0].body]


def test_a_storm_is_one_notice_with_one_receipt(subscriber: Subscriber) -> None:
    decision = storm(7)
    assert app.lambda_handler(stream_event(decision), Context()) == ALL_WELL
    (message,) = subscriber.received()
    assert message["MessageAttributes"]["notice_id"]["StringValue"] == f"{decision.transitions[0].id}+6"
    body = json.loads(message["Body"])
    assert [alarm["transition"] for alarm in body["alarms"]] == [each.id for each in decision.transitions]
    assert (body["count"], body["kind"]) == (7, "raised")
    receipts = subscriber.cloud.dynamodb.scan(TableName=subscriber.table)["Items"]
    assert [receipt["status"]["S"] for receipt in receipts] == ["COMPLETED"]
    assert app.lambda_handler(stream_event(decision), Context()) == ALL_WELL
    assert subscriber.ids() == [], "delivered twice, published once"


def test_as_many_as_the_fleet_merges_above_are_told_one_by_one(subscriber: Subscriber) -> None:
    decision = storm(5)
    assert app.lambda_handler(stream_event(decision), Context()) == ALL_WELL
    assert subscriber.ids() == [each.id for each in decision.transitions]


@pytest.mark.parametrize("taken", [False, True], ids=["before SNS took it", "before its receipt was written"])
def test_a_notifier_that_is_killed_between_two_storms(subscriber: Subscriber, *, taken: bool) -> None:
    """Only the notice that it was at comes again, and where SNS had taken that, with the same id and text."""
    first, second, single = storm(6), storm(7, Kind.CLEARED), DECISIONS[0]
    event = stream_event(replace(first, transitions=first.transitions + second.transitions), single)
    merged = [f"{first.transitions[0].id}+5", f"{second.transitions[0].id}+6"]
    subscriber.kill, subscriber.kill_late = "cleared", taken
    with pytest.raises(KilledError):
        app.lambda_handler(event, Context(seconds=3))
    before = subscriber.received()
    assert list(map(notice_id, before)) == (merged if taken else merged[:1])
    subscriber.kill = ""
    assert app.lambda_handler(event, Context()) == ALL_WELL
    after = subscriber.received()
    assert list(map(notice_id, after)) == [merged[1], NOTICES[0].id]
    if taken:
        assert after[0]["Body"] == before[1]["Body"]
    assert app.lambda_handler(event, Context()) == ALL_WELL
    assert subscriber.ids() == []


def test_a_storm_that_sns_refuses_for_good_is_set_aside_as_one(subscriber: Subscriber) -> None:
    decision = storm(6)
    subscriber.spoil = "raised"
    assert app.lambda_handler(stream_event(decision), Context()) == ALL_WELL
    assert subscriber.ids() == []
    (letter,) = subscriber.aside
    assert (letter["notice_id"], letter["shard"], letter["at"]) == (
        f"{decision.transitions[0].id}+5",
        decision.shard,
        decision.at,
    )


def test_a_decision_without_its_rule_is_told_with_what_the_alarm_knows(subscriber: Subscriber) -> None:
    """Nothing that was decided is lost for it."""
    assert app.lambda_handler(stream_event(replace(DECISIONS[0], rules={})), Context()) == ALL_WELL
    (message,) = subscriber.received()
    assert notice_id(message) == NOTICES[0].id
    assert json.loads(message["Body"])["rule_name"] == RULE.name
    assert subscriber.aside == []


def test_the_same_batch_again_publishes_nothing(subscriber: Subscriber, capsys: pytest.CaptureFixture[str]) -> None:
    app.lambda_handler(BATCH, Context())
    assert subscriber.ids() == [notice.id for notice in NOTICES]
    capsys.readouterr()
    assert app.lambda_handler(BATCH, Context()) == ALL_WELL
    assert subscriber.ids() == []
    assert published_metrics(capsys.readouterr().out) == {}, "neither zeros nor the lag of what went out before"


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
    chinese, english = (json.loads(message["Body"])["text"] for message in subscriber.received())
    assert RULE.display_name["zh-CN"] in chinese
    assert RULE.display_name["en-US"] in english


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEIPTS_TABLE", "receipts")
    monkeypatch.setenv("LANGUAGE", "zh-CN")
    monkeypatch.setenv("UTC_OFFSET", "+08:00")
    monkeypatch.setenv("FAILURES_QUEUE_URL", "queue")
    monkeypatch.setenv("HTTPS_FORM", "json")
    monkeypatch.setenv("OPERATIONS_TOPIC_ARN", "topic")
    monkeypatch.delenv("ALARM_TOPIC_ARN", raising=False)
    with pytest.raises(SettingsError, match=r"\AALARM_TOPIC_ARN is missing[^\n]*\Z"):
        app.lambda_handler(BATCH, Context())
