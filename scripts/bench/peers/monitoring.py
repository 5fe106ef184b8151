"""Prometheus with blackbox_exporter and Alertmanager, as they watch servers and tell of them: shortest settings."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from scripts.bench.peers import alertmanager, blackbox, prometheus
from scripts.bench.processes import free_port, running, wait_for

PER_CYCLE, PER_SECOND = "Prometheus, rules each cycle", "Prometheus, rules each second"
"""The same, which evaluates its rules as often as it scrapes, or every second."""

CONFIG = """\
global:
  scrape_interval: {every}s
  scrape_timeout: {timeout}s
  evaluation_interval: {evaluation}s
  external_labels: {{of: "{name}"}}
rule_files: [rules.yml]
alerting:
  alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]
scrape_configs:
  - job_name: bench
    metrics_path: /probe
    params: {{module: [ok]}}
    static_configs: [{{targets: [{targets}]}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target, replacement: "http://$1/ok"}}
      - {{source_labels: [__address__], target_label: instance}}
      - {{target_label: __address__, replacement: "127.0.0.1:{blackbox}"}}
"""

RULES = """\
groups: [{name: bench, rules: [{alert: ic_server_connect_failed, expr: probe_success == 0}]}]
"""


def missing() -> list[str]:
    """What of it is not installed."""
    return [each for each in (prometheus.PROGRAM, blackbox.PROGRAM, alertmanager.PROGRAM) if shutil.which(each) is None]


@contextlib.contextmanager
def watching(targets: Sequence[str], every: int, told: Callable[[str, str], object]) -> Iterator[None]:
    """Both of them until the end of the block; `told` hears of whose alert it is and of which target."""

    def take(body: dict[str, Any]) -> None:
        for alert in body["alerts"]:
            told(alert["labels"]["of"], alert["labels"]["instance"])

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = stack.enter_context(alertmanager.started(take, "of, instance"))
        assert found is not None
        exporter = free_port()
        config = blackbox.write_config(folder, 3)
        options = (f"--config.file={config}", f"--web.listen-address=127.0.0.1:{exporter}", "--log.level=error")
        stack.enter_context(running([blackbox.PROGRAM, *options]))
        wait_for(f"http://127.0.0.1:{exporter}/-/healthy")
        for name, evaluation in ((PER_CYCLE, every), (PER_SECOND, 1)):
            own, port = folder / name, free_port()
            own.mkdir()
            quoted = ", ".join(f'"{each}"' for each in targets)
            text = CONFIG.format(
                every=every,
                timeout=min(every, 4),
                evaluation=evaluation,
                name=name,
                alertmanager=found[1],
                targets=quoted,
                blackbox=exporter,
            )
            (own / "prometheus.yml").write_text(text)
            (own / "rules.yml").write_text(RULES)
            where = (f"--config.file={own}/prometheus.yml", f"--storage.tsdb.path={own}/data")
            listen = f"--web.listen-address=127.0.0.1:{port}"
            stack.enter_context(running([prometheus.PROGRAM, *where, listen, "--log.level=error"]))
            wait_for(f"http://127.0.0.1:{port}/-/ready")
        yield
