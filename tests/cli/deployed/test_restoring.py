"""What docs/operations.md says of restoring: alarms of an earlier moment, put into a table of a stack that goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3

from icwatch.model import Decision, Kind
from icwatch.storage.items import read_item
from icwatch.storage.packing import unpack
from icwatch_cli.local.stack import Stack
from tests.cli.serving.test_serving import Deployed

TARGET = "10.1.0.1"


def items(stack: Stack, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = boto3.client("dynamodb").scan(TableName=stack.outputs[table])["Items"]
    return found


def restore(stack: Stack, alarms: list[dict[str, Any]]) -> None:
    """Put what was restored in place of what is there."""
    client = boto3.client("dynamodb")
    for item in items(stack, "AlarmsTable"):
        client.delete_item(TableName=stack.outputs["AlarmsTable"], Key={"shard": item["shard"]})
    for item in alarms:
        client.put_item(TableName=stack.outputs["AlarmsTable"], Item=item)


def decided(stack: Stack) -> list[Kind]:
    """What was decided about the target, in its order."""

    def found() -> Iterator[tuple[int, Kind]]:
        for item in items(stack, "TransitionsTable"):
            for each in read_item(Decision, unpack(item)).transitions:
                if each.target == TARGET and each.rule == "ic_server_connect_failed":
                    yield each.at, each.kind

    return [kind for _, kind in sorted(found())]


def sweep(deployed: Deployed, *minutes: int, down: bool) -> None:
    for minute in minutes:
        deployed.sweep(minute, *([TARGET] if down else []))


def test_what_began_after_the_moment_begins_again_and_ends_once(stack: Stack) -> None:
    deployed = Deployed(stack)
    sweep(deployed, 0, down=False)
    before = items(stack, "AlarmsTable")
    sweep(deployed, 1, 2, down=True)
    assert decided(stack) == [Kind.RAISED]
    restore(stack, before)
    sweep(deployed, 3, 4, down=True)
    assert decided(stack) == [Kind.RAISED, Kind.RAISED]
    sweep(deployed, *range(5, 12), down=False)
    assert decided(stack) == [Kind.RAISED, Kind.RAISED, Kind.CLEARED]


def test_what_ended_after_the_moment_ends_again(stack: Stack) -> None:
    deployed = Deployed(stack)
    sweep(deployed, 0, 1, down=True)
    before = items(stack, "AlarmsTable")
    sweep(deployed, *range(2, 9), down=False)
    assert decided(stack) == [Kind.RAISED, Kind.CLEARED]
    restore(stack, before)
    sweep(deployed, *range(9, 16), down=False)
    assert decided(stack) == [Kind.RAISED, Kind.CLEARED, Kind.CLEARED]


def test_what_goes_on_goes_on(stack: Stack) -> None:
    deployed = Deployed(stack)
    sweep(deployed, 0, 1, down=True)
    before = items(stack, "AlarmsTable")
    sweep(deployed, 2, 3, down=True)
    restore(stack, before)
    sweep(deployed, 4, 5, down=True)
    assert decided(stack) == [Kind.RAISED]


def test_without_the_alarms_nobody_is_told_of_the_end(stack: Stack) -> None:
    deployed = Deployed(stack)
    sweep(deployed, 0, 1, down=True)
    restore(stack, [])
    sweep(deployed, *range(2, 9), down=False)
    assert decided(stack) == [Kind.RAISED]
