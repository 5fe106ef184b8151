"""Workers killed with SIGKILL at random moments of a run: no transition is lost, none is doubled."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import replace

from icwatch.model import Decision, Inventory, Kind
from icwatch.storage.items import read_item
from icwatch.storage.packing import pack
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.watcher import Received, Watcher
from tests.pipeline.outages import Moody, announced, documents, evaluated, told, wait_until_settled
from tests.servers import Servers

TARGETS = 6
KILLING_SECONDS = 5.0
"""At the least: it goes on until all has happened that is to be looked at."""

KILLS_WITHOUT_PROGRESS = 6
"""After so many the machine is too busy to start a worker between two kills, and they come half as often."""

PATIENCE_SECONDS = 600.0

CLAIM_SECONDS = 15
"""A notifier that is killed while it publishes leaves a claim until its timeout; the next one waits for it."""

RULE = {"name": "ic_server_connect_failed", "cycle": "1s", "resend_interval": "2s", "clear_cycle": "2s"}
KINDS = {Kind.RAISED, Kind.REPEATED, Kind.CLEARED}


def kinds(cloud: LocalCloud) -> set[Kind]:
    """What was decided until now."""
    decisions = [read_item(Decision, item) for item in documents(cloud, "TransitionsTable")]
    return {one.kind for decision in decisions for one in decision.transitions}


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
            sweeps = [read_sweep(pack(item)) for item in documents(cloud, "SamplesTable")]
            decisions = [read_item(Decision, item) for item in documents(cloud, "TransitionsTable")]
            to_tell = announced(cloud)
    assert all(killed[name] for name in cloud.functions), "every function was killed at least once"
    inventory = Inventory(targets=fleet.targets, rules=fleet.rules)
    expected = evaluated(inventory, sweeps)
    assert [one for decision in decisions for one in decision.transitions] == expected
    assert {one.kind for one in expected} >= KINDS
    found = told(received)
    assert found.keys() == to_tell == {one.id for one in expected}
    assert {len(notices) for notices in found.values()} == {1}, "each in one notice"
