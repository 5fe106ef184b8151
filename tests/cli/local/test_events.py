"""Events that are made up: each makes the function that gets it do something, whatever stands."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import Decision, Inventory, Kind, ShardAlarms, Sweep
from icwatch.storage.items import read_item
from icwatch.storage.stream import read_records
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.events import Made, inserted, make_sweep, tick
from tests.memory import MemoryInventory

STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/Samples/stream/2026-01-01T00:00:00.000"
NOW = 1_772_438_400.7
AT = int(NOW)


def inventory_of(count: int, **fleet: Any) -> Inventory:
    """An applied fleet of so many targets."""
    inventory = MemoryInventory()
    targets = [f"10.0.{number // 250}.{number % 250 + 1}" for number in range(count)]
    inventory.apply(make_plan(Inventory(), parse_fleet({"targets": targets, **fleet})))
    return inventory.load()


def made_of(inventory: Inventory, *shards: ShardAlarms) -> Made:
    made = make_sweep(inventory, shards, NOW)
    assert made is not None
    return made


def kinds(made: Made) -> set[Kind]:
    return {transition.kind for transition in made.decision.transitions}


def test_a_tick_is_of_the_moment_that_it_says() -> None:
    assert tick(AT) == {"time": "2026-03-02T08:00:00Z"}


@pytest.mark.parametrize(("stored", "at"), [(None, AT), (AT - 60, AT), (AT, AT + 1), (AT + 7, AT + 8)])
def test_a_sweep_is_newer_than_its_shard_and_not_older_than_now(stored: int | None, at: int) -> None:
    made = made_of(inventory_of(3), ShardAlarms("shard-0001", stored))
    assert (made.sweep.at, made.decision.at, kinds(made)) == (at, at, {Kind.RAISED})


def test_what_is_said_of_it_is_what_the_evaluator_decides() -> None:
    inventory, current = inventory_of(3), ShardAlarms("shard-0001")
    made = made_of(inventory, current)
    assert evaluate(inventory, current, made.sweep)[1] == made.decision.transitions


def test_one_alarm_after_the_other_is_raised_and_then_the_first_is_repeated() -> None:
    inventory, current, found = inventory_of(2), ShardAlarms("shard-0001"), []
    for _ in range(2):
        made = made_of(inventory, current)
        found.append(made.decision.transitions[0].target)
        current, _ = evaluate(inventory, current, made.sweep)
    assert set(found) == {"10.0.0.1", "10.0.0.2"}
    assert make_sweep(inventory, [current], NOW) is None
    later = make_sweep(inventory, [current], NOW + 120)
    assert later is not None
    assert kinds(later) == {Kind.REPEATED}


def test_where_one_target_is_not_enough_all_fail() -> None:
    rule = {"name": "everything", "expression": "max(ic_server_health) by (vpc)", "threshold": 0, "group_by": ["vpc"]}
    off = {"name": "ic_server_connect_failed", "enabled": False}
    targets = [{"address": f"10.0.0.{number}", "labels": {"vpc": "v"}} for number in range(1, 4)]
    inventory = inventory_of(0, targets=targets, rules=[off, rule])
    made = made_of(inventory, ShardAlarms("shard-0001"))
    assert [transition.target for transition in made.decision.transitions] == ["vpc=v"]


def test_the_first_shard_that_can_decide_is_taken() -> None:
    inventory = inventory_of(250)
    empty, *shards = [ShardAlarms(shard) for shard in ("shard-0009", *inventory.all_shards)]
    assert made_of(inventory, empty, *shards).sweep.shard == inventory.all_shards[0]
    assert make_sweep(Inventory(), [empty], NOW) is None


@pytest.mark.parametrize("count", [2, 200])
def test_a_function_reads_the_event_as_what_was_made(count: int) -> None:
    made = made_of(inventory_of(count), ShardAlarms("shard-0001"))
    for document in (made.sweep, made.decision):
        event = json.loads(json.dumps(inserted(document, STREAM, NOW)))
        (record,) = read_records(event)
        assert document == (record.sweep() if document is made.sweep else read_item(Decision, record.item()))
        assert event["Records"][0]["awsRegion"] == "eu-west-1"


def test_bytes_are_written_as_lambda_writes_them() -> None:
    """A document that is so large that it is packed."""
    labels = {f"label_{number}": "x" * 200 for number in range(20)}
    targets = [{"address": f"10.0.0.{number}", "labels": labels} for number in range(1, 201)]
    inventory = inventory_of(0, targets=targets)
    everything = Sweep("shard-0001", AT, {"ic_server_health": dict.fromkeys(inventory.targets, 0)})
    _, transitions = evaluate(inventory, ShardAlarms("shard-0001"), everything)
    decision = Decision("shard-0001", AT, transitions, {})
    event = inserted(decision, STREAM, NOW)
    assert base64.b64decode(event["Records"][0]["dynamodb"]["NewImage"]["squeezed"]["B"])
    assert read_item(Decision, read_records(event)[0].item()) == decision
