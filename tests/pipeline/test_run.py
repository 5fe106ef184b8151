"""`icwatch run` as a person or a program starts it: against real servers, stopped and killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from icwatch.model import Cause, Target
from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.standins import StandIns
from tests.patience import where_there_is_time
from tests.servers import OK, Servers, answer, drip

DEADLINE = 2.0
"""Seconds that a probe may take in these fleets."""

PATIENCE_SECONDS = 120
"""For what is to end, however busy this machine is."""


@contextlib.contextmanager
def running(*arguments: str | Path, errors: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """`icwatch run --json` in a process of its own; killed if the test leaves it running.

    What it says beside the notices goes to `errors`; a pipe that nobody reads would stop it after a thousand lines.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "icwatch_cli.main", "run", "--json", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def fleet_file(folder: Path, *ports: int, every: str = "60s") -> Path:
    """A fleet of servers on this machine."""
    targets = "".join(f"  - {{address: 127.0.0.1, port: {port}}}\n" for port in ports)
    path = folder / "fleet.yaml"
    path.write_text(f"language: en-US\nevery: {every}\nprobe: {{timeout: {DEADLINE:g}s}}\ntargets:\n{targets}")
    return path


def notices(process: subprocess.Popen[str], count: int) -> list[dict[str, Any]]:
    """The next notices; waits for them as long as pytest lets it."""
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def said_after(process: subprocess.Popen[str], words: str) -> str:
    """What a run says on standard error after these words, once it does."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return line.rpartition(words)[2].strip()
    pytest.fail(f"the run ended before it said {words}")


def descendants(pid: int) -> set[int]:
    """The processes below `pid`, at any depth."""
    table = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, table.splitlines())}
    found: set[int] = set()
    level = {pid}
    while level:
        level = {child for child, parent in parents.items() if parent in level}
        found |= level
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


def wait_until_gone(pids: set[int], seconds: float) -> set[int]:
    """The processes that are still there after so many seconds."""
    ends = time.monotonic() + seconds
    while (left := {pid for pid in pids if alive(pid)}) and time.monotonic() < ends:
        time.sleep(0.05)
    return left


@where_there_is_time
def test_each_fault_is_told_apart_in_the_first_sweep_and_a_stopped_run_leaves_nothing(tmp_path: Path) -> None:
    with Servers() as servers:
        healthy, refusing = servers.serve(answer(OK)), servers.refuse()
        hanging, dripping = servers.hang(), servers.serve(drip(OK))
        fleet = fleet_file(tmp_path, healthy, refusing, hanging, dripping)
        with running(fleet) as process:
            page = said_after(process, "status page at ")
            log = Path(said_after(process, "log in "))
            found = {notice["target"]: notice for notice in notices(process, 3)}
            with urllib.request.urlopen(f"{page}status.json", timeout=PATIENCE_SECONDS) as answered:
                status = json.load(answered)
            children = descendants(process.pid)
            assert len(children) == 4  # the backend and three functions
            os.killpg(process.pid, signal.SIGTERM)
            assert process.wait(2) == 0
            assert wait_until_gone(children, 0) == set()
            rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
    causes = {
        f"127.0.0.1:{refusing}": Cause.CONNECTION_REFUSED,
        f"127.0.0.1:{hanging}": Cause.READ_TIMEOUT,
        f"127.0.0.1:{dripping}": Cause.READ_TIMEOUT,
    }
    assert found.keys() == causes.keys()
    assert len({notice["at"] for notice in found.values()}) == 1
    for target, cause in causes.items():
        notice = found[target]
        assert f"({cause}:" in notice["message"]
        assert (notice["kind"], notice["status"], notice["level"]) == ("raised", "Active", "Critical")
        assert notice["attributes"]["notice_id"].startswith(f"ic_server_connect_failed:{target}:")
        assert notice.keys() == {
            *("kind", "rule", "target", "at", "level", "status", "subject", "message", "attributes"),
        }
    assert rest == ""
    assert (status["down"], status["targets"], len(status["alarms"])) == (3, 4, 3)
    sweeps = [json.loads(line) for line in log.read_text().splitlines() if '"message":"sweep"' in line]
    assert len(sweeps) == 1
    assert DEADLINE <= sweeps[0]["seconds"] < DEADLINE + 1
    assert (sweeps[0]["targets"], sweeps[0]["healthy"]) == (4, 1)


def test_a_thousand_servers_that_fail_at_once_are_a_notice_a_shard(tmp_path: Path) -> None:
    """Every one of the alarms is in exactly one of the five notices. A run that is killed leaves nothing behind."""
    with Servers() as servers:
        port = servers.refuse()
        addresses = [f"127.{1 + number // 250}.0.{1 + number % 250}" for number in range(1000)]
        targets = "".join(f"  - {{address: {each}, port: {port}}}\n" for each in addresses)
        fleet = tmp_path / "fleet.yaml"
        fleet.write_text(f"language: en-US\nprobe: {{timeout: 9s}}\ntargets:\n{targets}")
        with running(fleet, errors=subprocess.DEVNULL) as process:
            told = notices(process, 5)
            children = descendants(process.pid)
            process.kill()
            rest, _ = process.communicate(timeout=PATIENCE_SECONDS)
            assert wait_until_gone(children, 5) == set()
    assert rest == ""
    listed = [target for notice in told for target in notice["attributes"]["target"]]
    assert sorted(listed) == sorted(f"{each}:{port}" for each in addresses)
    assert {len(notice["attributes"]["target"]) for notice in told} == {200}
    assert len({notice["attributes"]["notice_id"] for notice in told}) == 5
    for notice in told:
        assert (notice["kind"], notice["status"], notice["level"]) == ("raised", "Active", "Critical")
        assert notice["target"] == "200 of 200 IC-Servers"
        assert notice["target"] in notice["subject"]
        assert all(target in notice["message"] for target in notice["attributes"]["target"])
        assert "suspect" not in notice["message"], "who refuses a connection was reached"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
@where_there_is_time
def test_a_run_can_be_stopped_while_it_starts(tmp_path: Path, number: signal.Signals) -> None:
    with Servers() as servers, running(fleet_file(tmp_path, servers.refuse())) as process:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not descendants(process.pid) and time.monotonic() < ends:
            time.sleep(0.01)
        children = descendants(process.pid)
        process.send_signal(number)
        assert process.wait(2) == 0
        assert wait_until_gone(children, 1) == set()


@where_there_is_time
def test_a_run_ends_when_nobody_reads_it_any_more(tmp_path: Path) -> None:
    with Servers() as servers, running(fleet_file(tmp_path, servers.refuse(), servers.refuse())) as process:
        assert process.stdout is not None
        process.stdout.close()
        children = descendants(process.pid)
        assert process.wait(PATIENCE_SECONDS) == 0
        assert wait_until_gone(children, 1) == set()
        process.stdout = None


def test_a_cycle_shorter_than_the_timeouts_is_refused(tmp_path: Path) -> None:
    with running(fleet_file(tmp_path, 18088), "--every", "2s") as process:
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert told == (
        "--every 2s: probe.timeout: 2s does not fit into a cycle of 2s with time to save the sweep; "
        "write timeout: 1.3s or less, or --every 3s or more\n"
    )


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with Servers() as servers:
        taken = servers.serve(answer(OK))
        with running(fleet_file(tmp_path, taken), "--port", str(taken)) as process:
            _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert (
        told.splitlines(keepends=True)[-1]
        == f"port {taken} on 127.0.0.1 is taken (Address already in use); choose another\n"
    )


def test_a_taken_port_of_a_stand_in_is_named() -> None:
    with Servers() as servers:
        taken = servers.serve(answer(OK))
        stand_ins = StandIns([Target("127.0.0.1", taken)])
        with pytest.raises(LocalCloudError, match=rf"{taken}.* free the port, which another demonstration"):
            stand_ins.start()
