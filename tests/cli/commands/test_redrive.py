"""`icwatch redrive` against a stack of the template: what is published, once, and what stays in its queue."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.notifier import app
from icwatch.delivery.sns import SnsPublisher
from icwatch.model import (
    UNSEEN,
    Alarm,
    Decision,
    Kind,
    Language,
    Level,
    MonitoringReport,
    Phase,
    ShardAlarms,
    Sweep,
    Transition,
)
from icwatch.notices import Notice
from icwatch.settings import NotifierSettings
from icwatch.storage.items import write_item
from icwatch.storage.packing import pack
from icwatch_cli.deployed.republishing import uninterrupted
from icwatch_cli.deployed.stack import Stack as DeployedStack
from icwatch_cli.fleet import builtin, parse_rule
from icwatch_cli.local.function import Function
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.mapping import Batch, GivenUp, failure_record
from icwatch_cli.local.stack import Stack
from icwatch_cli.local.stream import StreamConsumer
from icwatch_cli.main import main
from icwatch_cli.terminal.times import spell_moment
from tests.functions.support import ALL_WELL, Context, stream_event
from tests.writing import write

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

REDRIVE = ["redrive", "--stack", "icwatch"]
AT = int(time.time()) // 60 * 60 - 600
"""Some minutes ago: the stream says that records arrive now, and a decision is a little older than that."""

RULE = parse_rule(builtin.RULE)
CHINA = timezone(timedelta(hours=8))
"""The clock of a stack whose language is Chinese, as it is where nothing is given."""

SHARD = "shard-0001"


def raised(at: int, *targets: str, shard: str = SHARD, merge_above: int = 200) -> Decision:
    """A decision that these targets' alarms are raised; told one by one unless there are more than `merge_above`."""
    transitions = tuple(
        Transition(RULE.name, target, Kind.RAISED, at, at, at, at, Level.CRITICAL, 0, "value 0 == 0")
        for target in targets
    )
    return Decision(shard, at, transitions, {RULE.name: RULE}, Language.EN_US, merge_above=merge_above)


def hopeless(decision: Decision) -> Decision:
    """The decision with a rule that has no name in any language, so that its notices cannot be written."""
    return replace(decision, rules={RULE.name: replace(RULE, display_name={})})


UNWRITTEN = "KeyError: <Language.EN_US: 'en-US'>"
"""What is said of its notices."""


def ids(*decisions: Decision) -> list[str]:
    """The ids of all their notices."""
    return [each.id for decision in decisions for each in decision.transitions]


@dataclass(frozen=True, slots=True)
class House:
    """A stack called icwatch with a subscriber, and its notifier."""

    stack: Stack
    dynamodb: Any
    sqs: Any
    sns: Any
    subscriber: str

    def decide(self, *decisions: Decision) -> None:
        """Store decisions as the evaluator does; nothing publishes them."""
        for decision in decisions:
            item = pack(write_item(decision, expires_at=decision.at + 90 * 86_400))
            self.dynamodb.put_item(TableName=self.stack.outputs["TransitionsTable"], Item=item)

    def notify(self, *decisions: Decision) -> None:
        """Let the notifier publish them, with its own environment."""
        assert app.lambda_handler(stream_event(*decisions), Context()) == ALL_WELL

    def put(self, *letters: object, queue: str = "NotifierFailuresUrl") -> None:
        """Put messages into a dead-letter queue."""
        for letter in letters:
            self.sqs.send_message(QueueUrl=self.stack.outputs[queue], MessageBody=json.dumps(letter))

    def given_up(self, first: int, last: int, function: str = "NotifierFunction") -> dict[str, Any]:
        """What Lambda would write about the records of the function's stream from `first` to `last`."""
        (mapping,) = [each for name, each in self.stack.mappings if name == function]
        streams: Any = boto3.client("dynamodbstreams")
        description = streams.describe_stream(StreamArn=mapping.stream_arn)["StreamDescription"]
        shard = description["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(
            StreamArn=mapping.stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"][first : last + 1]
        for record in records:
            created = record["dynamodb"]["ApproximateCreationDateTime"]
            record["dynamodb"]["ApproximateCreationDateTime"] = created.timestamp()
        return failure_record(mapping, GivenUp(Batch(tuple(records)), "RecordAgeExceeded"), shard, "now")

    def lying(self, queue: str = "NotifierFailuresUrl") -> list[str]:
        """The messages that can be seen in a dead-letter queue now; they can be seen afterwards, too."""
        return [each["Body"] for each in self._receive(self.stack.outputs[queue], 0)]

    def received(self) -> list[str]:
        """The ids of the notices that the subscriber got since the last look, in the order in which they came."""
        return [each["MessageAttributes"]["notice_id"]["StringValue"] for each in self.messages()]

    def messages(self) -> list[dict[str, Any]]:
        """What the subscriber got since the last look."""
        found: list[dict[str, Any]] = []
        while page := self._receive(self.subscriber, 60):
            found += page
            for each in page:
                self.sqs.delete_message(QueueUrl=self.subscriber, ReceiptHandle=each["ReceiptHandle"])
        return found

    def _receive(self, url: str, hidden: int) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=hidden, MessageAttributeNames=["All"]
        )
        return list(answer.get("Messages", ()))


@pytest.fixture
def house(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    variables = stack.functions["NotifierFunction"].environment
    monkeypatch.setattr("icwatch_cli.deployed.queues.POLL_SECONDS", 0)  # this backend's queues hold back nothing
    for name in (
        "RECEIPTS_TABLE",
        "ALARM_TOPIC_ARN",
        "OPERATIONS_TOPIC_ARN",
        "FAILURES_QUEUE_URL",
        "LANGUAGE",
        "UTC_OFFSET",
        "HTTPS_FORM",
    ):
        monkeypatch.setenv(name, variables[name])
    sqs: Any = boto3.client("sqs")
    house = House(
        stack, boto3.client("dynamodb"), sqs, boto3.client("sns"), sqs.create_queue(QueueName="s")["QueueUrl"]
    )
    subscribe(house)
    app.wire.cache_clear()
    yield house
    app.wire.cache_clear()


def subscribe(house: House, topic: str = "AlarmTopicArn") -> None:
    """Let a topic deliver to the subscriber's queue."""
    names = ["QueueArn"]
    arn = house.sqs.get_queue_attributes(QueueUrl=house.subscriber, AttributeNames=names)["Attributes"]["QueueArn"]
    house.sns.subscribe(
        TopicArn=house.stack.outputs[topic],
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
    )


def letter(decision: Decision, notice_id: str = "") -> dict[str, Any]:
    """What the notifier writes when it sets a notice, or a whole decision, aside."""
    place: dict[str, Any] = {"shard": decision.shard, "at": decision.at}
    return {"sequence_number": "1", "reason": "it was so", **place, **({"notice_id": notice_id} if notice_id else {})}


def gone(given_up: dict[str, Any], **changes: str) -> dict[str, Any]:
    """The same after a day: the stream no longer has the first of those records."""
    position = {**given_up["DDBStreamBatchInfo"], **(changes or {"startSequenceNumber": f"{1:021}"})}
    return {**given_up, "DDBStreamBatchInfo": position}


def redrive(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """The exit code and the lines of a run."""
    capsys.readouterr()
    code = main([*REDRIVE, *options])
    told = capsys.readouterr()
    assert told.err == ""
    return code, told.out.splitlines()


def told_ids(lines: Sequence[str], word: str) -> list[str]:
    """The ids on the lines that begin with a word."""
    return [line.removeprefix(word).split()[0] for line in lines if line.startswith(word)]


def test_nothing_there(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = ["nothing to redrive: stack icwatch gave up no notice and no sweep"]
    assert redrive(capsys) == (0, nothing)
    house.decide(raised(AT, "10.1.0.7"))
    assert redrive(capsys) == (0, nothing)
    assert house.received() == []


def test_the_settings_are_those_of_the_notifier(stack: Stack) -> None:
    own = NotifierSettings.from_env(stack.functions["NotifierFunction"].environment)
    assert DeployedStack("icwatch", local=True).notifier_settings() == own
    assert DeployedStack("icwatch").notifier_settings() == replace(own, stack_option="--stack icwatch")


def test_letters_of_the_notifier(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """One of two notices of a decision, and all of another that could not be read before; the oldest is told first."""
    one, all_of_it = raised(AT, "10.1.0.7", "10.1.0.8"), raised(AT - 60, "10.1.0.5", "10.1.0.6", shard="shard-0002")
    house.decide(one, all_of_it)
    house.put(letter(one, ids(one)[1]), letter(all_of_it))
    code, lines = redrive(capsys)
    assert code == 0
    assert lines[-2:] == [
        "3 published, 0 had a receipt, 0 cannot be published",
        "left in the queues: 0 about notices, 0 about sweeps",
    ]
    expected = [*ids(all_of_it), ids(one)[1]]
    assert told_ids(lines, "published") == expected
    messages = house.messages()
    assert [each["MessageAttributes"]["notice_id"]["StringValue"] for each in messages] == expected
    assert messages[-1]["Body"] == write(one.transitions[1], RULE, zone=CHINA, source="").body
    assert house.lying() == []
    house.put(letter(one, ids(one)[1]), letter(all_of_it))
    assert redrive(capsys)[1][0] == "0 published, 3 had a receipt, 0 cannot be published"
    assert house.received() == []


@pytest.mark.parametrize("named", [False, True], ids=["the decision", "the notice"])
def test_what_operations_were_to_be_told_is_published_to_them(
    house: House, capsys: pytest.CaptureFixture[str], named: bool
) -> None:
    """A decision that raises nothing and reports a target unseen; it goes to the operations topic and to no other."""
    house.sns.unsubscribe(SubscriptionArn=house.sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"])
    subscribe(house, "OperationsTopicArn")
    report = MonitoringReport(UNSEEN, "10.1.0.7", AT - 900, "no address")
    decision = Decision("shard-0001", AT, (), {}, monitoring=(report,))
    name = f"monitoring:shard-0001:{AT}"
    house.decide(decision)
    for published in (1, 0):
        house.put(letter(decision, name if named else ""))
        code, lines = redrive(capsys)
        assert (code, told_ids(lines, "published")) == (0, [name] * published)
        assert house.received() == [name] * published
    assert house.lying() == []


def test_a_storm_is_published_as_the_one_notice_that_was_meant(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its letter, and by the position of its decision; the dry run names it."""
    aside = raised(AT, *(f"10.1.0.{number}" for number in range(10, 17)), merge_above=5)
    given_up = raised(AT + 60, *(f"10.2.0.{number}" for number in range(10, 16)), merge_above=5)
    merged = [f"{aside.transitions[0].id}+6", f"{given_up.transitions[0].id}+5"]
    house.decide(aside, given_up)
    house.put(letter(aside, merged[0]), house.given_up(1, 1))
    code, lines = redrive(capsys, "--dry-run")
    assert code == 1
    assert lines[0].startswith(f"would publish  {merged[0]}  [Critical] 7 IC-Servers")
    assert lines[1].startswith(f"would publish  {merged[1]}  [Critical] 6 IC-Servers")
    assert lines[2:] == [
        "2 would be published, 0 had a receipt, 0 cannot be published",
        "left in the queues: 2 about notices, 0 about sweeps",
    ]
    assert house.received() == []
    code, lines = redrive(capsys)
    assert (code, told_ids(lines, "published")) == (0, merged)
    assert lines[-2] == "2 published, 0 had a receipt, 0 cannot be published"
    messages = house.messages()
    assert [each["MessageAttributes"]["notice_id"]["StringValue"] for each in messages] == merged
    alarms = [[alarm["transition"] for alarm in json.loads(each["Body"])["alarms"]] for each in messages]
    assert alarms == [ids(aside), ids(given_up)]
    house.notify(aside, given_up)
    assert house.received() == [], "its receipt counts for the notifier"


def test_of_two_storms_of_a_decision_only_the_one_that_was_set_aside(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    storm = raised(AT, *(f"10.1.0.{number}" for number in range(10, 16)), merge_above=5)
    ends = tuple(replace(each, kind=Kind.CLEARED, notified_levels=(each.level,)) for each in storm.transitions)
    both = replace(storm, transitions=storm.transitions + ends)
    over = f"{ends[0].id}+5"
    house.decide(both)
    house.put(letter(both, over), letter(both, ids(both)[0]))
    code, lines = redrive(capsys)
    assert code == 1
    assert house.received() == [over]
    assert lines[0] == f"stays          {ids(both)[0]}: the decision of that moment has no such notice"
    assert lines[-2] == "1 published, 0 had a receipt, 1 cannot be published"
    assert house.lying() == [json.dumps(letter(both, ids(both)[0]))]


def test_what_sns_refuses_for_good_stays(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, good = raised(AT, "10.1.0.7"), raised(AT + 60, "10.1.0.8")
    house.decide(refused, good)
    house.put(letter(refused), letter(good))
    publish = SnsPublisher.publish

    def spoil(publisher: SnsPublisher, notice: Notice) -> str:
        if notice.id == ids(refused)[0]:
            notice = replace(notice, messages={"default": "too long " * 40_000})
        return publish(publisher, notice)

    with monkeypatch.context() as patch:
        patch.setattr(SnsPublisher, "publish", spoil)
        code, lines = redrive(capsys)
    assert code == 1
    assert lines[0].startswith(f"stays          {ids(refused)[0]}: InvalidParameter")
    assert lines[-2] == "1 published, 0 had a receipt, 1 cannot be published"
    assert house.received() == ids(good)
    assert house.lying() == [json.dumps(letter(refused))]
    assert redrive(capsys)[0] == 0, "it has no receipt that would keep it from being published later"
    assert house.received() == ids(refused)


def test_the_language_of_the_stack_is_used_where_the_decision_names_none(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    decision = replace(raised(AT, "10.1.0.7"), language=None)
    house.decide(decision)
    house.put(letter(decision))
    assert redrive(capsys)[0] == 0
    (message,) = house.messages()
    assert message["Body"] == write(decision.transitions[0], RULE, Language.ZH_CN, CHINA, source="").body


def test_a_batch_that_is_still_in_the_stream(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Only its records; those that the notifier published before it gave up are not published again."""
    decisions = [raised(AT + 60 * number, "10.1.0.7", "10.1.0.8") for number in range(5)]
    house.decide(*decisions)
    house.notify(decisions[1])
    assert house.received() == ids(decisions[1])
    house.put(house.given_up(2, 3), house.given_up(1, 1))
    code, lines = redrive(capsys)
    assert (code, lines[-2]) == (0, "4 published, 2 had a receipt, 0 cannot be published")
    assert house.received() == ids(*decisions[2:4])
    house.notify(*decisions)
    assert house.received() == ids(decisions[0], decisions[4]), "a receipt of redrive counts for the notifier"


def test_what_a_failing_notifier_gives_up(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the stream through a notifier with a wrong topic into the queue, and from there to the subscriber."""
    (mapping,) = [each for name, each in house.stack.mappings if name == "NotifierFunction"]
    configuration = house.stack.functions["NotifierFunction"]
    wrong = {**configuration.environment, "ALARM_TOPIC_ARN": house.stack.outputs["AlarmTopicArn"] + "-not"}
    decisions = [raised(AT + 60 * number, "10.1.0.7", "10.1.0.8") for number in range(3)]
    house.decide(*decisions)
    troubles: list[str] = []
    with (tmp_path / "log").open("wb", buffering=0) as log:
        function = Function(ROOT / "functions" / "notifier", log)
        streams: Any = boto3.client("dynamodbstreams")
        consumer = StreamConsumer(replace(mapping, retries=0), function, streams, house.sqs, report=troubles.append)
        try:
            function.configure(replace(configuration, environment=wrong))
            consumer.start()
            ends = time.monotonic() + 60
            while len(house.lying()) < 3:
                assert time.monotonic() < ends, troubles
                time.sleep(0.1)
        finally:
            consumer.stop()
            function.stop()
            consumer.join()
    assert house.received() == []
    code, lines = redrive(capsys)
    assert (code, lines[-2]) == (0, "6 published, 0 had a receipt, 0 cannot be published")
    assert house.received() == ids(*decisions)
    assert house.lying() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"startSequenceNumber": f"{1:021}"},
        {"endSequenceNumber": "9" * 21},
        {"startSequenceNumber": "1"},
        {"streamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Other/stream/2026-03-02T08:00:00.000"},
    ],
    ids=["trimmed", "cut off", "no such number", "no such stream"],
)
def test_a_batch_that_is_no_longer_in_the_stream(
    house: House, changes: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All that may have arrived then and has no receipt, of every shard."""
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text("targets:\n" + "".join(f"  - 10.1.{each // 100}.{each % 100}\n" for each in range(201)))
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0
    old, before = raised(AT - 10_800, "10.1.0.1"), raised(AT - 3600, "10.1.0.1")
    first, second = raised(AT, "10.1.0.7"), raised(AT, "10.1.0.8", shard="shard-0002")
    house.decide(old, before, first, second)
    house.notify(before)
    house.received()
    house.put(gone(house.given_up(2, 3), **changes))
    code, lines = redrive(capsys)
    assert (code, lines[-2]) == (0, "2 published, 1 had a receipt, 0 cannot be published")
    assert house.received() == ids(first, second)
    assert house.lying() == []


def test_a_batch_of_which_nothing_is_left_stays(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.decide(raised(AT, "10.1.0.7"))
    house.put(gone(house.given_up(0, 0)))
    code, lines = redrive(capsys)
    assert code == 1
    assert "of its 1 decisions from" in lines[0]
    assert lines[0].endswith("none is in stream or table any more")
    assert len(house.lying()) == 1


def test_a_dry_run_shows_all_and_changes_nothing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    done, open_ = raised(AT, "10.1.0.7"), raised(AT + 60, "10.1.0.8")
    lost = hopeless(raised(AT + 120, "10.1.0.9"))
    house.decide(done, open_, lost)
    house.notify(done)
    house.received()
    house.put(house.given_up(0, 1), letter(lost, ids(lost)[0]), {"what": "is this"})
    lying = sorted(house.lying())
    for _ in range(2):
        code, lines = redrive(capsys, "--dry-run", "--discard-sweeps")
        assert code == 1
        assert "stays          message " in lines[0]
        assert lines[1:] == [
            f"has a receipt  {ids(done)[0]}",
            f"would publish  {ids(open_)[0]}  {write(open_.transitions[0], RULE).subject}",
            f"stays          {ids(lost)[0]}: {UNWRITTEN}",
            "1 would be published, 1 had a receipt, 1 cannot be published",
            "left in the queues: 3 about notices, 0 about sweeps",
        ]
        assert sorted(house.lying()) == lying, "given back at once"
    assert house.received() == []


def test_what_cannot_be_published_keeps_its_message_and_nothing_else(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    unwritten, good, lost = hopeless(raised(AT, "10.1.0.7")), raised(AT + 60, "10.1.0.8"), raised(AT + 120, "10.1.0.9")
    broken = {"shard": {"S": SHARD}, "at": {"N": str(AT + 180)}, "transitions": {"S": "none"}}
    house.decide(unwritten, good)
    house.dynamodb.put_item(TableName=house.stack.outputs["TransitionsTable"], Item=broken)
    unreadable = {"sequence_number": "7", "reason": "EventError: no item"}
    kept = [house.given_up(0, 1), letter(unwritten), letter(lost, "x"), letter(replace(lost, at=AT + 180)), unreadable]
    house.put(*kept, letter(good, ids(good)[0]))
    code, lines = redrive(capsys)
    assert code == 1
    stays = sorted(line.removeprefix("stays").strip() for line in lines if line.startswith("stays"))
    assert stays[0] == f"{ids(unwritten)[0]}: {UNWRITTEN}"
    assert stays[1].startswith("message ")
    assert stays[1].endswith("the record 7 was no decision that could be looked up: EventError: no item")
    assert stays[2].endswith("it is not in the Transitions table (any more)")
    assert stays[3].startswith("the decision of shard-0001 at ")
    assert "Decision item (shard=shard-0001" in stays[3]
    assert lines[-2] == "1 published, 0 had a receipt, 3 cannot be published"
    assert house.received() == ids(good)
    assert sorted(house.lying()) == sorted(map(json.dumps, kept))


def test_an_outage_stops_it_and_it_goes_on_later(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = raised(AT, "10.1.0.7"), raised(AT + 60, "10.1.0.8")
    house.decide(first, second)
    house.notify(first)
    house.received()
    house.put(letter(first), letter(second))
    topic = house.stack.outputs["AlarmTopicArn"]
    house.sns.delete_topic(TopicArn=topic)
    assert main(REDRIVE) == 2
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == "0 published, 1 had a receipt, 0 cannot be published"
    assert told.err.startswith(f"stopped at {ids(second)[0]}: NotFoundException: ")
    assert house.lying() == [json.dumps(letter(second))], "what is done is done, the rest is given back at once"
    assert house.sns.create_topic(Name=topic.rpartition(":")[2])["TopicArn"] == topic
    subscribe(house)
    assert redrive(capsys)[0] == 0
    assert house.received() == ids(second)


def test_the_claim_of_a_notifier_that_was_killed_is_waited_for(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def kill(*arguments: object) -> None:
        raise KilledError

    decision = raised(AT, "10.1.0.7")
    house.decide(decision)
    with monkeypatch.context() as patch:
        patch.setattr("icwatch.delivery.sns.SnsPublisher.publish", kill)
        with pytest.raises(KilledError):
            app.lambda_handler(stream_event(decision), Context(seconds=4))
    house.put(letter(decision))
    assert redrive(capsys)[0] == 0
    assert house.received() == ids(decision)


def test_messages_that_another_redrive_holds_are_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.put({"held": 1})
    house.sqs.receive_message(QueueUrl=house.stack.outputs["NotifierFailuresUrl"], VisibilityTimeout=300)
    code, lines = redrive(capsys)
    assert code == 1
    assert lines[-1] == (
        "left in the queues: 1 about notices, which another redrive holds for up to 5 minutes, 0 about sweeps"
    )


THEN = 1_772_438_400
"""2026-03-02T08:00:00Z."""


def swept(house: House, *minutes: int) -> None:
    for minute in minutes:
        item = pack(write_item(Sweep(SHARD, THEN + 60 * minute, {}), expires_at=1))
        house.dynamodb.put_item(TableName=house.stack.outputs["SamplesTable"], Item=item)


def evaluated(house: House, minute: int | None, *seen: int) -> None:
    """The shard's alarms as they stand after that minute, with alarms that were last seen at others."""
    alarms = {f"{RULE.name}:{each}": replace(SEEN, target=str(each), seen=THEN + 60 * each) for each in seen}
    at = None if minute is None else THEN + 60 * minute
    item = pack(write_item(ShardAlarms(SHARD, at, alarms)))
    house.dynamodb.put_item(TableName=house.stack.outputs["AlarmsTable"], Item=item)


SEEN = Alarm(RULE.name, "t", Phase.ACTIVE, THEN - 60, THEN - 60, Level.CRITICAL, 0)


def test_sweeps_that_were_not_evaluated_are_named_and_discarded_on_request(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    swept(house, 0, 1)
    given_up = house.given_up(0, 1, "EvaluatorFunction")
    house.put(given_up, queue="EvaluatorFailuresUrl")
    code, lines = redrive(capsys)
    assert code == 1
    assert lines[1] == (
        "not evaluated  2 sweeps of shard-0001 from 2026-03-02T08:00:00Z to 2026-03-02T08:01:00Z (RecordAgeExceeded)"
    )
    assert lines[4] == (
        "  icwatch export --stack icwatch --from 2026-03-02T05:00:00Z --to 2026-03-02T08:01:01Z"
        " | icwatch replay FLEET.yaml - --from 2026-03-02T08:00:00Z"
    )
    assert lines[-2:] == [
        "  --discard-sweeps deletes the messages about sweeps.",
        "left in the queues: 0 about notices, 1 about sweeps",
    ]
    house.put(gone(given_up), queue="EvaluatorFailuresUrl")
    code, lines = redrive(capsys, "--discard-sweeps")
    assert code == 0
    assert [line for line in lines if line.startswith("not known      2 sweeps that arrived from ")]
    assert house.lying("EvaluatorFailuresUrl") == []


EFFECTS: list[tuple[str, tuple[int, ...], int | None, tuple[int, ...], list[str]]] = [
    ("nothing was evaluated since", (), 0, (), ["not evaluated  3 sweeps of shard-0001 from 1 to 3"]),
    ("nor ever", (), None, (), ["not evaluated  3 sweeps of shard-0001 from 1 to 3"]),
    ("the last one is the last that was evaluated", (), 3, (), [
        "took effect    1 sweep of shard-0001 at 3", "not known      2 sweeps of shard-0001 from 1 to 2"]),
    ("it was killed in the middle", (1,), 2, (), [
        "took effect    2 sweeps of shard-0001 from 1 to 2", "not evaluated  1 sweep of shard-0001 at 3"]),
    ("newer ones were evaluated", (1,), 5, (), [
        "took effect    1 sweep of shard-0001 at 1", "not known      2 sweeps of shard-0001 from 2 to 3"]),
    ("an alarm was last seen by one", (), 5, (2,), [
        "took effect    1 sweep of shard-0001 at 2", "not known      2 sweeps of shard-0001 from 1 to 3"]),
    ("all of them decided something", (1, 2, 3), 5, (), ["took effect    3 sweeps of shard-0001 from 1 to 3"]),
]  # fmt: skip


@pytest.mark.parametrize("case", EFFECTS, ids=[case[0] for case in EFFECTS])
def test_what_is_known_of_a_sweep_that_was_given_up(
    house: House, capsys: pytest.CaptureFixture[str], case: tuple[str, tuple[int, ...], int | None, Any, list[str]]
) -> None:
    _, decided, at, seen, shown = case
    swept(house, 1, 2, 3)
    house.decide(*(raised(THEN + 60 * minute, "10.1.0.7") for minute in decided))
    evaluated(house, at, *seen)
    house.put(house.given_up(0, 2, "EvaluatorFunction"), queue="EvaluatorFailuresUrl")
    lines = redrive(capsys, "--dry-run", "--discard-sweeps")[1]
    words = [re.sub(r"2026-03-02T08:0(\d):00Z", r"\1", line) for line in lines]
    assert [line.removesuffix(" (RecordAgeExceeded)") for line in words if line.endswith("Exceeded)")] == shown
    assert any(line.startswith("  Not known: ") for line in lines) is any("not known" in each for each in shown)
    assert any(line.startswith("  icwatch export") for line in lines) is any("took" not in each for each in shown)
    assert len(house.lying("EvaluatorFailuresUrl")) == 1, "a dry run changes nothing"


def test_letters_of_the_evaluator_are_shown_with_their_reason_and_discarded(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    letter_of = {"document": "Sweep", "sequence_number": "7", "reason": "ItemError: torn", "shard": SHARD, "at": THEN}
    future = {**letter_of, "reason": "FutureError: later", "at": THEN + 10**10}
    unknown = {"document": "Sweep", "sequence_number": "9", "reason": "EventError: no item"}
    after_all = {**letter_of, "at": THEN + 60}
    house.decide(raised(THEN + 60, "10.1.0.7"))
    evaluated(house, 5)
    house.put(letter_of, future, unknown, after_all, queue="EvaluatorFailuresUrl")
    house.put(letter_of)
    code, lines = redrive(capsys)
    assert code == 1
    assert sorted(line for line in lines if line.startswith(("set aside", "took effect"))) == [
        "set aside      1 sweep of shard-0001 at 2026-03-02T08:00:00Z: ItemError: torn",
        f"set aside      1 sweep of shard-0001 at {spell_moment(THEN + 10**10)}: FutureError: later",
        "set aside      the record 9: EventError: no item",
        "took effect    1 sweep of shard-0001 at 2026-03-02T08:01:00Z: ItemError: torn",
    ]
    assert lines[0].endswith(": it is about a sweep, not about notices")
    assert "  icwatch export --stack icwatch --from 2026-03-02T05:00:00Z --to 2026-03-02T08:00:01Z" in "\n".join(lines)
    code, lines = redrive(capsys, "--discard-sweeps")
    assert code == 1
    assert lines[-1] == "left in the queues: 1 about notices, 0 about sweeps"
    assert house.lying("EvaluatorFailuresUrl") == []


def test_in_chinese(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    good, lost = raised(AT, "10.1.0.7"), replace(raised(AT + 60, "10.1.0.8"), shard="shard-0002")
    assert redrive(capsys, "--language", "zh-CN") == (0, ["堆栈 icwatch：没有放弃任何通知或采集，无需补发"])
    house.decide(good)
    swept(house, 0, 1)
    house.put(letter(good), letter(lost), {"document": "Sweep", "sequence_number": "7", "reason": "torn"})
    house.put(house.given_up(0, 1, "EvaluatorFunction"), queue="EvaluatorFailuresUrl")
    code, lines = redrive(capsys, "--language", "zh-CN", "--dry-run")
    assert code == 1
    assert re.sub("消息 [-0-9a-f]+", "消息", lines[0]) == "留下           消息：它关于采集，而不是通知"
    assert lines[1:] == [
        f"将发布         {ids(good)[0]}  {write(good.transitions[0], RULE).subject}",
        f"留下           shard-0002 在 {spell_moment(AT + 60)} 的判定：Transitions 表中没有它，或已不再有",
        "将发布 1 条，0 条已有回执，1 条无法发布",
        "未判定         shard-0001 的 2 次采集，2026-03-02T08:00:00Z 至 2026-03-02T08:01:00Z（RecordAgeExceeded）",
        "  未判定的采集视为未采集到，既不触发也不消除任何告警。",
        "  原因见 evaluator 的日志。查看规则对这些采集会如何判定：",
        "  icwatch export --stack icwatch --from 2026-03-02T05:00:00Z --to 2026-03-02T08:01:01Z"
        " | icwatch replay FLEET.yaml - --from 2026-03-02T08:00:00Z",
        "  --discard-sweeps 删除关于采集的消息。",
        "队列中剩余的消息：关于通知 3 条、关于采集 1 条",
    ]


def test_progress_is_shown_on_a_terminal_only(house: House) -> None:
    decision = raised(AT, "10.1.0.7")
    house.decide(decision)
    house.put(letter(decision))
    terminal, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "icwatch_cli.main", *REDRIVE],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        check=True,
    )
    os.close(theirs)
    told = os.read(terminal, 4096).decode()
    os.close(terminal)
    assert told.index("1 messages about notices read") < told.index("0 of 1 decisions, 0 notices published")
    assert told.endswith("\x1b[2K"), "the line is gone in the end"
    assert done.stdout.splitlines()[0].startswith(f"published      {ids(decision)[0]}  ")


@contextmanager
def running() -> Iterator[subprocess.Popen[str]]:
    """A redrive in a process of its own; killed if the test leaves it running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "icwatch_cli.main", *REDRIVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_in_the_middle_doubles_and_loses_nothing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    decisions = [raised(AT + number, *(f"10.1.0.{each}" for each in range(50))) for number in range(4)]
    house.decide(*decisions)
    house.put(*map(letter, decisions))
    with running() as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(60)]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=120)
    lines += rest.splitlines()
    assert (process.returncode, errors) == (130, "")
    published = told_ids(lines, "published")
    assert house.received() == published == ids(*decisions)[: len(published)]
    assert len(published) < 200, "it was in the middle"
    assert len(house.lying()) == len(decisions) - len(published) // 50, "what is not done can be seen again at once"
    assert redrive(capsys)[0] == 0
    assert published + house.received() == ids(*decisions)


def test_beside_the_notifier_nothing_is_published_twice(house: House) -> None:
    decision = raised(AT, *(f"10.1.0.{each}" for each in range(100)))
    house.decide(decision)
    house.put(letter(decision))
    with running() as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        house.notify(replace(decision, transitions=decision.transitions[::-1]))  # so that they meet in the middle
        rest, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    published = told_ids([first, *rest.splitlines()], "published")
    assert 0 < len(published) < 100, "both published some"
    assert sorted(house.received()) == sorted(ids(decision))


def test_ctrl_c_waits_for_the_receipt() -> None:
    done, before = [], signal.getsignal(signal.SIGINT)  # which may be to ignore it, in a job of a shell

    def publish() -> None:
        with uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("receipt")

    with pytest.raises(KeyboardInterrupt):
        publish()
    assert done == ["receipt"]
    assert signal.getsignal(signal.SIGINT) is before
