"""`icwatch replay`: the documented formats, and input that does not fit them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from icwatch_cli.main import main


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet of one target."""
    path = tmp_path / "fleet.yaml"
    path.write_text("targets: [192.168.0.1]\n")
    return path


def test_the_documented_line_gives_the_documented_line(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = b'{"at": 60, "metrics": {"ic_server_health": {"192.168.0.1": 0}}}\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="ascii"))
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
        ('{"at": 1.5, "metrics": {}}', "at: 1.5 is not a whole number"),
        ('{"at": 60, "metrics": {"ic_server_health": {"192.168.0.1": "down"}}}', "metrics: 'down' is not a number"),
        ('{"at": 60, "metrics": {}, "failures": {"a": {"cause": "bad luck"}}}', "'bad luck' is not one of dns, "),
        ("[" * 100_000, "is nested too deep"),
    ],
)
def test_a_line_that_is_no_sweep_is_named(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, problem: str
) -> None:
    sweeps = tmp_path / "sweeps.jsonl"
    sweeps.write_bytes(b'{"at": 0, "metrics": {}}\n' + line.encode("latin-1") + b"\n")
    assert main(["replay", str(fleet), str(sweeps)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{sweeps}:2: ")
    assert problem in told
    assert '; write {"at": 60, ' in told


MINUTES = "x......" + "xxx......" + "......xx" + "x"
"""Raised at 0, 7 and 22; the first two are cleared at 6 and 15, the last one stands."""


@pytest.fixture
def sweeps(tmp_path: Path) -> Path:
    """The series above, minute by minute."""
    path = tmp_path / "sweeps.jsonl"
    path.write_text("".join(line(minute, mark) for minute, mark in enumerate(MINUTES)))
    return path


def line(minute: int, mark: str) -> str:
    """A sweep that saw one target."""
    return json.dumps({"at": minute * 60, "metrics": {"ic_server_health": {"192.168.0.1": int(mark == ".")}}}) + "\n"


def lines(capsys: pytest.CaptureFixture[str]) -> list[tuple[int, str]]:
    """Minute and kind of what was written."""
    told = map(json.loads, capsys.readouterr().out.splitlines())
    return [(one["at"] // 60, one["kind"]) for one in told]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--from", "480"],
            [(8, "repeated"), (9, "repeated"), (15, "cleared"), (22, "raised"), (23, "repeated"), (24, "repeated")],
        ),
        (["--to", "480"], [(0, "raised"), (6, "cleared"), (7, "raised")]),
        (["--from", "1970-01-01T00:06:00Z", "--to", "1970-01-01T01:08+01:00"], [(6, "cleared"), (7, "raised")]),
        (["--from", "1970-01-01T00:06:00.001", "--to", "1970-01-01 00:07:00.5"], [(7, "raised")]),
        (["--from", "1970-01-02"], []),
        (["--rule", "ic_server_connect_failed", "--to", "60"], [(0, "raised")]),
    ],
)
def test_a_window_shows_what_was_decided_in_it_with_what_was_before(
    fleet: Path, sweeps: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: list[tuple[int, str]]
) -> None:
    assert main(["replay", str(fleet), str(sweeps), *arguments]) == 0
    assert lines(capsys) == expected


def test_alarms_are_summed_up(fleet: Path, tmp_path: Path, sweeps: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.write_text("targets: [192.168.0.1, 10.1.0.7]\n")
    with sweeps.open("a") as file:
        other = {"ic_server_health": {"10.1.0.7": 0}}
        file.writelines(json.dumps({"at": at, "shard": "other", "metrics": other}) + "\n" for at in range(0, 7201, 60))
    assert main(["replay", str(fleet), str(sweeps), "--summary"]) == 0
    assert capsys.readouterr().out == (
        "rule                      target       raised  in all  longest  active\n"
        "ic_server_connect_failed  192.168.0.1       3      6m       3m  since 1970-01-01T00:22:00Z\n"
        "ic_server_connect_failed  10.1.0.7          1      2h       2h  since 1970-01-01T00:00:00Z\n"
        "total                     2 targets         4   2h 6m       2h  2\n"
    )
    assert main(["replay", str(fleet), str(sweeps), "--summary", "--from", "480", "--to", "960"]) == 0
    assert capsys.readouterr().out == (
        "rule                      target       raised  in all  longest  active\n"
        "ic_server_connect_failed  10.1.0.7          0      7m       7m  since 1970-01-01T00:00:00Z\n"
        "ic_server_connect_failed  192.168.0.1       0      2m       2m\n"
        "total                     2 targets         0      9m       7m  1\n"
    )
    assert main(["replay", str(fleet), str(sweeps), "--summary", "--from", "600", "--to", "960"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "ic_server_connect_failed  10.1.0.7       0      5m       5m  since 1970-01-01T00:00:00Z",
        "total                     1 target       0      5m       5m  1",
    ], "an outage that ended at the very beginning is not of the window"
    assert main(["replay", str(fleet), str(sweeps), "--summary", "--from", "1970-02-01"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "total  0 targets       0      0s       0s  0",
    ]


def test_two_versions_are_compared(
    fleet: Path, tmp_path: Path, sweeps: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = tmp_path / "patient.yaml"
    patient.write_text("targets: [192.168.0.1]\nrules: [{name: ic_server_connect_failed, duration: 2m}]\n")
    assert main(["replay", str(fleet), str(sweeps), "--compare", str(patient)]) == 0
    told = capsys.readouterr().out.replace(str(tmp_path) + "/", "")
    assert [line.split() for line in told.splitlines()[-6:]] == [
        ["fleet.yaml", "patient.yaml"],
        ["alarms", "3", "2"],
        ["only", "with", "it", "1", "0"],
        ["in", "both,", "same", "times", "0", "0"],
        ["in", "both,", "other", "times", "2", "2"],
        ["time", "in", "all", "6m", "5m"],
    ]
    assert told.splitlines()[:4] == [
        "- only with fleet.yaml, + only with patient.yaml",
        "  rule                      raised                ended                   lasted  target",
        "- ic_server_connect_failed  1970-01-01T00:00:00Z  1970-01-01T00:06:00Z        1m  192.168.0.1",
        "",
    ]
    fleet.write_text("targets: [192.168.0.1]\nrules: [{name: ic_server_connect_failed, enabled: false}]\n")
    assert main(["replay", str(fleet), str(sweeps), "--compare", str(patient), "--from", "1200"]) == 0
    assert capsys.readouterr().out.splitlines()[2:4] == [
        "+ ic_server_connect_failed  1970-01-01T00:24:00Z  active                      2m  192.168.0.1",
        "",
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--rule", "none"], "--rule none: is no rule of {fleet}; write one of: ic_server_connect_failed"),
        (["--from", "now"], "--from now: is no moment; write Unix seconds such as 1772438400, or ISO 8601 such as "),
        (["--to", "1772438400000"], "--to 1772438400000: is after the year 9999; write whole seconds, not "),
        (["--from", "9" * 5000], "--from 9"),
        (["--from", "60", "--to", "60"], "--from 60: is not before --to 60; "),
    ],
)
def test_a_wrong_call_is_told(
    fleet: Path, sweeps: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    assert main(["replay", str(fleet), str(sweeps), *arguments]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(problem.format(fleet=fleet))
    assert told.out == ""


def test_a_reader_that_has_read_enough_is_no_error(fleet: Path, tmp_path: Path) -> None:
    sweeps = tmp_path / "many.jsonl"
    sweeps.write_text("".join(line(minute, "x") for minute in range(5000)))
    command = [sys.executable, "-m", "icwatch_cli.main", "replay", str(fleet), str(sweeps)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
