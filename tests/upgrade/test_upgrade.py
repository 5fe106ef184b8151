"""A stack that is updated in the middle of outages and rolled back: nothing is lost, and nothing is told twice."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from icwatch.model import Decision, RobotKind, Transition
from icwatch.storage.items import read_item
from icwatch.storage.packing import unpack
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.translation import translate
from tests.pipeline.outages import evaluated
from tests.servers import OK, Servers, read_request
from tests.upgrade.deployment import Deployment, deployed, unpacked
from tests.vendors import Vendor, Vendors

EVERY = 60

STATES = (
    "1111111111111111111111",
    "1100000000000111111111",
    "1110000000001111111111",
    "1111011111111111111111",
    "1111111110000000001111",
)
"""A server a line, a sweep a column: 1 is up."""

IN_HASTE = 18
"""From this sweep on, the stack is rolled back with a sweep in the stream. One outage is not over then."""

RULE = {
    "name": "ic_server_connect_failed",
    "expression": "ic_server_health",
    "threshold": 0,
    "comparator": "==",
    "level": "Critical",
    "duration": "2m",
    "cycle": "3m",
    "clear_cycle": "2m",
    "unattended_after": "4m",
}
"""A rule that decides whatever can be decided in time."""

KINDS = {"raised", "repeated", "unattended", "cleared"}

KEPT = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic")
REPLACING = ("TableName", "KeySchema", "QueueName", "FifoQueue", "TopicName", "FifoTopic")
"""What CloudFormation cannot change without making a new resource, which would be empty."""


@dataclass
class Server:
    """A server that is in each sweep what its line says."""

    states: str
    sweep: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        up = self.states[self.sweep] == "1"
        writer.write(OK if up else b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()


@dataclass
class Course:
    """The way of sweeps, decisions and notices through a stack that is changed meanwhile."""

    deployment: Deployment
    servers: list[Server]
    targets: list[str]
    robot: Vendor
    began: int
    inbox: str
    notices: list[str] = field(default_factory=list)

    def sweep(self, number: int) -> None:
        """Let the prober see what the servers are now."""
        for server in self.servers:
            server.sweep = number
        self.deployment.sweep(self.began + EVERY * number)

    def evaluate(self, number: int) -> None:
        """Let the evaluator have what the prober saw."""
        batch = self.deployment.records("SamplesTable", self.began + EVERY * number)
        assert batch["Records"], "nothing was swept"
        assert self.deployment.invoke("evaluator", batch) == {"batchItemFailures": []}

    def tell(self, number: int) -> None:
        """Let the notifier have what was decided, and the messenger what was published."""
        batch = self.deployment.records("TransitionsTable", self.began + EVERY * number)
        if batch["Records"]:
            assert self.deployment.invoke("notifier", batch) == {"batchItemFailures": []}
        if waiting := self.deployment.take(self.deployment.stack.outputs["RobotQueueUrl"]):
            self.deployment.invoke("messenger", {"Records": waiting})
        self.notices += [each["body"] for each in self.deployment.take(self.inbox)]

    def decided(self) -> list[Transition]:
        """All that was decided."""
        decisions = [read_item(Decision, unpack(item)) for item in self.deployment.items("TransitionsTable")]
        return sorted((each for decision in decisions for each in decision.transitions), key=lambda each: each.at)

    def expected(self) -> list[Transition]:
        """What this version decides on the sweeps that were taken, one after the other and undisturbed."""
        items = sorted(self.deployment.items("SamplesTable"), key=lambda item: int(item["at"]["N"]))
        writer = InventoryWriter(self.deployment.client("dynamodb"), self.deployment.stack.outputs["InventoryTable"])
        return evaluated(writer.load(), [read_sweep(item) for item in items])

    def told(self) -> Counter[str]:
        """How often each transition was in a notice."""
        messages = [json.loads(json.loads(body)["Message"]) for body in self.notices]
        return Counter(alarm["transition"] for message in messages for alarm in message["alarms"])


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    """A fleet of `STATES` in a stack of the version before, with a subscriber and a robot."""
    robot = Vendor(RobotKind.SLACK, limit=1000)
    with deployed(tmp_path) as deployment, Servers() as running, Vendors(robot=robot) as vendors:
        servers = [Server(states) for states in STATES]
        targets = [f"127.0.0.1:{running.serve(server)}" for server in servers]
        deployment.client("ssm").put_parameter(Name="/icwatch/robot", Value=vendors.url("robot"), Type="SecureString")
        fleet = parse_fleet(
            {
                "language": "en-US",
                "rules": [RULE],
                "targets": [{"address": address} for address in targets],
                "robots": [{"name": "robot", "kind": "slack", "url": "ssm:/icwatch/robot"}],
            }
        )
        inventory = InventoryWriter(deployment.client("dynamodb"), deployment.stack.outputs["InventoryTable"])
        inventory.apply(make_plan(inventory.load(), fleet))
        began = int(time.time()) // EVERY * EVERY - EVERY * len(STATES[0])
        yield Course(deployment, servers, targets, robot, began, deployment.subscribe())


def drained(course: Course, numbers: range) -> None:
    """Let the version do its work, with nothing left in any stream."""
    for number in numbers:
        course.sweep(number)
        course.evaluate(number)
        course.tell(number)


def test_it_is_updated_and_rolled_back_again_and_again(course: Course) -> None:
    drained(course, range(3))
    for number in range(3, IN_HASTE, 5):
        # The version before sweeps; its sweep is still in the stream, and its last decision in the other one, when the
        # update comes. The way back is the one of docs/operations.md: only when the streams are empty.
        course.sweep(number)
        course.evaluate(number)
        course.sweep(number + 1)
        course.deployment.deploy("this")
        course.tell(number)
        course.evaluate(number + 1)
        course.tell(number + 1)
        drained(course, range(number + 2, number + 5))
        course.deployment.deploy("before")

    decided, expected = course.decided(), course.expected()
    assert {str(each.kind) for each in decided} == KINDS
    assert sorted(each.id for each in decided) == sorted(each.id for each in expected), "a sweep was not evaluated"
    assert course.told() == Counter(each.id for each in expected if each.announce)
    rolled_back_in_haste(course)
    assert course.told() == Counter(each.id for each in course.decided() if each.announce)
    assert {*Counter(json.dumps(each, sort_keys=True) for each in course.robot.messages).values()} == {1}
    assert course.robot.refusals == []


def rolled_back_in_haste(course: Course) -> None:
    """A sweep whose form the version before does not know is set aside, and the outage has its end all the same."""
    course.deployment.deploy("this")
    course.sweep(IN_HASTE)
    course.deployment.deploy("before")
    course.evaluate(IN_HASTE)
    failures = course.deployment.take(course.deployment.stack.outputs["EvaluatorFailuresUrl"])
    assert [json.loads(each["body"])["at"] for each in failures] == [course.began + EVERY * IN_HASTE]
    drained(course, range(IN_HASTE + 1, len(STATES[0])))
    begun = Counter((each.rule, each.target) for each in course.decided() if each.kind == "raised")
    ended = Counter((each.rule, each.target) for each in course.decided() if each.kind == "cleared")
    assert {*begun.values()} == {*ended.values()} == {1}
    assert course.decided()[-1].kind == "cleared"
    assert (RULE["name"], course.targets[-1]) in ended


def test_an_update_replaces_nothing_in_which_something_lies(tmp_path: Path) -> None:
    """A table or queue under another name, or of another key, would be a new one, and empty."""
    before, this = (
        json.loads(translate(root / "template.yaml").body)["Resources"] for root in (unpacked(tmp_path), ROOT)
    )
    kept = {name: resource for name, resource in before.items() if resource["Type"] in KEPT}
    assert {resource["Type"] for resource in kept.values()} == {*KEPT}
    for name, resource in kept.items():
        assert this[name]["Type"] == resource["Type"], name
        assert fixed(this[name]) == fixed(resource), name


def fixed(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What a resource cannot change."""
    return {name: value for name, value in resource.get("Properties", {}).items() if name in REPLACING}


def resources_of(template: Path) -> dict[str, Any]:
    """What a template makes, by its logical name."""
    found: dict[str, Any] = json.loads(translate(template).body)["Resources"]
    return found
