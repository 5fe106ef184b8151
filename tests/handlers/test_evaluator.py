"""The evaluator, from a batch of the Samples stream to alarms and decisions."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from functions.evaluator import app
from icwatch import builtin
from icwatch.config import parse_rule
from icwatch.errors import BatchError, EventError, SettingsError
from icwatch.model import HEALTH, Decision, Inventory, Kind, Phase, ShardAlarms, Sweep, Target
from tests.handlers.support import ALL_WELL, Context, Log, event, failed, numbers, published_metrics, stream_event
from tests.memory import MemoryAlarms, MemoryInventory

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

BATCH = event("samples-stream")
"""Of one shard: a bad sweep, a good one, an inconclusive one, and the good one again."""

AT = 1_772_438_400
SHARD = "shard-0001"
RULE = parse_rule(builtin.RULE)
TARGETS = {name: Target(name, labels={"vpc": "vpc-1"}) for name in ("192.168.0.1", "192.168.0.2")}


class Flaky(MemoryAlarms):
    """Alarms that cannot be saved for some moments."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[int] = set()

    def save(self, expected_at: int | None, stands: ShardAlarms, decision: Decision | None) -> None:
        if stands.at in self.refused:
            raise OSError("throttled")
        super().save(expected_at, stands, decision)


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> Flaky:
    alarms = Flaky()
    inventory = MemoryInventory(
        Inventory(
            2, targets=TARGETS, shards=dict.fromkeys(TARGETS, SHARD), all_shards=(SHARD,), rules={RULE.name: RULE}
        )
    )
    monkeypatch.setattr(app, "wire", lambda: app.Wiring(inventory, alarms))
    return alarms


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log(app.logger)
    yield log
    log.close()


def decided(alarms: MemoryAlarms) -> list[tuple[int, Kind, str]]:
    return [
        (at - AT, transition.kind, transition.target)
        for (_, at), decision in sorted(alarms.decisions.items())
        for transition in decision.transitions
    ]


def test_the_example_batch(alarms: Flaky, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.lambda_handler(BATCH, Context()) == ALL_WELL
    assert decided(alarms) == [(0, Kind.RAISED, "192.168.0.1")]
    stands = alarms.load(SHARD)
    (alarm,) = stands.alarms.values()
    assert (stands.at, alarm.phase, alarm.since) == (AT + 120, Phase.CLEARING, AT + 60)
    assert log.line("decided")["kinds"] == {"raised": 1}
    assert published_metrics(capsys.readouterr().out) == {"Raised": 1, "Transitions": 1}, "no zeros"


def test_a_batch_that_comes_again_decides_nothing(alarms: Flaky) -> None:
    app.lambda_handler(BATCH, Context())
    stands, decisions = dict(alarms.stands), dict(alarms.decisions)
    assert app.lambda_handler(BATCH, Context()) == ALL_WELL
    assert (alarms.stands, alarms.decisions) == (stands, decisions)


def bad(minute: int) -> Sweep:
    return Sweep(SHARD, AT + 60 * minute, {HEALTH: {"192.168.0.1": 0}})


def test_a_failed_save_is_where_it_goes_on_from(alarms: Flaky, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    alarms.refused = {AT + 120}
    batch = stream_event(*map(bad, range(5)))
    assert app.lambda_handler(batch, Context()) == failed("3")
    assert decided(alarms) == [(0, Kind.RAISED, "192.168.0.1"), (60, Kind.REPEATED, "192.168.0.1")]
    assert log.line("stopped at a record")["position"] == 2
    assert published_metrics(capsys.readouterr().out)["FailedBatches"] == 1
    alarms.refused = set()
    assert app.lambda_handler({"Records": batch["Records"][2:]}, Context()) == ALL_WELL
    assert [kind for _, kind, _ in decided(alarms)] == [Kind.RAISED] + [Kind.REPEATED] * 4


def broken_at(position: int, batch: dict[str, Any]) -> dict[str, Any]:
    broken = copy.deepcopy(batch)
    del broken["Records"][position]["dynamodb"]["NewImage"]["metrics"]
    return broken


def test_an_unreadable_sweep_stops_the_batch_and_what_came_before_it_stands(alarms: Flaky) -> None:
    assert app.lambda_handler(broken_at(2, BATCH), Context()) == failed(numbers(BATCH)[2])
    assert decided(alarms) == [(0, Kind.RAISED, "192.168.0.1")]
    assert alarms.load(SHARD).at == AT + 60


def test_an_unreadable_first_sweep_makes_lambda_halve_the_batch_until_it_is_alone(alarms: Flaky) -> None:
    with pytest.raises(BatchError, match=f"the first of 4 records failed .{numbers(BATCH)[0]}."):
        app.lambda_handler(broken_at(0, BATCH), Context())
    alone = {"Records": broken_at(0, BATCH)["Records"][:1]}
    assert app.lambda_handler(alone, Context()) == failed(numbers(BATCH)[0])
    rest = {"Records": BATCH["Records"][1:]}
    assert app.lambda_handler(rest, Context()) == ALL_WELL
    assert alarms.load(SHARD).at == AT + 120


def test_deletions_are_passed_over(alarms: Flaky) -> None:
    expired = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "9", "OldImage": {}}}
    assert app.lambda_handler({"Records": [expired]}, Context()) == ALL_WELL
    assert alarms.stands == {}


@pytest.mark.parametrize("wrong", [{}, {"time": "2026-03-02T08:00:00Z"}, {"Records": [{"body": "from SQS"}]}])
def test_another_event_is_refused(alarms: Flaky, wrong: dict[str, Any]) -> None:
    with pytest.raises(EventError, match="invoke this function from an event source mapping"):
        app.lambda_handler(wrong, Context())


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INVENTORY_TABLE", "ALARMS_TABLE", "TRANSITIONS_TABLE"):
        monkeypatch.setenv(name, "table")
    monkeypatch.setenv("TRANSITIONS_DAYS", "soon")
    with pytest.raises(SettingsError, match=r"^TRANSITIONS_DAYS='soon' cannot be used"):
        app.lambda_handler(BATCH, Context())
