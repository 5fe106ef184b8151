"""The messenger's handler: which records come again, and what is none of its business."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.messenger import app
from icwatch.model import Language, Robot, RobotKind
from icwatch.notices import Style
from icwatch.robots.vendors import Answer, Verdict
from tests.functions.support import Context

# A handler's own filter is not that of a test: a batch may come to nothing that is counted.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

EVENTS = Path(__file__).parents[2] / "events"
DBA = Robot("dba", RobotKind.DINGTALK, "ssm:/icwatch/url")


@dataclass(slots=True)
class Desk:
    """Stands for what works on the tables, which `tests/delivery/test_messenger.py` tests over real ones."""

    accepted: list[tuple[str, str, int]] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    back: list[Any] = field(default_factory=list)
    broken: str = ""

    @property
    def style(self) -> Style:
        return Style(Language.EN_US)

    @property
    def sender(self) -> Any:
        return SimpleNamespace(send=lambda robot, message, name: Answer(Verdict.PERMANENT, "sign not match"))

    def accept(self, notice: str, shard: str, at: int, robots: Any) -> set[str]:
        if notice == "torn":
            raise RuntimeError(notice)
        self.accepted.append((notice, shard, at))
        return {each.name for each in robots}

    def put_back(self, robot: str, waiting: list[Any]) -> None:
        self.back.append((robot, waiting))

    def deliver(self, robot: Robot, ends: float) -> None:
        if self.broken:
            raise RuntimeError(self.broken)
        self.delivered.append(robot.name)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    inventory = SimpleNamespace(load=lambda: SimpleNamespace(robots={"dba": DBA}))
    monkeypatch.setattr(app, "wire", lambda: SimpleNamespace(inventory=inventory, messenger=desk))
    return desk


def handle(*bodies: object) -> list[str]:
    """The records that come again, by their numbers."""
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    records = [{"messageId": str(number), "body": text} for number, text in enumerate(texts)]
    answer = app.lambda_handler({"Records": records}, Context())
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def notice(name: str) -> dict[str, object]:
    return {"schema": "icwatch.notice/1", "notice": name, "shard": "shard-0001", "at": 60}


def test_the_event_of_the_repository_is_taken(desk: Desk) -> None:
    event = json.loads((EVENTS / "robot-queue.json").read_text(encoding="utf-8"))
    assert app.lambda_handler(event, Context()) == {"batchItemFailures": []}
    ((name, shard, _),) = desk.accepted
    assert (name.startswith("ic_server_connect_failed:"), shard, desk.delivered) == (True, "shard-0001", ["dba"])


def test_a_record_that_fails_comes_again_alone(desk: Desk) -> None:
    assert handle(notice("one"), notice("torn"), notice("two")) == ["1"]
    assert [name for name, _, _ in desk.accepted] == ["one", "two"]
    assert desk.delivered == ["dba"], "once for the batch"


def test_where_a_robot_cannot_be_looked_at_its_records_come_again(desk: Desk) -> None:
    desk.broken = "the table is gone"
    assert handle(notice("one"), {"wake": "dba"}, "hello") == ["0", "1"]


def test_what_others_publish_to_the_topic_is_passed_over(desk: Desk) -> None:
    assert handle("hello", "[]", "1", {"text": "a trial"}, {"schema": "icwatch.monitoring/1", "notice": "x"}) == []
    assert desk.accepted == []


def test_what_redrive_brings_back_and_what_is_of_a_robot_that_is_gone(desk: Desk) -> None:
    waiting = {"shard": "s", "at": 1, "notice": "n", "kind": "raised", "level": "Critical", "alarms": ["r:a:1"]}
    assert handle({"again": {"robot": "dba", "waiting": [waiting]}}, {"wake": "gone"}) == []
    ((name, (each,)),) = desk.back
    assert (name, each.alarms, desk.delivered) == ("dba", ("r:a:1",), ["dba"])


def test_a_test_says_what_the_vendor_answers(desk: Desk) -> None:
    assert app.lambda_handler({"test": "dba"}, Context()) == {"verdict": "permanent", "answer": "sign not match"}
    unknown = app.lambda_handler({"test": "dbx"}, Context())
    assert unknown == {"verdict": "unknown", "answer": "the fleet has no robot dbx; it has dba"}
