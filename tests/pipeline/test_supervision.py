"""`icwatch run` while its parts break: it goes on, or ends with exit 1 and a sentence, and never only looks alive."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from icwatch.model import Fleet, Language, Sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.live.state import State
from icwatch_cli.live.view import draw
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.stack import client
from icwatch_cli.local.watcher import Received, Watcher
from icwatch_cli.page.row_words import RowWords
from tests.pipeline.standing import what_stands
from tests.pipeline.test_run import alive, descendants, fleet_file, notices, running
from tests.servers import Servers

WAIT = 120.0


def wait_until(holds: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


def fleet_of(*ports: int, every: int = 1, **rule: Any) -> Fleet:
    """A fleet on this machine with a rule of its own, if one is given."""
    quick = {"name": "ic_server_connect_failed", "cycle": "60s", "resend_interval": f"{every}s"}
    slow = {"cycle": "60s", "expression": "max(ic_server_health) by (target) == 0", **rule}
    return parse_fleet(
        {
            "every": f"{every}s",
            "probe": {"timeout": "300ms"},
            "targets": [f"127.0.0.1:{port}" for port in ports],
            "rules": [quick, *([slow] if rule else [])],
        }
    )


def picture(state: State) -> str:
    """What a terminal shows."""
    console = Console(file=io.StringIO(), width=180, height=40, color_system=None)
    console.print(draw(state, RowWords(Language.EN_US), 180, 40))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_observers_end_nothing_and_the_view_follows_what_is_applied() -> None:
    """Every observer raises at every call; a stream is broken off; another fleet is applied meanwhile."""
    sweeps: list[Sweep] = []
    received: list[Received] = []
    told: list[str] = []

    def raising(into: list[Any]) -> Callable[[Any], object]:
        def observe(seen: Any) -> object:
            into.append(seen)
            raise KeyError("no such rule")

        return observe

    with Servers() as servers:
        first, second = servers.refuse(), servers.refuse()
        fleet = fleet_of(first)
        state = State(fleet, "the fleet", "")
        with LocalCloud(Watcher(raising(sweeps), raising(received), raising(told))) as cloud:
            cloud.watch(fleet)
            wait_until(lambda: len(received) >= 2, "no second notice after an observer raised")
            torn: Any = {"shard": {"S": "shard-0001"}, "at": {"N": "1"}, "metrics": {"S": "torn"}}
            database = client("dynamodb", cloud.endpoint)
            database.put_item(TableName=cloud.stack.outputs["SamplesTable"], Item=torn)
            database.put_item(TableName=cloud.stack.outputs["TransitionsTable"], Item=torn)
            count, taken = len(received), len(sweeps)
            wait_until(lambda: len(received) >= count + 2, "no notice after items that nobody can read")
            wait_until(lambda: len(sweeps) > taken, "no sweep after items that nobody can read")
            inventory = InventoryWriter(client("dynamodb", cloud.endpoint), cloud.stack.outputs["InventoryTable"])
            inventory.apply(make_plan(inventory.load(), fleet_of(second, every=2, name="another_rule")))
            wait_until(lambda: any(each.rule == "another_rule" for each in cloud.alarms()), "the rule is not applied")
            state.follow(*what_stands(cloud))
            after = picture(state)
            cloud.check()
    targets = after.partition("targets ──")[2].partition("notices ──")[0]
    assert f"127.0.0.1:{first}" not in targets
    assert f"127.0.0.1:{second}" in targets
    assert sorted(set(told)) == sorted(told), "each told once"
    assert {each.split(" failed")[0] for each in told} == {"showing a sweep", "showing a notice"}
    assert "ItemError" in cloud.log.read_text(), "all is in the log"


def test_a_worker_that_is_killed_is_replaced_and_without_its_backend_a_run_ends(tmp_path: Path) -> None:
    """A worker is replaced when it is needed next: at the next tick, the next sweep, the next notice."""
    with Servers() as servers:
        fleet = fleet_file(tmp_path, servers.refuse(), every="2s")
        rule = "rules: [{name: ic_server_connect_failed, cycle: 2s, resend_interval: 2s}]\n"
        fleet.write_text(fleet.read_text().replace("timeout: 2s", "timeout: 300ms") + rule)
        with running(fleet) as process:
            notices(process, 1)
            workers = workers_of(process.pid)
            assert len(workers) == 3
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not any(map(alive, workers)), "a killed worker goes on")
            wait_until(lambda: len(workers_of(process.pid)) == 3, "prober, evaluator and notifier are not back")
            notices(process, 2)  # one may have been published before
            assert not workers & workers_of(process.pid)
            assert process.poll() is None
            children = descendants(process.pid)
            (backend,) = (pid for pid in children if "backend_main" in command(pid))
            os.kill(backend, signal.SIGKILL)
            _, said = process.communicate(timeout=WAIT)
    assert process.returncode == 1
    assert "the run has ended: the backend has ended: ministack ended with exit code -9" in said.splitlines()[-1]
    wait_until(lambda: not any(map(alive, children)), "something is left")


def workers_of(pid: int) -> set[int]:
    """The processes of a run that are its functions."""
    return {each for each in descendants(pid) if "icwatch_cli.local.worker" in command(each)}


def command(pid: int) -> str:
    """How a process was called."""
    return subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_run_that_cannot_say_anything_ends_with_a_sentence(tmp_path: Path) -> None:
    with Servers() as servers, Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "icwatch_cli.main", "run", "--json", str(fleet_file(tmp_path, servers.refuse()))],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=WAIT,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "the run has ended: standard output cannot be written: No space left on device"
    )
