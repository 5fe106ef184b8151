"""What is wrong with the monitoring itself, from sweeps to the operations topic: told once, and once more when over.

The evaluator's and the notifier's own handlers; sweeps are made with the times that a schedule would give them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.evaluator import app as evaluator
from functions.notifier import app as notifier
from icwatch.delivery.sns import SnsPublisher
from icwatch.model import HEALTH, Inventory, Sweep, Target
from icwatch.notices import Notice
from icwatch_cli.fleet import builtin, parse_rule
from tests.functions.support import ALL_WELL, Context, Log, published_metrics, refuse_letter, stream_event
from tests.functions.test_notifier import Subscriber, subscriber
from tests.memory import MemoryAlarms, MemoryInventory

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

__all__ = ["subscriber"]

AT = 1_795_316_400
MINUTES = 40
SHARD = "shard-0001"
RULE = parse_rule(builtin.RULE)
TARGETS = [Target(f"10.1.0.{number}") for number in range(4)]
WHY = "forbidden: 169.254.169.254 is link-local"


@dataclass
class Pipeline:
    """An evaluator, a notifier, and a queue at each topic."""

    subscriber: Subscriber
    operations: str
    alarms: MemoryAlarms = field(default_factory=MemoryAlarms)
    inventory: MemoryInventory = field(
        default_factory=lambda: MemoryInventory(
            Inventory(
                targets={target.id: target for target in TARGETS},
                shards={target.id: SHARD for target in TARGETS},
                all_shards=(SHARD,),
                rules={RULE.name: RULE},
            )
        )
    )

    def sweep(self, minute: int, *unseen: Target, down: tuple[Target, ...] = ()) -> None:
        """Evaluate one sweep."""
        seen = [target for target in TARGETS if target not in unseen]
        health = {HEALTH: {target.id: int(target not in down) for target in seen}}
        why = dict.fromkeys([target.id for target in unseen], WHY)
        sweep = Sweep(SHARD, AT + 60 * minute, health, unseen=why, conclusive=bool(seen), source="rack 7")
        assert evaluator.lambda_handler(stream_event(sweep), Context()) == ALL_WELL

    def notify(self, times: int = 1) -> None:
        """Publish all decisions so far, as often as they are delivered."""
        decisions = [self.alarms.decisions[key] for key in sorted(self.alarms.decisions)]
        for _ in range(times if decisions else 0):
            assert notifier.lambda_handler(stream_event(*decisions), Context()) == ALL_WELL

    def told(self) -> list[dict[str, Any]]:
        """The messages that operations received since the last look."""
        other = replace(self.subscriber, queue=self.operations)
        return [json.loads(message["Body"]) for message in other.received()]


@pytest.fixture
def pipeline(subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    cloud, name = subscriber.cloud, uuid.uuid4().hex
    subscriber.operations = cloud.sns.create_topic(Name=name)["TopicArn"]
    queue = cloud.sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    raw = {"RawMessageDelivery": "true"}
    cloud.sns.subscribe(TopicArn=subscriber.operations, Protocol="sqs", Endpoint=arn, Attributes=raw)
    pipeline = Pipeline(subscriber, queue)
    monkeypatch.setattr(evaluator, "wire", lambda: evaluator.Wiring(pipeline.inventory, pipeline.alarms, refuse_letter))
    yield pipeline
    cloud.sqs.delete_queue(QueueUrl=queue)
    cloud.sns.delete_topic(TopicArn=subscriber.operations)


def test_a_target_unseen_for_long_is_told_of_once_and_once_when_it_is_seen(pipeline: Pipeline) -> None:
    for minute in range(MINUTES):
        pipeline.sweep(minute, TARGETS[1])
    pipeline.notify(times=3)
    (message,) = pipeline.told()
    assert message["reports"] == [
        {"kind": "unseen", "subject": "10.1.0.1", "since": AT, "reason": WHY, "ended": ""},
    ]
    assert (message["at"], message["source"], message["status"]) == (AT + 900, "rack 7", "Active")
    assert f"10.1.0.1, since 2026-11-22 03:00:00 UTC: {WHY}" in message["text"]
    assert "it may be down" in message["text"]
    pipeline.sweep(MINUTES)
    pipeline.sweep(MINUTES + 1)
    pipeline.notify(times=3)
    (message,) = pipeline.told()
    assert (message["status"], [report["ended"] for report in message["reports"]]) == ("Inactive", ["seen"])
    assert pipeline.subscriber.received() == [], "no IC-Server is known to be down"


def test_several_are_told_of_together_and_alarms_by_themselves(pipeline: Pipeline) -> None:
    """The sweep that reports three raises the alarm of a fourth as well: each is told to whom it concerns."""
    for minute in range(15):
        pipeline.sweep(minute, *TARGETS[1:])
    pipeline.sweep(15, *TARGETS[1:], down=(TARGETS[0],))
    pipeline.notify(times=2)
    (message,) = pipeline.told()
    assert [report["subject"] for report in message["reports"]] == [target.id for target in TARGETS[1:]]
    assert message["subject"] == "[icwatch monitoring] 3 IC-Servers not seen for 15m"
    assert [alarm["MessageAttributes"]["target"]["StringValue"] for alarm in pipeline.subscriber.received()] == [
        TARGETS[0].id
    ]


def test_where_nothing_is_seen_operations_are_told_too(pipeline: Pipeline) -> None:
    for minute in range(16):
        pipeline.sweep(minute, *TARGETS)
    pipeline.notify()
    (message,) = pipeline.told()
    assert len(message["reports"]) == len(TARGETS)


def test_an_item_that_cannot_be_read_is_told_of_at_once(pipeline: Pipeline) -> None:
    good = pipeline.inventory.inventory
    pipeline.inventory.inventory = replace(good, unreadable={("rule", "vpc_failed"): "program is empty"})
    for minute in range(3):
        pipeline.sweep(minute)
    pipeline.inventory.inventory = good
    pipeline.sweep(3)
    pipeline.notify(times=2)
    told = [(message["at"], message["reports"]) for message in pipeline.told()]
    report = {"kind": "unreadable", "subject": "rule vpc_failed", "since": AT, "reason": "program is empty"}
    assert told == [(AT, [{**report, "ended": ""}]), (AT + 180, [{**report, "ended": "readable"}])]


def test_a_report_counts_as_something_that_the_notifier_has_to_tell(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    """A notifier that stands still is heard of by this count."""
    for minute in range(15):
        pipeline.sweep(minute, *TARGETS[1:])
    capsys.readouterr()
    pipeline.sweep(15, *TARGETS[1:])
    assert published_metrics(capsys.readouterr().out)["Transitions"] == 3


def test_it_is_named_once_in_the_log(pipeline: Pipeline) -> None:
    log = Log(evaluator.logger)
    try:
        for minute in range(20):
            pipeline.sweep(minute, TARGETS[1])
        line = log.line("monitoring")
    finally:
        log.close()
    assert (line["problem"], line["subject"], line["reason"], line["since"]) == ("unseen", "10.1.0.1", WHY, AT)


def test_trouble_with_the_operations_topic_delays_no_alarm(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its message is set aside with the reason; the alarms of the same batch and of later ones go out."""
    for minute in range(15):
        pipeline.sweep(minute, TARGETS[1])
    pipeline.sweep(15, TARGETS[1], down=(TARGETS[0],))
    pipeline.sweep(16, TARGETS[1], down=(TARGETS[2],))
    publish = SnsPublisher.publish

    def refuse(publisher: SnsPublisher, notice: Notice) -> str:
        if notice.to_operations:
            raise OSError("the topic's key may not be used")
        return publish(publisher, notice)

    monkeypatch.setattr(SnsPublisher, "publish", refuse)
    pipeline.notify()
    assert pipeline.told() == []
    assert len(pipeline.subscriber.received()) == 2
    (letter,) = pipeline.subscriber.aside
    assert letter["notice_id"] == f"monitoring:{SHARD}:{AT + 900}"
    assert letter["reason"] == "OSError: the topic's key may not be used"


def test_without_time_left_the_message_comes_again(pipeline: Pipeline) -> None:
    for minute in range(16):
        pipeline.sweep(minute, TARGETS[1])
    (decision,) = pipeline.alarms.decisions.values()
    event = stream_event(decision)
    assert notifier.lambda_handler(event, Context(seconds=0)) != ALL_WELL
    assert notifier.lambda_handler(event, Context()) == ALL_WELL
    assert [message["notice"] for message in pipeline.told()] == [f"monitoring:{SHARD}:{AT + 900}"]
    assert pipeline.subscriber.aside == []
