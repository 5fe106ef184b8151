"""The rules beside a model without states: every decision looked up anew in the whole history.

Fleets, rules and timelines are random. What is under test goes the whole way from the document of a fleet file, over
its expressions, to the transitions; `model.py` reads the same document in a way of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import (
    COMPARATORS,
    Acknowledgement,
    Inventory,
    Level,
    Number,
    Phase,
    ShardAlarms,
    Silence,
    Sweep,
    Transition,
)
from icwatch_cli.fleet import parse_fleet
from tests.examples import examples
from tests.vectors.model import (
    BUILT_IN,
    FILTERED,
    HEALTH,
    HOLDS,
    LOAD,
    MEANINGS,
    WORST_FIRST,
    Document,
    Key,
    Model,
    Quiet,
    Server,
    Standing,
    Told,
)

ADDRESSES = [f"10.0.0.{number}" for number in range(1, 7)]
ALL_LABELS = {"vpc": "vpc-1", "region": "cn-north", "room": "test"}
LABELS = [
    {"vpc": "vpc-1"},
    {"vpc": "vpc-2"},
    {},
    ALL_LABELS,
    {"vpc": "vpc-1", "region": "cn-north"},
    {"vpc": "vpc-1", "region": "us, east", "room": "test"},
    {"vpc": "vpc-2", "region": "cn-north"},
    {"vpc": "vpc-2", "region": "us, east"},
    {"region": "cn-north"},
    {"room": "test"},
]
SELECTIONS = ["10.0.0.1", "10.0.0.2", {"vpc": "vpc-1"}, {"room": "test"}, {"vpc": "vpc-1", "region": "cn-north"}]
GROUPS = [*SELECTIONS, "vpc=vpc-1", "vpc=vpc-2", "all", "region=cn-north,vpc=vpc-1", {"target": "vpc=vpc-1"}]
SILENCED = [{"vpc": "vpc-1"}, {"vpc": "vpc-2", "region": "cn-north"}, {"target": "10.0.0.1"}, {"target": "vpc=vpc-1"},
            {"rule": "b"}, {"rule": "a", "vpc": "vpc-1"}, {}]  # fmt: skip
SAME = [["vpc"], ["target"], ["region"], ["vpc", "region"], ["room"], ["target", "vpc"]]
NAMES = ["a", "b", BUILT_IN["name"], "c"]

SAMPLES: Mapping[str, tuple[Number | None, Number | None]] = {
    "x": (0, 5),
    ".": (1, 0),
    "m": (1, 2),
    "n": (0, Decimal("0.25")),
    "o": (1, Decimal("1.5")),
    "h": (0, None),
    "l": (None, 3),
    "_": (None, None),
}
"""Health and load of a target by its mark; any other mark is as before."""

STEPS = {
    "z": 0,
    "b": -60,
    "f": -3600,
    "s": 1,
    "h": 30,
    "i": 89,
    "j": 90,
    "k": 91,
    "t": 120,
    "u": 180,
    "v": 181,
    "w": 3600,
}
"""Seconds since the sweep before by mark; any other mark is a minute."""


A_WHILE = 150
"""Seconds for which an acknowledgement holds that ends."""


@dataclass(frozen=True)
class Case:
    """A fleet, and what happens to it.

    The timeline has a mark a sweep (`?` is an inconclusive one), and between them what people do: `A` acknowledge all
    alarms, `B` those of rule b, `F` all for a while, `C` take acknowledgements back, `D` and `E` change the fleet and
    change it back. The series have a mark a sweep for each target.
    """

    before: Document
    after: Document
    removed: frozenset[str]
    silences: tuple[Quiet, ...]
    timeline: str
    series: tuple[str, ...]


# Strategies are made once: that takes longer than to draw from them.
once_in = {count: st.sampled_from([False] * (count - 1) + [True]) for count in (2, 4, 8)}
durations = st.sampled_from(["0s", "0s", "0s", "0s", "0s", "60s", "60s", "2m", "1s", "119s", "99999h"])
clear_cycles = st.sampled_from(["0s", "60s", "60s", "2m", "119s", "5m"])
cycles = st.sampled_from([None, None, "15s", "59s", "60s", "61s", "2m", "5m"])
resend_intervals = st.sampled_from(
    [None, None, "1s", "60s", "150s", "10m", ["60s", "2m", "5m"], ["60s"], ["1s", "61s"]]
)
stages = st.sampled_from([None, None, ["1s"], ["60s", "2m"], ["2m", "150s", "10m"]])
breaches = st.sampled_from(["1 of 1", "2 of 2", "2 of 3", "3 of 5", "2 of 9"])
expressions = st.sampled_from([*MEANINGS])
groupings = st.sampled_from([None, ["vpc"], ["vpc", "region"], ["target"], ["room", "target"], ["room"]])
filters = st.sampled_from([None, None, {"vpc": "vpc-1"}, {"vpc": ["vpc-1", "vpc-2"]}, {"room": "test"}])
comparators = st.sampled_from([*HOLDS, ">", "<"])
level_names = st.sampled_from(WORST_FIRST)
level_sets = {count: st.sampled_from([*combinations(WORST_FIRST, count)]) for count in (1, 2, 3)}
number_sets = {count: st.sampled_from([*permutations([0, 1, 2, 3, 0.5, 0.3], count)]) for count in (1, 2, 3)}
counts = st.sampled_from([1, 2, 3])
numbers = st.sampled_from([0, 1, 2, 0.5])
exclusions = st.sampled_from([None] * 30 + [[one] for one in SELECTIONS] + [SELECTIONS[1:3]])
shared = st.sampled_from([["vpc"], ["vpc"], ["target"], *SAME, None])
selections = st.sampled_from(SELECTIONS)
matches = st.sampled_from(GROUPS)
overridden = st.sampled_from(
    ["condition", "condition", "level", "duration", "breaches", "clear_cycle", "resend_interval", "unattended_after"]
)
orders = {count: st.sampled_from([*permutations(range(count))]) for count in (1, 2, 3, 4)}
labellings = st.sampled_from(LABELS)
edits = st.sampled_from(["removed", "rule removed", "enabled", "excluded", "labels", "other rule"])
silences = st.lists(
    st.builds(Quiet, st.sampled_from(SILENCED), st.sampled_from([0, 60, 300]), st.sampled_from([60, 180, 600, 9999])),
    max_size=2,
)
marks = st.text("".join(SAMPLES) + "-=~", min_size=12, max_size=22)
timelines = {
    changing: st.one_of(
        [
            st.text(steps + "DE" * changing, min_size=12, max_size=22)
            for steps in ("cdegmnopqr", "cdegmnopqr?ABCF", "cdegmnopqryx?ABCFzbfshijktuvw")
        ]
    )
    for changing in (False, True)
}


def levels(draw: st.DrawFn, comparator: str) -> list[dict[str, Any]]:
    """Levels, the mildest first, each worse one harder to reach."""
    count = draw(counts)
    thresholds = [*draw(number_sets[count])]
    if comparator[0] in "<>":
        thresholds.sort(reverse=comparator[0] == ">")
    names = draw(level_sets[count])
    return [{"level": name, "threshold": number} for name, number in zip(names, thresholds, strict=True)][::-1]


def a_rule(draw: st.DrawFn, name: str, others: Sequence[str]) -> dict[str, Any]:
    """A rule of a fleet file, which some of the `others` may inhibit."""
    text = draw(expressions)
    meaning = MEANINGS[text]
    comparator = draw(comparators) if meaning.condition is None else meaning.condition[0]
    fields: dict[str, Any] = {
        "name": name,
        "expression": text,
        **({"breaches": draw(breaches)} if draw(once_in[4]) else {"duration": draw(durations)}),
        "clear_cycle": draw(clear_cycles),
        "cycle": draw(cycles),
        "resend_interval": draw(resend_intervals),
        "unattended_after": draw(stages),
        "group_by": draw(groupings) if meaning.stand_ins else None,
        "filter": draw(filters) if meaning.stand_ins else None,
        "exclude": draw(exclusions),
        "enabled": not draw(once_in[8]),
        "inhibited_by": [{"rule": other, "same": same} for other in others if (same := draw(shared)) is not None],
    }
    several = meaning.condition is None and not draw(once_in[4])
    if several:
        fields["levels"] = levels(draw, comparator)
    else:
        fields["level"] = draw(level_names)
    if meaning.condition is None:
        fields["comparator"] = comparator
        fields["threshold"] = None if several else draw(numbers)
    if draw(once_in[4]):
        fields["overrides"] = [an_override(draw, comparator, several=several) for _ in range(draw(counts))]
    return {field: value for field, value in fields.items() if value is not None}


def an_override(draw: st.DrawFn, comparator: str, *, several: bool) -> dict[str, Any]:
    override: dict[str, Any] = {"match": draw(matches)}
    what = draw(overridden)
    if what == "level":
        return {**override, "levels": levels(draw, comparator)} if several else {**override, what: draw(level_names)}
    if what == "condition":
        more = {"levels": levels(draw, comparator)} if several or draw(once_in[2]) else {"threshold": draw(numbers)}
        return {**override, **more}
    if what == "breaches":
        return {**override, what: draw(breaches)}
    if what == "unattended_after":
        return {**override, what: draw(stages) or []}
    return {**override, what: draw(resend_intervals if what == "resend_interval" else clear_cycles) or "7m"}


def a_fleet(draw: st.DrawFn, most_targets: int, most_rules: int) -> dict[str, Any]:
    """A fleet file's document. Its first target has all labels, so that a rule may name any of them."""
    labels = [ALL_LABELS, *(draw(labellings) for _ in range(draw(st.integers(1, most_targets - 1))))]
    names = [NAMES[index] for index in draw(orders[4])][: draw(st.integers(1, most_rules))]
    found = [a_rule(draw, name, names[:index]) for index, name in enumerate(names)]
    return {
        "targets": [{"address": name, "labels": each} for name, each in zip(ADDRESSES, labels, strict=False)],
        "rules": [found[index] for index in draw(orders[len(found)])],
    }


def a_change(draw: st.DrawFn, fleet: Document) -> tuple[Document, frozenset[str]]:
    """Another document in place of this one, and the targets that are removed from it."""
    targets, written = [*fleet["targets"]], [*fleet["rules"]]
    index = draw(st.integers(0, len(written) - 1))
    rule, what = written[index], draw(edits)
    removed = frozenset[str]()
    if what == "removed":
        removed = frozenset(target["address"] for target in targets if draw(once_in[2]))
    elif what == "rule removed":
        written = [
            {**each, "inhibited_by": [one for one in each["inhibited_by"] if one["rule"] != rule["name"]]}
            for each in written
            if each is not rule
        ]
    elif what == "enabled":
        written[index] = {**rule, "enabled": not rule["enabled"]}
    elif what == "excluded":
        written[index] = {**rule, "exclude": [*rule.get("exclude", []), draw(selections)]}
    elif what == "labels":
        targets[1:] = [{**each, "labels": draw(labellings)} for each in targets[1:]]
    else:
        written[index] = {**a_rule(draw, rule["name"], []), "inhibited_by": rule["inhibited_by"]}
    return {"targets": targets, "rules": written}, removed


@st.composite
def cases(draw: st.DrawFn, most_targets: int = 6, most_rules: int = 4, *, changing: bool = False) -> Case:
    before = a_fleet(draw, most_targets, most_rules)
    after, removed = a_change(draw, before) if changing else (before, frozenset[str]())
    if changing and after["rules"] and draw(once_in[2]):
        after, more = a_change(draw, after)
        removed |= more
    return Case(
        before,
        after,
        removed,
        tuple(draw(silences)) if draw(once_in[2]) else (),
        draw(timelines[changing]),
        tuple([draw(marks) for _ in before["targets"]]),
    )


def inventory_of(document: Document, removed: Iterable[str], silences: Sequence[Quiet]) -> Inventory:
    inventory = parse_fleet(document).as_inventory()
    return replace(
        inventory,
        targets={name: target for name, target in inventory.targets.items() if name not in removed},
        silences=tuple(Silence(str(number), *each) for number, each in enumerate(silences)),
    )


def samples_of(mark: str) -> dict[str, Number]:
    values = zip((HEALTH, LOAD), SAMPLES.get(mark, (None, None)), strict=True)
    return {metric: value for metric, value in values if value is not None}


def sweeps_of(case: Case) -> Iterable[tuple[str, int, dict[str, dict[str, Number]]]]:
    """Every mark of the timeline with its moment and, where it is a sweep, the samples by target."""
    at, turn = 0, 0
    marks = ["."] * len(case.series)
    for step in case.timeline:
        if step.isupper():
            yield step, at, {}
            continue
        at += STEPS.get(step, 60)
        new = [text[turn] if turn < len(text) else "" for text in case.series]
        marks = [mark if mark in {*SAMPLES} else old for mark, old in zip(new, marks, strict=True)]
        turn += 1
        yield step, at, {name: samples_of(mark) for name, mark in zip(ADDRESSES, marks, strict=False)}


def told_by_model(case: Case) -> tuple[list[Told], dict[Key, Standing]]:
    model = Model(case.silences)
    fleet, removed = case.before, frozenset[str]()
    for step, at, samples in sweeps_of(case):
        if step in "AB":
            model.acknowledge("b" if step == "B" else None)
        elif step == "F":
            model.acknowledge(ends_at=at + A_WHILE)
        elif step == "C":
            model.acknowledged.clear()
        elif step in "DE":
            fleet, removed = (case.after, case.removed) if step == "D" else (case.before, frozenset())
        else:
            servers = [
                Server(
                    target["address"],
                    target["labels"],
                    {metric: Fraction(value) for metric, value in samples[target["address"]].items()},
                )
                for target in fleet["targets"]
                if target["address"] not in removed
            ]
            model.sweep(servers, fleet["rules"], at, conclusive=step != "?")
    return model.told, model.current()


def told_by_us(case: Case) -> tuple[list[Told], dict[Key, Standing]]:
    """The same from `evaluate`, which sees one sweep at a time, and alarms in no order that it could rely on."""
    before = inventory = inventory_of(case.before, (), case.silences)
    after = before if case.after is case.before else inventory_of(case.after, case.removed, case.silences)
    current, told, acknowledged = ShardAlarms("shard"), list[Told](), dict[str, Acknowledgement]()
    for step, at, samples in sweeps_of(case):
        if step in "ABF":
            raised = [alarm for alarm in current.alarms.values() if alarm.phase is not Phase.PENDING]
            given = [alarm.id for alarm in raised if step != "B" or alarm.rule == "b"]
            ends_at = at + A_WHILE if step == "F" else None
            acknowledged = acknowledged | {name: Acknowledgement(name, ends_at=ends_at) for name in given}
        elif step == "C":
            acknowledged = {}
        elif step in "DE":
            inventory = after if step == "D" else before
        else:
            metrics = {
                metric: {name: values[metric] for name, values in samples.items() if metric in values}
                for metric in (HEALTH, LOAD)
            }
            current = replace(current, alarms=dict(reversed([*current.alarms.items()])))
            sweep = Sweep("shard", at, metrics, conclusive=step != "?")
            current, transitions = evaluate(replace(inventory, acknowledged=acknowledged), current, sweep)
            told += [as_told(each) for each in transitions]
    return told, {
        (alarm.rule, alarm.target): Standing(str(alarm.phase), alarm.since, alarm.raised_at, str(alarm.level))
        for alarm in current.alarms.values()
    }


def as_told(transition: Transition) -> Told:
    return Told(
        transition.rule,
        transition.target,
        str(transition.kind),
        transition.at,
        transition.raised_at,
        transition.began_at,
        transition.since,
        str(transition.level),
        None if transition.former_level is None else str(transition.former_level),
        FILTERED if transition.value is None else Fraction(transition.value),
        transition.reports,
        transition.reason if transition.kind == "closed" else "",
        transition.announce,
        transition.silenced,
        transition.inhibited_by,
        frozenset(map(str, transition.notified_levels)),
        transition.stage,
    )


def compare(case: Case) -> None:
    ours, current = told_by_us(case)
    expected, expected_stands = told_by_model(case)
    assert plain(ours) == plain(expected)
    assert current == expected_stands


def plain(told: Iterable[Told]) -> list[Told]:
    """In one order, and values without the last digits, which a division may round."""
    return sorted(
        (
            each._replace(value=round(each.value, 12) if isinstance(each.value, Fraction) else each.value)
            for each in told
        ),
        key=lambda each: (each.at, each.rule, each.group, each.kind),
    )


@examples(few=150, many=2000)
@given(cases(most_targets=3, most_rules=1))
def test_a_rule_tells_what_the_history_says(case: Case) -> None:
    compare(case)


@examples(few=120, many=1200)
@given(cases())
def test_several_rules_tell_what_the_history_says(case: Case) -> None:
    compare(case)


@examples(few=120, many=1200)
@given(cases(changing=True))
def test_a_fleet_that_changes_tells_what_the_history_says(case: Case) -> None:
    compare(case)


def test_the_words_are_the_same() -> None:
    assert set(HOLDS) == set(COMPARATORS)
    assert tuple(map(str, Level)) == WORST_FIRST
