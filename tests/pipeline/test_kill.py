"""Workers killed with SIGKILL at random moments of a run: no transition is lost, none is doubled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import Decision, Inventory, Kind, ShardAlarms, Sweep, Transition
from icwatch.storage.items import read_item
from icwatch.storage.packing import unpack
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.cloud import LocalCloud, Watcher
from icwatch_cli.local.stack import client
from icwatch_cli.local.subscriber import Received
from tests.servers import OK, Servers, read_request

TARGETS = 6
KILLING_SECONDS = 5.0
"""At the least: it goes on until all has happened that is to be looked at."""

KILLS_WITHOUT_PROGRESS = 6
"""After so many the machine is too busy to start a worker between two kills, and they come half as often."""

PATIENCE_SECONDS = 600.0
SETTLING_SECONDS = 240.0

CLAIM_SECONDS = 15
"""A notifier that is killed while it publishes leaves a claim until its timeout; the next one waits for it."""

RULE = {"name": "ic_server_connect_failed", "cycle": "1s", "resend_interval": "2s", "clear_cycle": "2s"}
KINDS = {Kind.RAISED, Kind.REPEATED, Kind.CLEARED}
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


def kinds(cloud: LocalCloud) -> set[Kind]:
    """What was decided until now."""
    decisions = [read_item(Decision, item) for item in documents(cloud, "TransitionsTable")]
    return {one.kind for decision in decisions for one in decision.transitions}


def told(received: list[Received]) -> dict[str, set[str]]:
    """The transitions that the subscriber was told of, each with the ids of the notices that told it."""
    found: dict[str, set[str]] = {}
    for notice in list(received):
        for alarm in notice.body["alarms"]:
            found.setdefault(alarm["transition"], set()).add(notice.attributes["notice_id"])
    return found


def test_no_transition_is_lost_or_doubled() -> None:
    dice = random.Random(20261122)
    over = threading.Event()
    received: list[Received] = []
    troubles: list[str] = []
    with Servers() as servers:
        ports = [servers.serve(Moody(period, over)) for period in (1.5, 2.5, 3.5, 4.5, 5.5, 6.5)[:TARGETS]]
        fleet = parse_fleet(
            {
                "every": "1s",
                "probe": {"timeout": "600ms"},
                "targets": [f"127.0.0.1:{port}" for port in ports],
                "rules": [RULE],
            },
        )
        with LocalCloud(Watcher(lambda sweep: None, received.append, troubles.append)) as cloud:
            notifier = cloud.functions["NotifierFunction"]
            notifier._configuration = replace(cloud.stack.functions["NotifierFunction"], timeout=CLAIM_SECONDS)
            cloud.watch(fleet)
            began = time.monotonic()
            killed: Counter[str] = Counter()
            pace, saved, in_vain = 1.0, 0, 0
            while time.monotonic() < began + KILLING_SECONDS or not (
                killed.keys() == cloud.functions.keys() and kinds(cloud) >= KINDS
            ):
                assert time.monotonic() < began + PATIENCE_SECONDS, "something that is to be looked at does not happen"
                time.sleep(dice.uniform(0.1, 0.9) * pace)
                saved, before = len([*documents(cloud, "SamplesTable"), *documents(cloud, "TransitionsTable")]), saved
                in_vain = 0 if saved > before else in_vain + 1
                if in_vain == KILLS_WITHOUT_PROGRESS:
                    pace, in_vain = pace * 2, 0
                name = dice.choice([*cloud.functions])
                with contextlib.suppress(ProcessLookupError):  # it died before and was not needed since
                    os.kill(cloud.functions[name].pid, signal.SIGKILL)
                    killed[name] += 1
            over.set()
            cloud.pause()
            assert cloud._schedule is not None
            cloud._schedule.part.join()  # a sweep may be under way
            wait_until_settled(cloud, received)
            sweeps = [read_item(Sweep, item) for item in documents(cloud, "SamplesTable")]
            decisions = [read_item(Decision, item) for item in documents(cloud, "TransitionsTable")]
            to_tell = announced(cloud)
    assert all(killed[name] for name in cloud.functions), "every function was killed at least once"
    inventory = Inventory(targets=fleet.targets, rules=fleet.rules)
    current = ShardAlarms("shard-0001")
    expected: list[Transition] = []
    for sweep in sweeps:
        current, transitions = evaluate(inventory, current, sweep)
        expected += transitions
    assert [one for decision in decisions for one in decision.transitions] == expected
    assert {one.kind for one in expected} >= KINDS
    found = told(received)
    assert found.keys() == to_tell == {one.id for one in expected}
    assert {len(notices) for notices in found.values()} == {1}, "each in one notice"
