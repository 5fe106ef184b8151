"""`icwatch export` against a stack of the template, and what `icwatch replay` makes of it."""

from __future__ import annotations

import json
import os
import pty
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from icwatch.evaluation.batch import evaluate_batch
from icwatch.model import HEALTH, Cause, Failure, Inventory, Sweep
from icwatch.storage.items import read_item
from icwatch.storage.packing import pack
from icwatch.storage.tables import DynamoAlarms, DynamoSamples
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.local.stack import Stack
from icwatch_cli.main import main

EXPORT = ["export", "--stack", "icwatch"]
AT = 1_772_438_400
TARGETS = 201
"""One more than a shard holds."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack called icwatch, in the account that the environment names."""

    dynamodb: Any
    outputs: Mapping[str, str]

    def save(self, *sweeps: Sweep) -> None:
        """Store sweeps as the prober does."""
        samples = DynamoSamples(self.dynamodb, self.outputs["SamplesTable"], 14)
        for sweep in sweeps:
            assert samples.save(sweep)

    def inventory(self) -> Inventory:
        return InventoryWriter(self.dynamodb, self.outputs["InventoryTable"]).load()

    def alarms(self) -> DynamoAlarms:
        return DynamoAlarms(self.dynamodb, self.outputs["AlarmsTable"], self.outputs["TransitionsTable"], 90)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet file of two shards."""
    path = tmp_path / "fleet.yaml"
    path.write_text("targets:\n" + "".join(f"  - 10.1.{number // 100}.{number % 100}\n" for number in range(TARGETS)))
    return path


@pytest.fixture
def deployed(stack: Stack, fleet: Path, capsys: pytest.CaptureFixture[str]) -> Deployed:
    """A stack that watches the fleet."""
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0
    capsys.readouterr()
    return Deployed(boto3.client("dynamodb"), stack.outputs)


def sweeps_of(inventory: Inventory, minutes: int) -> Iterator[Sweep]:
    """A moody fleet: outages that come and go, unseen targets, inconclusive and lost sweeps."""
    dice = random.Random(20260302)
    bad: set[str] = set()
    for minute in range(minutes):
        for shard in inventory.all_shards:
            names = [name for name, where in inventory.shards.items() if where == shard]
            bad ^= {name for name in names if dice.random() < (0.2 if name in bad else 0.01)}
            seen = [name for name in names if dice.random() < 0.98]
            if dice.random() < 0.05:
                continue
            yield Sweep(
                shard,
                AT + 60 * minute,
                {HEALTH: {name: int(name not in bad) for name in seen}},
                {name: Failure(dice.choice([*Cause]), "线路 “down”", 500) for name in seen if name in bad},
                {name: dice.randrange(3000) for name in seen},
                conclusive=dice.random() < 0.95,
            )


def test_what_is_exported_and_replayed_is_what_was_decided(deployed: Deployed, fleet: Path) -> None:
    inventory = deployed.inventory()
    assert len(inventory.all_shards) == 2
    sweeps = [*sweeps_of(inventory, 40)]
    deployed.save(*sweeps)
    outcome = evaluate_batch(deployed.alarms(), inventory, sweeps)
    assert outcome.error is None
    icwatch = [sys.executable, "-m", "icwatch_cli.main"]
    with subprocess.Popen([*icwatch, *EXPORT], stdout=subprocess.PIPE) as export:
        replayed = subprocess.run(
            [*icwatch, "replay", str(fleet), "-"], stdin=export.stdout, capture_output=True, text=True, check=True
        )
    assert export.returncode == 0
    decided = [
        (one.at, one.rule, one.target, one.kind, one.value, one.reason)
        for shard in inventory.all_shards
        for one in outcome.transitions
        if inventory.shards[one.target] == shard
    ]
    assert {one.kind for one in outcome.transitions} >= {"raised", "repeated", "cleared"}
    assert [tuple(json.loads(line).values()) for line in replayed.stdout.splitlines()] == decided


def test_sweeps_come_whole_by_shard_and_time(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    sweeps = [*sweeps_of(deployed.inventory(), 12)]
    deployed.save(*reversed(sweeps))
    ordered = sorted(sweeps, key=lambda sweep: (sweep.shard, sweep.at))
    assert exported(capsys) == ordered
    assert exported(capsys, "--shard", "shard-0002") == [sweep for sweep in ordered if sweep.shard == "shard-0002"]
    window = ["--from", "2026-03-02T08:02:00Z", "--to", str(AT + 300)]
    assert exported(capsys, *window) == [sweep for sweep in ordered if AT + 120 <= sweep.at < AT + 300]
    parts = exported(capsys, "--to", str(AT + 180)) + exported(capsys, "--from", str(AT + 180))
    assert sorted(parts, key=lambda sweep: (sweep.shard, sweep.at)) == ordered
    assert exported(capsys, "--from", str(AT + 86_400)) == []


def exported(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[Sweep]:
    """What the command writes, read back."""
    assert main([*EXPORT, *arguments]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return [read_item(Sweep, json.loads(line)) for line in told.out.splitlines()]


def test_a_terminal_is_told_how_far_it_is(deployed: Deployed) -> None:
    deployed.save(*(Sweep("shard-0001", AT + 60 * minute, {}) for minute in range(250)))
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "icwatch_cli.main", *EXPORT]
    written = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True).stdout
    os.close(theirs)
    shown = os.read(terminal, 4096).decode()
    os.close(terminal)
    assert len(written.splitlines()) == 250
    assert "100 sweeps written, now shard-0001" in shown
    assert shown.endswith("\x1b[2K"), "the line is gone in the end"


def test_a_sweep_that_cannot_be_read_is_named_and_left_out(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.save(Sweep("shard-0001", AT, {HEALTH: {"10.1.0.0": 1}}), Sweep("shard-0001", AT + 120, {}))
    broken = pack({"shard": "shard-0001", "at": AT + 60, "metrics": "none"})
    deployed.dynamodb.put_item(TableName=deployed.outputs["SamplesTable"], Item=broken)
    assert main(EXPORT) == 1
    told = capsys.readouterr()
    assert [json.loads(line)["at"] for line in told.out.splitlines()] == [AT, AT + 120]
    assert told.err.startswith(f"left out: Sweep item (shard=shard-0001, at={AT + 60}): metrics: 'none'")
    assert main([*EXPORT, "--language", "zh-CN"]) == 1
    assert capsys.readouterr() == (told.out, told.err.replace("left out: ", "已略过："))


def test_what_cannot_be_done_is_told(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {
        ("export", "--stack", "another"): "there is no stack another in us-east-1; ",
        (*EXPORT, "--shard", "shard-9"): "--shard shard-9: is no shard of stack icwatch; write one of: shard-0001, ",
        (*EXPORT, "--from", "yesterday"): "--from yesterday: is no moment; ",
    }
    for arguments, problem in wrong.items():
        assert main([*arguments]) == 2
        assert capsys.readouterr().err.startswith(problem)
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    formation = boto3.client("cloudformation")
    formation.create_stack(StackName="queue", TemplateBody=json.dumps(template))
    formation.get_waiter("stack_create_complete").wait(StackName="queue", WaiterConfig={"Delay": 1})
    assert main(["export", "--stack", "queue"]) == 2
    assert capsys.readouterr().err == "stack queue has no output 'InventoryTable'; is it a stack of icwatch?\n"
