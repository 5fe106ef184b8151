"""`icwatch run --state` killed with SIGKILL at random moments of an hour of outages, and started again each time.

Its log is that of an undisturbed run over the sweeps that there were: what was decided, and what was told.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from icwatch.model import Decision, Inventory, Kind
from icwatch.storage.items import read_item
from icwatch.storage.packing import pack
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.state.directory import opened
from icwatch_cli.local.watcher import Received, Watcher
from tests.pipeline.outages import Moody, announced, documents, evaluated
from tests.pipeline.waiting import wait_until
from tests.servers import Servers

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("ICWATCH_OUTAGE_SECONDS", "3600"))
"""For so long the run is killed and started again."""

LONGEST_LIFE_SECONDS = 40.0
"""Of a run; the shortest ones end while they start."""

FLEET = """\
language: en-US
every: 1s
probe: {timeout: 500ms}
rules: [{name: ic_server_connect_failed, cycle: 1s, resend_interval: 3s, clear_cycle: 2s}]
targets:
"""


def lines_of(log: Path) -> list[str]:
    """The ids of the notices that were shown, in their order. A line that a kill cut off was shown to nobody."""
    whole = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return [line["attributes"]["notice_id"] for line in whole]


def live(fleet: Path, state: Path, log: Path, seconds: float) -> None:
    """A run that is killed after so many seconds."""
    command = [sys.executable, "-m", "icwatch_cli.main", "run", str(fleet), "--state", str(state), "--json"]
    with log.open("a") as output, log.with_suffix(".errors").open("a") as errors:
        process = subprocess.Popen(command, stdout=output, stderr=errors, start_new_session=True)
        try:
            process.wait(seconds)
            pytest.fail(f"it ended by itself: {log.with_suffix('.errors').read_text()[-2000:]}")
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
    with log.open("a") as output:
        output.write("\n")  # behind a line that was cut off


def test_the_log_of_a_run_that_is_killed_is_that_of_an_undisturbed_one(tmp_path: Path) -> None:
    dice = random.Random(20261127)
    over = threading.Event()
    log, state, path = tmp_path / "log", tmp_path / "state", tmp_path / "fleet.yaml"
    received: list[Received] = []
    with Servers() as servers:
        ports = [servers.serve(Moody(period, over)) for period in (3.5, 7.5, 11.5, 31.0)]
        path.write_text(FLEET + "".join(f"  - 127.0.0.1:{port}\n" for port in ports))
        ends = time.monotonic() + SECONDS
        kills = 0
        while time.monotonic() < ends:
            live(path, state, log, dice.uniform(1, LONGEST_LIFE_SECONDS) ** dice.choice([0.5, 1]))
            kills += 1
        over.set()
        fleet = load_fleet(path)
        watcher = Watcher(lambda sweep: None, received.append, lambda trouble: None)
        with opened(state, path) as directory, LocalCloud(watcher, state=directory) as cloud:
            told = Counter(lines_of(log))

            def settled() -> bool:
                shown = {*told, *(notice.attributes["notice_id"] for notice in [*received])}
                swept = [item["at"] for item in documents(cloud, "SamplesTable")]
                (current,) = documents(cloud, "AlarmsTable")
                return bool(current["at"] == swept[-1] and announced(cloud) <= shown)

            wait_until(settled, "all is evaluated and told")
            sweeps = [read_sweep(pack(item)) for item in documents(cloud, "SamplesTable")]
            decisions = [read_item(Decision, item) for item in documents(cloud, "TransitionsTable")]
    expected = evaluated(Inventory(targets=fleet.targets, rules=fleet.rules), sweeps)
    assert [one for decision in decisions for one in decision.transitions] == expected
    assert {one.kind for one in expected} >= {Kind.RAISED, Kind.REPEATED, Kind.CLEARED}
    told.update(notice.attributes["notice_id"] for notice in received)
    assert told == Counter(one.id for one in expected if one.announce), f"each once, after {kills} kills"
