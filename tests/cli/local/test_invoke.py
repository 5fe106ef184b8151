"""`make invoke` against a local cloud that runs; a process stands in for the container (fakesam.py)."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from icwatch.model import Sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local import invoke
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.container import Engine
from icwatch_cli.local.emulator import Emulator
from icwatch_cli.local.function import Result
from icwatch_cli.local.invocation import Call, Sent, call_of, send
from icwatch_cli.local.running import FOLDER, Running
from icwatch_cli.local.stack import Stack
from icwatch_cli.local.watcher import Received, Watcher
from tests.servers import OK, Servers, answer

ENGINE = Engine("docker", gateway="127.0.0.3", subnet="127.0.0.0/8")
"""An engine whose containers reach this machine at another address of loopback, so that the relay is needed."""

ARRIVES_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Here:
    """A local cloud, and what comes out of it."""

    running: Running
    sweeps: queue.Queue[Sweep]
    notices: queue.Queue[Received]

    def call(self, name: str, event: Path | None = None) -> Call:
        return call_of(name, event, self.running)


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """Six healthy servers, swept once and then left alone for an hour."""
    sweeps: queue.Queue[Sweep] = queue.Queue()
    notices: queue.Queue[Received] = queue.Queue()
    before = set(threading.enumerate())
    with Servers() as servers, LocalCloud(Watcher(sweeps.put, notices.put, print)) as cloud:
        ports = [servers.serve(answer(OK)) for _ in range(6)]
        rules = [{"name": "ic_server_connect_failed", "cycle": "1h"}]
        targets = [{"address": "127.0.0.1", "port": port} for port in ports]
        cloud.watch(parse_fleet({"every": "1h", "language": "en-US", "targets": targets, "rules": rules}))
        sweeps.get(timeout=ARRIVES_WITHIN)
        yield Here(Running(os.getpid(), cloud.endpoint, "a test", str(cloud.log)), sweeps, notices)
    for thread in (
        set(threading.enumerate()) - before
    ):  # which may still ask the cloud that is gone, at random intervals
        thread.join(ARRIVES_WITHIN)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `sam build` leaves behind, as far as it is looked at here, and a sam that needs no engine."""
    root = Path(__file__).parents[3]
    shutil.copy(root / "template.yaml", tmp_path)
    sam = tmp_path / "sam"
    sam.write_text(f'#!/bin/sh\ncd "{root}" && exec "{sys.executable}" -m tests.cli.local.fakesam "$@"\n')
    sam.chmod(0o755)
    monkeypatch.setattr(invoke, "BUILT", tmp_path)
    monkeypatch.setattr(invoke, "SOURCES", ())
    monkeypatch.setattr(invoke, "SAM", sam)
    return tmp_path


def test_a_tick_makes_the_prober_sweep(here: Here, built: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke.invoke(here.call("prober"), ENGINE) == 0
    sweep = here.sweeps.get(timeout=ARRIVES_WITHIN)
    answered, said = capfd.readouterr()
    assert json.loads(answered) == {"at": sweep.at, "targets": 6}
    assert f"with at={sweep.at}; log: above" in said
    assert "6 of 6 targets are on loopback, which a container has its own of: unseen" in said
    assert sweep.metrics.get("ic_server_health", {}) == {}


def test_a_made_sweep_raises_an_alarm_that_is_announced(
    here: Here, built: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert invoke.invoke(here.call("evaluator"), ENGINE) == 0
    notice = here.notices.get(timeout=ARRIVES_WITHIN)
    answered, said = capfd.readouterr()
    assert json.loads(answered) == {"batchItemFailures": []}
    assert notice.attributes["kind"] == "raised"
    assert "ic_server_connect_failed of 127.0.0.1:" in said
    assert "transitions: table icwatch-TransitionsTable" in said


def test_a_made_decision_is_published(here: Here, built: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke.invoke(here.call("notifier"), ENGINE) == 0
    notice = here.notices.get(timeout=ARRIVES_WITHIN)
    _, said = capfd.readouterr()
    assert notice.attributes["kind"] in said
    assert "notices: topic arn:aws:sns:" in said


def test_an_event_of_one_s_own_is_sent_as_it_is(here: Here, built: Path, capfd: pytest.CaptureFixture[str]) -> None:
    event = built / "event.json"
    event.write_text('{"time": "no time"}')
    assert invoke.invoke(here.call("prober", event), ENGINE) == 1
    assert "the event is no tick" in capfd.readouterr().err


def test_a_sweep_that_was_overtaken_is_made_anew(
    here: Here, built: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As where the fleet is swept every second: the first event is of before what its shard was evaluated at."""
    stale = send(here.call("evaluator"), 1000.0)
    old = json.loads(json.dumps(stale.event))
    for image in (old["Records"][0]["dynamodb"]["NewImage"], old["Records"][0]["dynamodb"]["Keys"]):
        image["at"] = {"N": "1000"}
    events: Iterator[Any] = iter([old])

    def overtaken(call: Call) -> Any:
        sent = send(call)
        event = next(events, None)
        return sent if event is None else type(sent)(event, sent.what, sent.result, sent.is_there)

    monkeypatch.setattr(invoke, "send", overtaken)
    assert invoke.invoke(here.call("evaluator"), ENGINE) == 0
    assert "was faster" in capfd.readouterr().err


def test_a_dry_run_shows_all_that_would_be_done_and_does_nothing(
    here: Here, built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = here.call("evaluator")
    before = {path.name for path in built.iterdir()}
    assert invoke.show(call, ENGINE) == 0
    shown = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if not line.startswith(" "))
    port = here.running.endpoint.rpartition(":")[2]
    assert shown["function"].startswith("EvaluatorFunction for ")
    assert shown["build"] == "not needed"
    assert shown["way"] == f"a relay from 127.0.0.3 to 127.0.0.1:{port}, for 127.0.0.0/8 only"
    assert shown["command"].startswith("SAM_CLI_TELEMETRY=0 ")
    assert "alarms: table icwatch-AlarmsTable" in shown["result"]
    assert {path.name for path in built.iterdir()} == before


def test_a_dry_run_needs_no_engine(here: Here, built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke.show(here.call("notifier"), None) == 0
    shown = capsys.readouterr().out
    assert "engine    no container engine answers; start Docker" in shown
    assert "variable  AWS_ENDPOINT_URL=http://CONTAINER-HOST:RELAY" in shown
    assert here.running.endpoint not in shown.replace("cloud     " + here.running.endpoint, "").split("result")[0]


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (["poker"], "FUNCTION=poker: there is no such function; write one of evaluator, messenger, notifier, prober"),
        ([""], "FUNCTION=: there is no such function"),
        (["prober", "--event", "missing.json"], "EVENT=missing.json: cannot be read"),
        (["prober"], "no local cloud runs here; start one in another terminal: make run"),
    ],
)
def test_what_cannot_be_invoked_is_refused(
    arguments: list[str], refusal: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("icwatch_cli.local.invocation.find", lambda: None)
    assert invoke.main(arguments) == 2
    assert refusal in capsys.readouterr().err


def test_a_local_cloud_that_is_gone_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("icwatch_cli.local.invocation.find", lambda: Running(os.getpid(), "http://127.0.0.1:1", "", ""))
    assert invoke.main(["prober", "--dry-run"]) == 2
    assert "the local cloud at http://127.0.0.1:1 does not answer" in capsys.readouterr().err


def test_without_an_engine_nothing_is_built(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="no container engine answers"):
        invoke.invoke(here.call("prober"), None)


def test_a_change_makes_the_build_stale(tmp_path: Path) -> None:
    built, source = tmp_path / "built", tmp_path / "source"
    built.mkdir()
    (source / "deep" / "__pycache__").mkdir(parents=True)
    (source / "deep" / "app.py").touch()
    assert invoke.is_stale(built, [source])
    (built / "template.yaml").touch()
    later = time.time() + 60
    os.utime(built / "template.yaml", (later, later))
    assert not invoke.is_stale(built, [source])
    (source / "deep" / "__pycache__" / "app.pyc").touch()
    os.utime(source / "deep" / "__pycache__" / "app.pyc", (later + 1, later + 1))
    assert not invoke.is_stale(built, [source])
    os.utime(source / "deep" / "app.py", (later + 1, later + 1))
    assert invoke.is_stale(built, [source])


def test_a_run_is_found_while_it_lasts(tmp_path: Path) -> None:
    """`icwatch run` as a person starts it says where it runs, and takes that back when its time is over."""
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text("every: 1h\nrules: [{name: ic_server_connect_failed, cycle: 1h}]\ntargets: [127.0.0.1]\n")
    with subprocess.Popen(
        [sys.executable, "-m", "icwatch_cli.main", "run", fleet, "--for", "4s"], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        try:
            endpoint = next(line for line in run.stdout if "AWS APIs at" in line).split()[4].rstrip(",")
            said = json.loads((FOLDER / f"{run.pid}.json").read_text(encoding="utf-8"))
            assert (said["endpoint"], said["fleet"]) == (endpoint, str(fleet))
            run.stdout.read()
            assert run.wait(60) == 0
        finally:
            run.kill()
    assert not (FOLDER / f"{run.pid}.json").exists()


@pytest.mark.parametrize(
    ("result", "code", "said"),
    [
        (Result({"batchItemFailures": []}), 0, "the table; log: above"),
        (Result({"batchItemFailures": [{"itemIdentifier": "1"}]}), 1, "the record was not handled"),
        (Result(error="ValueError: no"), 1, "error: ValueError: no"),
        (Result(error="ConnectTimeoutError: http://172.17.0.1:1"), 1, "does a firewall keep it away?"),
    ],
)
def test_what_came_of_it_is_said(
    result: Result, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Answering:
        def invoke(self, event: object) -> Result:
            return result

    sent = Sent({}, "an event", "the table")
    monkeypatch.setattr(invoke, "send", lambda call: sent)
    call = Call("NotifierFunction", Running(1, "", "", ""), Stack({}, {}, ()))
    assert invoke.send_until_it_counts(call, cast("Emulator", Answering())) == code
    assert said in capsys.readouterr().err
