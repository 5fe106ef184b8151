"""blackbox_exporter beside us: it is asked for one probe a server, as Prometheus asks it."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from pathlib import Path

from scripts.bench.probing.case import Case, Result, Seen, result_of
from scripts.bench.probing.floor import exchange_all
from scripts.bench.processes import cpu_seconds, free_port, peak_megabytes, running, wait_for

NAME = "blackbox_exporter"
PROGRAM = "prometheus-blackbox-exporter"

CONFIG = """\
modules:
  ok:
    prober: http
    timeout: {timeout}s
    http: {{method: GET, preferred_ip_protocol: ip4, valid_status_codes: [200]}}
"""

WARM_UP = 100

_FOUND = re.compile(rb"^probe_(duration_seconds|success) (\S+)", re.MULTILINE)


def program() -> str | None:
    """Where it is installed."""
    return shutil.which(PROGRAM)


def write_config(folder: Path, timeout: float) -> Path:
    """Its configuration: the module `ok`."""
    path = folder / "blackbox.yml"
    path.write_text(CONFIG.format(timeout=f"{timeout:g}"), encoding="utf-8")
    return path


def measure(case: Case) -> Result:
    """A round in a process of its own. Its CPU is that of the exporter alone, in steps of 10 ms."""
    found, port = program(), free_port()
    assert found is not None
    with tempfile.TemporaryDirectory() as name:
        config = write_config(Path(name), case.timeout)
        options = (f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error")
        with running([found, *options]) as process:
            wait_for(f"http://127.0.0.1:{port}/-/healthy")
            healthy = tuple(server for server in case.servers if server.healthy)[:WARM_UP]
            if healthy:
                _sweep(Case(healthy), port)
            cpu, wall = cpu_seconds(process.pid), time.monotonic()
            passes = [_sweep(case, port) for _ in range(case.repeats)]
            wall = time.monotonic() - wall
            return result_of(case, passes, cpu_seconds(process.pid) - cpu, wall, peak_megabytes(process.pid))


def _sweep(case: Case, port: int) -> Seen:
    seen: list[float | None] = [None] * len(case.servers)

    def take(place: int, answer: bytes) -> None:
        found = dict(_FOUND.findall(answer))
        if found[b"success"] == b"1":
            seen[place] = float(found[b"duration_seconds"])

    requests = [
        b"GET /probe?module=ok&target=http://%b:%d/ok HTTP/1.1\r\nHost: exporter\r\n\r\n"
        % (server.host.encode(), server.port)
        for server in case.servers
    ]
    exchange_all(port, requests, case.at_once, take)
    return seen
