"""`icwatch rebuild-totals` against a stack of the template."""

from __future__ import annotations

import time
from pathlib import Path

import boto3
import pytest

from icwatch.evaluation.hours import HourEnds
from icwatch.model import HEALTH, Inventory, Sweep
from icwatch.storage.tables import DynamoSamples
from icwatch.storage.totals import DynamoTotals
from icwatch_cli.local.stack import Stack
from icwatch_cli.main import main

REBUILD = ["rebuild-totals", "--stack", "icwatch"]


def test_the_totals_of_a_stack_are_made_of_its_sweeps(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text("targets: [192.168.0.1]\n", encoding="utf-8")
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0
    database = boto3.client("dynamodb")
    samples = DynamoSamples(database, stack.outputs["SamplesTable"], 14)
    hour = int(time.time()) // 3600 * 3600 - 2 * 3600
    for place in range(61):
        samples.save(Sweep("shard-0001", hour + 60 * place, {HEALTH: {"192.168.0.1": int(place > 1)}}))
    capsys.readouterr()
    totals = DynamoTotals(database, stack.outputs["TotalsTable"])
    HourEnds(samples, totals).close(Inventory(), "shard-0001", hour + 59 * 60, hour + 60 * 60)
    assert main(REBUILD) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 hours and ")
    assert ": 1 hour and " in said  # the first one is as the evaluator made it
    (total,) = totals.hours("shard-0001", hour, hour + 1)
    assert (total.targets["192.168.0.1"].good, total.targets["192.168.0.1"].bad) == (3480, 120)
    assert main(REBUILD) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("of 1 shard: 0 hours and 0 days written")
    assert main([*REBUILD, "--to", str(hour)]) == 0
    assert capsys.readouterr().out == "0 hours and 0 days of 1 shard: 0 hours and 0 days written\n"
    assert main([*REBUILD, "--from", "soon"]) == 2
    assert "--from soon: is no moment" in capsys.readouterr().err
