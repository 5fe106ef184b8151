"""`icwatch apply` against a stack of the template."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import HEALTH, Inventory, Language, ShardAlarms, Sweep
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.deployed.plan_lines import describe
from icwatch_cli.deployed.reachable import is_here, without_ipv6
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.fleet_file import load_with_warnings
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import carried_out, make_plan
from icwatch_cli.local.stack import Stack
from icwatch_cli.main import main

FLEET = """\
every: 60s
targets:
  - 192.168.0.1
  - {address: 10.1.0.7, labels: {vpc: vpc-1}}
"""


@pytest.fixture
def inventory(stack: Stack) -> InventoryWriter:
    """The stack's inventory."""
    return InventoryWriter(boto3.client("dynamodb"), stack.outputs["InventoryTable"])


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet file of two targets."""
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET)
    return path


def test_the_plan_is_shown_and_carried_out(
    inventory: InventoryWriter, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apply = ["apply", str(fleet), "--stack", "icwatch"]
    assert main([*apply, "--yes"]) == 0
    assert capsys.readouterr().out == (
        f"{fleet} -> stack icwatch\n"
        "  + 10.1.0.7 (vpc=vpc-1)\n"
        "  + 192.168.0.1\n"
        "  + rule ic_server_connect_failed\n"
        "  + every 1m\n"
        "  + merge_above 5\n"
        "  + probe /ok within 3s, healthy on 200\n"
        "  2 added, 0 changed, 0 removed, 0 unchanged\n"
        "Applied. The next sweep follows it.\n"
    )
    first = inventory.load()
    assert first.targets.keys() == {"192.168.0.1", "10.1.0.7"}

    assert main([*apply, "--yes"]) == 0
    assert "nothing to do: 2 targets as they should be" in capsys.readouterr().out
    assert inventory.load() == first

    fleet.write_text(FLEET + "route_by: [vpc]\nmerge_above: 20\n")
    assert main([*apply, "--yes"]) == 0
    assert (
        "icwatch\n  ~ route_by nothing -> vpc\n  ~ merge_above 5 -> 20\n  0 added, 0 changed" in capsys.readouterr().out
    )
    routed = inventory.load()
    assert (routed.route_by, routed.merge_above) == (("vpc",), 20)

    fleet.write_text(FLEET.replace("vpc-1", "vpc-2").replace("  - 192.168.0.1\n", "  - 192.168.0.2\n"))
    assert main([*apply, "--yes"]) == 0
    told = capsys.readouterr().out
    assert "  + 192.168.0.2\n  ~ 10.1.0.7: labels vpc=vpc-1 -> vpc=vpc-2\n  - 192.168.0.1\n" in told
    after = inventory.load()
    assert after.targets.keys() == {"192.168.0.2", "10.1.0.7"}
    assert after.shards["10.1.0.7"] == first.shards["10.1.0.7"]
    assert after.version > first.version


def test_alarms_that_it_closes_are_shown(
    stack: Stack, inventory: InventoryWriter, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apply = ["apply", str(fleet), "--stack", "icwatch", "--yes"]
    assert main(apply) == 0
    loaded = inventory.load()
    bad = Sweep("shard-0001", 60, {HEALTH: dict.fromkeys(loaded.targets, 0)})
    current, _ = evaluate(loaded, ShardAlarms("shard-0001"), bad)
    DynamoAlarms(boto3.client("dynamodb"), stack.outputs["AlarmsTable"]).save(None, current, None)
    one, both = " of 192.168.0.1, since 1970-01-01 00:01:00 UTC", " of 10.1.0.7, since 1970-01-01 00:01:00 UTC"
    capsys.readouterr()

    fleet.write_text(FLEET.replace("  - 192.168.0.1\n", ""))
    assert main(apply) == 0
    told = capsys.readouterr().out
    assert f"  ! closes ic_server_connect_failed{one}\n" in told
    assert both not in told

    fleet.write_text(FLEET + "rules: [{name: ic_server_connect_failed, enabled: false}]\n")
    assert main(apply) == 0
    told = capsys.readouterr().out
    assert f"  ! closes ic_server_connect_failed{one}\n" in told
    assert f"  ! closes ic_server_connect_failed{both}\n" in told

    assert main(apply) == 0
    assert "!" not in capsys.readouterr().out


BY_VPC = {"name": "by_vpc", "expression": "max(ic_server_health) by (vpc)", "threshold": 0, "level": "Critical"}


def test_targets_that_move_are_shown_with_the_alarms_that_this_closes(
    stack: Stack, inventory: InventoryWriter, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apply = ["apply", str(fleet), "--stack", "icwatch", "--yes"]
    names = [f"10.0.{number // 100}.{number % 100}" for number in range(201)]
    lone, last = names[0], names[-1]
    targets = [{"address": each, "labels": {"vpc": "a" if each in (lone, last) else each}} for each in names]
    fleet.write_text(json.dumps({"targets": targets}))  # which is YAML, too
    assert main(apply) == 0
    loaded = inventory.load()
    assert (loaded.shards[lone], loaded.shards[last]) == ("shard-0001", "shard-0002")
    alarms = DynamoAlarms(boto3.client("dynamodb"), stack.outputs["AlarmsTable"])
    for shard in loaded.all_shards:
        members = [name for name in names if loaded.shards[name] == shard]
        current, _ = evaluate(loaded, ShardAlarms(shard), Sweep(shard, 60, {HEALTH: dict.fromkeys(members, 0)}))
        alarms.save(None, current, None)
    capsys.readouterr()

    fleet.write_text(json.dumps({"targets": targets, "rules": [BY_VPC]}))
    assert main(apply) == 0
    assert capsys.readouterr().out == (
        f"{fleet} -> stack icwatch\n"
        f"  > {lone} moves from shard-0001 to shard-0002\n"
        "  + rule by_vpc\n"
        f"  ! closes ic_server_connect_failed of {lone}, since 1970-01-01 00:01:00 UTC\n"
        "  0 added, 1 changed, 0 removed, 200 unchanged\n"
        "Applied. The next sweep follows it.\n"
    )
    moved = inventory.load()
    assert moved.shards == {**loaded.shards, lone: "shard-0002"}
    assert moved.targets == loaded.targets
    assert main(apply) == 0
    assert "nothing to do: 201 targets as they should be" in capsys.readouterr().out


def test_an_alarm_of_a_group_that_its_targets_left_is_shown(
    stack: Stack, inventory: InventoryWriter, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apply = ["apply", str(fleet), "--stack", "icwatch", "--yes"]
    with_rule = FLEET + f"rules: [{json.dumps(BY_VPC)}]\n"
    fleet.write_text(with_rule)
    assert main(apply) == 0
    loaded = inventory.load()
    bad = Sweep("shard-0001", 60, {HEALTH: dict.fromkeys(loaded.targets, 0)})
    current, _ = evaluate(loaded, ShardAlarms("shard-0001"), bad)
    DynamoAlarms(boto3.client("dynamodb"), stack.outputs["AlarmsTable"]).save(None, current, None)
    capsys.readouterr()
    fleet.write_text(with_rule.replace("{vpc: vpc-1}", "{vpc: vpc-2}"))
    assert main(apply) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "!" in line]
    assert told == ["  ! closes by_vpc of vpc=vpc-1, since 1970-01-01 00:01:00 UTC"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"resend_interval": "10m"}, "resend_interval 1m -> 10m"),
        ({"enabled": False}, "enabled true -> false"),
        ({"cycle": "15s", "resend_interval": "1m"}, "cycle 1m -> 15s (decided every 1m)"),
        ({"threshold": 1, "comparator": "<"}, "condition == 0 Critical -> < 1 Critical"),
        (
            {"comparator": "<", "level": "Alert", "threshold": 2, "scope": "Host"},
            "condition == 0 Critical -> < 2 Alert, scope Service -> Host",
        ),
        (
            {"expression": "min(ic_server_health{@LABELS}) by (@GBLABELS) + 1", "cycle": "2m"},
            "expression, cycle, resend_interval",  # which follows the cycle; too long for the words
        ),
        ({"group_by": ["vpc", "region"]}, "group_by vpc -> region, vpc"),
        ({"filter": {"vpc": "vpc-1"}}, "filter"),
        ({"runbook": ["Look."], "duration": "5m"}, "duration 0s -> 5m, runbook"),
        ({"exclude": ["192.168.0.1"], "summary": "${alarm_target}"}, "summary, exclude"),
        (
            {"inhibited_by": [{"rule": "ic_server_connect_failed", "same": ["vpc", "region"]}]},
            "inhibited_by nothing -> ic_server_connect_failed over vpc, region",
        ),
    ],
)
def test_a_changed_rule_says_what_changed(change: dict[str, Any], line: str) -> None:
    rule = {**BY_VPC, "expression": "max(ic_server_health{@LABELS}) by (@GBLABELS)", "group_by": ["vpc"]}
    document = {"targets": [{"address": "192.168.0.1", "labels": {"vpc": "vpc-1", "region": "cn"}}]}
    first = parse_fleet({**document, "rules": [rule]})
    have = replace(carried_out(make_plan(Inventory(), first), Inventory()), version=1)
    plan = make_plan(have, parse_fleet({**document, "rules": [{**rule, **change}]}))
    assert f"~ rule by_vpc: {line}" in describe(plan, have, [])


def test_what_cannot_be_done_is_told_and_changes_nothing(
    inventory: InventoryWriter, fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", str(fleet), "--stack", "another", "--yes"]) == 2
    assert capsys.readouterr().err.startswith("there is no stack another in us-east-1; ")
    with Path("/dev/null").open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert main(["apply", str(fleet), "--stack", "icwatch"]) == 2
    assert "add --yes to apply without asking" in capsys.readouterr().err
    fleet.write_text(FLEET.replace("60s", "30s"))
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 2
    assert "every: 30s in the fleet file, but stack icwatch sweeps every 1m; " in capsys.readouterr().err
    assert inventory.load().version == 0


LOCAL = """\
every: 60s
targets:
  - 10.1.0.7
  - 127.0.0.1:9001
  - {address: "::ffff:127.0.0.1"}
  - ic.localhost.
"""


def test_a_deployed_prober_is_given_no_target_on_its_own_machine(
    inventory: InventoryWriter, fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.write_text(LOCAL)
    with monkeypatch.context() as patch:
        patch.setattr("icwatch_cli.commands.apply.is_here", lambda endpoint: False)
        assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 2
    wrong = "is the prober's own machine, which no deployed one asks"
    right = "write the address by which other machines reach the IC-Server"
    assert capsys.readouterr() == (
        "",
        f"{fleet}:4: targets[1]: 127.0.0.1 {wrong}; {right}\n"
        f"{fleet}:5: targets[2].address: ::ffff:127.0.0.1 {wrong}; {right}\n"
        f"{fleet}:6: targets[3]: ic.localhost {wrong}; {right}\n",
    )
    assert inventory.load().version == 0
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0  # a stack here, as that of `icwatch run`
    targets = inventory.load().targets
    assert {name: target.absolute for name, target in targets.items()} == {
        "10.1.0.7": False,
        "127.0.0.1:9001": False,
        "::ffff:127.0.0.1": False,
        "ic.localhost": True,
    }


@pytest.mark.parametrize(
    ("endpoint", "here"),
    [
        ("https://dynamodb.us-east-1.amazonaws.com", False),
        ("https://dynamodb.cn-north-1.amazonaws.com.cn", False),
        ("https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com", False),
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("http://[::1]:4566", True),
        ("http://10.0.0.1:4566", False),
    ],
)
def test_where_a_stack_runs_is_told_by_its_endpoint(endpoint: str, here: bool) -> None:
    assert is_here(endpoint) is here


@pytest.mark.parametrize(
    ("outputs", "targets", "warnings"),
    [
        ({}, "[2001:db8::1]", []),
        ({"ProberIpv6": "true"}, "[2001:db8::1]", []),
        ({"ProberIpv6": "false"}, "[10.0.0.1, ic.example.com]", []),
        (
            {"ProberIpv6": "false"},
            '[10.0.0.1, "2001:db8::1"]',
            ["targets[1]: warning: 2001:db8::1 is an IPv6 address,"],
        ),
        (
            {"ProberIpv6": "false"},
            '[{address: "[2001:db8::1]:80"}, "2001:db8::2", "::ffff:10.0.0.1"]',
            ["targets[0].address: warning: 2001:db8::1 is an IPv6 address,"],
        ),
    ],
)
def test_ipv6_targets_are_warned_of_where_the_prober_has_none(
    outputs: dict[str, str], targets: str, warnings: list[str], fleet: Path
) -> None:
    fleet.write_text(f"targets: {targets}\n")
    file = load_with_warnings(fleet)
    lines = [line.said(Language.EN_US) for line in file.warn(without_ipv6(file, outputs, "icwatch"))]
    assert [line[: len(start)] for line, start in zip(lines, starts(fleet, warnings), strict=True)] == starts(
        fleet, warnings
    )
    for line in lines:
        assert "the prober of stack icwatch has no IPv6, so it would be unseen" in line
        assert line.endswith("; deploy the stack with AllowIpv6=true in dual-stack subnets, or write an IPv4 address")
    assert "(2 more targets, too)" in "".join(lines) or "::2" not in targets


def starts(fleet: Path, warnings: list[str]) -> list[str]:
    return [f"{fleet}:1: {warning}" for warning in warnings]


def test_the_template_says_whether_its_prober_has_ipv6(
    stack: Stack, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.outputs["ProberIpv6"] == "false"
    fleet.write_text(FLEET + '  - "2001:db8::1"\n')
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0
    assert f"{fleet}:5: targets[2]: warning: 2001:db8::1 is an IPv6 address, and the prober" in capsys.readouterr().err
