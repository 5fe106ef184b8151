"""From a notice to robots, over real tables: redeliveries, crashes, and two at once double and lose nothing."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from icwatch.announcements.grouping import announcements_of
from icwatch.delivery.messenger import Messenger, MissingError
from icwatch.delivery.outboxes import DynamoOutboxes
from icwatch.errors import ConflictError
from icwatch.model import Decision, Kind, Language, Robot, RobotKind, Transition
from icwatch.notices import MAX_ID, Style
from icwatch.robots.outbox import Outbox, Waiting
from icwatch.robots.vendors import LIMITS, Answer, Verdict
from icwatch.storage.codec import decode
from icwatch.text import one_line
from tests.conftest import Cloud
from tests.notices.support import AT, CLEARED, RAISED, RULE

SHARD = "shard-0001"
DBA = Robot("dba", RobotKind.DINGTALK, "ssm:/icwatch/url")
NUMBERS = itertools.count()


@dataclass(slots=True)
class House:
    """A messenger over tables of its own, and what went out of it. `answers` are what the robot says, in turn."""

    outboxes: DynamoOutboxes
    decisions: dict[tuple[str, int], Decision] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    wakes: list[int] = field(default_factory=list)
    aside: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Answer | BaseException] = field(default_factory=list)
    now: float = AT + 1.0

    def send(self, robot: Robot, message: Mapping[str, Any], notice_id: str) -> Answer:
        self.sent.append(notice_id)
        answer = self.answers.pop(0) if self.answers else Answer(Verdict.TAKEN)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def messenger(self) -> Messenger:
        return Messenger(
            outboxes=self.outboxes,
            decision_of=lambda shard, at: self.decisions.get((shard, at)),
            sender=self,
            wake=lambda robot, seconds: self.wakes.append(seconds),
            set_aside=self.aside.append,
            style=Style(Language.EN_US),
            count=lambda answer: None,
            clock=lambda: self.now,
        )

    def decide(self, *transitions: Transition) -> list[str]:
        """Store a decision; the ids of its notices."""
        decision = Decision(SHARD, transitions[0].at, transitions, {RULE.name: RULE})
        self.decisions[SHARD, decision.at] = decision
        return [each.id for each in announcements_of(decision)]

    def take(self, notice: str, at: int, robot: Robot = DBA) -> None:
        """What an invocation does with a record."""
        for _ in self.messenger.accept(notice, SHARD, at, [robot]):
            self.messenger.deliver(robot, time.monotonic() + 60)

    @property
    def box(self) -> Outbox:
        return self.outboxes.load(DBA.name)


@pytest.fixture
def house(cloud: Cloud) -> Iterator[House]:
    names = [f"robots-{next(NUMBERS)}-{time.monotonic_ns()}" for _ in range(2)]
    for name, key in zip(names, ("robot", "id"), strict=True):
        cloud.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        )
    yield House(DynamoOutboxes(cloud.dynamodb, *names))
    for name in names:
        cloud.dynamodb.delete_table(TableName=name)


def test_a_record_that_comes_again_sends_nothing_more(house: House) -> None:
    (raised,) = house.decide(RAISED)
    (cleared,) = house.decide(CLEARED)
    for notice, at in ((raised, RAISED.at), (raised, RAISED.at), (cleared, CLEARED.at), (cleared, CLEARED.at)):
        house.take(notice, at)
    assert house.sent == [raised, cleared]
    assert (house.box.known, house.box.waiting, house.box.succeeded_at) == ({}, (), int(house.now))


def test_a_crash_after_accepting_is_made_good_by_the_record(house: House) -> None:
    (raised,) = house.decide(RAISED)
    assert house.messenger.accept(raised, SHARD, RAISED.at, [DBA]) == {"dba"}
    house.take(raised, RAISED.at)
    assert house.sent == [raised]


def test_a_crash_while_sending_sends_once_more_under_the_same_id_when_the_claim_is_over(house: House) -> None:
    (raised,) = house.decide(RAISED)
    house.answers = [KeyboardInterrupt()]  # the process is gone
    with pytest.raises(KeyboardInterrupt):
        house.take(raised, RAISED.at)
    house.take(raised, RAISED.at)
    assert house.sent == [raised], "somebody may still be sending it"
    (seconds,) = house.wakes
    house.now += seconds
    house.messenger.deliver(DBA, time.monotonic() + 60)
    assert house.sent == [raised, raised]
    assert house.box.waiting == ()


def test_what_comes_while_somebody_sends_is_sent_by_him(house: House) -> None:
    (raised,) = house.decide(RAISED)
    other = replace(RAISED, target="192.168.0.2", at=AT + 60, raised_at=AT + 60)
    (second,) = house.decide(other)
    plain = house.send

    def send(robot: Robot, message: Mapping[str, Any], notice_id: str) -> Answer:
        if notice_id == raised:  # the other invocation accepts, and leaves the sending to who has the claim
            house.take(second, other.at)
        return plain(robot, message, notice_id)

    messenger = replace(house.messenger, sender=type("Sender", (), {"send": staticmethod(send)})())
    messenger.accept(raised, SHARD, RAISED.at, [DBA])
    messenger.deliver(DBA, time.monotonic() + 60)
    assert house.sent == [raised, second]
    assert house.box.known.keys() == {RAISED.alarm_id, other.alarm_id}


def test_two_that_save_at_once_do_not_overwrite_one_another(house: House) -> None:
    before = house.box
    house.outboxes.save(before, replace(before, failure="one"))
    with pytest.raises(ConflictError):
        house.outboxes.save(before, replace(before, failure="two"), ["a receipt"], AT)
    assert house.box.failure == "one"
    assert not house.outboxes.has_receipt(DBA.name, "a receipt")


def test_a_robot_that_is_down_is_looked_at_again_and_told_then(house: House) -> None:
    (raised,) = house.decide(RAISED)
    house.answers = [Answer(Verdict.TRANSIENT, "HTTP 503"), Answer(Verdict.TOO_MANY, "mute", 600)]
    house.take(raised, RAISED.at)
    assert (house.wakes, house.box.failure) == ([5], "HTTP 503")
    house.take(raised, RAISED.at)
    assert house.sent == [raised], "not before the pause is over"
    for seconds in (5, 600):
        house.now += seconds
        house.messenger.deliver(DBA, time.monotonic() + 60)
    assert house.sent == [raised] * 3
    assert house.wakes == [5, 600]
    assert (house.box.waiting, house.box.failures) == ((), 0)


def test_what_is_refused_for_good_is_set_aside_and_comes_back_by_redrive(house: House) -> None:
    (raised,) = house.decide(RAISED)
    house.answers = [Answer(Verdict.PERMANENT, "no such token")]
    house.take(raised, RAISED.at)
    (letter,) = house.aside
    assert (letter["robot"], letter["reason"], house.box.waiting) == ("dba", "no such token", ())
    again = [decode(Waiting, json.loads(json.dumps(each))) for each in letter["waiting"]]
    for _ in range(2):
        house.messenger.put_back("dba", again)
    house.messenger.deliver(DBA, time.monotonic() + 60)
    assert house.sent == [raised, raised]
    assert house.box.known.keys() == {RAISED.alarm_id}


def test_what_is_over_by_then_comes_back_with_its_end(house: House) -> None:
    (raised,), (cleared,) = house.decide(RAISED), house.decide(CLEARED)
    house.answers = [Answer(Verdict.PERMANENT, "no such token")]
    house.take(raised, RAISED.at)
    house.take(cleared, CLEARED.at)
    assert house.sent == [raised], "an end without a problem"
    (letter,) = house.aside
    house.messenger.put_back("dba", [decode(Waiting, json.loads(json.dumps(each))) for each in letter["waiting"]])
    house.messenger.deliver(DBA, time.monotonic() + 60)
    assert house.sent == [raised, raised, cleared]


def test_more_than_the_limit_becomes_a_digest(house: House) -> None:
    several = [replace(RAISED, target=f"10.0.{number}.1", at=AT + number) for number in range(12)]
    for each in several:
        (notice,) = house.decide(each)
        house.messenger.accept(notice, SHARD, each.at, [DBA])
    house.messenger.deliver(DBA, time.monotonic() + 60)
    burst = LIMITS[RobotKind.DINGTALK].burst
    assert len(house.sent) == burst
    assert house.sent[-1].endswith(f"+{12 - burst} notices")
    assert len(house.box.known) == 12


def test_a_robot_hears_only_of_what_concerns_it(house: House) -> None:
    robot = replace(DBA, only={"vpc": ("vpc-2",)}, repeats=False)
    (raised,) = house.decide(RAISED)
    assert house.messenger.accept(raised, SHARD, RAISED.at, [robot]) == set()
    inside = replace(RAISED, labels={"vpc": "vpc-2"}, at=AT + 1)
    (second,) = house.decide(inside)
    house.take(second, inside.at, robot)
    (again,) = house.decide(replace(inside, kind=Kind.REPEATED, at=AT + 2, notified_levels=(RAISED.level,)))
    house.take(again, AT + 2, robot)
    assert house.sent == [second]


def test_a_table_that_fails_costs_no_notice(house: House) -> None:
    """Read again, it may be there: the record comes again, and nothing goes to the dead letters."""
    (raised,) = house.decide(RAISED)
    house.messenger.accept(raised, SHARD, RAISED.at, [DBA])

    def refuse(shard: str, at: int) -> Decision | None:
        raise ReadTimeoutError(endpoint_url="dynamodb")

    with pytest.raises(ReadTimeoutError):
        replace(house.messenger, decision_of=refuse).deliver(DBA, time.monotonic() + 60)
    assert (house.aside, house.sent) == ([], [])
    house.now += 62
    house.messenger.deliver(DBA, time.monotonic() + 60)
    assert house.sent == [raised]


@pytest.mark.parametrize("taken", [False, True], ids=["refused", "without an answer"])
def test_a_table_that_fails_once_after_the_answer_does_not_send_twice(
    house: House, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (raised,) = house.decide(RAISED)
    save, troubles = house.outboxes.save, iter([ReadTimeoutError(endpoint_url="dynamodb")])

    def failing(before: Outbox, new: Outbox, *more: Any) -> Outbox:
        trouble = next(troubles, None) if house.sent else None
        if trouble is None or taken:
            saved = save(before, new, *more)
        if trouble is not None:
            raise trouble
        return saved

    monkeypatch.setattr(house.outboxes, "save", failing)
    house.take(raised, RAISED.at)
    house.take(raised, RAISED.at)
    assert house.sent == [raised]
    assert (house.box.waiting, house.box.claimed_until) == ((), 0)


def test_a_notice_with_the_longest_name_is_found(house: House) -> None:
    long = replace(RAISED, target="vpc=" + "值" * 3_000)
    (notice,) = house.decide(long)
    house.take(one_line(notice, MAX_ID), long.at)
    assert len(house.sent) == 1


def test_a_notice_that_is_nowhere_is_named(house: House) -> None:
    with pytest.raises(MissingError, match="nonsense"):
        house.messenger.accept("nonsense", SHARD, AT, [DBA])
