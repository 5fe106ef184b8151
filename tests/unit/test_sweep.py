"""A sweep over many servers at once: no healthy one is lost, no slow one holds the others up."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from icwatch.model import HEALTH, Cause, ProbeSpec, Sweep, Target
from icwatch.sweep import LIVELY, Tally, sweep_fleet
from icwatch.transport import LocalError
from tests.memory import MemorySamples
from tests.servers import OK, Servers, answer

EPOCH = 1_795_316_400
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


def local(port: int) -> Target:
    return Target("127.0.0.1", port)


def test_fifty_hanging_servers_among_three_hundred_healthy_ones(servers: Servers) -> None:
    healthy = [local(servers.serve(answer(OK))) for _ in range(300)]
    hanging = [local(servers.hang()) for _ in range(50)]
    # The hanging ones come first, the worst order there is.
    shards = {"shard-0001": hanging + healthy[:150], "shard-0002": healthy[150:]}
    store, deadline = MemorySamples(), Decimal(3)
    began = time.perf_counter()
    tally = asyncio.run(sweep_fleet(shards, ProbeSpec(timeout=deadline), EPOCH, store.save))
    took = time.perf_counter() - began
    assert tally == Tally(
        targets=350, healthy=300, causes=Counter({Cause.READ_TIMEOUT: 50}), shards=2, written=2, errors=[]
    )
    assert took < float(deadline) + 1
    first = store.sweeps["shard-0001", EPOCH]
    assert first.failures.keys() == {target.id for target in hanging}
    assert first.metrics[HEALTH] == {target.id: int(target in healthy) for target in shards["shard-0001"]}
    assert first.probe_ms.keys() == {target.id for target in shards["shard-0001"]}
    assert first.conclusive


class Gauge(httpx.AsyncBaseTransport):
    """Counts how many requests are under way at once; each takes `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._now = seconds, 0
        self.most = self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._now += 1
        self.asked += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(self._seconds)
        self._now -= 1
        return httpx.Response(200)


def fleet(count: int) -> list[Target]:
    return [Target(f"10.0.{number // 250}.{number % 250}") for number in range(count)]


def sweep_with(transport: httpx.AsyncBaseTransport, targets: Sequence[Target], **options: float) -> tuple[Tally, Sweep]:
    store = MemorySamples()
    spec = ProbeSpec(timeout=Decimal(1))
    tally = asyncio.run(sweep_fleet({"s": targets}, spec, EPOCH, store.save, transport=transport, **options))
    return tally, store.sweeps["s", EPOCH]


def test_quick_probes_are_few_at_once() -> None:
    gauge = Gauge(0.005)
    tally, _ = sweep_with(gauge, fleet(200))
    assert (tally.healthy, gauge.most) == (200, LIVELY)


def test_slow_probes_give_their_places_up() -> None:
    gauge = Gauge(0.8)
    began = time.perf_counter()
    tally, _ = sweep_with(gauge, fleet(4 * LIVELY))
    assert tally.healthy == 4 * LIVELY
    assert gauge.most > 3 * LIVELY
    assert time.perf_counter() - began < 2.5, "one after another they would take 3.2 s"


def test_no_probe_is_begun_that_could_not_end_in_time() -> None:
    gauge = Gauge(0)
    tally, sweep = sweep_with(gauge, fleet(3), seconds=0.5)
    assert gauge.asked == 0
    assert tally.unseen == {"no time left": 3}
    assert (sweep.metrics, sweep.conclusive) == ({HEALTH: {}}, False)


@pytest.mark.parametrize(("local_errors", "conclusive"), [(0, True), (1, True), (2, True), (3, False)])
def test_errors_of_this_machine_are_unseen(local_errors: int, conclusive: bool) -> None:
    targets = fleet(3)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host in {target.host for target in targets[:local_errors]}:
            raise LocalError("Too many open files", request=request)
        return httpx.Response(200)

    tally, sweep = sweep_with(httpx.MockTransport(handle), targets)
    assert (tally.healthy, tally.unhealthy, tally.unseen.total()) == (3 - local_errors, 0, local_errors)
    assert sweep.metrics[HEALTH].keys() == {target.id for target in targets[local_errors:]}
    assert (sweep.failures, sweep.conclusive) == ({}, conclusive)


def test_a_target_that_cannot_even_be_asked_does_not_stop_the_others() -> None:
    """`check` refuses such an address; a stored one may have been written by hand."""
    targets = [Target("bad host\n"), Target("10.0.0.2")]
    tally, sweep = sweep_with(httpx.MockTransport(lambda request: httpx.Response(200)), targets)
    assert (sweep.metrics, sweep.failures) == ({HEALTH: {"10.0.0.2": 1}}, {})
    ((why, count),) = tally.unseen.items()
    assert (why.partition(":")[0], count, why.isprintable()) == ("InvalidURL", 1, True)


class Paused(httpx.AsyncBaseTransport):
    """Times out, but long after the deadline: this process was paused meanwhile."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        time.sleep(0.5)  # the whole process stands still, and that is what is tested
        raise httpx.ReadTimeout("no answer", request=request)


def test_a_timeout_during_a_pause_of_this_machine_is_no_evidence() -> None:
    store = MemorySamples()
    spec = ProbeSpec(timeout=Decimal("0.2"))
    tally = asyncio.run(sweep_fleet({"s": fleet(1)}, spec, EPOCH, store.save, transport=Paused()))
    assert (tally.unhealthy, tally.unseen) == (0, {"the prober itself paused": 1})


def test_a_shard_that_cannot_be_saved_does_not_stop_the_others() -> None:
    store = MemorySamples()

    def save(sweep: Sweep) -> bool:
        if sweep.shard == "b":
            raise OSError("the table is gone")
        return store.save(sweep)

    shards = {name: [Target(f"10.0.0.{number}")] for number, name in enumerate("abc")}
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    tally = asyncio.run(sweep_fleet(shards, ProbeSpec(), EPOCH, save, transport=transport))
    assert {shard for shard, _ in store.sweeps} == {"a", "c"}
    assert (tally.shards, tally.written, tally.errors) == (3, 2, ["b: the table is gone"])


def test_a_shard_is_saved_as_soon_as_it_is_complete(servers: Servers) -> None:
    saved: list[tuple[str, float]] = []
    began = time.perf_counter()

    def save(sweep: Sweep) -> bool:
        saved.append((sweep.shard, time.perf_counter() - began))
        assert threading.current_thread() is not threading.main_thread()
        return True

    shards = {"slow": [local(servers.hang())], "quick": [local(servers.serve(answer(OK)))]}
    asyncio.run(sweep_fleet(shards, ProbeSpec(timeout=Decimal(1)), EPOCH, save))
    (first, quick), (second, slow) = saved
    assert (first, second) == ("quick", "slow")
    assert quick < 0.9 < slow


def test_a_sweep_that_was_kept_before_counts_as_not_written() -> None:
    store = MemorySamples()
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    tallies = [
        asyncio.run(sweep_fleet({"s": fleet(1)}, ProbeSpec(), EPOCH, store.save, transport=transport)) for _ in "ab"
    ]
    assert [tally.written for tally in tallies] == [1, 0]


def test_a_shard_without_targets_is_conclusive() -> None:
    """Nothing could be learnt because there was nothing to learn: its alarms are to be closed by it."""
    _, sweep = sweep_with(httpx.MockTransport(lambda request: httpx.Response(200)), [])
    assert (sweep.metrics, sweep.conclusive) == ({HEALTH: {}}, True)


SCARCE = """
    import asyncio, json, os, resource, sys
    from decimal import Decimal
    from icwatch.model import ProbeSpec, Target
    from icwatch.sweep import sweep_fleet

    async def main():
        opened = max(map(int, os.listdir("/proc/self/fd")))
        resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 8, opened + 8))
        shards = {f"s{number}": [Target("127.0.0.1", int(sys.argv[1]))] for number in range(60)}
        return await sweep_fleet(shards, ProbeSpec(timeout=Decimal(5)), 0, lambda sweep: True)

    tally = asyncio.run(main())
    print(json.dumps({"healthy": tally.healthy, "causes": tally.causes, "unseen": tally.unseen}))
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts its descriptors in /proc")
def test_without_file_descriptors_a_target_is_unseen_and_not_failed(servers: Servers) -> None:
    port = servers.serve(answer(OK, after=0.1))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCARCE), str(port)],
        env={"PYTHONPATH": str(ROOT / "layers/core/python")},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["causes"] == {}
    assert told["unseen"].keys() == {"Too many open files"}
    assert told["unseen"]["Too many open files"] > 0
    assert told["healthy"] > 0
    assert told["healthy"] + told["unseen"]["Too many open files"] == 60
