"""Alertmanager beside us, with its shortest sensible settings: it is told of alerts, and calls a webhook."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.bench.processes import BenchError, cpu_seconds, free_port, running, wait_for

NAME = "Alertmanager"
PROGRAM = "prometheus-alertmanager"

CONFIG = """\
route: {{receiver: bench, group_by: [{group_by}], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers: [{{name: bench, webhook_configs: [{{url: "http://127.0.0.1:{port}/", send_resolved: false}}]}}]
"""

WAIT_SECONDS = 30.0

Take = Callable[[dict[str, Any]], object]
"""Takes the body of a call of the webhook."""


@contextlib.contextmanager
def webhook(take: Take) -> Iterator[int]:
    """The port of a webhook."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            take(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None:  # noqa: A002 - the name is the base's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@contextlib.contextmanager
def started(take: Take, group_by: str = "alertname") -> Iterator[tuple[int, int] | None]:
    """One that runs: its process id and its port; None where it is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as name, webhook(take) as hook:
        folder, port = Path(name), free_port()
        (folder / "alertmanager.yml").write_text(CONFIG.format(port=hook, group_by=group_by))
        options = (
            f"--config.file={folder}/alertmanager.yml",
            f"--storage.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=error",
        )
        with running([program, *options]) as process:
            wait_for(f"http://127.0.0.1:{port}/-/ready")
            yield process.pid, port


class Notifying:
    """Alertmanager as it makes notices: `milliseconds` of CPU for one, the mean of so many one after the other."""

    def __init__(self, pid: int, port: int, arrived: threading.Semaphore) -> None:
        self._pid, self._port, self._arrived, self._made = pid, port, arrived, 0

    def milliseconds(self, alerts: int, times: int) -> float:
        """Of a notice that tells of so many alerts. Raises BenchError."""
        began = cpu_seconds(self._pid)
        for _ in range(times):
            self._made += 1
            self._post([self._alert(number) for number in range(alerts)])
            if not self._arrived.acquire(timeout=WAIT_SECONDS):
                raise BenchError("Alertmanager does not call the webhook")
        time.sleep(0.1)  # what it does after it was answered is its work, too
        return (cpu_seconds(self._pid) - began) * 1000 / times

    def _alert(self, number: int) -> dict[str, Any]:
        labels = {"alertname": f"storm-{self._made}", "target": f"10.0.0.{number}", "vpc": "vpc-2"}
        return {"labels": labels, "annotations": {"summary": f"IC-Server 10.0.0.{number} has failed its health check"}}

    def _post(self, alerts: Sequence[dict[str, Any]]) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/api/v2/alerts",
            json.dumps(alerts).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()  # noqa: S310
