"""No command repeats a password, wherever one is written: table of the commands that take an address or a text."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from icwatch.evaluation.batch import evaluate_batch
from icwatch.model import HEALTH, Inventory, Silence, Sweep
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.stack import Stack
from icwatch_cli.main import main
from tests.servers import Servers, answer

SECRET = "geheim"
WRITTEN = {
    "an address": f"root:{SECRET}@10.0.0.9",
    "a URL": f"http://root:{SECRET}@10.0.0.9:8088/ok",
    "a URL without a user": f"https://:{SECRET}@ic.example.com",
    "a token": f"http://{SECRET}:x@10.0.0.9",
    "a slash in it": f"http://root:a/{SECRET}@10.0.0.9",
    "an @ in it": f"http://root:a@{SECRET}@10.0.0.9",
    "a blank in it": f"http://root:a {SECRET}@10.0.0.9",
    "marks in it": f"http://root:a?{SECRET}#{SECRET}@10.0.0.9",
    "a port in it": f"root:80/{SECRET}@10.0.0.9",
    "long": f"http://root:{SECRET * 30}@10.0.0.9",
}

FLEET = "targets: [10.0.0.1]\n"
IN_FILES = {
    "a target": "targets: [%s]",
    "a target's address": "targets: [{address: %s, port: 80}]",
    "a target's port": "targets: [{address: 10.0.0.1, port: %s}]",
    "a field": "targets: [{address: 10.0.0.1, %s: 1}]",
    "a label's name": "targets: [{address: 10.0.0.1, labels: {%s: x}}]",
    "a scheme": "targets: [{address: 10.0.0.1, scheme: %s}]",
    "a further probe": "targets: [{address: 10.0.0.1, probes: [%s]}]",
    "an exclusion": "targets: [10.0.0.1]\nrules: [{name: ic_server_connect_failed, exclude: [%s]}]",
    "an override": "targets: [a]\nrules: [{name: ic_server_connect_failed, overrides: [{match: %s, duration: 1m}]}]",
    "a rule": "targets: [10.0.0.1]\nrules: [{name: %s}]",
    "an expression": "targets: [10.0.0.1]\nrules: [{name: a, expression: %s}]",
    "a cycle": "targets: [10.0.0.1]\nevery: %s",
    "a name": "targets: [10.0.0.1]\n%s: 1",
}
CALLS = (
    ["probe", "%s"],
    ["probe", "10.0.0.1", "--timeout", "%s"],
    ["check", "%s"],
    ["run", "%s"],
    ["run", "good.yaml", "--every", "%s"],
    ["preview", "good.yaml", "--target", "%s"],
    ["preview", "good.yaml", "--rule", "%s"],
    ["preview", "good.yaml", "--cause", "%s"],
    ["replay", "good.yaml", "%s"],
    ["replay", "%s", "none.jsonl"],
    ["replay", "good.yaml", "none.jsonl", "--rule", "%s"],
    ["test", "%s"],
    ["silence", "add", "--stack", "icwatch", "--for", "1h", "--comment", "x", "--label", "%s"],
    ["silence", "add", "--stack", "icwatch", "--for", "%s", "--comment", "x", "--label", "a=b"],
    ["%s"],
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(FLEET)


def run(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as ended:  # argparse ends so
        return int(str(ended.code))


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: " ".join(call)[:60])
def test_a_call_with_a_password_is_refused_without_it(
    call: list[str], written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([word.replace("%s", WRITTEN[written]) for word in call]) == 2
    told = capsys.readouterr()
    assert told.out + told.err
    assert SECRET not in told.out + told.err


@pytest.mark.parametrize("command", ["check", "run", "apply"])
@pytest.mark.parametrize("place", IN_FILES)
def test_a_file_with_a_password_is_refused_without_it(
    place: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--stack", "icwatch"] if command == "apply" else []
    for written in WRITTEN.values():
        Path("fleet.yaml").write_text(IN_FILES[place].replace("%s", json.dumps(written)))
        assert run([command, "fleet.yaml", *more]) == 2, written
        told = capsys.readouterr()
        assert told.out + told.err
        assert SECRET not in told.out + told.err


TEXTS = {
    "a label": "targets: [{address: 10.0.0.1, labels: {ocp: %s}}]",
    "a selection": "targets: [10.0.0.1]\nrules: [{name: ic_server_connect_failed, exclude: [{vpc: %s}]}]",
    "a step": "targets: [10.0.0.1]\nrules: [{name: ic_server_connect_failed, runbook: [%s]}]",
    "a summary": "targets: [10.0.0.1]\nrules: [{name: ic_server_connect_failed, summary: {en-US: %s}}]",
    "a display name": "targets: [10.0.0.1]\nrules: [{name: ic_server_connect_failed, display_name: %s}]",
    "a matcher": "targets: [10.0.0.1]\nrules: [{name: a, expression: 'max(ic_server_health{a=%s}) == 0'}]",
    "a body": "targets: [10.0.0.1]\nprobe: {body: %s}",
}


@pytest.mark.parametrize("place", TEXTS)
def test_a_text_that_would_be_stored_and_shown_holds_none(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://root:{SECRET}@ocp.example.com:8080/"
    for text in (url, f"see {url}", f"({url})"):
        Path("fleet.yaml").write_text(TEXTS[place].replace("%s", json.dumps(text)))
        assert main(["check", "fleet.yaml"]) == 2
        told = capsys.readouterr()
        assert "holds a URL with a password" in told.out
        assert SECRET not in told.out + told.err
    for text in ("http://ocp.example.com:8080/?user=root@sys", "ops@example.com", "mailto:ops@example.com", "a: b@c"):
        Path("fleet.yaml").write_text(TEXTS[place].replace("%s", json.dumps(text)))
        assert main(["check", "fleet.yaml"]) == 0, text


def test_no_silence_is_stored_with_one(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    add = ["silence", "add", "--stack", "icwatch", "--for", "1h"]
    url = f"http://root:{SECRET}@10.0.0.9"
    assert main([*add, "--label", f"ocp={url}", "--comment", "x"]) == 2
    assert main([*add, "--label", "vpc=a", "--comment", f"see {url}"]) == 2
    assert main([*add, "--label", "vpc=a", "--comment", "x", "--by", url]) == 2
    told = capsys.readouterr()
    assert told.err.count("holds a URL with a password") == 3
    assert SECRET not in told.out + told.err
    table = InventoryWriter(boto3.client("dynamodb"), stack.outputs["InventoryTable"])
    assert table.load().silences == ()


def test_a_sweep_with_one_is_refused_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://root:{SECRET}@10.0.0.9"
    for sweep in (
        {"at": url, "metrics": {}},
        {"at": 60, "metrics": url},
        {"at": 60, "metrics": {"ic_server_health": {"10.0.0.1": url}}},
        {"at": 60, "metrics": {"ic_server_health": {"10.0.0.1": 0}}, "failures": {"10.0.0.1": {"cause": url}}},
    ):
        Path("sweeps.jsonl").write_text(json.dumps(sweep) + "\n")
        assert main(["replay", "good.yaml", "sweeps.jsonl"]) == 2
        told = capsys.readouterr()
        assert "sweeps.jsonl:1: " in told.err
        assert SECRET not in told.out + told.err


def test_what_an_older_version_stored_is_shown_without_it(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://root:{SECRET}@ocp.example.com"
    fleet = parse_fleet({"targets": [{"address": "10.0.0.7", "labels": {"ocp": "x"}}]})
    stored = replace(fleet, targets={"10.0.0.7": replace(fleet.targets["10.0.0.7"], labels={"ocp": url})})
    client = boto3.client("dynamodb")
    table = InventoryWriter(client, stack.outputs["InventoryTable"])
    table.apply(make_plan(Inventory(), stored))
    silence = Silence("abc", {"ocp": url}, 0, 4_000_000_000, comment=f"see {url}", by="me", created_at=0)
    table.note(table.load(), [silence])
    store = DynamoAlarms(client, stack.outputs["AlarmsTable"], stack.outputs["TransitionsTable"], 90)
    now = int(time.time()) // 60 * 60
    outcome = evaluate_batch(store, table.load(), [Sweep("shard-0001", now, {HEALTH: {"10.0.0.7": 0}})])
    assert outcome.error is None
    shown = ""
    for command in (["alarms"], ["history"], ["silence", "list"]):
        for more in ([], ["--json"]):
            assert main([*command, "--stack", "icwatch", *more]) == 0, command
            told = capsys.readouterr()
            assert told.out
            assert SECRET not in told.out + told.err
            shown += told.out
    assert shown.count("http://***@ocp.example.com") >= 4
    assert main(["apply", "good.yaml", "--stack", "icwatch", "--yes"]) == 0
    told = capsys.readouterr()
    assert "- 10.0.0.7 (ocp=http://***@ocp.example.com)" in told.out
    assert SECRET not in told.out + told.err


def test_a_server_that_sends_one_is_quoted_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    body = f"see http://root:{SECRET}@ocp.example.com/ok".encode()
    with Servers() as servers:
        answers = b"HTTP/1.1 503 Unavailable\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        assert main(["probe", f"127.0.0.1:{servers.serve(answer(answers))}"]) == 1
    told = capsys.readouterr().out
    assert "http://***@ocp.example.com/ok" in told
    assert SECRET not in told


def test_a_replay_of_targets_with_one_shows_none(capsys: pytest.CaptureFixture[str]) -> None:
    for written in WRITTEN.values():
        line = {"at": 60, "metrics": {"ic_server_health": {written: 0}}, "failures": {written: {"cause": "dns"}}}
        Path("sweeps.jsonl").write_text(json.dumps(line) + "\n")
        assert main(["replay", "good.yaml", "sweeps.jsonl"]) == 2
        told = capsys.readouterr()
        assert told.out + told.err
        assert SECRET not in told.out + told.err
