"""From the death of a server to the notice of it: the local cloud beside Prometheus, at cycles of 5 s and 15 s.

All watch the same servers at the same time, which die one after the other at moments that know nothing of anybody's
cycle. A notice counts when a subscriber of the topic, or the webhook, has it.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import threading
import time
from collections.abc import Iterator, Mapping
from unittest import mock

from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.watcher import Received, Watcher
from scripts.bench.bench import Bench
from scripts.bench.figures.dying import Clock, Servers
from scripts.bench.peers import monitoring
from scripts.bench.processes import BenchError
from scripts.bench.rows import OURS, Measured, Row

DEATHS: Mapping[int, int] = {5: 48, 15: 48}
"""Servers that die, by the seconds of the cycle."""

STEP_CYCLES = 5 / 48
"""From one death to the next: so the moments of 48 are spread evenly over a cycle, each at a phase of its own."""

START_SECONDS = 60.0
PEERS = (monitoring.PER_CYCLE, monitoring.PER_SECOND)


def measure(bench: Bench) -> Measured:
    """One cycle after the other."""
    measured = Measured()
    measured.missing += monitoring.missing()
    peers = () if measured.missing else PEERS
    for every, deaths in DEATHS.items():
        if bench.quick and every > 5:
            break
        bench.say(f"detection at a cycle of {every} s: starting")
        clock = _run(bench, every, deaths, peers)
        for peer in (OURS, *peers):
            took = clock.latencies(peer)
            if len(took) < deaths:
                measured.missing.append(f"{peer} ({every} s): {deaths - len(took)} of {deaths} were not told of")
            if took:
                subject = f"{every} s"
                measured.rows += [
                    Row(subject, peer, every, "each", "s", took),
                    Row(subject, peer, every, "mean", "s", (statistics.mean(took),)),
                    Row(subject, peer, every, "worst", "s", (max(took),)),
                ]
    return measured


def _run(bench: Bench, every: int, deaths: int, peers: tuple[str, ...]) -> Clock:
    servers = Servers(deaths)
    clock = Clock([f"127.0.0.1:{port}" for port in servers.ports])
    with contextlib.ExitStack() as stack:
        stack.callback(servers.close)
        if peers:
            stack.enter_context(monitoring.watching(clock.targets, every, clock.told))
        stack.enter_context(_local_cloud(clock, every))
        began = time.monotonic() + 2 * every  # everybody has seen all of them well
        for place, target in enumerate(clock.targets):
            bench.say(f"detection at a cycle of {every} s: death {place + 1} of {deaths}")
            time.sleep(max(began + place * STEP_CYCLES * every - time.monotonic(), 0))
            clock.died(target, servers.kill(place))
        clock.wait((OURS, *peers), 4 * every + 10)
    return clock


@contextlib.contextmanager
def _local_cloud(clock: Clock, every: int) -> Iterator[None]:
    """The whole of icwatch on this machine, which has swept all servers once."""
    swept = threading.Event()

    def notice(received: Received) -> None:
        if received.body.get("kind") == "raised":
            for target in _targets_of(received):
                clock.told(OURS, target)

    watcher = Watcher(lambda sweep: swept.set(), notice, lambda trouble: None)
    fleet = parse_fleet({"every": f"{every}s", "targets": [*clock.targets]})
    with mock.patch.dict(os.environ, private_environment(), clear=True), LocalCloud(watcher) as cloud:
        cloud.watch(fleet)
        if not swept.wait(START_SECONDS):
            raise BenchError("the local cloud does not sweep")
        yield


def _targets_of(received: Received) -> list[str]:
    """All that a notice tells of."""
    alarms = received.body.get("alarms")
    if isinstance(alarms, list):
        return [str(each["target"]) for each in alarms]
    return [str(received.body["target"])]
