"""`--json` of commands whose other output is for people: a line a thing, with the fields that the documents name."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from icwatch.model import Drill, Robot, RobotKind
from icwatch.robots.outbox import Outbox
from icwatch_cli.commands import drill, robot
from icwatch_cli.main import main
from tests.doc_pages import LANGUAGES, page

FLEET = "targets: [192.168.0.1]\nrules: [{name: ic_server_connect_failed, resend_interval: 1h}]\n"
PATIENT = "targets: [192.168.0.1]\nrules: [{name: ic_server_connect_failed, resend_interval: 1h, duration: 2m}]\n"
SWEEPS = "".join(
    json.dumps({"at": 60 * minute, "metrics": {"ic_server_health": {"192.168.0.1": int(minute > 0)}}}) + "\n"
    for minute in range(7)
)
TESTS = """
fleet: my.yaml
tests:
  - name: 好
    series: {192.168.0.1: x......}
    expect: [{at: 0s, target: 192.168.0.1, kind: raised}, {at: 6m, target: 192.168.0.1, kind: cleared}]
  - name: bad
    series: {192.168.0.1: x}
    expect: []
"""
MOMENT = 1_772_438_400


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"my.yaml": FLEET, "patient.yaml": PATIENT, "s.jsonl": SWEEPS, "my.test.yaml": TESTS}.items():
        Path(name).write_text(text, encoding="utf-8")


def lines(capsys: pytest.CaptureFixture[str], status: int, *call: str) -> list[dict[str, Any]]:
    assert main([*call, "--json"]) == status
    said = capsys.readouterr()
    assert said.err == ""
    return [json.loads(line) for line in said.out.splitlines()]


def named(language: str, command: str) -> set[str]:
    """The fields that the documents name for a command."""
    (row,) = re.findall(rf"^\| `{command}` \| (.*) \|$", page(language, "commands"), re.MULTILINE)
    return {*re.findall(r"`(\w+)`", row)}


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text("targets:\n  - 192.168.0.300\nevery: 60\n")
    first, second = lines(capsys, 2, "check", "bad.yaml")
    assert first["text"].startswith("targets[0]: '192.168.0.300' is no IPv4 or IPv6 address")
    assert second == {
        "file": "bad.yaml",
        "line": 3,
        "level": "problem",
        "text": "every: 60 is no duration; write a number and its unit, such as 60s, 5m or 1h",
    }
    (missing,) = lines(capsys, 2, "check", "missing.yaml")
    assert missing["text"].startswith("file: cannot be read")
    assert lines(capsys, 0, "check", "my.yaml") == []
    Path("slow.yaml").write_text(PATIENT.replace("2m", "90s"))
    (warning,) = lines(capsys, 0, "check", "slow.yaml")
    assert (warning["line"], warning["level"]) == (2, "warning")
    assert warning["text"].startswith("rules[0].duration: 90s is no multiple of the cycle 60s")
    assert {*warning} == {"file", "line", "level", "text"}


def test_test(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = lines(capsys, 1, "test", "my.test.yaml")
    assert good == {"test": "好", "passed": True, "differences": []}
    (difference,) = bad["differences"]
    assert (bad["passed"], difference["what"], difference["at"]) == (False, "not expected", 0)


def test_replay(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = lines(capsys, 0, "replay", "my.yaml", "s.jsonl", "--summary")
    assert row == {
        "rule": "ic_server_connect_failed",
        "target": "192.168.0.1",
        "raised": 1,
        "seconds": 60,
        "longest": 60,
        "active_since": None,
        "unattended": [],
    }
    alone, mine, patient = lines(capsys, 0, "replay", "my.yaml", "s.jsonl", "--compare", "patient.yaml")
    assert (alone["only_with"], alone["raised_at"], alone["ended_at"], alone["seconds"]) == ("my.yaml", 0, 360, 60)
    assert (mine["with"], mine["alarms"], mine["alone"]) == ("my.yaml", 1, 1)
    assert (patient["with"], patient["alarms"]) == ("patient.yaml", 0)
    for language in LANGUAGES:
        assert {*row, *alone, *mine} <= named(language, "replay")


@pytest.mark.parametrize(
    ("box", "fields"),
    [
        (Outbox("dba"), {"last_taken_at": None, "last_failed_at": None, "works": True, "failure": ""}),
        (
            Outbox("dba", succeeded_at=MOMENT, failed_at=MOMENT - 9, failure="HTTP 503"),
            {"last_taken_at": MOMENT, "last_failed_at": MOMENT - 9, "works": True, "failure": "", "again_at": None},
        ),
        (Outbox("dba", failed_at=MOMENT, failure="HTTP 503"), {"works": False, "failure": "HTTP 503", "waiting": 0}),
    ],
)
def test_robots(box: Outbox, fields: dict[str, object]) -> None:
    found = json.loads(robot.as_json(Robot("dba", RobotKind.DINGTALK, "env:URL"), box, MOMENT))
    assert fields.items() <= found.items()
    for language in LANGUAGES:
        assert {*found} == named(language, "robot list")


def test_drills(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(drill.as_json(Drill("200", 200, by="Wu", confirmed_at=260, confirmed_by="Li")))
    assert (found["id"], found["starts_at"], found["confirmed_at"]) == ("200", 200, 260)
    for language in LANGUAGES:
        assert {*found} <= named(language, "drill list")
    assert main(["drill", "--json", "--stack", "icwatch"]) == 2
    assert "--json: is of use with list only; leave it out" in capsys.readouterr().err


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documents_name_every_command_that_has_it(language: str) -> None:
    rows: Sequence[str] = re.findall(r"^\| `([a-z ]+)` \| ", page(language, "commands"), re.MULTILINE)
    assert {"alarms", "history", "targets", "silence list", "drill list", "robot list", "check", "test"} <= {*rows}
