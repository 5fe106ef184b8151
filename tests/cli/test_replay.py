"""`icwatch replay`: the documented formats, and input that does not fit them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from cli.main import main


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet of one target."""
    path = tmp_path / "fleet.yaml"
    path.write_text("targets: [192.168.0.1]\n")
    return path


def test_the_documented_line_gives_the_documented_line(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"at": 60, "metrics": {"ic_server_health": {"192.168.0.1": 0}}}\n'))
    assert main(["replay", str(fleet), "-"]) == 0
    line = json.loads(capsys.readouterr().out)
    reason = line.pop("reason")
    assert line == {
        "at": 60,
        "rule": "ic_server_connect_failed",
        "target": "192.168.0.1",
        "kind": "raised",
        "value": 0,
    }
    assert reason.startswith("value 0 == 0")


def test_shards_failures_and_inconclusive_sweeps_are_understood(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = {"ic_server_health": {"192.168.0.1": 0}}
    lines = [
        {"at": 60, "metrics": bad, "conclusive": False},
        {"at": 120, "shard": "other", "metrics": bad, "failures": {"192.168.0.1": {"cause": "connection_refused"}}},
        {"at": 60, "shard": "other", "metrics": bad},
        {"at": 180, "metrics": {"ic_server_health": {"192.168.0.9": 0}}},
    ]
    sweeps = tmp_path / "sweeps.jsonl"
    sweeps.write_text("\n\n".join(map(json.dumps, lines)))
    assert main(["replay", str(fleet), str(sweeps)]) == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["at"], line["kind"]) == (120, "raised")
    assert "connection_refused" in line["reason"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Expecting property name"),
        ("7", "it is no JSON object"),
        ('{"at": 60}', "metrics is missing"),
        ('{"at": "now", "metrics": {}}', "at: 'now' is not a number"),
        ('{"at": 1.5, "metrics": {}}', "at: Decimal('1.5') is not a whole number"),
        ('{"at": 60, "metrics": {"ic_server_health": {"192.168.0.1": "down"}}}', "metrics: 'down' is not a number"),
        ('{"at": 60, "metrics": {}, "failures": {"a": {"cause": "bad luck"}}}', "'bad luck' is not one of dns, "),
    ],
)
def test_a_line_that_is_no_sweep_is_named(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, problem: str
) -> None:
    sweeps = tmp_path / "sweeps.jsonl"
    sweeps.write_text('{"at": 0, "metrics": {}}\n' + line + "\n")
    assert main(["replay", str(fleet), str(sweeps)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{sweeps}:2: ")
    assert problem in told
    assert '; write {"at": 60, ' in told
