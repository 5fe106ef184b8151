"""The prober, from the tick to the saved sweeps, against real servers on loopback."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY

import pytest

from functions.evaluator import app as evaluator
from functions.prober import app
from icwatch.errors import EventError, SettingsError
from icwatch.model import (
    HEALTH,
    UNSEEN,
    Cause,
    Inventory,
    MonitoringProblem,
    MonitoringReport,
    ProbeSpec,
    ShardAlarms,
    Sweep,
    Target,
)
from icwatch.probing.controls import CUT_OFF
from icwatch.probing.sweep import sweep_fleet
from icwatch.probing.transport import ProbeTransport
from icwatch_cli.fleet import builtin, parse_rule
from tests import network
from tests.functions.support import ALL_WELL, Context, Log, event, published_metrics, refuse_letter, stream_event
from tests.memory import MemoryAlarms, MemoryInventory, MemorySamples
from tests.servers import OK, Servers, answer

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

TICK = event("scheduler-tick")
AT = 1_772_438_400
"""The moment in events/scheduler-tick.json: 2026-03-02T08:00:00Z."""

RULE = parse_rule(builtin.RULE)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log(app.logger)
    yield log
    log.close()


class Fleet:
    """A healthy server and one that refuses, in a shard each, and stores in memory."""

    def __init__(self, servers: Servers) -> None:
        self.healthy = Target("127.0.0.1", servers.serve(answer(OK)))
        self.refusing = Target("127.0.0.1", servers.refuse())
        self.inventory = MemoryInventory(
            Inventory(
                version=2,
                targets={target.id: target for target in (self.healthy, self.refusing)},
                shards={self.healthy.id: "shard-0001", self.refusing.id: "shard-0002"},
                all_shards=("shard-0001", "shard-0002"),
                rules={RULE.name: RULE},
            )
        )
        self.samples, self.alarms = MemorySamples(), MemoryAlarms()

    def wire(self) -> app.Wiring:
        return app.Wiring(self.inventory, self.samples, self.alarms, "rack 7", ProbeTransport(allow_loopback=True))


@pytest.fixture
def fleet(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    fleet = Fleet(servers)
    monkeypatch.setattr(app, "wire", fleet.wire)
    set_clock(monkeypatch, AT + 2)
    return fleet


def set_clock(monkeypatch: pytest.MonkeyPatch, now: float) -> None:
    monkeypatch.setattr(app, "time", SimpleNamespace(time=lambda: now))


def test_a_tick_saves_a_sweep_of_every_shard(fleet: Fleet, log: Log) -> None:
    assert app.lambda_handler(TICK, Context()) == {"at": AT, "targets": 2}
    first, second = (fleet.samples.sweeps[shard, AT] for shard in ("shard-0001", "shard-0002"))
    assert (first.metrics, first.failures) == ({HEALTH: {fleet.healthy.id: 1}}, {})
    assert second.metrics == {HEALTH: {fleet.refusing.id: 0}}
    assert second.failures[fleet.refusing.id].cause is Cause.CONNECTION_REFUSED
    assert first.source == second.source == "rack 7"
    line = log.line("sweep")
    told = {name: line[name] for name in ("at", "shards", "written", "targets", "healthy", "unhealthy", "causes")}
    assert told == {
        "at": AT,
        "shards": 2,
        "written": 2,
        "targets": 2,
        "healthy": 1,
        "unhealthy": 1,
        "causes": {"connection_refused": 1},
    }


def test_a_tick_collects_the_further_metrics_of_the_inventory(fleet: Fleet, log: Log) -> None:
    fleet.inventory.inventory = replace(
        fleet.inventory.inventory,
        probe=ProbeSpec(body="ok"),
        probes={"ready": ProbeSpec(body="ready"), "answers": ProbeSpec(body_pattern="^ok$")},
    )
    app.lambda_handler(TICK, Context())
    first, second = (fleet.samples.sweeps[shard, AT] for shard in ("shard-0001", "shard-0002"))
    healthy, refusing = fleet.healthy.id, fleet.refusing.id
    assert first.metrics == {HEALTH: {healthy: 1}, "ready": {healthy: 0}, "answers": {healthy: 1}}
    assert first.probe_failures["ready"][healthy].cause is Cause.BAD_RESPONSE
    assert second.metrics == {HEALTH: {refusing: 0}, "ready": {refusing: 0}, "answers": {refusing: 0}}
    line = log.line("sweep")
    assert (line["healthy"], line["causes"]) == (1, {"connection_refused": 1})
    assert (line["probe_failures"], line["probe_unseen"]) == ({"ready": 2, "answers": 1}, {})


def test_a_tick_that_comes_twice_writes_nothing_new(fleet: Fleet, log: Log) -> None:
    app.lambda_handler(TICK, Context())
    before = dict(fleet.samples.sweeps)
    assert app.lambda_handler(TICK, Context()) == {"at": AT, "targets": 2}
    assert fleet.samples.sweeps == before
    assert all(fleet.samples.sweeps[key] is sweep for key, sweep in before.items())
    assert [line["written"] for line in log.lines() if line["message"] == "sweep"] == [2, 0]


@pytest.mark.parametrize(
    ("times", "swept"),
    [
        ((60, 0), True),
        ((60, 59), True),  # the schedule's precision alone
        ((60, 61), True),
        ((60, 119), True),  # and a queue, and a cold start
        ((60, 120), True),
        ((60, 121), False),
        ((60, 86_400), False),
        ((240, 300), True),
        ((240, 301), False),
        ((59, 59), True),  # no schedule of EventBridge is so short: the tick is `icwatch run`'s own, and exact
        ((59, 60), False),
        ((5, 5), True),
        ((5, 6), False),
    ],
)
def test_an_old_tick_is_refused(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, times: tuple[int, int], swept: bool
) -> None:
    """It fails the invocation: where no tick is in time, nothing is watched, and operations have to hear of it."""
    every, late = times
    fleet.inventory.inventory = replace(fleet.inventory.inventory, every=every)
    set_clock(monkeypatch, AT + late)
    if swept or every < 60:  # where the schedule is that of `icwatch run`, and goes on by itself
        assert app.lambda_handler(TICK, Context()) == {"at": AT, "targets": 2 * swept}
    else:
        with pytest.raises(EventError, match=f"the tick of {AT} is {late}s late: too late for its cycle"):
            app.lambda_handler(TICK, Context())
    assert bool(fleet.samples.sweeps) is swept


@pytest.mark.parametrize(
    ("dashboard", "counted"),
    [(False, {"Unseen": 1}), (True, {"Unseen": 1, "Targets": 1, "Unhealthy": 0, "SweepTime": ANY})],
)
def test_only_what_an_alarm_or_the_dashboard_needs_is_counted(
    fleet: Fleet,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    dashboard: bool,
    counted: dict[str, object],
) -> None:
    wiring = replace(fleet.wire(), dashboard=dashboard)
    monkeypatch.setattr(app, "wire", lambda: wiring)
    have = fleet.inventory.inventory
    fleet.inventory.inventory = replace(
        have, targets={fleet.healthy.id: fleet.healthy}, unreadable={("target", fleet.refusing.id): "torn"}
    )
    app.lambda_handler(TICK, Context())
    assert published_metrics(capsys.readouterr().out) == counted


def test_a_tick_of_the_future_is_refused(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, AT - 3600)
    with pytest.raises(EventError, match="the tick is of 3600s in the future; send the time that the schedule meant"):
        app.lambda_handler(TICK, Context())
    assert fleet.samples.sweeps == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        None,
        "2026-03-02T08:00:00Z",
        {"time": None},
        {"time": 1_772_438_400},
        {"time": "<aws.scheduler.scheduled-time>"},
        {"time": "2026-03-02T08:00:00"},
        {"Records": []},
    ],
)
def test_another_event_is_refused_with_an_example(fleet: Fleet, wrong: Any) -> None:
    with pytest.raises(EventError, match=r'the event is no tick .*; send {"time": "2026-01-31T03:00:00Z"}'):
        app.lambda_handler(wrong, Context())
    assert fleet.samples.sweeps == {}


def test_any_offset_means_the_same_moment() -> None:
    assert app.read_tick({"time": "2026-03-02T16:00:00+08:00"}) == app.read_tick(TICK) == AT


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVENTORY_TABLE", "inventory")
    monkeypatch.setenv("ALARMS_TABLE", "alarms")
    monkeypatch.setenv("SAMPLES_DAYS", "7")
    monkeypatch.delenv("SAMPLES_TABLE", raising=False)
    with pytest.raises(SettingsError, match=r"^SAMPLES_TABLE is missing; set it in the function's environment"):
        app.lambda_handler(TICK, Context())


def test_a_shard_that_lost_its_targets_is_swept_until_its_alarms_are_closed(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: raised, the target removed, swept empty, closed, and swept no more."""
    monkeypatch.setattr(
        evaluator, "wire", lambda: evaluator.Wiring(fleet.inventory, fleet.alarms, refuse_letter, lambda: AT + 600)
    )

    def cycle(minute: int) -> set[str]:
        at = AT + 60 * minute
        set_clock(monkeypatch, at + 2)
        app.lambda_handler({"time": f"2026-03-02T08:{minute:02d}:00Z"}, Context())
        sweeps = [sweep for sweep in fleet.samples.sweeps.values() if sweep.at == at]
        assert evaluator.lambda_handler(stream_event(*sweeps), Context()) == ALL_WELL
        return {sweep.shard for sweep in sweeps}

    assert cycle(0) == {"shard-0001", "shard-0002"}
    assert len(fleet.alarms.load("shard-0002").alarms) == 1
    have = fleet.inventory.inventory
    fleet.inventory.inventory = replace(have, targets={fleet.healthy.id: fleet.healthy})
    assert cycle(1) == {"shard-0001", "shard-0002"}
    assert fleet.samples.sweeps["shard-0002", AT + 60] == Sweep(
        "shard-0002", AT + 60, {HEALTH: {}}, source="rack 7", every=60
    )
    (closed,) = fleet.alarms.decisions["shard-0002", AT + 60].transitions
    assert (closed.kind, closed.reason) == ("closed", "target_removed")
    assert cycle(2) == {"shard-0001"}


def test_a_shard_that_lost_its_targets_is_swept_until_operations_are_told(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever heard that a target is unseen hears that it is watched no more."""
    name = fleet.refusing.id
    problem = MonitoringProblem(UNSEEN, name, AT - 900, AT - 60, "no address", 840, reported=True)
    before = ShardAlarms("shard-0002", AT - 60, monitoring={problem.key: problem})
    fleet.alarms.save(None, before, None)
    have = fleet.inventory.inventory
    fleet.inventory.inventory = replace(have, targets={fleet.healthy.id: fleet.healthy})
    monkeypatch.setattr(
        evaluator, "wire", lambda: evaluator.Wiring(fleet.inventory, fleet.alarms, refuse_letter, lambda: AT + 600)
    )
    app.lambda_handler(TICK, Context())
    evaluator.lambda_handler(stream_event(fleet.samples.sweeps["shard-0002", AT]), Context())
    decision = fleet.alarms.decisions["shard-0002", AT]
    assert (decision.transitions, decision.monitoring) == (
        (),
        (MonitoringReport(UNSEEN, name, AT - 900, "no address", "removed"),),
    )
    assert fleet.alarms.load("shard-0002") == ShardAlarms("shard-0002", AT)


def test_a_fleet_of_which_nothing_can_be_read_is_told_of(fleet: Fleet) -> None:
    have = fleet.inventory.inventory
    fleet.inventory.inventory = replace(have, targets={}, unreadable={("target", fleet.healthy.id): "host: 5"})
    app.lambda_handler(TICK, Context())
    assert fleet.samples.sweeps.keys() == {("shard-0001", AT)}


def test_a_target_that_cannot_be_read_is_named_and_the_others_are_swept(fleet: Fleet, log: Log) -> None:
    fleet.inventory.inventory = replace(fleet.inventory.inventory, unreadable={("target", "192.168.0.9"): "host: 5"})
    assert app.lambda_handler(TICK, Context()) == {"at": AT, "targets": 2}
    line = log.line("unreadable item")
    assert (line["kind"], line["id"], line["problem"]) == ("target", "192.168.0.9", "host: 5")


def test_a_probe_that_cannot_be_read_makes_nobody_look_dead(fleet: Fleet, log: Log) -> None:
    """Asked by the defaults in its place, healthy servers would fail."""
    have, own = fleet.inventory.inventory, replace(fleet.healthy, probe=ProbeSpec())
    unreadable = {("fleet", "head.probe"): "scheme: 'grpc'", ("silence", "s"): "torn"}
    fleet.inventory.inventory = replace(have, targets={**have.targets, own.id: own}, unreadable=unreadable)
    app.lambda_handler(TICK, Context())
    assert fleet.samples.sweeps["shard-0001", AT].metrics == {HEALTH: {own.id: 1}}
    assert fleet.samples.sweeps["shard-0002", AT].metrics == {HEALTH: {}}
    assert log.line("sweep")["unseen"] == {"unreadable": 1}, "one target; a silence is nothing that is probed"


def test_the_line_of_a_sweep_does_not_grow_with_the_fleet(fleet: Fleet, log: Log) -> None:
    """A reason may name its target, as where none of its addresses may be connected to."""
    targets = {f"169.254.0.{number}": Target(f"169.254.0.{number}") for number in range(100)}
    fleet.inventory.inventory = replace(
        fleet.inventory.inventory, targets=targets, shards=dict.fromkeys(targets, "shard-0001")
    )
    app.lambda_handler(TICK, Context())
    assert len(log.line("sweep")["unseen"]) == app.MAX_REASONS
    assert len(fleet.samples.sweeps["shard-0001", AT].unseen) == 100


def test_a_shard_that_cannot_be_saved_fails_the_invocation_but_not_the_others(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = fleet.samples.save

    def refuse(sweep: Sweep) -> bool:
        if sweep.shard == "shard-0001":
            raise OSError("throttled")
        return save(sweep)

    monkeypatch.setattr(fleet.samples, "save", refuse)
    with pytest.raises(RuntimeError, match="1 of 2 shards were not saved: shard-0001: throttled"):
        app.lambda_handler(TICK, Context())
    assert set(fleet.samples.sweeps) == {("shard-0002", AT)}


class Minute:
    """A clock that waits move on, and sweeps that take a tenth of a second, or what `seconds` says by their number."""

    def __init__(self, fleet: Fleet, parts: int, seconds: Mapping[int, float]) -> None:
        self.now, self.seconds, self.began = 5000.0, seconds, list[float]()
        self.wiring = replace(
            fleet.wire(), samples=self, sweeps_per_minute=parts, clock=lambda: self.now, wait=self._wait
        )
        self.sweeps = fleet.samples.sweeps

    def _wait(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds
        self.began.append(self.now - 5000)

    def save(self, sweep: Sweep) -> bool:
        if sweep.shard == "shard-0001":
            self.now += self.seconds.get((sweep.at - AT) // sweep.every, 0.1)
        self.sweeps[sweep.shard, sweep.at] = sweep
        return True


Minutes = Callable[[int, Mapping[int, float]], Minute]


@pytest.fixture
def minutes(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Minutes:
    """Makes the handler sweep in so many parts, of which some are slow."""

    def begin(parts: int, slow: Mapping[int, float]) -> Minute:
        minute = Minute(fleet, parts, slow)
        monkeypatch.setattr(app, "wire", lambda: minute.wiring)
        return minute

    return begin


@pytest.mark.parametrize(
    ("parts", "slow", "stamps"),
    [
        (1, {}, [0]),
        (2, {}, [0, 30]),
        (4, {}, [0, 15, 30, 45]),
        (6, {}, [0, 10, 20, 30, 40, 50]),
        (12, {}, list(range(0, 60, 5))),
        (4, {1: 16.5}, [0, 15, 30, 45]),  # the next one is late, but still of its time
        (4, {1: 31}, [0, 15, 45]),  # one is left out, the next is on time again
        (4, {0: 46}, [0, 45]),
        (4, {0: 61}, [0]),
        (4, {3: 30}, [0, 15, 30, 45]),  # the last one delays nothing
    ],
)
def test_a_minute_is_swept_in_its_parts(
    minutes: Minutes, log: Log, parts: int, slow: dict[int, float], stamps: list[int]
) -> None:
    minute = minutes(parts, slow)
    if left_out := parts - len(stamps):
        with pytest.raises(RuntimeError, match=f"{2 * left_out} of {2 * parts} shards were not saved: .* was left out"):
            app.lambda_handler(TICK, Context())
    else:
        assert app.lambda_handler(TICK, Context()) == {"at": AT, "targets": 2}
    assert sorted({at - AT for _, at in minute.sweeps}) == stamps
    assert {sweep.every for sweep in minute.sweeps.values()} == {60 // parts}
    assert all(begun >= due for begun, due in zip(minute.began, range(0, 60, 60 // parts), strict=True))
    lines = [line["message"] for line in log.lines()]
    assert lines.count("sweep") == len(stamps)
    assert lines.count("sweep left out: the one before it took its time") == left_out


def test_the_tick_of_a_minute_may_be_late_by_the_precision_of_the_schedule(
    minutes: Minutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes(12, {})
    set_clock(monkeypatch, AT + 120)
    assert app.lambda_handler(TICK, Context())["targets"] == 2
    set_clock(monkeypatch, AT + 121)
    with pytest.raises(EventError, match="too late for its cycle"):
        app.lambda_handler(TICK, Context())


def test_a_part_that_fails_costs_no_other_one(minutes: Minutes, monkeypatch: pytest.MonkeyPatch) -> None:
    minute = minutes(4, {})

    def broken(*asked: Any, **told: Any) -> Any:
        if asked[3] == AT + 15:
            raise MemoryError
        return sweep_fleet(*asked, **told)

    monkeypatch.setattr("functions.prober.app.sweep_fleet", broken)
    with pytest.raises(RuntimeError, match="2 of 8 shards were not saved: MemoryError"):
        app.lambda_handler(TICK, Context())
    assert {at - AT for _, at in minute.sweeps} == {0, 30, 45}


def test_without_time_nothing_is_probed_and_nothing_is_claimed(fleet: Fleet) -> None:
    app.lambda_handler(TICK, Context(seconds=3))
    assert {sweep.conclusive for sweep in fleet.samples.sweeps.values()} == {False}


@pytest.mark.parametrize("at_the_control", [errno.EHOSTUNREACH, errno.ECONNREFUSED])
def test_where_not_even_a_control_is_reached_nothing_is_said_of_the_targets(
    fleet: Fleet,
    log: Log,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    at_the_control: int,
) -> None:
    cut_off = at_the_control == errno.EHOSTUNREACH
    far = [Target("10.1.0.1"), Target("10.1.0.2")]
    network.kernel(monkeypatch, {"10.0.0.2": at_the_control, **{each.host: errno.EHOSTUNREACH for each in far}})
    inventory = replace(
        fleet.inventory.load(),
        version=3,
        targets={each.id: each for each in far},
        shards={each.id: f"shard-000{number}" for number, each in enumerate(far, 1)},
        control=(Target("10.0.0.2", 53),),
    )
    fleet.inventory = MemoryInventory(inventory)
    app.lambda_handler(TICK, Context())
    sweeps = [fleet.samples.sweeps[shard, AT] for shard in ("shard-0001", "shard-0002")]
    assert [(each.cut_off, each.conclusive, len(each.failures)) for each in sweeps] == [
        (cut_off, not cut_off, 0 if cut_off else 1)
    ] * 2
    line = log.line("sweep")
    counted = {"host_unreachable": 2}
    assert (line["causes"], line["cut_off"]) == (({}, counted) if cut_off else (counted, {}))
    assert line["unseen"] == ({CUT_OFF: 2} if cut_off else {})
    assert published_metrics(capsys.readouterr().out) == {}
