"""Prometheus beside us: it scrapes series from this machine and evaluates a rule over them, again and again."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

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
  - name: icwatch
    rules:
      - alert: ic_server_connect_failed
        expr: min by (target, vpc) (ic_server_health) == 0
        keep_firing_for: 5m
"""

WARM_UP = 5
"""Evaluations that are not counted: the first ones see no series yet, and then new ones."""

START_SECONDS = 90


@dataclass(frozen=True)
class _Moment:
    """How often it has evaluated the rule, and the CPU that it has used."""

    NAMES: ClassVar = ("prometheus_rule_group_iterations_total", "process_cpu_seconds_total")
    iterations: float
    cpu_seconds: float


class Prometheus:
    """A Prometheus that runs and sees so many series; `url` is None where it is not installed."""

    def __init__(self, url: str | None = None, series: int = 0) -> None:
        self._url, self._series = url, series

    @classmethod
    @contextlib.contextmanager
    def started(cls, health: Mapping[str, int], labels: Mapping[str, Mapping[str, str]]) -> Iterator[Self]:
        """One that sees these values, and is warm."""
        program = shutil.which("prometheus")
        if program is None:
            yield cls()
            return
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as processes:
            folder, series, own = Path(name), _free_port(), _free_port()
            (folder / "metrics").write_text(_exposition(health, labels))
            (folder / "prometheus.yml").write_text(CONFIG.format(port=series))
            (folder / "rules.yml").write_text(RULES)
            server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", name, str(series)]
            processes.enter_context(_running(server))
            options = (
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{own}",
                "--log.level=error",
            )
            processes.enter_context(_running([program, *options]))
            running = cls(f"http://127.0.0.1:{own}", len(health))
            running._wait_for_series()
            running.evaluate(WARM_UP)
            yield running

    def evaluate(self, count: int) -> list[float]:
        """The milliseconds of CPU that an evaluation takes, the mean of so many; empty where there is no Prometheus.

        That is what the process uses from one evaluation to the next: it does nothing else but a scrape a minute.
        """
        if self._url is None:
            return []
        began, ends = self._now(), time.monotonic() + START_SECONDS + 3 * count
        now = began
        while now.iterations < began.iterations + count and time.monotonic() < ends:
            time.sleep(1)
            now = self._now()
        if now.iterations < began.iterations + count or self._seen() != self._series:
            raise SystemExit("Prometheus does not evaluate all series")
        return [(now.cpu_seconds - began.cpu_seconds) / (now.iterations - began.iterations) * 1000]

    def _wait_for_series(self) -> None:
        ends = time.monotonic() + START_SECONDS
        while self._seen() != self._series and time.monotonic() < ends:
            time.sleep(0.2)

    def _now(self) -> _Moment:
        """What it says of itself."""
        text = self._get("/metrics")
        found = dict(
            re.findall(r"^(process_cpu_seconds_total|prometheus_rule_group_iterations_total).* (\S+)$", text, re.M)
        )
        return _Moment(*(float(found.get(name, 0)) for name in _Moment.NAMES))

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


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _exposition(health: Mapping[str, int], labels: Mapping[str, Mapping[str, str]]) -> str:
    def line(name: str, up: int) -> str:
        written = ",".join(f'{key}="{value}"' for key, value in {"target": name, **labels[name]}.items())
        return f"ic_server_health{{{written}}} {up}\n"

    return "".join(line(name, up) for name, up in health.items())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
