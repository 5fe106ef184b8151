"""`icwatch robot`: send a robot a test message, and list how it goes with each."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping
from datetime import timezone
from typing import Any

from icwatch.delivery.outboxes import DynamoOutboxes
from icwatch.delivery.robots import RobotSender
from icwatch.delivery.secrets import Secrets
from icwatch.model import Inventory, Language, Robot
from icwatch.robots.messages import test_form
from icwatch.robots.outbox import Outbox, due
from icwatch.robots.vendors import Verdict
from icwatch.text import one_line
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.account import ONCE
from icwatch_cli.deployed.reachable import how_to_switch_on
from icwatch_cli.deployed.stack import Stack, StackError, aws_errors
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.local.chat_group import GROUP
from icwatch_cli.terminal.columns import columns, painter
from icwatch_cli.terminal.errors import spoken
from icwatch_cli.terminal.near import near
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.speech import ENGLISH, Speech, speech_of
from icwatch_cli.terminal.times import day_and_time, zone_of

MAX_REASON_CHARACTERS = 200


def run(arguments: argparse.Namespace) -> int:
    """Test a robot: exit 0 where its vendor took the message, 1 where not. Or list them: exit 0."""
    stack = stack_of(arguments)
    with aws_errors():
        inventory = stack.inventory().load()
        if arguments.action == "list":
            boxes, now = _outboxes(stack, inventory), int(time.time())
            for line in (
                (as_json(inventory.robots[name], box, now) for name, box in boxes.items())
                if arguments.json
                else listed(boxes, inventory, now, zone_of(arguments), speech_of(arguments))
            ):
                say(line)
            say_unreadable(inventory)
            return 0
        robot = _named(inventory, arguments.name, stack)
        answer = _test_here(robot, stack) if arguments.local else _test_there(robot, stack)
    verdict = speech_of(arguments).texts.robot.verdicts.get(answer["verdict"], answer["verdict"])
    say(f"{robot.name} ({robot.vendor}): {verdict}: {one_line(answer['answer'], MAX_REASON_CHARACTERS)}")
    return 0 if answer["verdict"] == Verdict.TAKEN else 1


def _named(inventory: Inventory, name: str, stack: Stack) -> Robot:
    if name not in inventory.robots:
        known = f"; it has {', '.join(inventory.robots)}" if inventory.robots else ", nor any other"
        raise StackError(f"{name}: is no robot of {stack.title}{near(name, inventory.robots) or known}")
    return inventory.robots[name]


def unset(robot: Robot, environment: Mapping[str, str]) -> str | None:
    """What to say where this shell lacks a variable that the robot refers to; None where it has all."""
    for reference in filter(None, (robot.url, robot.secret)):
        store, _, name = reference.partition(":")
        if store != "env" or environment.get(name):
            continue
        if name == GROUP:
            return (
                f"{robot.name}: is the demonstration's own robot, and takes no test; test one of a fleet file of yours"
            )
        why = "robot test --local reads it in this shell, and not in that of icwatch run"
        return f"{reference}: is not set here; {why}: export {name} first"
    return None


def _test_here(robot: Robot, stack: Stack) -> Mapping[str, str]:
    """From this process, which may read secrets of this machine as the local messenger does."""
    if problem := unset(robot, os.environ):
        raise StackError(problem)
    message = test_form(robot, Language(stack.output("Language")))
    answer = RobotSender(Secrets(local=True), local=True).send(robot, message, f"test:{int(time.time())}")
    return {"verdict": answer.verdict, "answer": answer.words}


def _test_there(robot: Robot, stack: Stack) -> Mapping[str, str]:
    """By the deployed messenger: from where notices come, with its permissions."""
    client = stack.client("lambda", ONCE)
    event = json.dumps({"test": robot.name}).encode()
    answer = client.invoke(FunctionName=_messenger(stack), Payload=event)
    found: Any = json.loads(answer["Payload"].read())
    if "FunctionError" in answer or "verdict" not in found:
        reason = one_line(json.dumps(found), MAX_REASON_CHARACTERS)
        raise StackError(f"the messenger failed: {reason}; its log says why")
    return {"verdict": str(found["verdict"]), "answer": str(found["answer"])}


def _messenger(stack: Stack) -> str:
    if "MessengerFunction" not in stack.outputs:
        raise StackError(f"{stack.title} has no messenger; {how_to_switch_on(stack)}")
    return stack.outputs["MessengerFunction"]


def _outboxes(stack: Stack, inventory: Inventory) -> dict[str, Outbox]:
    _messenger(stack)
    table = DynamoOutboxes(stack.database, stack.output("OutboxesTable"), stack.output("ReceiptsTable"))
    return {name: table.load(name) for name in inventory.robots}


def listed(
    outboxes: Mapping[str, Outbox], inventory: Inventory, now: int, zone: timezone, speech: Speech = ENGLISH
) -> Iterator[str]:
    """The robots as columns. Pure."""
    texts = speech.texts.robot
    head = tuple(each.format(zone=zone) for each in texts.head)
    rows = [
        (
            name,
            str(inventory.robots[name].vendor),
            day_and_time(box.succeeded_at, zone) if box.succeeded_at else texts.never,
            str(len(box.waiting)),
            _state(box, inventory.robots[name], now, zone, speech),
        )
        for name, box in outboxes.items()
    ]
    return columns([head, *rows], painter()) if rows else iter([texts.none])


def as_json(robot: Robot, box: Outbox, now: int) -> str:
    """A robot as a line; moments are Unix seconds, null for never. Pure."""
    failed = box.failed_at > box.succeeded_at
    line = {
        "robot": robot.name,
        "kind": robot.vendor,
        "last_taken_at": box.succeeded_at or None,
        "last_failed_at": box.failed_at or None,
        "waiting": len(box.waiting),
        "works": not failed,
        "failure": box.failure if failed else "",
        "again_at": box.not_before if failed and box.waiting and box.not_before > now else None,
    }
    return json.dumps(line, ensure_ascii=False)


def _state(box: Outbox, robot: Robot, now: int, zone: timezone, speech: Speech) -> str:
    texts = speech.texts.robot
    if box.waiting and box.failed_at <= box.succeeded_at and not due(box, robot.hours, now):
        return texts.waits
    if box.failed_at <= box.succeeded_at:
        return texts.works if box.succeeded_at else texts.new
    again = texts.again.format(wait=speech.spell(box.not_before - now)) if box.waiting and box.not_before > now else ""
    why = spoken(one_line(box.failure, MAX_REASON_CHARACTERS), speech.language)
    return texts.failed.format(at=day_and_time(box.failed_at, zone), again=again, why=why)
