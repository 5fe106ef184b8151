"""When the evaluator calls the heartbeat: after what was saved, for what is present, and never instead of an alarm."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from functions.evaluator import app
from icwatch.delivery.heartbeat import Heartbeat
from icwatch.model import HEALTH, Inventory, ShardAlarms, Sweep, Target
from icwatch_cli.fleet import builtin, parse_rule
from tests.functions.support import Context, failed, published_metrics, stream_event
from tests.memory import MemoryAlarms, MemoryInventory

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

AT = 1_772_438_400
RULE = parse_rule(builtin.RULE)
SHARDS = {"192.168.0.1": "shard-0001", "192.168.0.2": "shard-0002"}
INVENTORY = Inventory(
    2,
    targets={name: Target(name) for name in SHARDS},
    shards=SHARDS,
    all_shards=(*SHARDS.values(), "shard-0003"),
    rules={RULE.name: RULE},
)


@dataclass
class Outside:
    """Stands for the heartbeat: what it was asked, beside what was saved by then."""

    alarms: MemoryAlarms
    beats: list[tuple[int, set[str], set[str]]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    saved: list[int | None] = field(default_factory=list)
    error: Exception | None = None

    def beat(self, at: int, shards: Collection[str], expected: Collection[str]) -> bool:
        self.beats.append((at, {*shards}, {*expected}))
        self.saved += [self.alarms.load(shard).at for shard in sorted(shards)]
        if self.error is not None:
            raise self.error
        return {*expected} <= {*shards}

    def fail(self, at: int) -> bool:
        self.failures.append(at)
        return True


class Alarms(MemoryAlarms):
    """Alarms of which some shards cannot be saved now."""

    refused: frozenset[str] = frozenset()

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Any) -> None:
        if current.shard in self.refused:
            raise OSError("throttled")
        super().save(expected_at, current, decision)


@dataclass
class Evaluator:
    """The handler with a clock, its tables in memory, and somebody outside."""

    alarms: Alarms
    outside: Outside
    now: float = AT + 5.0
    letters: list[dict[str, Any]] = field(default_factory=list)

    def run(self, *sweeps: Sweep) -> dict[str, Any]:
        answer: dict[str, Any] = app.lambda_handler(stream_event(*sweeps), Context())
        return answer


@pytest.fixture
def evaluator(monkeypatch: pytest.MonkeyPatch) -> Evaluator:
    alarms = Alarms()
    evaluator = Evaluator(alarms, Outside(alarms))
    wiring = app.Wiring(
        MemoryInventory(INVENTORY),
        alarms,
        evaluator.letters.append,
        lambda: evaluator.now,
        cast(Heartbeat, evaluator.outside),
    )
    monkeypatch.setattr(app, "wire", lambda: wiring)
    return evaluator


def sweep(name: str, at: int = AT, value: int = 1) -> Sweep:
    return Sweep(SHARDS[name], at, {HEALTH: {name: value}}, {})


ONE, TWO = SHARDS


def test_a_batch_with_every_shard_is_a_complete_cycle_and_saved_before(evaluator: Evaluator) -> None:
    evaluator.run(sweep(ONE), sweep(TWO, value=0))
    assert evaluator.outside.beats == [(AT, {*SHARDS.values()}, {*SHARDS.values()})]
    assert evaluator.outside.saved == [AT, AT]
    assert evaluator.outside.failures == []


def test_shards_without_targets_are_not_waited_for(evaluator: Evaluator) -> None:
    evaluator.run(sweep(ONE))
    assert evaluator.outside.beats == [(AT, {"shard-0001"}, {"shard-0001", "shard-0002"})]


def test_the_newest_complete_cycle_is_enough(evaluator: Evaluator) -> None:
    evaluator.run(*(sweep(name, at) for at in (AT, AT + 60) for name in SHARDS))
    assert [at for at, _, _ in evaluator.outside.beats] == [AT + 60]


def test_a_backlog_is_no_sign_of_the_present(evaluator: Evaluator) -> None:
    evaluator.now = AT + 3600
    evaluator.run(sweep(ONE), sweep(TWO))
    assert evaluator.outside.beats == []
    assert evaluator.alarms.load("shard-0001").at == AT


def test_what_comes_again_soon_is_no_failure(evaluator: Evaluator) -> None:
    evaluator.alarms.refused = frozenset({"shard-0002"})
    assert evaluator.run(sweep(ONE), sweep(TWO, value=0)) == failed("2")
    assert evaluator.outside.beats == [(AT, {"shard-0001"}, {*SHARDS.values()})]
    assert evaluator.outside.failures == []


def test_what_comes_again_for_minutes_is_a_failure(evaluator: Evaluator) -> None:
    evaluator.alarms.refused = frozenset({"shard-0002"})
    evaluator.now = AT + 121
    assert evaluator.run(sweep(ONE), sweep(TWO, value=0)) == failed("2")
    assert evaluator.outside.failures == [AT]


def test_what_was_given_up_is_a_failure(evaluator: Evaluator) -> None:
    evaluator.run(sweep(ONE), sweep(TWO, AT + 3600))
    assert [letter["at"] for letter in evaluator.letters] == [AT + 3600]
    assert evaluator.outside.failures == [AT + 3600]
    assert evaluator.outside.beats == [(AT, {"shard-0001"}, {*SHARDS.values()})]


def test_trouble_with_the_heartbeat_fails_no_record(evaluator: Evaluator, capsys: pytest.CaptureFixture[str]) -> None:
    evaluator.outside.error = TimeoutError("did not answer")
    assert evaluator.run(sweep(ONE), sweep(TWO)) == {"batchItemFailures": []}
    assert published_metrics(capsys.readouterr().out)["HeartbeatErrors"] == 1
    assert evaluator.alarms.load("shard-0002").at == AT
