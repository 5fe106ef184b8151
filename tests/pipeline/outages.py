"""Outages of a run, and what its tables say of them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import Decision, Inventory, ShardAlarms, Sweep, Transition
from icwatch.storage.items import read_item
from icwatch.storage.packing import unpack
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.stack import client
from icwatch_cli.local.watcher import Received
from tests.servers import OK, read_request

SETTLING_SECONDS = 240.0

ERROR = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"


@dataclass(slots=True)
class Moody:
    """A server that is now healthy, now not."""

    period: float
    over: threading.Event

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        bad = not self.over.is_set() and int(time.monotonic() / self.period) % 2 == 0
        writer.write(ERROR if bad else OK)
        await writer.drain()


def documents(cloud: LocalCloud, table: str) -> Iterator[dict[str, Any]]:
    """All items of a table, in the order of their shard."""
    pages = client("dynamodb", cloud.endpoint).get_paginator("scan").paginate(TableName=cloud.stack.outputs[table])
    items = [unpack(item) for page in pages for item in page["Items"]]
    yield from sorted(items, key=lambda item: (item["shard"], item["at"]))


def wait_until_settled(cloud: LocalCloud, received: list[Received]) -> None:
    """Wait until the last sweep is evaluated and every announced transition has reached the subscriber."""
    ends = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < ends:
        swept = {str(item["shard"]): item["at"] for item in documents(cloud, "SamplesTable")}
        evaluated = {str(item["shard"]): item["at"] for item in documents(cloud, "AlarmsTable")}
        if swept == evaluated and announced(cloud) <= told(received).keys():
            return
        time.sleep(0.2)


def announced(cloud: LocalCloud) -> set[str]:
    """The ids of all transitions that are to reach a subscriber."""
    decisions = [read_item(Decision, item) for item in documents(cloud, "TransitionsTable")]
    return {one.id for decision in decisions for one in decision.transitions if one.announce}


def told(received: list[Received]) -> dict[str, set[str]]:
    """The transitions that the subscriber was told of, each with the ids of the notices that told it."""
    found: dict[str, set[str]] = {}
    for notice in list(received):
        for alarm in notice.body["alarms"]:
            found.setdefault(alarm["transition"], set()).add(notice.attributes["notice_id"])
    return found


def evaluated(inventory: Inventory, sweeps: Iterable[Sweep], shard: str = "shard-0001") -> list[Transition]:
    """What an undisturbed run decides on these sweeps of one shard."""
    current = ShardAlarms(shard)
    found: list[Transition] = []
    for sweep in sweeps:
        current, transitions = evaluate(inventory, current, sweep)
        found += transitions
    return found
