"""Prometheus beside us: it scrapes series from this machine, evaluates a rule over them, and says how long it took."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

CONFIG = """\
global: {{scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}}
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

START_SECONDS = 30


class Prometheus:
    """A Prometheus that runs; `url` is None where it is not installed."""

    def __init__(self, url: str | None) -> None:
        self._url = url

    @classmethod
    @contextlib.contextmanager
    def started(cls, health: Mapping[str, int], labels: Mapping[str, Mapping[str, str]]) -> Iterator[Self]:
        """One that sees these values, and is warm."""
        program = shutil.which("prometheus")
        if program is None:
            yield cls(None)
            return
        with _served(_exposition(health, labels)) as port, tempfile.TemporaryDirectory() as name:
            folder, own = Path(name), _free_port()
            (folder / "prometheus.yml").write_text(CONFIG.format(port=port))
            (folder / "rules.yml").write_text(RULES)
            options = (
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{own}",
                "--log.level=error",
            )
            process = subprocess.Popen([program, *options])  # noqa: S603 - what is on PATH
            try:
                running = cls(f"http://127.0.0.1:{own}/metrics")
                running.durations(WARM_UP)
                yield running
            finally:
                process.terminate()
                process.wait()

    def durations(self, count: int) -> list[float]:
        """How many milliseconds each of the next evaluations of the rule takes."""
        found: list[float] = []
        if self._url is None:
            return found
        seen, ends = None, time.monotonic() + START_SECONDS + 3 * count
        while len(found) < count:
            if time.monotonic() > ends:
                raise SystemExit("Prometheus does not evaluate")
            time.sleep(0.2)
            metrics = self._metrics()
            number = metrics.get("prometheus_rule_group_iterations_total")
            if number != seen and (took := metrics.get("prometheus_rule_group_last_duration_seconds")):
                found.append(took * 1000)
                seen = number
        return found

    def _metrics(self) -> dict[str, float]:
        """Its own metrics of the rule group."""
        assert self._url is not None
        try:
            with urllib.request.urlopen(self._url) as answer:  # noqa: S310 - on this machine
                text = answer.read().decode()
        except OSError:
            return {}
        return {
            name: float(value) for name, value in re.findall(r"^(prometheus_rule_group_\w+)\{.*\} (\S+)$", text, re.M)
        }


def _exposition(health: Mapping[str, int], labels: Mapping[str, Mapping[str, str]]) -> bytes:
    def line(name: str, up: int) -> str:
        written = ",".join(f'{key}="{value}"' for key, value in {"target": name, **labels[name]}.items())
        return f"ic_server_health{{{written}}} {up}\n"

    return "".join(line(name, up) for name, up in health.items()).encode()


@contextlib.contextmanager
def _served(text: bytes) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
