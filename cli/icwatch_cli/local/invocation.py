"""Which function of which local cloud is invoked, with which event, and where its result is found."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from icwatch.storage.inventory import DynamoInventory
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.events import Made, inserted, make_sweep, tick
from icwatch_cli.local.running import Running, find
from icwatch_cli.local.stack import Stack, client, read
from icwatch_cli.local.translation import translate

PROBER, EVALUATOR, NOTIFIER = "ProberFunction", "EvaluatorFunction", "NotifierFunction"
MESSENGER = "MessengerFunction"


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be invoked: the function, in which local cloud, with which event (None: one that is made)."""

    function: str
    running: Running
    stack: Stack
    event: Any = None


@dataclass(frozen=True, slots=True)
class Sent:
    """An event, what it is, where its result is found, and whether it is there."""

    event: Any
    what: str
    result: str
    is_there: Callable[[], bool] = lambda: True


def call_of(name: str, event: Path | None, running: Running | None = None) -> Call:
    """The call that `make invoke FUNCTION=name EVENT=event` means. Raises LocalCloudError."""
    folders = {Path(folder).name: logical for logical, folder in translate().folders.items()}
    if name not in folders:
        raise LocalCloudError(f"FUNCTION={name}: there is no such function; write one of {', '.join(sorted(folders))}")
    given = None if event is None else _read(event)
    running = running or find()
    if running is None:
        raise LocalCloudError("no local cloud runs here; start one in another terminal: make run")
    _check(running)
    stack = read(running.endpoint, tuple(folders.values()))
    if folders[name] not in stack.functions:
        raise LocalCloudError(f"FUNCTION={name}: the fleet that is watched has no robots; run one that has some")
    if given is None and folders[name] == MESSENGER:
        raise LocalCloudError(f"FUNCTION={name}: needs an event; write EVENT=events/robot-queue.json")
    return Call(folders[name], running, stack, given)


def _check(running: Running) -> None:
    """Find out at once what boto3 would only say after many attempts."""
    host, _, port = running.endpoint.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError as error:
        raise LocalCloudError(f"the local cloud at {running.endpoint} does not answer: {error}") from error


def send(call: Call, now: float | None = None) -> Sent:
    """The event of this moment. Raises LocalCloudError where none would decide anything."""
    now = time.time() if now is None else now
    if call.event is not None:
        return Sent(call.event, "as it was given", _places(call))
    inventory = DynamoInventory(client("dynamodb", call.running.endpoint), call.stack.outputs["InventoryTable"]).load()
    alarms = DynamoAlarms(client("dynamodb", call.running.endpoint), call.stack.outputs["AlarmsTable"])
    shards = [alarms.load(shard) for shard in inventory.all_shards]
    if call.function == PROBER:
        at = max([int(now), *(current.at + 1 for current in shards if current.at is not None)])
        what = "a tick of now" + _unreachable([target.host for target in inventory.targets.values()])
        return Sent(tick(at), what, f"{_places(call)} with at={at}")
    made = make_sweep(inventory, shards, now)
    if made is None and call.function == NOTIFIER:  # nobody compares a decision with the current alarms
        made = make_sweep(inventory, [replace(current, alarms={}) for current in shards], now)
    if made is None:
        raise LocalCloudError(
            "no sweep would decide anything now: every alarm that could be raised is active, and nothing is due; "
            "try again later, or name an event: EVENT=my.json"
        )
    return _decided(call, made, now)


def _decided(call: Call, made: Made, now: float) -> Sent:
    first = made.decision.transitions[0]
    more = len(made.decision.transitions) - 1
    decides = f"{first.rule} of {first.target} is {first.kind}" + (f", and {more} more" if more else "")
    (stream,) = [mapping.stream_arn for name, mapping in call.stack.mappings if name == call.function]
    if call.function == NOTIFIER:
        return Sent(inserted(made.decision, stream, now), f"a decision made up: {decides}", _places(call))
    key = {"shard": {"S": made.sweep.shard}, "at": {"N": str(made.sweep.at)}}
    table = call.stack.outputs["TransitionsTable"]

    def is_there() -> bool:
        return "Item" in client("dynamodb", call.running.endpoint).get_item(TableName=table, Key=key)

    result = f"{_places(call)} with shard={made.sweep.shard}, at={made.sweep.at}"
    return Sent(inserted(made.sweep, stream, now), f"a sweep made up, by which {decides}", result, is_there)


def _unreachable(hosts: list[str]) -> str:
    """What a container cannot see: in it, loopback is the container."""
    here = [host for host in hosts if host == "localhost" or host.startswith("127.") or host == "::1"]
    return (
        f"; {len(here)} of {len(hosts)} targets are on loopback, which a container has its own of: unseen"
        if here
        else ""
    )


def _places(call: Call) -> str:
    """Where a function puts what it does."""
    outputs = call.stack.outputs
    return {
        PROBER: f"sweeps: table {outputs['SamplesTable']}",
        EVALUATOR: f"alarms: table {outputs['AlarmsTable']}; transitions: table {outputs['TransitionsTable']}",
        NOTIFIER: f"notices: topic {outputs['AlarmTopicArn']}; receipts: table {outputs['ReceiptsTable']}; "
        f"what was set aside: queue {outputs['NotifierFailuresUrl']}",
    }[call.function]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LocalCloudError(f"EVENT={path}: cannot be read: {error}") from error
