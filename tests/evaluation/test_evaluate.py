"""What must hold of every series, however its stream is cut, repeated or interrupted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.announcements.decision import decide
from icwatch.announcements.grouping import announcements_of
from icwatch.errors import ConflictError
from icwatch.evaluation import monitoring
from icwatch.evaluation.batch import evaluate_batch
from icwatch.evaluation.evaluate import evaluate, evaluate_rules
from icwatch.evaluation.monitoring import monitor
from icwatch.evaluation.outcome import Outcome
from icwatch.evaluation.silences import holds, holds_until, next_start
from icwatch.model import (
    COMPARATORS,
    ENDS,
    HEALTH,
    Bound,
    Cause,
    Daily,
    Decision,
    Failure,
    Inhibition,
    Instruction,
    Inventory,
    Kind,
    Language,
    Level,
    Matcher,
    MonitoringReport,
    Override,
    Phase,
    ProbeSpec,
    Rule,
    ShardAlarms,
    Silence,
    Sweep,
    Target,
    Transition,
    UnreadableAlarm,
)
from icwatch_cli.fleet import builtin, parse_rule
from tests.examples import examples
from tests.memory import MemoryAlarms

EPOCH = 1_795_316_400
RULE = parse_rule(builtin.RULE)
SHARDS = ("shard-0001", "shard-0002")
TARGETS = (
    Target("192.168.0.1", labels={"vpc": "vpc-1"}),
    Target("192.168.0.2", labels={"vpc": "vpc-1"}),
    Target("192.168.0.3", labels={"vpc": "vpc-2"}),
)
TARGETS_NOW = {TARGETS[0].id: TARGETS[0]}
GONE = "192.168.0.9"
"""A target that sweeps may show but the inventory does not know."""

PLACES = {TARGETS[0].id: SHARDS[0], TARGETS[1].id: SHARDS[0], TARGETS[2].id: SHARDS[1]}
GROUPS = {target.id: f"vpc={target.labels['vpc']}" for target in TARGETS}
WHERE = {**PLACES, **{GROUPS[name]: shard for name, shard in PLACES.items()}}
"""The shards of targets and of groups."""

VPC_RULE = parse_rule(
    {
        "name": "vpc_degraded",
        "expression": "avg(ic_server_health) by (vpc)",
        "comparator": "<",
        "levels": [{"level": "Critical", "threshold": 0.2}, {"level": "Caution", "threshold": 0.8}],
    }
)
LEVELS = {Decimal(0): Level.CRITICAL, Decimal("0.5"): Level.CAUTION}
"""The level of each value at which it breaches."""

INHIBITED_BY = (Inhibition(VPC_RULE.name, ("vpc",)),)

timings = st.fixed_dictionaries(
    {
        "duration": st.sampled_from([0, 60, 90, 120, 600]),
        "clear_cycle": st.sampled_from([0, 60, 120, 300]),
        "cycle": st.sampled_from([60, 300]),
        "resend_interval": st.sampled_from([1, 60, 180, 3600]),
    }
)
rule_sets = st.one_of(
    st.builds(lambda timing: [replace(RULE, **timing)], timings),
    st.builds(
        lambda timing, theirs, inhibited_by: [
            replace(RULE, **timing, inhibited_by=inhibited_by),
            replace(VPC_RULE, **theirs),
        ],
        timings,
        timings,
        st.sampled_from([INHIBITED_BY, INHIBITED_BY, ()]),
    ),
)
"""The built-in rule by itself, or with one over the VPC that has two levels and may inhibit it."""

silences = st.lists(
    st.builds(
        Silence,
        id=st.just("s"),
        labels=st.sampled_from(
            [{"vpc": "vpc-1"}, {"target": "192.168.0.3"}, {"rule": RULE.name}, {"target": "vpc=vpc-1"}]
        ),
        starts_at=st.integers(EPOCH, EPOCH + 1800),
        ends_at=st.integers(EPOCH, EPOCH + 1800),
    ),
    max_size=2,
)

inventories = st.builds(
    lambda rules, silences, unreadable: Inventory(
        targets={target.id: target for target in TARGETS},
        shards=PLACES,
        rules={rule.name: rule for rule in rules},
        silences=tuple(silences),
        unreadable=unreadable,
    ),
    rule_sets,
    silences,
    st.sampled_from([{}, {("rule", "other"): "program is empty"}]),
)


@st.composite
def streams(draw: st.DrawFn) -> list[Sweep]:
    """Sweeps of two shards in the order in which a stream has them: times of a shard only go up."""
    clocks = dict.fromkeys(SHARDS, EPOCH)
    sweeps = []
    for shard in draw(st.lists(st.sampled_from(SHARDS), max_size=25)):
        clocks[shard] += draw(st.sampled_from([60, 60, 60, 60, 30, 120, 180, 600]))
        names = [name for name, place in PLACES.items() if place == shard] + [GONE]
        samples = {name: draw(st.sampled_from([0, 0, 1, 1, None])) for name in names}
        sweeps.append(
            Sweep(
                shard,
                clocks[shard],
                {HEALTH: {name: value for name, value in samples.items() if value is not None}},
                {name: Failure(Cause.RESET) for name, value in samples.items() if value == 0},
                conclusive=draw(st.sampled_from([True, True, True, True, False])),
            )
        )
    return sweeps


Said = dict[tuple[str, int], tuple[MonitoringReport, ...]]
"""What operations are told, by shard and moment."""


def watch(inventory: Inventory, sweeps: Iterable[Sweep]) -> tuple[dict[str, ShardAlarms], list[Transition], Said]:
    """The plain meaning of a stream: every sweep by itself, one after the other."""
    current = {shard: ShardAlarms(shard) for shard in SHARDS}
    transitions: list[Transition] = []
    said: Said = {}
    for sweep in sweeps:
        before = current[sweep.shard]
        after, decided = evaluate(inventory, before, sweep)
        transitions += decided
        if after is not before:
            current[sweep.shard], reports = monitor(inventory, after, sweep)
            if reports:
                said[sweep.shard, sweep.at] = reports
    return current, transitions, said


def play(inventory: Inventory, sweeps: Iterable[Sweep]) -> tuple[dict[str, ShardAlarms], list[Transition]]:
    """The same without what operations are told."""
    current, transitions, _ = watch(inventory, sweeps)
    return current, transitions


@pytest.fixture(scope="module", autouse=True)
def soon() -> Iterator[None]:
    """Short series are long enough for a target to be unseen for long."""
    with mock.patch.object(monitoring, "UNSEEN_SECONDS", 120):
        yield


@given(inventories, streams(), st.data())
def test_a_sweep_that_comes_again_at_any_later_moment_changes_nothing(
    inventory: Inventory, sweeps: list[Sweep], data: st.DataObject
) -> None:
    redelivered = list[Sweep]()
    for position, sweep in enumerate(sweeps):
        redelivered.append(sweep)
        again = data.draw(st.lists(st.integers(0, position), max_size=2))
        redelivered += [sweeps[earlier] for earlier in again]
    assert watch(inventory, redelivered) == watch(inventory, sweeps)


@given(inventories, inventories, streams(), st.booleans(), st.data())
def test_a_sweep_that_comes_again_under_other_rules_changes_nothing(
    before: Inventory, after: Inventory, sweeps: list[Sweep], well: bool, data: st.DataObject
) -> None:
    """Also where it decided nothing, and nothing stood: the shard's `at` alone says then that it was evaluated."""
    if well:
        sweeps = [replace(each, metrics={HEALTH: dict.fromkeys(each.metrics[HEALTH], 1)}) for each in sweeps]
    store = MemoryAlarms()
    evaluate_batch(store, before, sweeps)
    current, decisions = dict(store.current), dict(store.decisions)
    strict = replace(after, rules={name: replace(rule, comparator=">=") for name, rule in after.rules.items()})
    again = data.draw(st.lists(st.sampled_from(sweeps), max_size=6)) if sweeps else []
    assert evaluate_batch(store, strict, again).transitions == []
    assert (store.current, store.decisions) == (current, decisions)


class SaveError(Exception):
    """A write that was not answered."""


@dataclass
class FlakyAlarms(MemoryAlarms):
    """A store whose saves fail by plan: `before` they took effect, `after` it, or not at all (`fine`)."""

    plan: list[str]

    def __post_init__(self) -> None:
        super().__init__()

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        turn = self.plan.pop(0) if self.plan else "fine"
        if turn == "before":
            raise SaveError
        if decision is not None:
            assert (decision.shard, decision.at) not in self.decisions, "a sweep was decided twice in effect"
        super().save(expected_at, current, decision)
        if turn == "after":
            raise SaveError


def consume(
    store: FlakyAlarms, inventory: Inventory, sweeps: Sequence[Sweep], data: st.DataObject
) -> tuple[list[Transition], list[MonitoringReport]]:
    """Deliver a stream as Lambda does: in batches, again from `failed_at` on, now and then again from earlier.

    After a save that took effect although it failed, the save of what came before it may find a conflict.
    """
    reported: list[Transition] = []
    said: list[MonitoringReport] = []
    position, returns = 0, data.draw(st.integers(0, 5))
    while position < len(sweeps):
        if returns and data.draw(st.booleans()):
            returns -= 1
            position = data.draw(st.integers(0, position))
        batch = sweeps[position : position + data.draw(st.integers(1, 12))]
        outcome = evaluate_batch(store, inventory, batch)
        assert (outcome.failed_at is None) == (outcome.error is None)
        if outcome.error is not None and not isinstance(outcome.error, SaveError | ConflictError):
            raise outcome.error
        reported += outcome.transitions
        said += outcome.reports
        position += len(batch) if outcome.failed_at is None else outcome.failed_at
    return reported, said


@examples(few=100, many=2000)
@given(inventories, streams(), st.lists(st.sampled_from(["fine", "before", "after"]), max_size=15), st.data())
def test_transitions_do_not_depend_on_batches_redeliveries_and_failing_writes(
    inventory: Inventory, sweeps: list[Sweep], plan: list[str], data: st.DataObject
) -> None:
    current, transitions, said = watch(inventory, sweeps)
    expected = defaultdict[tuple[str, int], list[Transition]](list)
    for transition in transitions:
        expected[WHERE[transition.target], transition.at].append(transition)
    store = FlakyAlarms(list(plan))
    reported, told = consume(store, inventory, sweeps, data)
    decisions = store.decisions.items()
    assert {key: list(decision.transitions) for key, decision in decisions if decision.transitions} == expected
    assert {key: decision.monitoring for key, decision in decisions if decision.monitoring} == said
    assert {shard: store.load(shard) for shard in SHARDS} == current
    if "after" not in plan:
        assert sorted(reported, key=lambda each: each.id) == sorted(transitions, key=lambda each: each.id)
        assert sorted(told, key=repr) == sorted((each for reports in said.values() for each in reports), key=repr)


@given(inventories, streams())
def test_operations_are_told_of_each_problem_and_its_end_in_turn(inventory: Inventory, sweeps: list[Sweep]) -> None:
    current, _, said = watch(inventory, sweeps)
    told = defaultdict[tuple[str, str], list[MonitoringReport]](list)
    for _, reports in sorted(said.items(), key=lambda each: each[0][1]):
        for report in reports:
            told[report.kind, report.subject].append(report)
    for own in told.values():
        assert [report.over for report in own] == [bool(number % 2) for number in range(len(own))]
        assert all(problem.since == end.since for problem, end in zip(own[::2], own[1::2], strict=False))
    reported = {(p.kind, p.subject) for each in current.values() for p in each.monitoring.values() if p.reported}
    assert reported == {key for key, own in told.items() if len(own) % 2}


@given(inventories, streams())
def test_what_is_not_observed_is_neither_raised_nor_cleared_nor_moved(
    inventory: Inventory, sweeps: list[Sweep]
) -> None:
    current = {shard: ShardAlarms(shard) for shard in SHARDS}
    for sweep in sweeps:
        before = current[sweep.shard].alarms
        current[sweep.shard], decided = evaluate(inventory, current[sweep.shard], sweep)
        seen = {*sweep.metrics[HEALTH]} if sweep.conclusive else set()
        seen |= {GROUPS[name] for name in seen if name in GROUPS}
        assert {transition.target for transition in decided} <= seen
        after = current[sweep.shard].alarms
        unseen = {key for key in {*before, *after} if key.split(":", 1)[1] not in seen}
        assert {key: after.get(key) for key in unseen} == {key: before.get(key) for key in unseen}


@given(inventories, streams(), st.integers(0, 25))
def test_an_alarm_is_raised_once_and_ends_at_most_once(
    inventory: Inventory, sweeps: list[Sweep], removed_from: int
) -> None:
    current, first = play(inventory, sweeps[:removed_from])
    emptied = replace(inventory, targets={TARGETS[0].id: TARGETS[0]})
    transitions = list(first)
    for sweep in sweeps[removed_from:]:
        current[sweep.shard], decided = evaluate(emptied, current[sweep.shard], sweep)
        transitions += decided
    assert len({transition.id for transition in transitions}) == len(transitions)
    histories = defaultdict[tuple[str, str, int], list[Transition]](list)
    for transition in transitions:
        histories[transition.rule, transition.target, transition.raised_at].append(transition)
    standing = {
        (alarm.rule, alarm.target, alarm.raised_at) for shard in current.values() for alarm in shard.alarms.values()
    }
    for key, history in histories.items():
        kinds = [transition.kind for transition in history]
        assert kinds[0] is Kind.RAISED
        assert kinds.count(Kind.RAISED) == 1
        assert not ENDS.intersection(kinds[:-1]), "nothing comes after an end"
        assert (kinds[-1] in ENDS) != (key in standing), "an alarm stands exactly until its end"
        sent = [transition.announce for transition in history if transition.kind not in ENDS]
        if kinds[-1] in ENDS:
            assert history[-1].announce == any(sent), "an end is announced exactly if something before it was"


@given(inventories, streams())
def test_what_was_decided_says_why(inventory: Inventory, sweeps: list[Sweep]) -> None:
    for transition in play(inventory, sweeps)[1]:
        assert transition.reason
        assert transition.began_at <= transition.raised_at <= transition.at
        assert transition.since <= transition.at
        over = transition.kind is Kind.CLEARED
        assert (transition.former_level is not None) == (transition.kind in (Kind.ESCALATED, Kind.EASED))
        assert transition.former_level is not transition.level
        if transition.rule == RULE.name:
            assert transition.failure == Failure(Cause.RESET)
            assert transition.value == int(over)
            assert transition.level is Level.CRITICAL
            assert transition.inhibited_by in ("", f"{VPC_RULE.name}:{GROUPS[transition.target]}")
        else:
            assert transition.failure is not None
            assert transition.failure.cause is Cause.RESET
            assert transition.value is not None
            assert transition.value == 1 if over else transition.level is LEVELS[Decimal(transition.value)]
            assert not transition.inhibited_by


@examples(few=100, many=2000)
@given(inventories, streams())
def test_nobody_is_told_while_an_inhibitor_stands_and_everybody_else_is(
    inventory: Inventory, sweeps: list[Sweep]
) -> None:
    inventory = replace(inventory, silences=())
    current = {shard: ShardAlarms(shard) for shard in SHARDS}
    for sweep in sweeps:
        current[sweep.shard], decided = evaluate(inventory, current[sweep.shard], sweep)
        standing = {alarm.key for alarm in current[sweep.shard].alarms.values() if alarm.phase is not Phase.PENDING}
        for transition in decided:
            inhibitor = f"{VPC_RULE.name}:{GROUPS.get(transition.target)}"
            inhibited = inhibitor in standing and bool(inventory.rules[transition.rule].inhibited_by)
            assert transition.inhibited_by == (inhibitor if inhibited else "")
            if transition.kind not in ENDS:
                assert transition.announce is not inhibited


@pytest.mark.parametrize(
    ("comparator", "breaching"),
    [("==", {5}), ("!=", {4, 6}), (">", {6}), (">=", {5, 6}), ("<", {4}), ("<=", {4, 5})],
)
def test_comparators(comparator: str, breaching: set[int]) -> None:
    rule = replace(RULE, comparator=comparator, bounds=(Bound(Level.CRITICAL, Decimal(5)),))
    inventory = Inventory(targets={target.id: target for target in TARGETS}, rules={rule.name: rule})
    samples = {target.id: value for target, value in zip(TARGETS, (4, 5, 6), strict=True)}
    transitions = evaluate(inventory, ShardAlarms("s"), Sweep("s", EPOCH, {HEALTH: samples}))[1]
    assert {transition.value for transition in transitions} == breaching


def test_every_comparator_is_tested() -> None:
    assert set(COMPARATORS) == {"==", "!=", ">", ">=", "<", "<="}


def one_target(rule: Rule = RULE) -> Inventory:
    return Inventory(targets={TARGETS[0].id: TARGETS[0]}, rules={rule.name: rule}, language=Language.EN_US)


def bad(minute: int, cause: Cause = Cause.RESET) -> Sweep:
    name = TARGETS[0].id
    return Sweep(SHARDS[0], EPOCH + 60 * minute, {HEALTH: {name: 0}}, {name: Failure(cause, "detail")})


def test_a_repeat_tells_the_latest_cause_and_counts() -> None:
    sweeps = [bad(0), bad(1, Cause.CONNECTION_REFUSED)]
    transitions = play(one_target(), sweeps)[1]
    assert [(each.kind, each.failure and each.failure.cause, each.reports) for each in transitions] == [
        (Kind.RAISED, Cause.RESET, 1),
        (Kind.REPEATED, Cause.CONNECTION_REFUSED, 2),
    ]
    assert transitions[1].reason == "value 0 == 0 (connection_refused), last reported 60s ago, resend interval 60s"


def test_labels_are_those_of_the_inventory_now() -> None:
    current = evaluate(one_target(), ShardAlarms(SHARDS[0]), bad(0))[0]
    moved = replace(TARGETS[0], labels={"vpc": "vpc-9"})
    transitions = evaluate(replace(one_target(), targets={moved.id: moved}), current, bad(1))[1]
    assert transitions[0].labels == {"vpc": "vpc-9"}


@pytest.mark.parametrize(
    ("labels", "covered"),
    [
        ({"vpc": "vpc-1"}, True),
        ({"vpc": "vpc-1", "rule": RULE.name}, True),
        ({"target": "192.168.0.1"}, True),
        ({}, True),
        ({"vpc": "vpc-2"}, False),
        ({"vpc": "vpc-1", "region": "r"}, False),
        ({"vpc": "vpc-1", "target": "192.168.0.2"}, False),
    ],
)
def test_a_silence_covers_where_all_its_labels_match(labels: dict[str, str], covered: bool) -> None:
    silenced = replace(one_target(), silences=(Silence("s", labels, EPOCH, EPOCH + 60),))
    (transition,) = evaluate(silenced, ShardAlarms(SHARDS[0]), bad(0))[1]
    assert (transition.silenced, transition.announce) == (covered, not covered)


@pytest.mark.parametrize(("starts", "ends", "covered"), [(0, 1, True), (0, 0, False), (1, 9, False), (-9, 0, False)])
def test_a_silence_holds_from_its_start_until_before_its_end(starts: int, ends: int, covered: bool) -> None:
    silence = Silence("s", {}, EPOCH + starts, EPOCH + ends)
    (transition,) = evaluate(replace(one_target(), silences=(silence,)), ShardAlarms(SHARDS[0]), bad(0))[1]
    assert transition.silenced is covered


def test_a_backlog_is_saved_where_something_was_decided_and_at_the_end() -> None:
    saves: list[tuple[int | None, int | None, bool]] = []

    class Counting(MemoryAlarms):
        def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
            super().save(expected_at, current, decision)
            saves.append((expected_at, current.at, decision is not None))

    outcome = evaluate_batch(Counting(), one_target(), [*map(good, range(10)), bad(10), good(11)])
    assert (outcome.failed_at, [each.kind for each in outcome.transitions]) == (None, [Kind.RAISED])
    assert saves == [(None, EPOCH + 600, True), (EPOCH + 600, EPOCH + 660, False)]


def good(minute: int) -> Sweep:
    return replace(bad(minute), metrics={HEALTH: {TARGETS[0].id: 1}}, failures={})


def test_a_backlog_that_cannot_be_saved_comes_again_from_its_first_unsaved_sweep() -> None:
    store = FlakyAlarms(["fine", "before"])
    batch = [bad(0), good(1), good(2), good(3)]
    outcome = evaluate_batch(store, one_target(), batch)
    assert (outcome.failed_at, kinds(outcome)) == (1, [Kind.RAISED])
    assert evaluate_batch(store, one_target(), batch[1:]).failed_at is None
    (alarm,) = store.load(SHARDS[0]).alarms.values()
    assert alarm.since == EPOCH + 60


def test_a_decision_that_cannot_be_saved_does_not_hold_up_what_came_before_it() -> None:
    store = FlakyAlarms(["before"])
    batch = [good(0), good(1), bad(2)]
    assert evaluate_batch(store, one_target(), batch).failed_at == 2
    assert store.load(SHARDS[0]) == ShardAlarms(SHARDS[0], EPOCH + 60)
    assert kinds(evaluate_batch(store, one_target(), batch[2:])) == [Kind.RAISED]


BAD_PROGRAMS = [
    (Instruction("forecast"),),
    (),
    (Instruction("select", metric=HEALTH, matchers=(Matcher("vpc", "=~", "("),)),),
    (Instruction("min", labels=("vpc",)),),
    (Instruction("number", number=1),),
]


@pytest.mark.parametrize("program", BAD_PROGRAMS)
@pytest.mark.parametrize("comparator", ["==", "=~"])
def test_a_rule_that_cannot_be_evaluated_leaves_its_alarms_and_the_other_rules_alone(
    program: tuple[Instruction, ...], comparator: str
) -> None:
    """Loaded, such a rule is unreadable; here one got through."""
    other = replace(RULE, name="other")
    inventory = replace(one_target(), rules={RULE.name: RULE, "other": other})
    current, _ = evaluate(inventory, ShardAlarms(SHARDS[0]), bad(0))
    broken = replace(RULE, program=program, comparator=comparator)
    for rules in ({RULE.name: broken, "other": other}, {"other": other, RULE.name: broken}):
        now = Inventory(targets=inventory.targets, rules=rules)
        found = evaluate_rules(now, current, bad(1))
        assert found.failed.keys() == {RULE.name}
        assert [(each.rule, each.kind) for each in found.transitions] == [("other", Kind.REPEATED)]
        key = f"{RULE.name}:{TARGETS[0].id}"
        assert found.current.alarms[key] == current.alarms[key]
        assert (found.current.at, found.current.alarms.keys()) == (EPOCH + 60, current.alarms.keys())
        with pytest.raises(type(found.failed[RULE.name])):
            evaluate(now, current, bad(1))


def test_a_rule_that_fails_in_the_middle_is_applied_to_none_of_its_groups() -> None:
    """The first target is fine, the labels of the second are not."""

    class Labels(dict[str, str]):
        def get(self, *name: object) -> str:
            raise ArithmeticError

    targets = {TARGETS[0].id: TARGETS[0], TARGETS[1].id: replace(TARGETS[1], labels=Labels())}
    overridden = replace(RULE, overrides=(Override({"vpc": "vpc-9"}, duration=60),))
    inventory = replace(one_target(overridden), targets=targets)
    sweep = Sweep(SHARDS[0], EPOCH, {HEALTH: dict.fromkeys(targets, 0)})
    found = evaluate_rules(inventory, ShardAlarms(SHARDS[0]), sweep)
    assert (found.current, found.transitions) == (ShardAlarms(SHARDS[0], EPOCH), ())
    assert isinstance(found.failed[RULE.name], ArithmeticError)


def test_an_alarm_that_cannot_be_read_is_neither_moved_nor_raised_anew() -> None:
    key = f"{RULE.name}:{TARGETS[0].id}"
    unreadable = {key: UnreadableAlarm("phase: 'snoozed'", {"phase": "snoozed"})}
    inventory = replace(one_target(), targets={each.id: each for each in TARGETS[:2]})
    before = ShardAlarms(SHARDS[0], EPOCH - 60, unreadable=unreadable)
    both = Sweep(SHARDS[0], EPOCH, {HEALTH: {TARGETS[0].id: 0, TARGETS[1].id: 0}})
    current, transitions = evaluate(inventory, before, both)
    assert [each.target for each in transitions] == [TARGETS[1].id]
    assert current.unreadable == unreadable
    current, _ = evaluate(replace(inventory, targets={}, rules={}), current, replace(both, at=EPOCH + 60))
    assert (current.alarms, current.unreadable) == ({}, unreadable), "nobody knows what would be closed"


@pytest.mark.parametrize(
    ("unreadable", "kinds_then"),
    [
        ({}, [Kind.CLOSED]),
        ({("fleet", "head.language"): "?"}, [Kind.CLOSED]),
        ({("fleet", "head.probe"): "?"}, []),
        ({("fleet", "head.probes"): "?"}, []),
    ],
)
def test_nothing_is_closed_where_nobody_knows_which_metrics_targets_have(
    unreadable: dict[tuple[str, str], str], kinds_then: list[Kind]
) -> None:
    """The rule is about a metric that only one target's own probes are known to give."""
    disk = parse_rule({"name": "disk", "expression": "disk == 0"})
    other = replace(TARGETS[1], probes={"disk": ProbeSpec()})
    inventory = Inventory(targets={each.id: each for each in (TARGETS[0], other)}, rules={"disk": disk})
    known = replace(inventory, probes={"disk": ProbeSpec()})
    lost = replace(inventory, unreadable=unreadable)
    current, _ = evaluate(known, ShardAlarms(SHARDS[0]), Sweep(SHARDS[0], EPOCH, {"disk": {TARGETS[0].id: 0}}))
    _, transitions = evaluate(lost, current, Sweep(SHARDS[0], EPOCH + 60, {}))
    assert [each.kind for each in transitions] == kinds_then


def test_the_loser_of_a_race_decides_again() -> None:
    store = MemoryAlarms()

    class Overtaken(MemoryAlarms):
        """Somebody else saves the same sweep between our load and our save."""

        def load(self, shard: str) -> ShardAlarms:
            current = store.load(shard)
            evaluate_batch(store, one_target(), [bad(0)])
            return current

        def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
            store.save(expected_at, current, decision)

    lost = evaluate_batch(Overtaken(), one_target(), [bad(0), bad(1)])
    assert isinstance(lost.error, ConflictError)
    assert (lost.failed_at, lost.transitions) == (0, [])
    assert kinds(evaluate_batch(store, one_target(), [bad(0), bad(1)])) == [Kind.REPEATED]


def kinds(outcome: Outcome) -> list[Kind]:
    return [transition.kind for transition in outcome.transitions]


def test_a_decision_carries_the_rules_and_the_language_to_write_it_in() -> None:
    current, transitions = evaluate(one_target(), ShardAlarms(SHARDS[0]), bad(0))
    assert decide(one_target(), current, transitions) == Decision(
        SHARDS[0], EPOCH, transitions, {RULE.name: RULE}, Language.EN_US
    )


def test_a_rule_that_is_gone_is_written_about_under_its_own_name() -> None:
    other = replace(RULE, name="other", display_name=dict.fromkeys(Language, "Other"))
    current = evaluate(one_target(other), ShardAlarms(SHARDS[0]), bad(0))[0]
    store = MemoryAlarms()
    store.save(None, current, None)
    evaluate_batch(store, one_target(), [bad(1)])
    (decision,) = store.decisions.values()
    closed, raised = decision.transitions
    assert (closed.rule, closed.kind, closed.reason) == ("other", Kind.CLOSED, "rule_removed")
    assert (raised.rule, raised.kind) == (RULE.name, Kind.RAISED)
    assert decision.rules["other"].display_name == dict.fromkeys(Language, "other")


MIDNIGHT = EPOCH - EPOCH % 86_400


@pytest.mark.parametrize(
    ("daily", "clock", "covered"),
    [
        ((60, 180), "00:59:59", False),
        ((60, 180), "01:00:00", True),
        ((60, 180), "02:59:59", True),
        ((60, 180), "03:00:00", False),
        ((60, 180), "25:00:00", True),
        ((60, 180), "27:00:00", False),
        ((1320, 360), "21:59:59", False),
        ((1320, 360), "22:00:00", True),
        ((1320, 360), "24:00:00", True),
        ((1320, 360), "29:59:59", True),
        ((1320, 360), "30:00:00", False),
        ((1320, 0), "23:59:59", True),
        ((1320, 0), "24:00:00", False),
        ((60, 180), "50:00:00", False),  # the silence as a whole is over
        ((60, 180), "-23:00:00", False),  # and has not begun
    ],
)
def test_a_daily_silence_holds_in_its_part_of_each_day(daily: tuple[int, int], clock: str, covered: bool) -> None:
    sign = -1 if clock.startswith("-") else 1
    hours, minutes, seconds = map(int, clock.lstrip("-").split(":"))
    at = MIDNIGHT + sign * (3600 * hours + 60 * minutes + seconds)
    silence = Silence("s", {}, MIDNIGHT, MIDNIGHT + 2 * 86_400, Daily(*daily))
    sweep = Sweep(SHARDS[0], at, {HEALTH: {TARGETS[0].id: 0}})
    (transition,) = evaluate(replace(one_target(), silences=(silence,)), ShardAlarms(SHARDS[0]), sweep)[1]
    assert (transition.silenced, transition.announce) == (covered, not covered)
    assert transition.silenced_by == ("s" if covered else "")


def test_when_the_day_part_of_a_silence_ends_over_a_standing_alarm_it_is_told() -> None:
    part = Daily((bad(0).at - MIDNIGHT) // 60, (bad(3).at - MIDNIGHT) // 60)
    silenced = replace(
        one_target(replace(RULE, resend_interval=3600)),
        silences=(Silence("s", {"target": TARGETS[0].id}, EPOCH, EPOCH + 3 * 86_400, part),),
    )
    transitions = play(silenced, [bad(minute) for minute in range(6)])[1]
    assert [(each.kind, each.at, each.announce) for each in transitions] == [
        (Kind.RAISED, EPOCH, False),
        (Kind.REPEATED, EPOCH + 180, True),
    ]


day_parts = st.builds(Daily, st.integers(0, 1439), st.integers(0, 1439))


@given(
    st.builds(Silence, st.just("s"), st.just({}), st.integers(0, 3000), st.integers(0, 6000), st.none() | day_parts),
    st.integers(0, 6000),
)
def test_the_next_start_of_a_silence_is_the_first_minute_at_which_it_holds(silence: Silence, minute: int) -> None:
    """Held against asking minute by minute; all its times are whole minutes here."""
    silence = replace(silence, starts_at=silence.starts_at * 60, ends_at=silence.ends_at * 60)
    every = (60 * each for each in range(minute, 6001) if holds(silence, 60 * each))
    assert next_start(silence, 60 * minute) == next(every, None)
    if holds(silence, 60 * minute):
        over = next(60 * each for each in range(minute, 6001) if not holds(silence, 60 * each))
        assert holds_until(silence, 60 * minute) == over


@given(day_parts, st.integers(0, 10 * 86_400))
def test_a_part_of_the_day_and_the_rest_of_it_are_the_day(part: Daily, at: int) -> None:
    rest = Daily(part.ends, part.starts)
    held = [holds(Silence("s", {}, 0, 10**9, each), at) for each in (part, rest)]
    assert held.count(True) == (0 if part.starts == part.ends else 1)


def _told_of(inventory: Inventory, seen: Sequence[int], quiet: Sequence[Silence] = ()) -> tuple[Transition, ...]:
    """What is announced of the first target, a sweep a minute; a silence holds where its times say."""
    current, told = ShardAlarms(SHARDS[0]), []
    for minute, health in enumerate(seen):
        sweep = Sweep(SHARDS[0], minute * 60, {HEALTH: {TARGETS[0].id: health}})
        current, transitions = evaluate(replace(inventory, silences=tuple(quiet)), current, sweep)
        told += [each for each in transitions if each.announce]
    return tuple(told)


def test_an_alarm_counts_the_notices_that_went_out_and_remembers_what_they_said() -> None:
    """Not what a silence kept back: it is nobody's second notice whose first one was never sent."""
    quiet = Silence("s", {"target": TARGETS[0].id}, 0, 180)
    told = _told_of(one_target(), [0] * 8, [quiet])
    assert [(each.notice_kind, each.notices) for each in told] == [
        (Kind.RAISED, 0),
        *((Kind.REPEATED, number) for number in range(1, 5)),
    ]
    assert {each.kind for each in told} == {Kind.REPEATED}
    assert [(one.at, one.kind) for one in told[-1].recent_notices] == [
        (240, Kind.REPEATED),
        (300, Kind.REPEATED),
        (360, Kind.REPEATED),
    ]
    assert told[1].recent_notices[0].kind is Kind.RAISED, "as which it was told"


def test_notices_are_routed_as_the_first_one_was_whatever_changes() -> None:
    """Labels, the labels that the fleet chose, and the scope; but not by what they were before anybody was notified."""
    first = replace(one_target(replace(RULE, scope="Service")), route_by=("vpc",))
    moved = {TARGETS[0].id: replace(TARGETS[0], labels={"vpc": "vpc-9"})}
    steps = [
        (replace(first, silences=(Silence("s", {}, 0, 60),)), 0),
        (replace(first, targets=moved), 0),
        (replace(first, targets=TARGETS_NOW, route_by=("room",)), 0),
        (replace(first, rules={}), 0),
    ]
    current, told = ShardAlarms(SHARDS[0]), []
    for minute, (inventory, health) in enumerate(steps):
        sweep = Sweep(SHARDS[0], minute * 60, {HEALTH: {TARGETS[0].id: health}})
        current, transitions = evaluate(inventory, current, sweep)
        told += announcements_of(decide(inventory, current, transitions))
    assert [each.kind for each in told] == [Kind.RAISED, Kind.REPEATED, Kind.CLOSED]
    assert [dict(each.route) for each in told] == [
        {"level": ("Critical",), "scope": ("Service",), "vpc": ("vpc-9",)}
    ] * 3
