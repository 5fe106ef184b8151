"""How long the prober and the evaluator take with the processor of a memory size: `python scripts/bench_memory.py`.

Lambda gives a function a share of a processor that grows with its memory: a whole one at 1,769 MB. Here, cpulimit gives
a worker that share, and a cycle of a healthy fleet goes through the real handlers, nginx and the local DynamoDB. The
first cycle loads the inventory and makes the connections; the others are what is paid for every minute.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from icwatch.model import HEALTH, Fleet
from icwatch.storage.stream import read_records
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.backend import Backend
from icwatch_cli.local.function import Function
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.stack import Stack, client, create
from icwatch_cli.local.translation import translate

WHOLE_MB = 1769
"""The memory at which a function has one processor. Source: AWS Lambda's developer guide, memory."""

NGINX = """
worker_processes 1; daemon off; error_log /dev/null; pid {folder}/pid;
events {{ worker_connections 8192; }}
http {{ access_log off; server {{ listen 0.0.0.0:{port} backlog=8192; location / {{ return 200 "OK"; }} }} }}
"""
PORT = 18088


@contextmanager
def server(folder: Path) -> Iterator[None]:
    """nginx on every loopback address."""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=PORT), encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603
        [shutil.which("nginx") or "nginx", "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def limited(pid: int, share: float) -> Iterator[None]:
    """A process that gets this share of a processor."""
    command = [shutil.which("cpulimit") or "cpulimit", "-p", str(pid), "-l", str(max(1, round(share * 100))), "-q"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def used(pid: int) -> float:
    """Seconds of processor that a process took until now."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def peak(pid: int) -> int:
    """The most memory that it ever had, in MB."""
    (line,) = (each for each in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines() if "VmHWM" in each)
    return int(line.split()[1]) // 1024


def sweeps(stack: Stack, endpoint: str, at: int) -> dict[str, Any]:
    """The batch of all sweeps of a moment, as the stream delivers it."""
    table = stack.outputs["SamplesTable"]
    pages = client("dynamodb", endpoint).get_paginator("scan").paginate(TableName=table)
    images = [item for page in pages for item in page["Items"] if item["at"]["N"] == str(at)]
    records = [
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": image}}
        for number, image in enumerate(images)
    ]
    event: dict[str, Any] = json.loads(
        json.dumps({"Records": records}, default=lambda data: base64.b64encode(data).decode("ascii"))
    )
    return event


def unhealthy(batch: dict[str, Any]) -> int:
    """How many targets were not seen as what they all are."""
    columns = [record.sweep().metrics[HEALTH] for record in read_records(batch)]
    return sum(value != 1 for column in columns for value in column.values())


def cycle(functions: dict[str, Function], stack: Stack, endpoint: str) -> dict[str, float]:
    """Wall and processor seconds of each function in one cycle, from the tick to the decision."""
    row: dict[str, float] = {}
    at = int(time.time())
    batch: dict[str, Any] = {}
    for name, function in functions.items():
        event = {"time": datetime.fromtimestamp(at, UTC).isoformat()} if name == "prober" else batch
        began, before = time.monotonic(), used(function.pid)
        result = function.invoke(event)
        if result.error:
            raise SystemExit(f"{name}: {result.error}")
        row[f"{name} s"] = time.monotonic() - began
        row[f"{name} CPU s"] = used(function.pid) - before
        batch = batch or sweeps(stack, endpoint, at)
    row["not seen healthy"] = unhealthy(batch)
    return row


def cycles(fleet: Fleet, memory: int, count: int) -> tuple[list[dict[str, float]], dict[str, int]]:
    """What some cycles of a fleet took, and the memory that each function took at most, in MB."""
    share = memory / WHOLE_MB
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log, ExitStack() as stop:
        stop.enter_context(server(Path(folder)))
        backend = Backend.start(log)
        stop.callback(backend.stop)
        backend.wait()
        stack = create(backend.endpoint, translate(), {})
        inventory = InventoryWriter(client("dynamodb", backend.endpoint), stack.outputs["InventoryTable"])
        inventory.apply(make_plan(inventory.load(), fleet))
        functions = {name: Function(ROOT / "functions" / name, log) for name in ("prober", "evaluator")}
        for name, function in functions.items():
            stop.callback(function.stop)
            function.configure(stack.functions[f"{name.capitalize()}Function"])
            stop.enter_context(limited(function.pid, share))
        found = []
        for _ in range(count):
            found.append(cycle(functions, stack, backend.endpoint))
            time.sleep(1.1)  # two sweeps are never of one moment
        return found, {name: peak(function.pid) for name, function in functions.items()}


def shown(rows: list[dict[str, float]]) -> str:
    """The median and the longest of the cycles after the first, and the first."""
    first, *others = rows
    parts = []
    for key in first:
        times = [row[key] for row in others]
        parts.append(f"{key}: {statistics.median(times):.3f} (to {max(times):.3f}; first {first[key]:.2f})")
    return "; ".join(parts)


def main() -> None:
    """Print a line for each size of fleet and each memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, nargs="*", default=[10, 200, 1000, 10000])
    parser.add_argument("--memory", type=int, nargs="*", default=[128, 256, 512])
    parser.add_argument("--cycles", type=int, default=6)
    options = parser.parse_args()
    if missing := [name for name in ("nginx", "cpulimit") if shutil.which(name) is None]:
        raise SystemExit(f"missing: {', '.join(missing)}; apt-get install nginx-light cpulimit")
    for count in options.targets:
        addresses = [f"127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}:{PORT}" for i in range(count)]
        fleet = parse_fleet({"targets": [{"address": each, "labels": {"vpc": "a"}} for each in addresses]})
        for memory in options.memory:
            rows, most = cycles(fleet, memory, options.cycles)
            print(f"{count:>6} targets {memory:>5} MB: {shown(rows)}; most MB: {most}", flush=True)


if __name__ == "__main__":
    main()
