"""A cold start: what each function loads, as built, and its first event against the local cloud, beside `pass`."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local import python313
from icwatch_cli.local.backend import Backend, private_environment
from icwatch_cli.local.stack import Stack, client, create
from icwatch_cli.local.translation import translate
from scripts.bench.bench import Bench
from scripts.bench.figures import built
from scripts.bench.figures.cycles import cycle, event_of
from scripts.bench.processes import ROOT, BenchError
from scripts.bench.rows import OURS, Measured, Row, merged

PASS = "pass"  # noqa: S105
ROUNDS = 7

CODE = """
import json, sys, time
import app
loaded = time.process_time()

class Context:
    function_name, memory_limit_in_mb, aws_request_id = "bench", 512, "bench"
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    def get_remaining_time_in_millis(self):
        return 50_000

event = json.loads(sys.stdin.read())
began = time.process_time()
if event is not None:
    app.lambda_handler(event, Context())
print()
print(json.dumps([loaded, time.process_time() - began]))
"""

PASS_CODE = "import time; print([time.process_time(), 0.0])"  # noqa: S105


def measure(bench: Bench) -> Measured:
    """All functions in turn, and `pass` before each round."""
    measured = Measured()
    interpreter = built.python()
    if interpreter is None:
        measured.missing.append(python313.MISSING)
        return measured
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as log:
        folder = Path(name)
        bench.say("building the layers and functions")
        built.build(folder / "built", interpreter)
        backend = Backend.start(log)
        try:
            backend.wait()
            stack = _stack(backend.endpoint)
            found: list[list[Row]] = []
            for number in range(bench.rounds(ROUNDS)):
                bench.say(f"cold starts, round {number + 1} of {bench.rounds(ROUNDS)}")
                base = _run(interpreter, PASS_CODE, {}, None)[0]
                found.append([Row(PASS, PASS, 1, "import", "ms", (base,))])
                for function in built.FUNCTIONS:
                    took = _started(interpreter, folder / "built", stack, backend.endpoint, function)
                    found.append(_rows(function, base, *took))
            measured.rows = merged(found)
            imports = [row for row in measured.rows if row.measure == "times pass"]
            slowest = max(imports, key=lambda row: row.value).subject
            measured.profile = _loaded(interpreter, folder / "built", slowest)
        finally:
            backend.stop()
    return measured


def _stack(endpoint: str) -> Stack:
    """The stack with one target, where nothing listens."""
    stack = create(endpoint, translate(), {"Robots": "true"})
    table = InventoryWriter(client("dynamodb", endpoint), stack.outputs["InventoryTable"])
    table.apply(make_plan(table.load(), parse_fleet({"targets": ["127.0.0.1:1"]})))
    return stack


def _started(interpreter: Path, folder: Path, stack: Stack, endpoint: str, function: str) -> tuple[float, float]:
    configuration = stack.functions.get(f"{function.capitalize()}Function")
    variables = {
        **(configuration.environment if configuration else {}),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "PYTHONPATH": built.path_of(folder, function),
    }
    return _run(interpreter, CODE, variables, _event(function, endpoint, stack))


def _event(function: str, endpoint: str, stack: Stack) -> Any:
    """An event with something to do in it; None for the page, which the local cloud does not have."""
    now = int(time.time()) // 60 * 60
    if function == "prober":
        return {"time": datetime.fromtimestamp(now, UTC).isoformat()}
    if function == "evaluator":
        table = InventoryWriter(client("dynamodb", endpoint), stack.outputs["InventoryTable"])
        inventory = table.load()
        return event_of(cycle(inventory, now, {*inventory.targets}))
    names = {"notifier": "transitions-stream", "messenger": "robot-queue"}
    return json.loads((ROOT / "events" / f"{names[function]}.json").read_text("utf-8")) if function in names else None


def _run(interpreter: Path, code: str, variables: Mapping[str, str], event: Any) -> tuple[float, float]:
    """Milliseconds of CPU until it is loaded, the interpreter's own start included, and of the event."""
    environment = {**private_environment(), **variables, "POWERTOOLS_TRACE_DISABLED": "true", "POWERTOOLS_DEV": "0"}
    command = [str(interpreter), "-B", "-c", code]
    done = subprocess.run(  # noqa: S603 - the code above
        command, env=environment, input=json.dumps(event), capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode:
        raise BenchError(done.stderr[-1500:])
    loaded, took = json.loads(done.stdout.splitlines()[-1])
    return loaded * 1000, took * 1000


def _rows(function: str, base: float, loaded: float, event: float) -> list[Row]:
    rows = [
        Row(function, OURS, 1, "import", "ms", (loaded,)),
        Row(function, OURS, 1, "times pass", "ratio", (loaded / base,)),
        Row(function, OURS, 1, "first event", "ms", (event,)),
    ]
    return rows if event > 1 else rows[:2]


def _loaded(interpreter: Path, folder: Path, function: str) -> list[tuple[str, float]]:
    """The packages that the import of a function takes its time for, and their part of it."""
    environment = {**os.environ, "PYTHONPATH": built.path_of(folder, function), "POWERTOOLS_TRACE_DISABLED": "true"}
    command = [str(interpreter), "-B", "-X", "importtime", "-c", "import app"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603
    times: dict[str, int] = {}
    for line in done.stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|") if line.count("|") == 2 else ("", "", "")
        if own.strip().isdigit():
            package = name.strip().partition(".")[0]
            times[package] = times.get(package, 0) + int(own)
    whole = sum(times.values())
    return [(name, took / whole) for name, took in sorted(times.items(), key=lambda each: -each[1])[:12]]
