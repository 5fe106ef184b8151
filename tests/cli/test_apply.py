"""`icwatch apply` against a stack of the template."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from cli.main import main
from icwatch.evaluation import evaluate
from icwatch.model import HEALTH, ShardAlarms, Sweep
from icwatch.store.dynamodb import DynamoAlarms
from icwatch.store.inventory import DynamoInventory
from local.stack import Stack

FLEET = """\
every: 60s
targets:
  - 192.168.0.1
  - {address: 10.1.0.7, labels: {vpc: vpc-1}}
"""


@pytest.fixture
def inventory(stack: Stack) -> DynamoInventory:
    """The stack's inventory."""
    return DynamoInventory(boto3.client("dynamodb"), stack.outputs["InventoryTable"])


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet file of two targets."""
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET)
    return path


def test_the_plan_is_shown_and_carried_out(
    inventory: DynamoInventory, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apply = ["apply", str(fleet), "--stack", "icwatch"]
    assert main([*apply, "--yes"]) == 0
    assert capsys.readouterr().out == (
        f"{fleet} -> stack icwatch\n"
        "  + 192.168.0.1\n"
        "  + 10.1.0.7 (vpc=vpc-1)\n"
        "  + rule ic_server_connect_failed\n"
        "  ~ language\n"
        "  ~ every\n"
        "  ~ probe\n"
        "  2 added, 0 changed, 0 removed, 0 unchanged\n"
        "Applied. The next sweep follows it.\n"
    )
    first = inventory.load()
    assert first.targets.keys() == {"192.168.0.1", "10.1.0.7"}

    assert main([*apply, "--yes"]) == 0
    assert "nothing to do: 2 targets as they should be" in capsys.readouterr().out
    assert inventory.load() == first

    fleet.write_text(FLEET.replace("vpc-1", "vpc-2").replace("  - 192.168.0.1\n", "  - 192.168.0.2\n"))
    assert main([*apply, "--yes"]) == 0
    told = capsys.readouterr().out
    assert "  + 192.168.0.2\n  ~ 10.1.0.7 (vpc=vpc-2)\n  - 192.168.0.1\n" in told
    after = inventory.load()
    assert after.targets.keys() == {"192.168.0.2", "10.1.0.7"}
    assert after.shards["10.1.0.7"] == first.shards["10.1.0.7"]
    assert after.version > first.version


def test_alarms_that_it_closes_are_shown(
    stack: Stack, inventory: DynamoInventory, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apply = ["apply", str(fleet), "--stack", "icwatch", "--yes"]
    assert main(apply) == 0
    loaded = inventory.load()
    bad = Sweep("shard-0001", 60, {HEALTH: dict.fromkeys(loaded.targets, 0)})
    stands, _ = evaluate(loaded, ShardAlarms("shard-0001"), bad)
    DynamoAlarms(boto3.client("dynamodb"), stack.outputs["AlarmsTable"]).save(None, stands, None)
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


def test_what_cannot_be_done_is_told_and_changes_nothing(
    inventory: DynamoInventory, fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["apply", str(fleet), "--stack", "another", "--yes"]) == 2
    assert "AWS refused: " in capsys.readouterr().err
    with Path("/dev/null").open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert main(["apply", str(fleet), "--stack", "icwatch"]) == 2
    assert "add --yes to apply without asking" in capsys.readouterr().err
    fleet.write_text(FLEET.replace("60s", "30s"))
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 2
    assert "every: 30s in the fleet file, but stack icwatch sweeps at rate(1 minute)" in capsys.readouterr().err
    assert inventory.load().version == 0
