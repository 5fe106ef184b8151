"""What rules do whose expression counts, or takes in some other way, only a part of a group, when nothing is left.

The examples of semantics.md, and their neighbours: three servers of one VPC, one mark a minute.
"""

from __future__ import annotations

import pytest

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import HEALTH, ShardAlarms, Sweep
from icwatch_cli.fleet import parse_fleet

VALUES = {"x": 0, ".": 1}
ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
ALL_DIE = ("xxxxxxxxxxxxx", "xxxxxxxxxxxxx", "..xxxxxxxxxxx")
RECOVERY = ("xx......", "xx......", "xx......")
UNSEEN = ("xx______", "xx______", "xx______")

CASES = [
    # Fewer than two are left, then none is: it stays raised.
    ("count(ic_server_health == 1) by (vpc) < 2", ALL_DIE, "raised 0"),
    ("sum(ic_server_health == 1) by (vpc) < 2", ALL_DIE, "raised 0"),
    ("count(ic_server_health == 1) by (vpc) < bool 2 == 1", ALL_DIE, "raised 0"),
    ("count(ic_server_health == 1) by (vpc) / count(ic_server_health) by (vpc) < 0.5", ALL_DIE, "raised 0"),
    ("count(ic_server_health == 0) by (vpc) > count(ic_server_health == 1) by (vpc)", ALL_DIE, "raised 0"),
    ("count(ic_server_health == 1) by (vpc) == 0", ALL_DIE, "raised 2"),
    ("count(count(ic_server_health == 1) by (vpc) < 2) >= 1", ALL_DIE, "raised 0"),
    ("min(count(ic_server_health == 1) by (vpc)) < 2", ALL_DIE, "raised 0"),
    # None is down any more: it clears.
    ("count(ic_server_health == 0) by (vpc) > 1", RECOVERY, "raised 0, cleared 7"),
    ("count(ic_server_health == 0) by (vpc) / count(ic_server_health) by (vpc) > 0.5", RECOVERY, "raised 0, cleared 7"),
    ("count(count(ic_server_health == 0) by (vpc)) >= 1", RECOVERY, "raised 0, cleared 7"),
    ("count(ic_server_health == 1) by (vpc) < 2", RECOVERY, "raised 0, cleared 7"),
    # No value is good.
    ("(max(ic_server_health == 0) by (vpc)) + 1 == 1", RECOVERY, "raised 0, cleared 7"),
    # Nothing was seen: it stands.
    ("count(ic_server_health == 1) by (vpc) < 2", UNSEEN, "raised 0"),
    ("count(ic_server_health == 0) by (vpc) > 1", UNSEEN, "raised 0"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "series", "expected"), CASES)
def test_nothing_left_is_not_good_by_itself(expression: str, series: tuple[str, ...], expected: str) -> None:
    rule = {"name": "rule", "expression": expression, "resend_interval": "1d"}
    targets = [{"address": address, "labels": {"vpc": "vpc-1"}} for address in ADDRESSES]
    off = {"name": "ic_server_connect_failed", "enabled": False}
    inventory = parse_fleet({"targets": targets, "rules": [rule, off]}).as_inventory()
    current, told = ShardAlarms("shard"), list[str]()
    for minute, marks in enumerate(zip(*series, strict=True)):
        samples = {name: VALUES[mark] for name, mark in zip(ADDRESSES, marks, strict=True) if mark in VALUES}
        current, transitions = evaluate(inventory, current, Sweep("shard", minute * 60, {HEALTH: samples}))
        told += [f"{each.kind} {minute}" for each in transitions]
    assert ", ".join(told) == expected


def test_the_value_of_nothing_left_is_shown_as_what_it_is() -> None:
    rule = {"name": "rule", "expression": "count(ic_server_health == 0) by (vpc) > 0", "clear_cycle": "0s"}
    inventory = parse_fleet(
        {"targets": [{"address": "10.0.0.1", "labels": {"vpc": "v"}}], "rules": [rule]}
    ).as_inventory()
    current, _ = evaluate(inventory, ShardAlarms("shard"), Sweep("shard", 0, {HEALTH: {"10.0.0.1": 0}}))
    _, transitions = evaluate(inventory, current, Sweep("shard", 60, {HEALTH: {"10.0.0.1": 1}}))
    assert {each.rule: each.value for each in transitions}["rule"] == 0
