"""What `icwatch replay` takes: samples a second on one core, and memory at two sizes of input.

    .venv/bin/python -m scripts.bench_replay [--targets 200] [--sweeps 3000]

Beside it runs `promtool test rules` on the same samples and a rule that does nearly the same, where promtool is on
PATH (Debian's package prometheus). Every process is measured whole, its start and the reading of its file included.

This process holds no samples: what it holds would count as memory of the processes that it starts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BAD_PERCENT = 1
SMALLER = 10
"""How much smaller the input of the first round is."""

KIBIBYTES = 1024 if sys.platform == "darwin" else 1
"""Units of ru_maxrss in a KiB."""

RULES = """\
groups:
  - name: icwatch
    rules:
      - alert: ic_server_connect_failed
        expr: min by (target) (ic_server_health) == 0
        keep_firing_for: 5m
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A process: CPU seconds, seconds by the clock, and the most memory it held, in MiB."""

    cpu: float
    wall: float
    memory: float


def health(target: int, minute: int) -> int:
    """1, and 0 in one of a hundred; the same every time."""
    return int(zlib.crc32(b"%d %d" % (target, minute)) % 100 >= BAD_PERCENT)


def write_replay(folder: Path, targets: int, sweeps: int) -> list[str]:
    """The files of icwatch; the answer is the call that reads them."""
    names = [f"10.0.{number // 250}.{number % 250 + 1}" for number in range(targets)]
    fleet, samples = folder / "fleet.yaml", folder / "sweeps.jsonl"
    fleet.write_text("targets:\n" + "".join(f"  - {name}\n" for name in names))
    with samples.open("w") as file:
        for minute in range(sweeps):
            metrics = {"ic_server_health": {name: health(number, minute) for number, name in enumerate(names)}}
            print(json.dumps({"at": 60 * minute, "metrics": metrics}), file=file)
    return [sys.executable, "-m", "icwatch_cli.main", "replay", str(fleet), str(samples)]


def write_promtool(folder: Path, targets: int, sweeps: int) -> list[str]:
    """The files of promtool. It wants one expectation; that another alert does not fire costs next to nothing."""
    (folder / "rules.yml").write_text(RULES)
    with (folder / "test.yml").open("w") as file:
        file.write("rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n")
        for number in range(targets):
            file.write(f"      - series: 'ic_server_health{{target=\"{number}\"}}'\n")
            file.write(f"        values: '{' '.join(str(health(number, minute)) for minute in range(sweeps))}'\n")
        file.write("    alert_rule_test:\n")
        file.write(f"      - {{eval_time: {sweeps - 1}m, alertname: another, exp_alerts: []}}\n")
    return ["promtool", "test", "rules", str(folder / "test.yml")]


def measure(command: Sequence[str], *options: str) -> Measured:
    """Run a command to its end, its output thrown away."""
    begun = time.perf_counter()
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Measured(_cpu(used), time.perf_counter() - begun, used.ru_maxrss / KIBIBYTES / 1024)


def _cpu(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def _report(name: str, samples: int, took: Measured) -> None:
    rate = samples / took.cpu
    print(f"{name:28}{samples:>10,}{rate:>14,.0f}{took.cpu:>9.2f}{took.wall:>9.2f}{took.memory:>11.1f}", flush=True)


def main() -> None:
    """Measure at a tenth of the size, then at the whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=200)
    parser.add_argument("--sweeps", type=int, default=3000)
    arguments = parser.parse_args()
    promtool = shutil.which("promtool")
    print(f"{'':28}{'samples':>10}{'samples/CPU s':>14}{'CPU s':>9}{'wall s':>9}{'peak MiB':>11}")
    for sweeps in (max(1, arguments.sweeps // SMALLER), arguments.sweeps):
        samples = arguments.targets * sweeps
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            replay = write_replay(folder, arguments.targets, sweeps)
            _report("icwatch replay", samples, measure(replay))
            _report("icwatch replay --summary", samples, measure(replay, "--summary"))
            _report("icwatch replay --compare", samples, measure(replay, "--compare", replay[-2]))
            if promtool:
                _report("promtool test rules", samples, measure(write_promtool(folder, arguments.targets, sweeps)))
    if not promtool:
        print("promtool is not on PATH (Debian: apt install prometheus), so there is nothing to compare with")


if __name__ == "__main__":
    main()
