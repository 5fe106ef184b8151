"""Half an hour of `icwatch run --state` over 500 targets, a sweep a second, with everything going wrong at random.

Its functions are killed and stopped, and the run itself is killed, interrupted and started again. The log of what was
decided and told is that of an undisturbed run over the sweeps that there were, and the functions' memory does not grow.
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
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from icwatch.model import Decision, Kind
from icwatch.storage.items import read_item
from icwatch.storage.packing import pack
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.state.directory import opened
from icwatch_cli.local.watcher import Received, Watcher
from tests.pipeline.outages import Moody, announced, documents, evaluated
from tests.pipeline.waiting import wait_until
from tests.servers import OK, Servers, answer

pytestmark = pytest.mark.long

SECONDS = float(os.environ.get("ICWATCH_SOAK_SECONDS", "1800"))
"""For so long it goes on. The middle third is one life, in which memory is looked at."""

TARGETS, MOODY = 500, 20
STOPPED_SECONDS = 3.0
"""For so long a function hangs; the prober then misses sweeps."""

MAX_GROWTH_MB = 4
"""Of a function's memory in its life, little by little: what allocators keep, and no leak."""

JUMP_MB, MAX_JUMPS_MB = 5, 25
"""The evaluator takes more at once where an hour ends, to sum it up, which is once in a life at the most."""

FLEET = """\
language: en-US
every: 1s
merge_above: 200
probe: {timeout: 500ms}
rules: [{name: ic_server_connect_failed, cycle: 1s, resend_interval: 20s, clear_cycle: 3s}]
targets:
"""


def workers(pid: int) -> Iterator[tuple[str, int]]:
    """The functions of a run, by name, with their process ids."""
    with suppress(OSError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()):
            with suppress(OSError):
                command = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                if b"icwatch_cli.local.worker" in command:
                    yield Path(command[-2].decode()).name, child


def memory_mb(pid: int) -> float:
    """What a process has in memory."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


class Life:
    """A run, from its start to its end."""

    def __init__(self, fleet: Path, state: Path, log: Path) -> None:
        self._log = log
        command = [sys.executable, "-m", "icwatch_cli.main", "run", str(fleet), "--state", str(state), "--json"]
        with log.open("a") as output, log.with_suffix(".errors").open("a") as errors:
            self.process = subprocess.Popen(command, stdout=output, stderr=errors, start_new_session=True)

    def go_on(self, seconds: float) -> bool:
        """Wait; False where it has ended by itself."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.returncode is None

    def disturb(self, dice: random.Random) -> None:
        """Kill one of its functions, or stop it for a while."""
        if found := sorted(workers(self.process.pid)):
            _, pid = dice.choice(found)
            with suppress(ProcessLookupError):
                if dice.random() < 0.5:
                    os.kill(pid, signal.SIGKILL)
                else:
                    os.kill(pid, signal.SIGSTOP)
                    self.go_on(STOPPED_SECONDS)
                    os.kill(pid, signal.SIGCONT)

    def end(self, how: signal.Signals) -> None:
        """End it, and close a line of its log that was cut off."""
        self.process.send_signal(how)
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
        with self._log.open("a") as output:
            output.write("\n")


def disturbed(start: Path, state: Path, log: Path, seconds: float, dice: random.Random) -> int:
    """Lives of random lengths, with random faults, and how many there were."""
    ends, lives = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        life, lives = Life(start, state, log), lives + 1
        over = time.monotonic() + dice.uniform(1, 60)
        while time.monotonic() < min(over, ends) and life.go_on(dice.uniform(0.5, 8)):
            life.disturb(dice)
        assert life.process.returncode is None, log.with_suffix(".errors").read_text()[-2000:]
        life.end(dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM]))
    return lives


def undisturbed(start: Path, state: Path, log: Path, seconds: float) -> dict[str, list[float]]:
    """One life without a fault, and the memory of its functions in MB, from time to time."""
    life, found = Life(start, state, log), dict[str, list[float]]()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        assert life.go_on(min(5, seconds / 40)), log.with_suffix(".errors").read_text()[-2000:]
        for name, pid in workers(life.process.pid):
            found.setdefault(name, []).append(memory_mb(pid))
    life.end(signal.SIGTERM)
    return found


def shown(log: Path) -> list[str]:
    """The ids of the notices that were shown. A line that a kill cut off was shown to nobody."""
    whole = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return [line["attributes"]["notice_id"] for line in whole]


def test_half_an_hour_in_which_everything_goes_wrong(tmp_path: Path) -> None:
    dice = random.Random(20261127)
    over = threading.Event()
    log, state, path = tmp_path / "log", tmp_path / "state", tmp_path / "fleet.yaml"
    received: list[Received] = []
    with Servers() as servers:
        well = servers.serve(answer(OK), host="0.0.0.0")
        moody = [servers.serve(Moody(dice.uniform(5, 60), over)) for _ in range(MOODY)]
        addresses = [f"127.0.0.1:{port}" for port in moody]
        addresses += [f"127.1.{number // 250}.{1 + number % 250}:{well}" for number in range(TARGETS - MOODY)]
        path.write_text(FLEET + "".join(f"  - {address}\n" for address in addresses))
        lives = disturbed(path, state, log, SECONDS / 3, dice)
        memory = undisturbed(path, state, log, SECONDS / 3)
        lives += 1 + disturbed(path, state, log, SECONDS / 3, dice)
        over.set()
        watcher = Watcher(lambda sweep: None, received.append, lambda trouble: None)
        with opened(state, path) as directory, LocalCloud(watcher, state=directory) as cloud:
            told = Counter(shown(log))

            def settled() -> bool:
                known = {*told, *(notice.attributes["notice_id"] for notice in [*received])}
                swept = {item["shard"]: item["at"] for item in documents(cloud, "SamplesTable")}
                decided = {item["shard"]: item["at"] for item in documents(cloud, "AlarmsTable")}
                return swept == decided and announced(cloud) <= known

            wait_until(settled, "all is evaluated and told")
            inventory = cloud.inventory()
            sweeps = [read_sweep(pack(item)) for item in documents(cloud, "SamplesTable")]
            decisions = [read_item(Decision, item) for item in documents(cloud, "TransitionsTable")]
    shards = sorted({sweep.shard for sweep in sweeps})
    assert len(shards) == 3
    expected = [
        one for shard in shards for one in evaluated(inventory, [each for each in sweeps if each.shard == shard], shard)
    ]
    assert [one for decision in decisions for one in decision.transitions] == expected
    assert {one.kind for one in expected} >= {Kind.RAISED, Kind.REPEATED, Kind.CLEARED}
    told.update(notice.attributes["notice_id"] for notice in received)
    assert told == Counter(one.id for one in expected if one.announce), f"each once, in {lives} lives"
    assert memory.keys() == {"prober", "evaluator", "notifier"}
    for name, all_of_it in memory.items():
        warm = all_of_it[len(all_of_it) // 4 :]
        steps = [later - before for before, later in pairwise(warm)]
        jumps = sum(step for step in steps if step >= JUMP_MB)
        assert sum(steps) - jumps < MAX_GROWTH_MB, f"{name}: {all_of_it}"
        assert jumps < (MAX_JUMPS_MB if name == "evaluator" else JUMP_MB), f"{name}: {all_of_it}"
