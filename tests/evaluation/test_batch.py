"""A batch of several shards of which some sweeps fail: for good, or for a reason that may pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from icwatch.errors import ConflictError, FutureError, ItemError
from icwatch.evaluation.batch import can_never_be_evaluated, evaluate_batch
from icwatch.evaluation.clock import latest, set_back
from icwatch.evaluation.evaluate import evaluate
from icwatch.evaluation.shard import MONITORING
from icwatch.model import HEALTH, Decision, Inventory, Kind, MonitoringProblem, ShardAlarms, Sweep, Target
from icwatch_cli.fleet import builtin, parse_rule
from tests.memory import MemoryAlarms

AT = 1_795_316_400
RULE = parse_rule(builtin.RULE)
TARGET = Target("192.168.0.1")
INVENTORY = Inventory(targets={TARGET.id: TARGET}, rules={RULE.name: RULE})
"""The target is in no shard, so it is in all of them."""


def bad(shard: str, minute: int) -> Sweep:
    return Sweep(shard, AT + 60 * minute, {HEALTH: {TARGET.id: 0}})


def good(shard: str, minute: int) -> Sweep:
    return Sweep(shard, AT + 60 * minute, {HEALTH: {TARGET.id: 1}})


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "?"}}, "PutItem")


def cancelled(*codes: str) -> ClientError:
    answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": c} for c in codes]}
    return ClientError(answer, "TransactWriteItems")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (ItemError("torn"), True),
        (FutureError("later"), True),
        (KeyError("x"), True),
        (ZeroDivisionError(), True),
        (RecursionError(), True),
        (refused("ValidationException"), True),
        (cancelled("None", "ValidationError"), True),
        (ConflictError("somebody else"), False),
        (refused("ThrottlingException"), False),
        (refused("AccessDeniedException"), False),
        (cancelled("ConditionalCheckFailed", "None"), False),
        (cancelled("ThrottlingError", "None"), False),
        (OSError("no network"), False),
        (MemoryError(), False),
    ],
)
def test_what_a_retry_cannot_change(error: Exception, permanent: bool) -> None:
    assert can_never_be_evaluated(error) is permanent


@dataclass
class Store(MemoryAlarms):
    """A store that refuses by plan: saves by (shard, minute), loads by shard. Letters beside it."""

    saves: dict[tuple[str, int], Exception] = field(default_factory=dict)
    loads: dict[str, Exception] = field(default_factory=dict)
    letters: list[int] = field(default_factory=list)
    broken_queue: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def load(self, shard: str) -> ShardAlarms:
        if shard in self.loads:
            raise self.loads[shard]
        return super().load(shard)

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        assert current.at is not None
        problem = self.saves.get((current.shard, (current.at - AT) // 60))
        if problem is not None:
            raise problem
        super().save(expected_at, current, decision)

    def put_dead_letter(self, position: int, error: Exception) -> None:
        if self.broken_queue:
            raise OSError("no queue")
        self.letters.append(position)

    def minutes(self) -> dict[str, int]:
        return {shard: (current.at - AT) // 60 for shard, current in self.current.items() if current.at is not None}


TORN, BUSY, LARGE = ItemError("torn"), OSError("busy"), ItemError("too large")
Batch = list[Sweep | Exception]


@dataclass(frozen=True)
class Case:
    """A batch over a store, and what must come of it: the position to come again, the letters, each shard's `at`."""

    batch: Batch
    failed_at: int | None
    letters: list[int]
    minutes: dict[str, int]
    saves: dict[tuple[str, int], Exception] = field(default_factory=dict)
    loads: dict[str, Exception] = field(default_factory=dict)
    broken_queue: bool = False


A_TO_F: Batch = [bad("a", 0), bad("b", 0), bad("a", 1), bad("b", 1), bad("a", 2), bad("b", 2)]
CASES = {
    "an unreadable sweep, and the others go on": Case([TORN, *A_TO_F], None, [0], {"a": 2, "b": 2}),
    "unreadable alarms, and the other shard goes on": Case(A_TO_F, None, [0, 2, 4], {"b": 2}, loads={"a": TORN}),
    "one that cannot be saved for good": Case(A_TO_F, None, [2], {"a": 2, "b": 2}, {("a", 1): LARGE}),
    "for good at 2, for now at 5": Case(A_TO_F, 5, [2], {"a": 2, "b": 1}, {("a", 1): LARGE, ("b", 2): BUSY}),
    "for now at 1, for good at 2": Case(A_TO_F, 1, [], {"a": 0}, {("a", 1): LARGE, ("b", 0): BUSY}),
    "a race is lost for now": Case(A_TO_F, 2, [], {"a": 0, "b": 0}, {("a", 1): ConflictError("other")}),
    "no letter can be written": Case(A_TO_F, 2, [], {"a": 0, "b": 0}, {("a", 1): LARGE}, broken_queue=True),
    "the table is away": Case(A_TO_F, 0, [], {}, loads={"a": BUSY}),
    "quiet ones are lost together": Case(
        [good("a", 0), good("b", 0), good("a", 1)], None, [0, 2], {"b": 0}, {("a", 1): LARGE}
    ),
    "quiet ones before a letter are saved first": Case([good("a", 0), TORN, good("a", 1)], None, [1], {"a": 1}),
    "where that fails for now, no letter is written": Case(
        [good("a", 0), TORN, good("a", 1)], 0, [], {}, {("a", 0): BUSY}
    ),
    "nor a letter of what comes again anyway": Case(
        [good("b", 0), good("a", 0), bad("b", 1)], 2, [1], {"b": 0}, {("a", 0): LARGE, ("b", 1): BUSY}
    ),
    "quiet ones of one shard for now, of another for good": Case(
        [good("b", 0), good("a", 0)], 0, [], {}, {("a", 0): LARGE, ("b", 0): BUSY}
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_fails_for_good_fails_alone(case: Case) -> None:
    store = Store(saves=dict(case.saves), loads=dict(case.loads), broken_queue=case.broken_queue)
    outcome = evaluate_batch(store, INVENTORY, case.batch, store.put_dead_letter)
    assert (outcome.failed_at, store.letters) == (case.failed_at, case.letters)
    assert store.minutes() == case.minutes
    assert (outcome.error is None) is (case.failed_at is None)
    assert outcome.set_aside == len(case.letters)


events = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([bad, good]), st.sampled_from(["", "", "", "torn", "large"])),
    max_size=12,
)
trouble = st.lists(st.sampled_from(["", "", "busy", "no queue"]), max_size=12)


@given(events, trouble, st.data())
def test_every_sweep_takes_effect_or_has_a_letter_and_no_letter_is_about_one_that_took_effect(
    stream: list[tuple[str, Callable[[str, int], Sweep], str]], plan: list[str], data: st.DataObject
) -> None:
    """Whatever is busy for a while, however the stream is cut, and whatever fails for good."""
    store = Store()
    batch: Batch = []
    for minute, (shard, sweep, fate) in enumerate(stream):
        batch.append(TORN if fate == "torn" else sweep(shard, minute))
        if fate == "large":
            store.saves[shard, minute] = LARGE
    position, given_to = 0, list[int]()
    while position < len(batch):
        turn = plan.pop(0) if plan else ""
        store.broken_queue = turn == "no queue"
        store.loads = dict.fromkeys("abc", BUSY) if turn == "busy" else {}
        part = batch[position : position + data.draw(st.integers(1, 6))]
        store.letters.clear()
        outcome = evaluate_batch(store, INVENTORY, part, store.put_dead_letter)
        given_to += (position + letter for letter in store.letters)
        position += len(part) if outcome.failed_at is None else outcome.failed_at
    store.loads = {}
    torn = {minute for minute, (_, _, fate) in enumerate(stream) if fate == "torn"}
    assert torn <= set(given_to)
    assert len(given_to) == len(set(given_to)), "no letter comes twice"
    for shard in "abc":
        mine = [m for m, (s, _, fate) in enumerate(stream) if s == shard and fate != "torn" and m not in given_to]
        at = store.minutes().get(shard)
        assert not mine or (at is not None and at >= mine[-1])
        # What is left of the shard is what the sweeps without a letter come to.
        current = ShardAlarms(shard)
        for minute in mine:
            current, _ = evaluate(INVENTORY, current, stream[minute][1](shard, minute))
        assert {each.raised_at for each in store.load(shard).alarms.values()} == {
            each.raised_at for each in current.alarms.values()
        }


def test_what_was_given_up_counts_for_nothing_later() -> None:
    """A breach in a sweep that has a letter does not begin the run of a later one."""
    patient = replace(INVENTORY, rules={RULE.name: replace(RULE, duration=60)})
    store = Store(saves={("a", 0): LARGE})
    outcome = evaluate_batch(store, patient, [bad("a", 0), TORN, bad("a", 1)], store.put_dead_letter)
    assert (outcome.transitions, store.letters) == ([], [0, 1])
    (alarm,) = store.load("a").alarms.values()
    assert alarm.since == AT + 60


def test_what_looks_at_the_monitoring_costs_no_alarm_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("icwatch.evaluation.shard.monitor", fail)
    store = Store()
    outcome = evaluate_batch(store, INVENTORY, [bad("a", 0), good("a", 1)], store.put_dead_letter)
    assert ([each.kind for each in outcome.transitions], store.letters) == ([Kind.RAISED], [])
    assert outcome.failed_rules.keys() == {("a", MONITORING)}
    assert store.minutes() == {"a": 1}


# A clock that was ahead


@pytest.mark.parametrize(("now", "every", "last"), [(0, 60, 60), (100.9, 60, 160), (100.0, 10, 110)])
def test_a_sweep_may_be_a_cycle_ahead_of_the_clock(now: float, every: int, last: int) -> None:
    assert latest(now, every) == last


def test_a_shard_that_is_set_back_keeps_its_alarms_names_and_no_moment_to_come() -> None:
    ahead = evaluate(INVENTORY, ShardAlarms("a"), bad("a", 1000))[0]
    problem = MonitoringProblem("unseen", "t", AT, AT + 60_000, held=60)
    ahead = replace(ahead, monitoring={problem.key: problem})
    back = set_back(ahead, AT + 120)
    assert back.monitoring[problem.key] == replace(problem, at=AT + 120)
    ((key, alarm),) = back.alarms.items()
    assert (back.at, alarm.id) == (AT + 120, ahead.alarms[key].id)
    assert {alarm.since, alarm.seen, alarm.began_at, alarm.reported_at} == {AT + 120}
    assert set_back(ahead, AT + 10**9).alarms == ahead.alarms


@given(st.lists(st.sampled_from([bad, good]), min_size=1, max_size=8), st.integers(3, 500), st.data())
def test_no_sweep_is_decided_twice_because_a_shard_was_set_back(
    kinds: list[Callable[[str, int], Sweep]], ahead: int, data: st.DataObject
) -> None:
    """An older version evaluated some sweeps and one far in the future; then all come again, in any batches."""
    sweeps = [kind("a", minute) for minute, kind in enumerate(kinds)]
    store = MemoryAlarms()
    evaluate_batch(store, INVENTORY, [*sweeps, bad("a", len(sweeps) + ahead)])
    before = dict(store.decisions)
    now = AT + 60 * (len(sweeps) - 1)
    for _ in range(3):
        again = data.draw(st.lists(st.sampled_from(sweeps), min_size=1, max_size=6))
        assert evaluate_batch(store, INVENTORY, again, latest=latest(now, 60)).failed_at is None
    assert store.decisions == before
    next_one = bad("a", len(sweeps) + 2)
    outcome = evaluate_batch(store, INVENTORY, [next_one], latest=latest(next_one.at, 60))
    assert [each.at for each in outcome.transitions] == [next_one.at], "and it is not blind"
    assert outcome.transitions[0].kind in (Kind.RAISED, Kind.REPEATED)


def test_a_shard_that_somebody_else_sets_back_first_comes_again() -> None:
    store = Store(saves={("a", 1): ConflictError("somebody else")})
    store.current["a"] = replace(ShardAlarms("a"), at=AT + 6000)
    outcome = evaluate_batch(store, INVENTORY, [bad("a", 1)], store.put_dead_letter, latest=AT + 60)
    assert (outcome.failed_at, store.letters, outcome.set_back) == (0, [], {})
