"""The subscriber of `icwatch run` at a real topic: what it makes of notices, and of what else somebody publishes."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Iterator

import pytest

from icwatch.delivery.sns import SnsPublisher
from icwatch.model import Cause, Failure, Kind, Language, Level, Transition
from icwatch.notices import Notice, Style, write_notice
from icwatch_cli.fleet import builtin, parse_rule
from icwatch_cli.local.subscriber import Subscriber
from icwatch_cli.local.watcher import Received
from tests.conftest import Cloud
from tests.writing import announce

RULE = parse_rule(builtin.RULE)
REFUSED = Failure(Cause.CONNECTION_REFUSED, "Connection refused")
WAIT = 20.0
TROUBLES: list[str] = []


@pytest.fixture
def topic(cloud: Cloud) -> Iterator[str]:
    """The topic of a stack."""
    arn = cloud.sns.create_topic(Name=uuid.uuid4().hex)["TopicArn"]
    yield arn
    cloud.sns.delete_topic(TopicArn=arn)


@pytest.fixture
def received(cloud: Cloud, topic: str) -> Iterator[queue.Queue[Received]]:
    """What the subscriber receives."""
    notices: queue.Queue[Received] = queue.Queue()
    subscriber = Subscriber(cloud.endpoint, notices.put, TROUBLES.append)
    subscriber.subscribe(topic)
    subscriber.start()
    yield notices
    assert subscriber.part.ended is None
    subscriber.stop()
    subscriber.join()


def notice_of(*targets: str) -> Notice:
    """A notice of alarms that were raised together."""
    at = 1_772_438_400
    transitions = [
        Transition(RULE.name, target, Kind.RAISED, at, at, at, at, Level.CRITICAL, 0, "", failure=REFUSED)
        for target in targets
    ]
    (announcement,) = announce(transitions, RULE)
    return write_notice(announcement, Style(Language.EN_US))


def test_the_documented_line(cloud: Cloud, topic: str, received: queue.Queue[Received]) -> None:
    alone, merged = notice_of("10.1.0.7"), notice_of(*(f"10.1.0.{number}" for number in range(6)))
    for notice in (alone, merged):
        SnsPublisher(cloud.sns, topic, "operations").publish(notice)
    line = received.get(timeout=WAIT).as_json()
    assert line == {
        "kind": "raised",
        "rule": "ic_server_connect_failed",
        "target": "10.1.0.7",
        "at": 1_772_438_400,
        "level": "Critical",
        "status": "Active",
        "subject": alone.subject,
        "message": alone.text,
        "attributes": {
            "notice_id": "ic_server_connect_failed:10.1.0.7:1772438400:raised:1772438400",
            "rule": "ic_server_connect_failed",
            "kind": "raised",
            "target": "10.1.0.7",
            "level": "Critical",
            "scope": "Host",
        },
    }
    assert "10.1.0.7 Inter-Connector server connection failed" in line["message"]
    line = received.get(timeout=WAIT).as_json()
    assert (line["kind"], line["message"], line["at"]) == ("raised", merged.text, 1_772_438_400)
    assert line["target"].startswith("6 IC-Servers")
    assert line["attributes"]["target"] == [f"10.1.0.{number}" for number in range(6)]


@pytest.mark.parametrize("text", ["deploying now", "[1]", "7"])
def test_what_is_no_notice_is_shown_as_it_is(
    cloud: Cloud, topic: str, received: queue.Queue[Received], text: str
) -> None:
    cloud.sns.publish(TopicArn=topic, Message=text)
    foreign = received.get(timeout=WAIT)
    assert (foreign.subject, foreign.text, foreign.as_json()["kind"]) == ("", text, None)


def test_a_message_that_is_none_of_sns_ends_nothing_and_goes(
    cloud: Cloud, topic: str, received: queue.Queue[Received]
) -> None:
    TROUBLES.clear()
    url = cloud.sqs.get_queue_url(QueueName="icwatch-run")["QueueUrl"]
    for body in ("no JSON", "[]", '{"Subject": "no message"}', '{"Message": "{}", "MessageAttributes": {"a": 1}}'):
        cloud.sqs.send_message(QueueUrl=url, MessageBody=body)
    cloud.sns.publish(TopicArn=topic, Message="the next")
    assert received.get(timeout=WAIT).text == "the next"
    assert len(TROUBLES) == 4
    assert all(trouble.startswith("a message of the subscriber's queue cannot be read: ") for trouble in TROUBLES)
