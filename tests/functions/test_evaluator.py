"""The evaluator, from a batch of the Samples stream to alarms and decisions."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.evaluator import app
from icwatch.errors import BatchError, EventError, ItemError, SettingsError
from icwatch.evaluation.hours import HourEnds
from icwatch.model import HEALTH, Decision, Inventory, Kind, Phase, ShardAlarms, Sweep, Target, UnreadableAlarm
from icwatch_cli.fleet import builtin, parse_rule
from tests.functions.support import ALL_WELL, Context, Log, event, failed, numbers, published_metrics, stream_event
from tests.memory import MemoryAlarms, MemoryInventory, MemorySamples, MemoryTotals

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

BATCH = event("samples-stream")
"""Of one shard: a bad sweep, a good one, an inconclusive one, and the good one again."""

AT = 1_772_438_400
SHARD = "shard-0001"
RULE = parse_rule(builtin.RULE)
TARGETS = {name: Target(name, labels={"vpc": "vpc-1"}) for name in ("192.168.0.1", "192.168.0.2")}


class Flaky(MemoryAlarms):
    """Alarms that cannot be saved for some moments, with the letters beside them and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[int] = set()
        self.unreadable: set[str] = set()
        self.inventory = MemoryInventory()
        self.letters: list[dict[str, Any]] = []
        self.queue_is_down = False
        self.now = AT + 3600.0

    def refuse(self, *asked: object) -> None:
        raise OSError("throttled")

    def put_dead_letter(self, letter: dict[str, Any]) -> None:
        if self.queue_is_down:
            raise OSError("no queue")
        self.letters.append(letter)

    def load(self, shard: str) -> ShardAlarms:
        if shard in self.unreadable:
            raise ItemError(f"ShardAlarms item (shard={shard}): torn")
        return super().load(shard)

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        if current.at in self.refused:
            raise OSError("throttled")
        super().save(expected_at, current, decision)


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> Flaky:
    alarms = Flaky()
    inventory = MemoryInventory(
        Inventory(
            2, targets=TARGETS, shards=dict.fromkeys(TARGETS, SHARD), all_shards=(SHARD,), rules={RULE.name: RULE}
        )
    )
    alarms.inventory = inventory
    wiring = app.Wiring(inventory, alarms, alarms.put_dead_letter, lambda: alarms.now)
    monkeypatch.setattr(app, "wire", lambda: wiring)
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
    current = alarms.load(SHARD)
    (alarm,) = current.alarms.values()
    assert (current.at, alarm.phase, alarm.since) == (AT + 120, Phase.CLEARING, AT + 60)
    assert log.line("decided")["kinds"] == {"raised": 1}
    assert published_metrics(capsys.readouterr().out) == {"Raised": 1, "Transitions": 1}, "no zeros"


def test_a_batch_that_comes_again_decides_nothing(alarms: Flaky) -> None:
    app.lambda_handler(BATCH, Context())
    current, decisions = dict(alarms.current), dict(alarms.decisions)
    assert app.lambda_handler(BATCH, Context()) == ALL_WELL
    assert (alarms.current, alarms.decisions) == (current, decisions)


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
    del broken["Records"][position]["dynamodb"]["NewImage"]["targets"]
    return broken


@pytest.mark.parametrize("position", range(4))
def test_an_unreadable_sweep_is_set_aside_and_holds_up_nothing(
    alarms: Flaky, log: Log, position: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.lambda_handler(broken_at(position, BATCH), Context()) == ALL_WELL
    (letter,) = alarms.letters
    at = [AT, AT + 60, AT + 120, AT + 60][position]
    assert letter == {
        "document": "Sweep",
        "sequence_number": numbers(BATCH)[position],
        "shard": SHARD,
        "at": at,
        "reason": f"ItemError: Sweep item (shard={SHARD}, at={at}): targets is missing",
    }
    assert alarms.load(SHARD).at == (AT + 60 if position == 2 else AT + 120)
    assert decided(alarms) == ([(0, Kind.RAISED, "192.168.0.1")] if position else [])
    assert log.line("set aside for good")["reason"] == letter["reason"]
    assert published_metrics(capsys.readouterr().out)["SetAside"] == 1


def test_a_record_that_is_no_item_at_all_is_set_aside_by_its_number(alarms: Flaky) -> None:
    batch = copy.deepcopy(BATCH)
    batch["Records"][1]["dynamodb"]["NewImage"] = {"shard": "of no type"}
    assert app.lambda_handler(batch, Context()) == ALL_WELL
    (letter,) = alarms.letters
    assert letter.keys() == {"document", "sequence_number", "reason"}
    assert letter["sequence_number"] == numbers(BATCH)[1]


def test_where_no_letter_can_be_written_the_record_is_left_to_the_stream(alarms: Flaky) -> None:
    alarms.queue_is_down = True
    assert app.lambda_handler(broken_at(2, BATCH), Context()) == failed(numbers(BATCH)[2])
    assert decided(alarms) == [(0, Kind.RAISED, "192.168.0.1")]
    assert alarms.load(SHARD).at == AT + 60
    alarms.queue_is_down = False
    rest = {"Records": broken_at(2, BATCH)["Records"][2:]}
    assert app.lambda_handler(rest, Context()) == ALL_WELL
    assert [letter["at"] for letter in alarms.letters] == [AT + 120]


def test_the_first_of_several_that_cannot_be_saved_makes_lambda_halve_the_batch(alarms: Flaky) -> None:
    alarms.refused = {AT}
    with pytest.raises(BatchError, match=r"the first of 2 records failed .1."):
        app.lambda_handler(stream_event(bad(0), bad(1)), Context())


FUTURE = [(60, False), (61, True), (3600, True), (10**9, True), (10**30, True)]


@pytest.mark.parametrize(("ahead", "refused"), FUTURE)
def test_a_sweep_more_than_a_cycle_ahead_of_the_clock_is_refused_and_the_true_ones_go_on(
    alarms: Flaky, ahead: int, refused: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms.now = AT + 120.5
    far = replace(bad(2), at=AT + 120 + ahead)
    assert app.lambda_handler(stream_event(bad(0), far, bad(1), bad(2)), Context()) == ALL_WELL
    metrics = published_metrics(capsys.readouterr().out)
    if not refused:
        assert alarms.letters == []
        assert [at for at, _, _ in decided(alarms)] == [0, 120 + ahead]
        return
    assert [at for at, _, _ in decided(alarms)] == [0, 60, 120]
    (letter,) = alarms.letters
    assert (letter["shard"], letter["at"]) == (SHARD, far.at)
    assert letter["reason"].startswith(
        f"FutureError: sweep (shard={SHARD}, at={far.at}): it is stamped more than a cycle ahead"
    )
    assert (metrics["FutureSweeps"], metrics["SetAside"]) == (1, 1)


def test_a_function_that_wakes_with_its_clock_behind_refuses_nothing_and_sets_no_shard_back(alarms: Flaky) -> None:
    """The stream says when it took the records in."""
    app.lambda_handler(stream_event(bad(0)), Context())
    alarms.now = AT - 7200.0
    batch = stream_event(bad(1), bad(2))
    for record, minute in zip(batch["Records"], (1, 2), strict=True):
        record["dynamodb"]["ApproximateCreationDateTime"] = AT + 60 * minute + 2.0
    assert app.lambda_handler(batch, Context()) == ALL_WELL
    assert alarms.letters == []
    assert [at for at, _, _ in decided(alarms)] == [0, 60, 120]
    batch["Records"][1]["dynamodb"]["NewImage"]["at"] = {"N": str(AT + 60 + 122)}
    batch["Records"][1]["dynamodb"]["ApproximateCreationDateTime"] = "2026-03-02T08:00:00Z"
    assert app.lambda_handler(batch, Context()) == ALL_WELL
    assert [letter["at"] for letter in alarms.letters] == [AT + 182]


def test_a_shard_of_a_moment_to_come_is_set_back_and_decides_again_two_cycles_later(
    alarms: Flaky, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an older version leaves it, which evaluated a sweep of a day ahead."""
    alarms.now = AT + 86_400.0
    app.lambda_handler(stream_event(replace(bad(0), at=AT + 86_400)), Context())
    capsys.readouterr()
    alarms.now = AT + 0.5
    assert app.lambda_handler(stream_event(bad(0)), Context()) == ALL_WELL
    assert alarms.load(SHARD).at == AT + 60
    assert log.line("shard set back: its last sweep was of a moment to come")["at"] == AT + 86_400
    assert published_metrics(capsys.readouterr().out)["ShardsSetBack"] == 1
    for minute in (0, 1, 2, 3):
        alarms.now = AT + 60 * minute + 0.5
        for _ in range(2):  # and what comes again is harmless
            assert app.lambda_handler(stream_event(bad(minute)), Context()) == ALL_WELL
    assert [(at, kind) for at, kind, _ in decided(alarms)] == [
        (120, Kind.REPEATED),
        (180, Kind.REPEATED),
        (86_400, Kind.RAISED),
    ]


def test_a_shard_whose_alarms_cannot_be_read_holds_up_no_other(alarms: Flaky) -> None:
    other = "shard-0002"
    alarms.unreadable = {other}
    batch = stream_event(replace(bad(0), shard=other), bad(0), replace(bad(1), shard=other), bad(1))
    assert app.lambda_handler(batch, Context()) == ALL_WELL
    assert [at for at, _, _ in decided(alarms)] == [0, 60]
    assert [(each["shard"], each["at"], each["sequence_number"]) for each in alarms.letters] == [
        (other, AT, "1"),
        (other, AT + 60, "3"),
    ]
    assert alarms.letters[0]["reason"] == "ItemError: ShardAlarms item (shard=shard-0002): torn"


def test_a_rule_that_fails_and_an_alarm_that_cannot_be_read_are_named_and_counted(
    alarms: Flaky, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = replace(RULE, name="broken", program=())
    alarms.inventory.inventory = replace(alarms.inventory.inventory, rules={RULE.name: RULE, "broken": broken})
    key = f"{RULE.name}:192.168.0.2"
    alarms.current[SHARD] = ShardAlarms(SHARD, AT - 60, unreadable={key: UnreadableAlarm("phase: 'snoozed'", {})})
    both = replace(bad(0), metrics={HEALTH: dict.fromkeys(TARGETS, 0)})
    assert app.lambda_handler(stream_event(both), Context()) == ALL_WELL
    assert decided(alarms) == [(0, Kind.RAISED, "192.168.0.1")]
    assert (log.line("rule not applied")["rule"], log.line("rule not applied")["shard"]) == ("broken", SHARD)
    line = log.line("unreadable alarm left as it is")
    assert (line["alarm"], line["problem"]) == (key, "phase: 'snoozed'")
    assert published_metrics(capsys.readouterr().out)["Unevaluated"] == 2


def test_the_end_of_an_hour_is_summed_up_and_a_failure_named(
    alarms: Flaky, log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    samples, totals = MemorySamples(), MemoryTotals()
    sweeps = [replace(bad(0), at=AT + 60 * minute) for minute in range(61)]
    for sweep in sweeps:
        samples.save(sweep)
    wired = replace(app.wire(), hour_ends=HourEnds(samples, totals))
    monkeypatch.setattr(app, "wire", lambda: wired)
    assert app.lambda_handler(stream_event(*sweeps), Context()) == ALL_WELL
    (total,) = totals.hours(SHARD, AT, AT + 3600)
    assert [each.bad for each in total.targets.values()] == [3600]
    monkeypatch.setattr(samples, "between", alarms.refuse)
    alarms.now += 3600
    assert app.lambda_handler(stream_event(replace(bad(0), at=AT + 7200)), Context()) == ALL_WELL
    assert log.line("hour not summed up")["shard"] == SHARD
    assert published_metrics(capsys.readouterr().out)["FailedTotals"] == 1


def test_deletions_are_passed_over(alarms: Flaky) -> None:
    expired = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "9", "OldImage": {}}}
    assert app.lambda_handler({"Records": [expired]}, Context()) == ALL_WELL
    assert alarms.current == {}


@pytest.mark.parametrize("wrong", [{}, {"time": "2026-03-02T08:00:00Z"}, {"Records": [{"body": "from SQS"}]}])
def test_another_event_is_refused(alarms: Flaky, wrong: dict[str, Any]) -> None:
    with pytest.raises(EventError, match="invoke this function from an event source mapping"):
        app.lambda_handler(wrong, Context())


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "INVENTORY_TABLE",
        "ALARMS_TABLE",
        "TRANSITIONS_TABLE",
        "FAILURES_QUEUE_URL",
        "SAMPLES_TABLE",
        "TOTALS_TABLE",
    ):
        monkeypatch.setenv(name, "table")
    monkeypatch.setenv("TRANSITIONS_DAYS", "soon")
    with pytest.raises(SettingsError, match=r"^TRANSITIONS_DAYS='soon' cannot be used"):
        app.lambda_handler(BATCH, Context())
