"""`icwatch cost`, and its line in `icwatch apply`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from icwatch_cli.commands import apply, plan_cost, where
from icwatch_cli.local.stack import Stack
from icwatch_cli.main import main


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet file of two targets."""
    path = tmp_path / "my.yaml"
    path.write_text("targets: [10.0.0.1, 10.0.0.2]\n")
    return path


def test_it_is_a_table(fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert main(["cost", str(fleet), "--dashboard"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == f"{fleet}: 2 targets, eu-central-1, USD a month (730 hours) at list prices"
    rows = {line[: line.rindex(" ")].strip(): line.split()[-1] for line in lines if line}
    assert rows["CloudWatch: 3 custom metrics"] == "0.90"
    assert rows["CloudWatch: 14 metrics of alarms"] == "1.40"
    assert rows["CloudWatch: 1 dashboard"] == "3.00"
    assert rows["DynamoDB: 88,360 write units"] == "0.07"  # at 0.7625 a million
    assert rows["Route 53 health checks"] == "1.70"


def test_it_is_a_document(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", str(fleet), "--region", "us-east-1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    amounts = [line["amount"] for line in document["lines"]]
    assert document["total"] == pytest.approx(sum(amounts), abs=0.001)
    assert document["complete"] is True
    writes = next(line for line in document["lines"] if line["unit"] == "write_units")
    assert writes["quantity"] == pytest.approx(2 * 730 * 60 + 730 + 730 / 24)  # two a minute, and the totals
    assert (writes["price"], writes["per"]) == (0.625, 1_000_000)
    assert writes["source"].startswith("https://")
    assert [other["kind"] for other in document["others"]] == ["health_checks", "canaries", "canary", "prometheus"]
    assert document["others"][0]["notes"][1] == "cannot reach 2 of 2 targets: their addresses are private"


def test_a_cycle_that_no_stack_has(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    targets = fleet.read_text()
    fleet.write_text(f"{targets}every: 5s\nprobe: {{timeout: 1s}}\n")
    assert main(["cost", str(fleet), "--region", "us-east-1"]) == 0
    of_five_seconds = capsys.readouterr().out
    fleet.write_text(f"{targets}every: 2s\nprobe: {{timeout: 1s}}\n")
    assert main(["cost", str(fleet), "--region", "us-east-1"]) == 0
    said = capsys.readouterr()
    assert said.out == of_five_seconds
    assert said.err == "every: 2s: no stack sweeps at that cycle; this is for 5s\n"


def test_it_is_in_chinese(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", str(fleet), "--region", "cn-northwest-1", "--language", "zh-CN"]) == 0
    said = capsys.readouterr().out
    assert "2 个目标，cn-northwest-1，目录价，CNY/月（按 730 小时计）" in said
    assert "2 个目标中有 2 个无法探测：地址为内网地址" in said
    assert "已知部分合计" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--region", "mars-1"], "--region mars-1: its prices are not in the table; write one of us-east-1,"),
        (["--local", "--stack", "icwatch"], "not allowed with argument"),
        (["--samples-days", "0"], "0 days are none; write a whole number such as 30"),
        (["--notices", "many"], "'many' is no whole number; write one such as 30"),
    ],
)
def test_what_is_wrong_is_said(fleet: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main(["cost", str(fleet), *options])
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    assert said in capsys.readouterr().err


def test_parameters_come_from_the_stack(stack: Stack, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.outputs
    assert main(["cost", str(fleet), "--stack", "icwatch", "--notices", "10", "--json"]) == 0
    of_stack = capsys.readouterr().out
    assert main(["cost", str(fleet), "--region", "us-east-1", "--notices", "10", "--json"]) == 0
    assert of_stack == capsys.readouterr().out


def test_parameters_come_from_what_runs_here(
    stack: Stack, fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = SimpleNamespace(endpoint=os.environ["AWS_ENDPOINT_URL"])
    monkeypatch.setattr(where, "find", lambda: running)
    assert stack.outputs
    assert main(["cost", str(fleet), "--local", "--region", "ap-northeast-1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["region"] == "ap-northeast-1"


@pytest.fixture
def as_deployed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The stack, taken for one that is not served by this machine."""
    for module in (apply, plan_cost):
        monkeypatch.setattr(module, "is_here", lambda endpoint: False)
    return stack


@pytest.mark.usefixtures("as_deployed")
def test_apply_says_the_difference(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0
    assert " USD a month more at list prices\nApplied." in capsys.readouterr().out
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0
    assert "a month" not in capsys.readouterr().out


@pytest.mark.usefixtures("as_deployed")
def test_apply_does_not_wait_for_it(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no such price")

    monkeypatch.setattr("icwatch_cli.cost.difference.difference", fail)
    assert main(["apply", str(fleet), "--stack", "icwatch", "--yes"]) == 0
    said = capsys.readouterr()
    assert "Applied." in said.out
    assert "what it costs cannot be said: no such price" in said.err
