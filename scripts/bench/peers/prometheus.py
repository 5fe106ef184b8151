"""Prometheus beside us: it scrapes series from this machine and evaluates a rule over them, again and again."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from scripts.bench.processes import BenchError, free_port, running

NAME = "Prometheus"
PROGRAM = "prometheus"

CONFIG = """\
global: {{scrape_interval: 1m, scrape_timeout: 30s, evaluation_interval: 1s}}
rule_files: [rules.yml]
scrape_configs:
  - job_name: icwatch
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""

RULES = """\
groups:
  - name: case_{case}
    rules:
      - alert: ic_server_connect_failed
        expr: min by (target, vpc) (ic_server_health{{case="{case}"}}) == 0
        keep_firing_for: 5m
"""

WARM_UP = 5
"""Evaluations that are not counted: the first ones see no series yet, and then new ones."""

START_SECONDS = 90

Health = Mapping[str, int]
"""1 or 0 by the name of the target."""


@dataclass(frozen=True)
class _Moment:
    """How often it has evaluated the rule, and the CPU that it has used."""

    iterations: float
    cpu_seconds: float


class Prometheus:
    """A Prometheus that runs and sees series of several cases, of which it evaluates one after the other."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
        self._process, self._url, self._folder = process, url, folder
        self._case = ""

    @classmethod
    @contextlib.contextmanager
    def started(cls, cases: Mapping[str, Health], labels: Mapping[str, Mapping[str, str]]) -> Iterator[Self | None]:
        """One that sees the values of all cases; None where it is not installed."""
        program = shutil.which(PROGRAM)
        if program is None:
            yield None
            return
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as processes:
            folder, series, own = Path(name), free_port(), free_port()
            texts = (_exposition(case, health, labels) for case, health in cases.items())
            (folder / "metrics").write_text("".join(texts))
            (folder / "prometheus.yml").write_text(CONFIG.format(port=series))
            (folder / "rules.yml").write_text("groups: []\n")
            server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", name, str(series)]
            processes.enter_context(running(server))
            options = (
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{own}",
                "--log.level=error",
            )
            process = processes.enter_context(running([program, *options]))
            found = cls(process, f"http://127.0.0.1:{own}", folder)
            found._wait_for_series(sum(map(len, cases.values())))
            yield found

    def use(self, case: str) -> None:
        """From now on evaluate the rule over the series of this case, warmed up."""
        self._case = case
        (self._folder / "rules.yml").write_text(RULES.format(case=case))
        self._process.send_signal(signal.SIGHUP)
        self.evaluate(WARM_UP)

    def evaluate(self, count: int) -> float:
        """The milliseconds of CPU that an evaluation takes, the mean of so many.

        That is what the process uses from one evaluation to the next: it does nothing else but a scrape a minute.
        """
        began, ends = self._now(), time.monotonic() + START_SECONDS + 3 * count
        now = began
        while now.iterations < began.iterations + count and time.monotonic() < ends:
            time.sleep(1)
            now = self._now()
        if now.iterations < began.iterations + count:
            raise BenchError("Prometheus does not evaluate its rule")
        return (now.cpu_seconds - began.cpu_seconds) / (now.iterations - began.iterations) * 1000

    def _wait_for_series(self, count: int) -> None:
        ends = time.monotonic() + START_SECONDS
        while self._seen() != count:
            if time.monotonic() > ends:
                raise BenchError("Prometheus does not see all series")
            time.sleep(0.2)

    def _now(self) -> _Moment:
        """What it says of itself."""
        text = self._get("/metrics")
        group = rf"prometheus_rule_group_iterations_total\{{.*case_{self._case}\"\}}"
        values = (re.search(rf"^{name} (\S+)$", text, re.MULTILINE) for name in (group, "process_cpu_seconds_total"))
        return _Moment(*(float(found[1]) if found else 0.0 for found in values))

    def _seen(self) -> int:
        """How many series there are now."""
        text = self._get("/api/v1/query?query=count(ic_server_health)")
        result = json.loads(text)["data"]["result"] if text else []
        return int(result[0]["value"][1]) if result else 0

    def _get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"{self._url}{path}") as answer:  # noqa: S310 - on this machine
                text: str = answer.read().decode()
                return text
        except OSError:
            return ""  # it is still starting


def _exposition(case: str, health: Health, labels: Mapping[str, Mapping[str, str]]) -> str:
    def line(name: str, up: int) -> str:
        values = {"case": case, "target": name, **labels[name]}
        written = ",".join(f'{key}="{value}"' for key, value in values.items())
        return f"ic_server_health{{{written}}} {up}\n"

    return "".join(line(name, up) for name, up in health.items())
