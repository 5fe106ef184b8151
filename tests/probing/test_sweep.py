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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from icwatch.model import HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT, Cause, Failure, ProbeSpec, Sweep, Target
from icwatch.probing.admission import LIVELY_PROBES
from icwatch.probing.errors import LocalError
from icwatch.probing.gates import NO_TIME
from icwatch.probing.prepared import PreparedRequest, prepared_for
from icwatch.probing.questions import health_questions
from icwatch.probing.sweep import sweep_fleet
from icwatch.probing.tally import Tally
from icwatch.probing.transport import ProbeTransport, Transport
from tests.memory import MemorySamples
from tests.patience import Stopwatch
from tests.servers import OK, Servers, answer, by_path, ok, read_request, tls, trusted_authority
from tests.standin import StandIn
from tests.virtualtime import virtual_loop

EPOCH = 1_795_316_400
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[trustme.CA]:
    with trusted_authority(tmp_path) as authority:
        yield authority


QUICK = ProbeSpec(timeout=Decimal(3))
ON_LOOPBACK = ProbeTransport(allow_loopback=True)


def local(port: int) -> Target:
    return Target("127.0.0.1", port)


def test_fifty_hanging_servers_among_three_hundred_healthy_ones(servers: Servers) -> None:
    healthy = [local(servers.serve(answer(OK))) for _ in range(300)]
    hanging = [local(servers.hang()) for _ in range(50)]
    # The hanging ones come first, the worst order there is.
    shards = {"shard-0001": hanging + healthy[:150], "shard-0002": healthy[150:]}
    store, deadline = MemorySamples(), Decimal(3)
    watch = Stopwatch()
    tally = sweep_fleet(shards, ProbeSpec(timeout=deadline), {}, EPOCH, store.save, transport=ON_LOOPBACK)
    took = watch.seconds
    assert tally == Tally(
        targets=350, healthy=300, causes=Counter({Cause.READ_TIMEOUT: 50}), seen=350, shards=2, written=2, errors=[]
    )
    assert took < float(deadline) + 1
    first = store.sweeps["shard-0001", EPOCH]
    assert first.failures.keys() == {target.id for target in hanging}
    assert first.metrics[HEALTH] == {target.id: int(target in healthy) for target in shards["shard-0001"]}
    assert first.probe_ms.keys() == {target.id for target in shards["shard-0001"]}
    assert first.conclusive


def fleet(count: int) -> list[Target]:
    return [Target(f"10.0.{number // 250}.{number % 250}") for number in range(count)]


def sweep_with(transport: Transport, targets: Sequence[Target], **options: Any) -> tuple[Tally, Sweep]:
    store = MemorySamples()
    spec = ProbeSpec(timeout=Decimal(1))
    loop = virtual_loop()
    tally = sweep_fleet({"s": targets}, spec, {}, EPOCH, store.save, transport=transport, loop=loop, **options)
    return tally, store.sweeps["s", EPOCH]


def test_quick_probes_are_few_at_once() -> None:
    gauge = StandIn(seconds=0.005)
    tally, _ = sweep_with(gauge, fleet(200))
    assert (tally.healthy, gauge.most) == (200, LIVELY_PROBES)


def test_slow_probes_give_their_places_up() -> None:
    gauge = StandIn(seconds=0.8)
    tally, _ = sweep_with(gauge, fleet(4 * LIVELY_PROBES))
    assert tally.healthy == 4 * LIVELY_PROBES
    assert gauge.most > 3 * LIVELY_PROBES
    assert max(gauge.ends) < 2.5, "one after another they would take 3.2 s"


def test_without_time_nothing_is_asked() -> None:
    gauge = StandIn()
    tally, sweep = sweep_with(gauge, fleet(3), seconds=0)
    assert gauge.asked == []
    assert tally.unseen == {NO_TIME: 3}
    assert (sweep.metrics, sweep.conclusive) == ({HEALTH: {}}, False)
    assert sweep.unseen == {target.id: NO_TIME for target in fleet(3)}


@pytest.mark.parametrize(("local_errors", "conclusive"), [(0, True), (1, True), (2, True), (3, False)])
def test_errors_of_this_machine_are_unseen(local_errors: int, conclusive: bool) -> None:
    targets = fleet(3)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host in {target.host for target in targets[:local_errors]}:
            raise LocalError("Too many open files", request=request)
        return httpx.Response(200)

    tally, sweep = sweep_with(StandIn(handle), targets)
    assert (tally.healthy, tally.unhealthy, tally.unseen.total()) == (3 - local_errors, 0, local_errors)
    assert sweep.metrics[HEALTH].keys() == {target.id for target in targets[local_errors:]}
    assert (sweep.failures, sweep.conclusive) == ({}, conclusive)


@pytest.mark.parametrize(
    ("local_errors", "conclusive"),
    [("", [True, True]), ("a", [True, True]), ("b", [True, True]), ("ab", [False, False])],
)
def test_a_shard_is_inconclusive_only_where_nothing_of_the_whole_fleet_was_learnt(
    local_errors: str, conclusive: list[bool]
) -> None:
    """Who is unseen while others are seen is told of, whichever shard the others are in."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host[0] in local_errors:
            raise LocalError("Too many open files", request=request)
        return httpx.Response(503)

    store, shards = MemorySamples(), {shard: [Target(f"{shard}{number}") for number in range(3)] for shard in "ab"}
    shards["empty"] = []
    transport = StandIn(handle)
    sweep_fleet(shards, ProbeSpec(), {}, EPOCH, store.save, transport=transport)
    sweeps = [store.sweeps[shard, EPOCH] for shard in "ab"]
    assert [sweep.conclusive for sweep in sweeps] == conclusive
    unseen = {target.id for shard in local_errors for target in shards[shard]}
    assert {name: why for sweep in sweeps for name, why in sweep.unseen.items()} == dict.fromkeys(
        unseen, "Too many open files"
    )
    assert store.sweeps["empty", EPOCH].conclusive


def test_a_target_that_cannot_even_be_asked_does_not_stop_the_others() -> None:
    """`check` refuses such an address; a stored one may have been written by hand."""
    targets = [Target("bad host\n"), Target("10.0.0.2")]
    tally, sweep = sweep_with(StandIn(), targets)
    assert (sweep.metrics, sweep.failures) == ({HEALTH: {"10.0.0.2": 1}}, {})
    ((why, count),) = tally.unseen.items()
    assert (why.partition(":")[0], count, why.isprintable()) == ("InvalidURL", 1, True)


def test_nothing_of_a_sweep_s_start_falls_into_the_time_of_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    network, built = StandIn(), 0

    def build(url: str) -> PreparedRequest:
        nonlocal built
        assert not network.asked, "requests are built before the first probe asks"
        built += 1
        return prepared_for(url)

    monkeypatch.setattr("icwatch.probing.questions.prepared_for", build)
    shards = {f"s-{number}": fleet(100) for number in range(10)}
    store = MemorySamples()
    sweep_fleet(shards, QUICK, {"extra": QUICK}, EPOCH, store.save, transport=network)
    assert (len(network.asked), built) == (2000, 2000)


def test_a_request_is_built_once_a_url() -> None:
    """A fleet is the same at nearly every sweep."""
    for _ in range(2):
        sweep_with(StandIn(), fleet(3))
    first, second = (health_questions(fleet(3), ProbeSpec()) for _ in range(2))
    assert all(one.request is other.request is not None for one, other in zip(first, second, strict=True))


def test_the_trust_store_is_read_before_the_first_probe_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        steps.append(str(request.url.scheme))
        return httpx.Response(200)

    monkeypatch.setattr("icwatch.probing.sweep.load_tls", lambda: steps.append("trust store"))
    sweep_with(StandIn(handle), [Target("a")])
    assert steps == ["http"], "where nothing is asked by https it is not read"
    sweep_with(StandIn(handle), [Target("a"), Target("b", scheme="https")])
    assert steps == ["http", "trust store", "http", "https"]


def paused(request: httpx.Request) -> httpx.Response:
    """Times out, but long after the deadline: this process was paused meanwhile."""
    time.sleep(0.5)  # the whole process stands still, and that is what is tested
    raise httpx.ReadTimeout("no answer", request=request)


def test_a_timeout_during_a_pause_of_this_machine_is_no_evidence() -> None:
    store = MemorySamples()
    spec = ProbeSpec(timeout=Decimal("0.2"))
    tally = sweep_fleet({"s": fleet(1)}, spec, {}, EPOCH, store.save, transport=StandIn(paused))
    assert (tally.unhealthy, tally.unseen) == (0, {"the prober itself paused": 1})


def test_a_shard_that_cannot_be_saved_does_not_stop_the_others() -> None:
    store = MemorySamples()

    def save(sweep: Sweep) -> bool:
        if sweep.shard == "b":
            raise OSError("the table is gone")
        return store.save(sweep)

    shards = {name: [Target(f"10.0.0.{number}")] for number, name in enumerate("abc")}
    transport = StandIn()
    tally = sweep_fleet(shards, ProbeSpec(), {}, EPOCH, save, transport=transport)
    assert {shard for shard, _ in store.sweeps} == {"a", "c"}
    assert (tally.shards, tally.written, tally.errors) == (3, 2, ["b: the table is gone"])


def test_a_shard_is_saved_as_soon_as_it_is_complete(servers: Servers) -> None:
    """The slow one's server answers when the other shard was saved."""
    saved: dict[str, Sweep] = {}
    first = threading.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        while not first.is_set():
            await asyncio.sleep(0.01)
        writer.write(OK)
        await writer.drain()

    def save(sweep: Sweep) -> bool:
        saved[sweep.shard] = sweep
        first.set()
        assert threading.current_thread() is not threading.main_thread()
        return True

    shards = {"slow": [local(servers.serve(late))], "quick": [local(servers.serve(answer(OK)))]}
    sweep_fleet(shards, ProbeSpec(timeout=Decimal(20)), {}, EPOCH, save, transport=ON_LOOPBACK)
    assert [*saved] == ["quick", "slow"]
    assert [[*sweep.metrics[HEALTH].values()] for sweep in saved.values()] == [[1], [1]]


def test_a_sweep_that_was_kept_before_counts_as_not_written() -> None:
    store = MemorySamples()
    transport = StandIn()
    tallies = [sweep_fleet({"s": fleet(1)}, ProbeSpec(), {}, EPOCH, store.save, transport=transport) for _ in "ab"]
    assert [tally.written for tally in tallies] == [1, 0]


def test_a_shard_without_targets_is_conclusive() -> None:
    """Nothing could be learnt because there was nothing to learn: its alarms are to be closed by it."""
    _, sweep = sweep_with(StandIn(), [])
    assert (sweep.metrics, sweep.conclusive) == ({HEALTH: {}}, True)


def test_every_sweep_says_where_it_was_taken_from() -> None:
    transport = StandIn()
    _, sweep = sweep_with(transport, fleet(1), source="rack 7")
    assert sweep.source == "rack 7"
    _, sweep = sweep_with(transport, [], source="rack 7")
    assert sweep.source == "rack 7", "also one without targets: it closes alarms"


# Further metrics


def sweep_once(
    targets: Sequence[Target],
    further: Mapping[str, ProbeSpec],
    health: ProbeSpec = QUICK,
    *,
    at: int = EPOCH,
    **options: Any,
) -> tuple[Tally, Sweep]:
    """One sweep over one shard."""
    store = MemorySamples()
    options.setdefault("transport", ON_LOOPBACK)
    tally = sweep_fleet({"s": targets}, health, further, at, store.save, **options)
    return tally, store.sweeps["s", at]


AGENTS = "/api/v1/clusters/all/agents"
NETWORK = "vpc_network_health"


def test_a_further_probe_asks_another_path_and_another_port(servers: Servers) -> None:
    main = servers.serve(by_path({"/ok": OK, AGENTS: ok('{"agents": 3}')}))
    other = servers.serve(by_path({"/ready": ok("not yet")}))
    target = local(main)
    further = {
        NETWORK: replace(QUICK, path=AGENTS, body_pattern='"agents": [1-9]'),
        "busy": replace(QUICK, path=AGENTS, body='"agents": 0'),
        "ready": replace(QUICK, path="/ready", port=other, body="ready"),
        "steady": replace(QUICK, path="/steady", port=other),
    }
    tally, sweep = sweep_once([target], further)
    name = target.id
    assert sweep.metrics == {
        HEALTH: {name: 1},
        NETWORK: {name: 1},
        "busy": {name: 0},
        "ready": {name: 0},
        "steady": {name: 0},
    }
    assert sweep.failures == {}
    assert sweep.probe_failures == {
        "busy": {name: Failure(Cause.BAD_RESPONSE, "the body does not hold '\"agents\": 0'", 200)},
        "ready": {name: Failure(Cause.BAD_RESPONSE, "the body does not hold 'ready'", 200)},
        "steady": {name: Failure(Cause.HTTP_STATUS, "HTTP 404", 404)},
    }
    assert (tally.targets, tally.healthy, tally.causes) == (1, 1, {})
    assert (tally.probe_failures, tally.probe_unseen) == ({"busy": 1, "ready": 1, "steady": 1}, {})
    assert sweep.failures_of("steady").keys() == {name}
    assert sweep.failures_of(NETWORK) == {}


def recorder() -> StandIn:
    """Answers 200; a host named `broken` cannot be asked at its /extra."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host.startswith("broken") and request.url.path == "/extra":
            raise LocalError("Too many open files", request=request)
        return httpx.Response(200)

    return StandIn(handle)


EXTRA, MORE = ProbeSpec("/extra"), ProbeSpec("/more", port=9000, scheme="https")


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (Target("a"), ["http://a:8088/ok", "http://a:8088/extra", "https://a:9000/more"]),
        (
            Target("a", probe=ProbeSpec("/own", port=1)),
            ["http://a:1/own", "http://a:8088/extra", "https://a:9000/more"],
        ),
        (Target("a", probes={}), ["http://a:8088/ok"]),
        (Target("a", 81, "https", probes={"extra": EXTRA}), ["https://a:81/ok", "https://a:81/extra"]),
        (Target("a", probes={"extra": ProbeSpec("/mine")}), ["http://a:8088/ok", "http://a:8088/mine"]),
    ],
    ids=["the fleet's", "its own health", "none", "narrowed", "replaced"],
)
def test_a_target_may_narrow_or_replace_its_probes(target: Target, asked: list[str]) -> None:
    asked_for = recorder()
    _, sweep = sweep_once([target], {"extra": EXTRA, "more": MORE}, ProbeSpec(), transport=asked_for)
    assert asked_for.asked == asked
    assert len(sweep.metrics) == len(asked)
    assert all(values == {target.id: 1} for values in sweep.metrics.values())


def test_a_probe_that_cannot_be_made_leaves_its_target_unseen_in_that_metric_only() -> None:
    tally, sweep = sweep_once([Target("broken"), Target("good")], {"extra": EXTRA}, transport=recorder())
    assert sweep.metrics == {HEALTH: {"broken": 1, "good": 1}, "extra": {"good": 1}}
    assert (sweep.probe_failures, sweep.conclusive) == ({}, True)
    assert (tally.healthy, tally.unseen) == (2, {})
    assert tally.probe_unseen == {"extra: Too many open files": 1}


def test_a_stored_pattern_that_is_none_leaves_its_metric_unseen() -> None:
    """`check` refuses such a pattern; a stored one may have been written by hand."""
    tally, sweep = sweep_once([Target("a")], {"extra": ProbeSpec(body_pattern="(")}, transport=recorder())
    assert sweep.metrics == {HEALTH: {"a": 1}, "extra": {}}
    assert tally.probe_unseen.total() == 1


@pytest.mark.parametrize(("unseen", "conclusive"), [({"/ok"}, True), ({"/extra"}, True), ({"/ok", "/extra"}, False)])
def test_a_sweep_is_inconclusive_only_where_nothing_of_any_metric_was_learnt(
    unseen: set[str], conclusive: bool
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path in unseen:
            raise LocalError("Too many open files", request=request)
        return httpx.Response(503)

    transport = StandIn(handle)
    _, sweep = sweep_once([Target("a")], {"extra": EXTRA}, ProbeSpec(), transport=transport)
    assert sweep.conclusive is conclusive


def test_the_health_of_all_shards_is_asked_for_before_anything_else() -> None:
    asked_for = recorder()
    shards = {shard: [Target(f"{shard}{number}") for number in range(LIVELY_PROBES)] for shard in "ab"}
    store = MemorySamples()
    sweep_fleet(shards, ProbeSpec(), {"extra": EXTRA}, EPOCH, store.save, transport=asked_for)
    paths = [httpx.URL(url).path for url in asked_for.asked]
    assert paths == ["/ok"] * 2 * LIVELY_PROBES + ["/extra"] * 2 * LIVELY_PROBES


def test_each_probe_has_its_own_deadline(servers: Servers) -> None:
    target = local(servers.hang())
    further = {"short": ProbeSpec(timeout=Decimal("0.3")), "long": ProbeSpec(timeout=Decimal(30))}
    began, watch = time.perf_counter(), Stopwatch()
    tally, sweep = sweep_once([target], further, ProbeSpec(timeout=Decimal("0.6")), seconds=1.5)
    assert time.perf_counter() - began >= 1.5
    assert watch.seconds < 2.5
    assert sweep.failures[target.id].detail == "no complete answer within 0.6s"
    assert sweep.probe_failures["short"][target.id].detail == "no complete answer within 0.3s"
    assert tally.probe_unseen == {f"long: {NO_TIME}": 1}


def test_all_probes_of_a_target_run_at_the_same_time() -> None:
    gauge = StandIn(seconds=0.1)
    sweep_once([Target("a")], {"extra": EXTRA, "more": MORE}, transport=gauge)
    assert gauge.most == 3


def test_the_days_left_of_certificates(servers: Servers, authority: trustme.CA) -> None:
    now = int(time.time())  # a certificate is verified at the time of the handshake

    def https(days: str, response: bytes = OK, by: trustme.CA = authority) -> Target:
        context = tls(by, ends=now + int(Decimal(days) * 86_400))
        return Target("127.0.0.1", servers.serve(answer(response), context), "https")

    month, unhealthy = https("30.5"), https("4000.019", b"HTTP/1.1 500 No\r\n\r\n")
    plain, untrusted = local(servers.serve(answer(OK))), https("30.5", by=trustme.CA())
    _, sweep = sweep_once([month, unhealthy, plain, untrusted], {}, at=now)
    assert sweep.metrics[TLS_DAYS_LEFT] == {month.id: Decimal("30.50"), unhealthy.id: Decimal("4000.01")}
    assert sweep.failures[untrusted.id].cause is Cause.TLS
    assert sweep.samples(PROBE_SECONDS).keys() == {month.id, unhealthy.id, plain.id}


def test_without_https_there_are_no_days_left(servers: Servers) -> None:
    _, sweep = sweep_once([local(servers.serve(answer(OK)))], {})
    assert sweep.metrics.keys() == {HEALTH}


SCARCE = """
    import json, os, resource, sys
    from decimal import Decimal
    from icwatch.model import ProbeSpec, Target
    from icwatch.probing.sweep import sweep_fleet
    from icwatch.probing.transport import ProbeTransport

    def main():
        opened = max(map(int, os.listdir("/proc/self/fd")))
        resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 8, opened + 8))
        shards = {f"s{number}": [Target("127.0.0.1", int(sys.argv[1]))] for number in range(60)}
        transport = ProbeTransport(allow_loopback=True)
        return sweep_fleet(shards, ProbeSpec(timeout=Decimal(5)), {}, 0, lambda sweep: True, transport=transport)

    tally = main()
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
