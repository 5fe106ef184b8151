"""The commands beside stored items that cannot be read: they say which, work with the rest, and repair them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from icwatch.model import Alarm, Level, Phase, ShardAlarms, Silence
from icwatch.storage.inventory import HEAD
from icwatch.storage.items import write_item
from icwatch.storage.packing import pack, unpack
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.local.stack import Stack
from icwatch_cli.main import main

FLEET = """\
language: en-US
targets:
  - 192.168.0.1
  - 192.168.0.2
"""
AT = 1_795_316_400
STANDING = Alarm(
    "ic_server_connect_failed", "192.168.0.1", Phase.ACTIVE, AT, AT, Level.CRITICAL, 0, began_at=AT, raised_at=AT
)
RULE_ITEM = {"kind": "rule", "id": "ic_server_connect_failed"}


class House:
    """A stack with a fleet, an alarm and many items that cannot be read."""

    def __init__(self, stack: Stack, fleet: Path) -> None:
        self.fleet, self._outputs = fleet, stack.outputs
        self._client = boto3.client("dynamodb")
        assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0
        DynamoAlarms(self._client, stack.outputs["AlarmsTable"]).save(
            None, ShardAlarms("shard-0001", AT, {STANDING.key: STANDING}), None
        )
        self._put({"kind": "target", "id": "192.168.0.2", "shard": "shard-0001", "host": 5})
        self._put({"kind": "silence", "id": "torn42"})
        self._put({**write_item(Silence("newer1", {}, 0, 0), kind="silence"), "daily": ["Mon"]})
        self._put({"kind": "acknowledgement", "id": STANDING.id, "by": 5})
        self._put({**self._get(RULE_ITEM), "comparator": "=~"})
        self._put({**self._get(HEAD), "language": "fr-FR", "version": 100})

    def _get(self, key: dict[str, Any]) -> dict[str, Any]:
        table = self._outputs["InventoryTable"]
        return unpack(self._client.get_item(TableName=table, Key=pack(key))["Item"])

    def _put(self, item: dict[str, Any]) -> None:
        self._client.put_item(TableName=self._outputs["InventoryTable"], Item=pack(item))

    def unreadable(self) -> set[tuple[str, str]]:
        return set(InventoryWriter(self._client, self._outputs["InventoryTable"]).load().unreadable)


@pytest.fixture
def house(stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(FLEET)
    house = House(stack, fleet)
    capsys.readouterr()
    return house


ALL = {
    ("target", "192.168.0.2"),
    ("silence", "torn42"),
    ("silence", "newer1"),
    ("acknowledgement", STANDING.id),
    ("rule", "ic_server_connect_failed"),
    ("fleet", "head.language"),
}

COMMANDS: list[tuple[list[str], str]] = [
    (["alarms"], "192.168.0.1"),
    (["history"], ""),
    (["silence", "list"], "no silences"),
    (["silence", "add", "--label", "vpc=v", "--for", "1h", "--comment", "move", "--by", "Li"], "silence "),
]


def lines_about(told: str) -> set[tuple[str, str]]:
    """What standard error names, by kind and id."""
    words = [line.split(": ", 2) for line in told.splitlines() if line.startswith("cannot be read: ")]
    return {(kind, name) for _, named, _ in words for kind, _, name in [named.partition(" ")]}


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=lambda value: " ".join(value[:2]))
def test_a_command_says_what_cannot_be_read_and_works(
    house: House, command: list[str], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--stack", "icwatch"]) == 0
    told = capsys.readouterr()
    assert shown in told.out
    assert lines_about(told.err) == ALL
    assert "host: 5 is not a text (it is unseen and its alarms stay as they are; icwatch apply" in told.err


def test_they_are_repaired(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ack", "192.168.0.1", "--stack", "icwatch", "--by", "Li"]) == 0
    assert main(["unack", "192.168.0.1", "--stack", "icwatch"]) == 0
    assert house.unreadable() == ALL - {("acknowledgement", STANDING.id)}

    capsys.readouterr()
    assert main(["apply", str(house.fleet), "--stack", "icwatch", "--yes"]) == 0
    told = capsys.readouterr()
    assert lines_about(told.err) == ALL - {("acknowledgement", STANDING.id)}
    assert told.out.splitlines()[1:-2] == [
        "  ~ 192.168.0.2",
        "  + rule ic_server_connect_failed",
        "  - silence torn42, which is torn",
        "  ~ language",
    ]
    assert house.unreadable() == {("silence", "newer1")}

    assert main(["silence", "expire", "newer1", "--stack", "icwatch"]) == 0
    assert "silence newer1, which cannot be read, is deleted" in capsys.readouterr().out
    assert house.unreadable() == set()


def test_an_acknowledgement_that_cannot_be_read_is_taken_back(house: House) -> None:
    assert main(["unack", "192.168.0.1", "--stack", "icwatch"]) == 0
    assert house.unreadable() == ALL - {("acknowledgement", STANDING.id)}
