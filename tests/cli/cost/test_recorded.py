"""The cost that is counted is the cost of what the functions do: a recorder around boto3, the handlers and their logs.

What a call of DynamoDB consumes is said by the local DynamoDB, which counts by itself.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from functions.evaluator import app as evaluator
from functions.notifier import app as notifier
from functions.prober import app as prober
from icwatch.model import Inventory
from icwatch_cli.cost import usage
from icwatch_cli.cost.measure import sizes_of
from icwatch_cli.cost.settings import Settings
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.stack import Stack
from tests.functions.support import ALL_WELL, Context, Log
from tests.servers import OK, Servers, answer

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

COUNTING = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "TransactWriteItems")
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
TARGETS = 450


@dataclass
class Recorder:
    """What was asked of AWS, invoked and logged since the last look."""

    units: Counter[str] = field(default_factory=Counter)
    log_bytes: int = 0

    def forget(self) -> None:
        """Look away from what was until now."""
        self.units.clear()
        self.log_bytes = 0

    def asked(self, service: str, operation: str, answer: dict[str, Any]) -> None:
        """An API call was answered."""
        if service == "sns":
            self.units["sns_requests"] += 1
        consumed = answer.get("ConsumedCapacity", [])
        for each in consumed if isinstance(consumed, list) else [consumed]:
            self.units["write_units" if operation in WRITES else "read_units"] += each["CapacityUnits"]

    def invoke(self, app: Any, event: object) -> Any:
        """An invocation, with what it logs."""
        self.units["lambda_requests"] += 1
        log = Log(app.logger)
        try:
            return app.lambda_handler(event, Context())
        finally:
            self.log_bytes += sum(len(json.dumps(line, ensure_ascii=False).encode()) for line in log.lines())
            log.close()


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    found, real = Recorder(), BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        if service == "dynamodb" and operation in COUNTING:
            params = {**params, "ReturnConsumedCapacity": "TOTAL"}
        result = real(client, operation, params)
        found.asked(service, operation, result)
        return result

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return found


@dataclass
class Watched:
    """A stack that watches servers which are up, and what it is made of."""

    stack: Stack
    recorder: Recorder
    inventory: Inventory
    now: int

    def cycle(self, number: int) -> None:
        """From the tick to the decision, each shard's sweep by itself."""
        at = self.now + number
        self.recorder.invoke(prober, {"time": datetime.fromtimestamp(at, UTC).isoformat()})
        for image in self.items("SamplesTable", at):
            assert self.recorder.invoke(evaluator, batch(image)) == ALL_WELL

    def items(self, output: str, at: int) -> list[dict[str, Any]]:
        """What a table got of a moment."""
        pages: Any = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=self.stack.outputs[output])
        return [item for page in pages for item in page["Items"] if item["at"]["N"] == str(at)]


def batch(image: dict[str, Any]) -> dict[str, Any]:
    """A record as the stream delivers it."""
    return {"Records": [{"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": image}}]}


@pytest.fixture
def watched(stack: Stack, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    for function in ("ProberFunction", "EvaluatorFunction", "NotifierFunction"):
        for name, value in stack.functions[function].environment.items():
            monkeypatch.setenv(name, value)
    with Servers() as servers:
        port = servers.serve(answer(OK), host="0.0.0.0")
        refusing = servers.refuse()
        up = [f"127.1.{number // 250}.{1 + number % 250}:{port}" for number in range(TARGETS - 1)]
        fleet = parse_fleet({"targets": [*up, f"127.0.0.1:{refusing}"]})
        writer = InventoryWriter(boto3.client("dynamodb"), stack.outputs["InventoryTable"])
        writer.apply(make_plan(writer.load(), fleet))
        yield Watched(stack, recorder, writer.load(), int(time.time()))


def test_a_cycle_uses_what_is_counted(watched: Watched) -> None:
    """The first cycle loads the inventory and raises an alarm; the second is one of the month that is counted."""
    watched.cycle(0)
    watched.recorder.forget()
    watched.cycle(1)
    sizes, recorded = sizes_of(watched.inventory), watched.recorder
    tables = usage._tables(sizes, 1, watched.inventory.every, Settings())
    functions = usage._functions(sizes, watched.inventory.every, Settings())
    cycles = usage.HOURS * 3600 / watched.inventory.every
    assert sizes.shards == 3
    assert recorded.units["write_units"] == pytest.approx(tables["write_units"])
    assert recorded.units["read_units"] == pytest.approx(tables["read_units"])
    assert recorded.units["lambda_requests"] == pytest.approx(functions["lambda_requests"] / cycles)
    assert recorded.units["sns_requests"] == 0
    assert 0.5 < recorded.log_bytes / usage.SWEEP_LOG_BYTES < 1.1


def test_a_notice_uses_what_is_counted(watched: Watched) -> None:
    watched.cycle(0)
    watched.recorder.forget()
    (decision,) = watched.items("TransitionsTable", watched.now)
    assert watched.recorder.invoke(notifier, batch(decision)) == ALL_WELL
    counted = usage._notices(sizes_of(watched.inventory), 0, Settings(notices=1))
    assert watched.recorder.units["sns_requests"] == counted["sns_requests"] == 1
    assert watched.recorder.units["write_units"] == usage.RECEIPT_WRITES
    assert watched.recorder.units["lambda_requests"] == counted["lambda_requests"]
    assert watched.recorder.log_bytes < usage.LOG_BYTES
