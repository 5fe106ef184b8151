"""Every command on a terminal that lacks characters: they are escaped, and nothing ends in a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from icwatch_cli.main import COMMANDS
from icwatch_cli.terminal.output import ESCAPE, escape, prepare_streams
from tests.once import once

ENCODINGS = ("ascii", "latin-1", "gbk", "utf-8")

FLEET = """
language: zh-CN
targets:
- {address: 127.0.0.1:1, labels: {vpc: 生产🚨, zone: "忙 é"}}
- {address: 127.0.0.2:1, labels: {vpc: 生产🚨}}
rules:
- name: vpc_failed
  expression: max(ic_server_health) by (vpc)
  threshold: 0
  comparator: "=="
  level: Down
  display_name: {zh-CN: 全部失败🚨é, en-US: all of 生产 fail, zh-TW: 全部失敗}
- {name: never, expression: ic_server_health > 5, level: Alert, display_name: {zh-CN: 永不, en-US: 永不, zh-TW: 永不}}
"""
TESTS = """
fleet: fleet.yaml
tests:
- {name: 测试🚨é, series: {127.0.0.1:1: x}, expect: []}
"""
SWEEPS = '{"at": %d, "metrics": {"ic_server_health": {"127.0.0.1:1": 0, "127.0.0.2:1": 0, "忙\\ud800": 0}}}\n'
NOWHERE = ("--stack", "生产🚨")

CALLS: Mapping[str, tuple[Sequence[str], int]] = {
    "check": (["check", "fleet.yaml"], 0),
    "check of what is no fleet": (["check", "坏🚨.yaml"], 2),
    "test": (["test", "tests.yaml"], 1),
    "schema": (["schema"], 0),
    "schema --notice": (["schema", "--notice"], 0),
    **{
        f"preview {protocol} {language}": (
            ["preview", "fleet.yaml", "--rule", "vpc_failed", "--protocol", protocol, "--language", language],
            0,
        )
        for protocol in ("email", "sms", "default", "chatbot", "attributes")
        for language in ("zh-CN", "en-US", "zh-TW")
    },
    "preview of no rule": (["preview", "fleet.yaml", "--rule", "生产🚨"], 2),
    "probe": (["probe", "http://127.0.0.1:1/", "--body", "好🚨é"], 1),
    "replay": (["replay", "fleet.yaml", "sweeps.jsonl"], 0),
    "replay --summary": (["replay", "fleet.yaml", "sweeps.jsonl", "--summary"], 0),
    "replay --compare": (["replay", "fleet.yaml", "sweeps.jsonl", "--compare", "生产🚨.yaml"], 0),
    "replay of no sweeps": (["replay", "fleet.yaml", "坏🚨.yaml"], 2),
    "export": (["export", *NOWHERE], 2),
    "apply": (["apply", "fleet.yaml", *NOWHERE], 2),
    "init": (["init", "好🚨.yaml", "--targets", "生产🚨"], 2),
    "completion": (["completion", "zsh"], 0),
    "alarms": (["alarms", *NOWHERE], 2),
    "status": (["status", *NOWHERE], 2),
    "targets": (["targets", "生产🚨", *NOWHERE], 2),
    "open": (["open", "生产🚨", *NOWHERE], 2),
    "history": (["history", *NOWHERE], 2),
    "silence": (["silence", "list", *NOWHERE], 2),
    "ack": (["ack", "生产🚨", *NOWHERE], 2),
    "unack": (["unack", "生产🚨", *NOWHERE], 2),
    "redrive": (["redrive", *NOWHERE], 2),
    "rebuild-totals": (["rebuild-totals", *NOWHERE], 2),
    **{f"{command} --help": ([command, "--help"], 0) for command in COMMANDS},
    "no such command": (["生产🚨"], 2),
    "run": (["run", "坏🚨.yaml"], 2),  # last, because it sets up AWS's clients for the local cloud
}
"""Each command with texts beyond ASCII, and its exit status."""

JSON = (
    "schema",
    "schema --notice",
    *(name for name in CALLS if name.startswith(("preview d", "preview c", "preview a"))),
)

RUNNER = """
import json, sys
from icwatch_cli.main import main
from tests.sessions import share_what_is_loaded
share_what_is_loaded()
results = {}
for name, arguments in json.load(open("calls.json", encoding="utf-8")).items():
    print(f"\\x1e{name}\\x1f", end="", flush=True)
    try:
        results[name] = main(arguments)
    except SystemExit as ended:
        results[name] = ended.code
    except BaseException as error:
        results[name] = repr(error)
    sys.stdout.flush()
json.dump(results, open("results.json", "w"))
"""


Ran = Mapping[str, tuple[Mapping[str, object], Mapping[str, str], str]]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """By encoding: exit status and output of every call, and all that went to standard error."""
    folder = once(tmp_path_factory, "outputs", run_all)
    found: Ran = json.loads((folder / "ran.json").read_text(encoding="utf-8"))
    return found


def run_all(folder: Path) -> None:
    """Run every call in every encoding: these at once, since most of the time goes to an AWS that does not answer."""
    with ThreadPoolExecutor() as pool:
        runs = {encoding: pool.submit(run_in, encoding, folder / encoding) for encoding in ENCODINGS}
    found = {encoding: run.result() for encoding, run in runs.items()}
    (folder / "ran.json").write_text(json.dumps(found), encoding="utf-8")


def run_in(encoding: str, folder: Path) -> tuple[Mapping[str, object], Mapping[str, str], str]:
    """Exit status and output of every call, and all that went to standard error."""
    folder.mkdir()
    for name, text in (
        ("fleet.yaml", FLEET),
        ("生产🚨.yaml", FLEET),
        ("tests.yaml", TESTS),
        ("坏🚨.yaml", "忙: é🚨\n"),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "sweeps.jsonl").write_text("".join(SWEEPS % at for at in (60, 120)), encoding="utf-8")
    calls = {name: arguments for name, (arguments, _) in CALLS.items()}
    (folder / "calls.json").write_text(json.dumps(calls), encoding="utf-8")
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{root}:{root / 'layers/core/python'}",
            "PYTHONIOENCODING": encoding,
            "LC_ALL": "C.UTF-8",  # so that the names of files can be told of
            "COLUMNS": "100",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        },
        capture_output=True,
        check=True,
    )
    parts = (part.partition("\x1f") for part in done.stdout.decode(encoding).split("\x1e")[1:])
    outputs = {name: output for name, _, output in parts}
    statuses = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return statuses, outputs, done.stderr.decode(encoding)


def test_every_command_is_called() -> None:
    assert {arguments[0] for arguments, _ in CALLS.values()} >= COMMANDS.keys()


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_command_ends_as_it_should(ran: Ran, encoding: str, name: str) -> None:
    statuses, _, errors = ran[encoding]
    assert statuses[name] == CALLS[name][1], errors[-3000:]
    assert "Traceback" not in errors


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_is_the_same_json_in_every_encoding(ran: Ran, encoding: str, name: str) -> None:
    """Except for the moment of a preview, and the ids that name it."""
    ours, theirs = (ran[each][1][name].replace("\n", "") for each in (encoding, "utf-8"))
    assert _without_times(json.loads(ours)) == _without_times(json.loads(theirs))


def _without_times(value: object) -> object:
    """With every digit in texts and numbers as 0."""
    if isinstance(value, dict):
        return {key: _without_times(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_times(each) for each in value]
    if isinstance(value, str):
        return "".join("0" if char in "0123456789" else char for char in value)
    return 0 if isinstance(value, int | float) else value


def test_replay_writes_the_same_lines_in_every_encoding(ran: Ran) -> None:
    lines = {
        encoding: [json.loads(line) for line in outputs["replay"].splitlines()]
        for encoding, (_, outputs, _) in ran.items()
    }
    assert lines["utf-8"][0]["target"] == "vpc=生产🚨"
    assert all(each == lines["utf-8"] for each in lines.values())


def test_what_an_encoding_lacks_is_escaped(ran: Ran) -> None:
    assert "测试🚨é" in ran["utf-8"][1]["test"]
    assert "测试\\ud83d\\udea8é" in ran["gbk"][1]["test"]
    assert "\\u6d4b\\u8bd5\\ud83d\\udea8é" in ran["latin-1"][1]["test"]
    assert "\\u6d4b\\u8bd5\\ud83d\\udea8\\u00e9" in ran["ascii"][1]["test"]


@pytest.mark.parametrize("text", ["é", "忙🚨", "\ud800", "a\udcffb"])
def test_an_escape_is_that_of_json(text: str) -> None:
    prepare_streams()
    escaped = text.encode("ascii", ESCAPE).decode()
    assert json.loads(f'"{escaped}"') == text


def test_what_cannot_be_read_is_not_escaped() -> None:
    with pytest.raises(UnicodeDecodeError):
        escape(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"))
