"""What operations receive from a whole stack: streams, functions, topics and a subscriber, fed with sweeps of a quarter
of an hour. And what a run shows of a target that it does not see."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from icwatch.model import HEALTH, WHOLE_FLEET, Sweep, Target
from icwatch.probing.controls import CUT_OFF as CUT_OFF_REASON
from icwatch.storage.packing import pack
from icwatch.storage.tables import DynamoSamples
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.live.lines import LineWords
from icwatch_cli.live.state import State
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.stack import client
from icwatch_cli.local.watcher import Received, Watcher
from tests.servers import OK, Servers, answer

PATIENCE = 60.0
"""Seconds within which anything that is waited for has to come."""

SHARD = "shard-0001"
WHY = "Cannot assign requested address"
FLEET = {"language": "en-US", "targets": ["10.1.0.7", "10.1.0.8"]}


class Operations:
    """A stack that watches two targets, without a schedule: sweeps are put into its table."""

    def __init__(self, cloud: LocalCloud, received: queue.Queue[Received]) -> None:
        self._database = client("dynamodb", cloud.endpoint)
        self._inventory = cloud.stack.outputs["InventoryTable"]
        self._samples = DynamoSamples(self._database, cloud.stack.outputs["SamplesTable"], 1)
        self._received = received
        inventory = InventoryWriter(self._database, self._inventory)
        inventory.apply(make_plan(inventory.load(), parse_fleet(FLEET)))
        self.at = int(time.time()) // 60 * 60 - 3600

    def sweep(self, *unseen: str) -> None:
        """The next minute's sweep."""
        health = {name: 1 for name in ("10.1.0.7", "10.1.0.8") if name not in unseen}
        self._samples.save(Sweep(SHARD, self.at, {HEALTH: health}, unseen=dict.fromkeys(unseen, WHY)))
        self.at += 60

    def cut_off(self) -> None:
        """The next minute's sweep, in which neither a target nor a control endpoint was reached."""
        unseen = dict.fromkeys(("10.1.0.7", "10.1.0.8"), CUT_OFF_REASON)
        sweep = Sweep(SHARD, self.at, {HEALTH: {}}, conclusive=False, unseen=unseen, cut_off=True)
        self._samples.save(sweep)
        self.at += 60

    def tear(self) -> None:
        """Put a rule into the inventory that no version can read, and make it known."""
        self._database.put_item(TableName=self._inventory, Item=pack({"kind": "rule", "id": "torn", "name": 5}))
        self._database.update_item(
            TableName=self._inventory,
            Key=pack({"kind": "fleet", "id": "head"}),
            UpdateExpression="ADD #version :one",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def told(self) -> dict[str, Any]:
        """The next message that operations receive, as `icwatch run --json` writes it."""
        return self._received.get(timeout=PATIENCE).as_json()

    def quiet(self) -> bool:
        """Whether nothing else came until now."""
        return self._received.empty()


@pytest.fixture
def operations() -> Iterator[Operations]:
    received: queue.Queue[Received] = queue.Queue()
    watcher = Watcher(lambda sweep: None, received.put, lambda trouble: None)
    with mock.patch.dict(os.environ, private_environment(), clear=True), LocalCloud(watcher) as cloud:
        yield Operations(cloud, received)


def reports(line: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(each["kind"], each["subject"], each["reason"], each["ended"]) for each in line["reports"]]


def test_operations_hear_once_of_what_is_unseen_and_of_what_cannot_be_read(operations: Operations) -> None:
    for _ in range(20):
        operations.sweep("10.1.0.7")
    line = operations.told()
    assert reports(line) == [("unseen", "10.1.0.7", WHY, "")]
    assert (line["kind"], line["subject"]) == ("monitoring", "[icwatch monitoring] 10.1.0.7 not seen for 15m")
    operations.sweep()
    assert reports(operations.told()) == [("unseen", "10.1.0.7", WHY, "seen")]
    operations.tear()
    operations.sweep()
    operations.sweep()
    ((kind, subject, reason, ended),) = reports(operations.told())
    assert (kind, subject, ended) == ("unreadable", "rule torn", "")
    assert "name" in reason
    for _ in range(3):
        operations.cut_off()
    line = operations.told()
    assert reports(line) == [("cut_off", WHOLE_FLEET, CUT_OFF_REASON, "")]
    assert line["subject"] == "[icwatch monitoring] monitoring cannot see: nothing can be reached"
    operations.sweep("10.1.0.8")
    assert reports(operations.told()) == [("cut_off", WHOLE_FLEET, CUT_OFF_REASON, "reached")]
    assert operations.quiet()


def test_a_run_names_who_is_unseen_and_why() -> None:
    """The real prober refuses the metadata service's address, which `check` would not let into a fleet file."""
    fleet, taken = parse_fleet({"language": "en-US", "targets": ["127.0.0.1"]}), queue.Queue[Sweep]()
    watcher = Watcher(taken.put, lambda notice: None, lambda trouble: None)
    environment = mock.patch.dict(os.environ, private_environment(), clear=True)
    with Servers() as servers, environment, LocalCloud(watcher) as cloud:
        healthy, refused = Target("127.0.0.1", servers.serve(answer(OK))), Target("169.254.169.254")
        fleet = replace(fleet, targets={target.id: target for target in (healthy, refused)})
        cloud.watch(fleet)
        changes = State(fleet, "fleet.yaml", cloud.endpoint).take(taken.get(timeout=PATIENCE))
    assert changes.keys() == {healthy.id, refused.id}
    assert LineWords().became(changes[healthy.id]) == "healthy"
    assert LineWords().became(changes[refused.id]).startswith("unseen: forbidden")
