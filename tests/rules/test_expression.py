"""What expressions come to over a sweep. Every value here is calculated by hand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import Instruction, Number, Target
from icwatch.rules.arithmetic import calculate
from icwatch.rules.expression import Group, group_of, keeps_groups_apart, measure, metrics_of, name_of, selects
from icwatch.rules.validation import problem_of
from icwatch_cli.fleet.expressions import compile_expression

D = Decimal

TARGETS = {
    "a": Target("a", labels={"vpc": "v1", "zone": "z1"}),
    "b": Target("b", labels={"vpc": "v1", "zone": "z2"}),
    "c": Target("c", labels={"vpc": "v2", "zone": "z1"}),
    "d": Target("d", labels={"zone": "z2"}),
}

SAMPLES: Mapping[str, Mapping[str, Number]] = {
    "up": {"a": 1, "b": 0, "c": 1, "d": 1},
    "down": {"a": 0, "b": 1, "c": 0, "d": 0},
    "load": {"a": D("1.5"), "b": D("-2.5"), "c": 4, "gone": 9},
    "cpu": {"a": 2, "b": 4, "c": 0, "d": 8},
    "huge": {"a": D("1E+100"), "b": 10**15, "c": 1, "d": D("1E+100")},
}

V1, V2, NO_VPC = "vpc=v1", "vpc=v2", "vpc="


def values(text: str) -> dict[str, Number | None]:
    """An expression's values by the names of their groups."""
    program = compile_expression(text, labels={"vpc", "zone"}).program
    found = measure(program, TARGETS, lambda metric: SAMPLES.get(metric, {}))
    return {name_of(group): value for group, value in found.items()}


CASES: list[tuple[str, dict[str, Number | None]]] = [
    # Selectors: samples of strangers are passed over, and a metric that nobody has is empty.
    ("up", {"a": 1, "b": 0, "c": 1, "d": 1}),
    ("load", {"a": D("1.5"), "b": D("-2.5"), "c": 4}),
    ("nothing", {}),
    ('up{vpc="v1"}', {"a": 1, "b": 0}),
    ('up{vpc!="v1"}', {"c": 1, "d": 1}),
    ('up{vpc=""}', {"d": 1}),
    ('up{vpc!=""}', {"a": 1, "b": 0, "c": 1}),
    ('up{unknown=""}', {"a": 1, "b": 0, "c": 1, "d": 1}),
    ('up{target="b"}', {"b": 0}),
    ('up{target=~"a|b",zone="z1"}', {"a": 1}),
    # A regular expression has to fit the whole value; a label that is missing is an empty text.
    ('up{vpc=~"v"}', {}),
    ('up{vpc=~"v."}', {"a": 1, "b": 0, "c": 1}),
    ('up{vpc=~"v|v2"}', {"c": 1}),
    ('up{vpc=~".*"}', {"a": 1, "b": 0, "c": 1, "d": 1}),
    ('up{vpc!~".+"}', {"d": 1}),
    ('up{vpc=~"(?i)V2"}', {"c": 1}),
    # Aggregates.
    ("min(up)", {"all": 0}),
    ("min(nothing)", {}),
    ("min(up) by (vpc)", {V1: 0, V2: 1, NO_VPC: 1}),
    ("max(up) by (vpc)", {V1: 1, V2: 1, NO_VPC: 1}),
    ("sum(load) by (vpc)", {V1: -1, V2: 4}),
    ("avg(load) by (vpc)", {V1: D("-0.5"), V2: 4}),
    ("count(load) by (vpc)", {V1: 2, V2: 1}),
    ("count(up) by (zone, vpc)", {"vpc=v1,zone=z1": 1, "vpc=v1,zone=z2": 1, "vpc=v2,zone=z1": 1, "zone=z2": 1}),
    ("sum(cpu) without (target, zone)", {V1: 6, V2: 0, NO_VPC: 8}),
    ("sum(cpu) without (zone)", {"a": 2, "b": 4, "c": 0, "d": 8}),
    ("count(cpu) by (target)", {"a": 1, "b": 1, "c": 1, "d": 1}),
    ("min(load) by (target, vpc)", {"a": D("1.5"), "b": D("-2.5"), "c": 4}),
    ("max(sum(cpu) by (vpc))", {"all": 8}),
    ("max(min(cpu) by (target)) by (zone)", {"zone=z1": 2, "zone=z2": 8}),
    ("count(sum(cpu) by (vpc, zone)) by (vpc)", {V1: 2, V2: 1, NO_VPC: 1}),
    ("avg(cpu{zone='z1'})", {"all": 1}),
    # What a comparison filters out was seen: it has no value, and is not forgotten.
    ("(up == 0) * 1", {"a": None, "b": 0, "c": None, "d": None}),
    ("abs(load < 0)", {"a": None, "b": D("2.5"), "c": None}),
    # Of nothing, count and sum are 0, and the other aggregates have no value. What was not seen is not there at all.
    ("count(up == 0) by (vpc)", {V1: 1, V2: 0, NO_VPC: 0}),
    ("count(up == 2)", {"all": 0}),
    ("count(nothing == 2)", {}),
    ("count(load == 9) by (vpc)", {V1: 0, V2: 0}),
    ("count(up == 0) by (target)", {"a": 0, "b": 1, "c": 0, "d": 0}),
    ("sum(up == 0) by (target)", {"a": 0, "b": 0, "c": 0, "d": 0}),
    ("sum(cpu > 2) by (vpc)", {V1: 4, V2: 0, NO_VPC: 8}),
    ("min(cpu > 2) by (vpc)", {V1: 4, V2: None, NO_VPC: 8}),
    ("max(cpu > 2) by (vpc)", {V1: 4, V2: None, NO_VPC: 8}),
    ("avg(cpu > 2) by (vpc)", {V1: 4, V2: None, NO_VPC: 8}),
    # What is calculated of such a 0 is a value as any other at the end ...
    ("count(up == 0) by (vpc) / count(up) by (vpc)", {V1: D("0.5"), V2: 0, NO_VPC: 0}),
    ("count(up) by (vpc) / count(up == 0) by (vpc)", {V1: 2}),
    ("count(up == 0) by (vpc) - count(up == 1) by (vpc)", {V1: 0, V2: -1, NO_VPC: -1}),
    ("count(up == 2) by (vpc) + sum(up == 2) by (vpc) + 3", {V1: 3, V2: 3, NO_VPC: 3}),
    ("count(up == 2) + max(up == 2)", {"all": None}),
    ("(count(up == 0) by (vpc) < 1) * 1", {V1: None, V2: 0, NO_VPC: 0}),
    ("count(up == 0) by (vpc) < bool 1", {V1: 0, V2: 1, NO_VPC: 1}),
    ("abs(count(up == 0) by (vpc) - 3)", {V1: 2, V2: 3, NO_VPC: 3}),
    ("round(count(up == 0) by (vpc) + 0.5)", {V1: 2, V2: 1, NO_VPC: 1}),
    # ... but not beside values of others in an aggregate, which is Prometheus's wherever that has one.
    ("count(count(up == 0) by (vpc))", {"all": 1}),
    ("min(count(up == 0) by (vpc))", {"all": 1}),
    ("avg(count(up == 0) by (vpc) + 1)", {"all": 2}),
    ("sum(count(up == 0) by (vpc) + 1)", {"all": 2}),
    ("count(count(up == 0) by (vpc) < 1)", {"all": 2}),
    ("count(count(up == 0) by (vpc) < 2)", {"all": 1}),
    ("count(count(up == 2) by (vpc))", {"all": 0}),
    ("count(count(up == 2) by (vpc) < 1)", {"all": 3}),
    ("count(count(up == 2) by (vpc) < bool 1)", {"all": 0}),
    ("sum(count(up == 2) by (vpc) < bool 1)", {"all": 3}),
    ("sum(count(up == 2) by (vpc))", {"all": 0}),
    ("min(count(up == 2) by (vpc) + 1)", {"all": 1}),
    ("avg(count(up == 2) by (vpc))", {"all": 0}),
    ("count(max(count(up == 2) by (vpc, zone) < 1) by (vpc))", {"all": 3}),
    ("count(count(up == 2) by (vpc, zone) < 1) by (vpc) + count(up == 2) by (vpc)", {V1: 2, V2: 1, NO_VPC: 1}),
    # A comparison gives the vector's value, the left one's of two, and 1 or 0 with bool.
    ("(2 < cpu) + 0", {"a": None, "b": 4, "c": None, "d": 8}),
    ("(cpu > up) + 0", {"a": 2, "b": 4, "c": None, "d": 8}),
    ("cpu >= bool 4", {"a": 0, "b": 1, "c": 0, "d": 1}),
    ("2 <= bool cpu", {"a": 1, "b": 1, "c": 0, "d": 1}),
    ("up != bool down", {"a": 1, "b": 1, "c": 1, "d": 1}),
    ("(up == 0) == bool 0", {"a": None, "b": 1, "c": None, "d": None}),
    # Arithmetic. What has no partner on the other side is unseen.
    ("load + cpu", {"a": D("3.5"), "b": D("1.5"), "c": 4}),
    ("cpu - load", {"a": D("0.5"), "b": D("6.5"), "c": -4}),
    ("sum(cpu) by (vpc) - sum(load) by (vpc)", {V1: 7, V2: -4}),
    ("-load", {"a": D("-1.5"), "b": D("2.5"), "c": -4}),
    ("cpu * 0.5 + 1", {"a": 2, "b": 3, "c": 1, "d": 5}),
    ("10 - cpu", {"a": 8, "b": 6, "c": 10, "d": 2}),
    ("load % 2", {"a": D("1.5"), "b": D("-0.5"), "c": 0}),
    ("cpu ^ 2", {"a": 4, "b": 16, "c": 0, "d": 64}),
    ("-cpu ^ 2", {"a": -4, "b": -16, "c": 0, "d": -64}),
    ("cpu ^ 0", {"a": 1, "b": 1, "c": 1, "d": 1}),
    ("1 + cpu * 2 ^ 2", {"a": 9, "b": 17, "c": 1, "d": 33}),
    # What is no number is left out, as if it were unseen.
    ("8 / cpu", {"a": 4, "b": 2, "d": 1}),
    ("load / cpu", {"a": D("0.75"), "b": D("-0.625")}),
    ("cpu % 0", {}),
    ("load ^ 0.5", {"a": D("1.2247448713915890"), "c": 2}),
    ("huge * huge", {"b": D("1E+30"), "c": 1}),
    ("sum(huge * 6e25)", {}),
    ("max(huge * 6e25)", {"all": D("6E+125")}),
    # Set operators. `and` keeps a value beside another one, `unless` beside none, and `or` takes whichever there is.
    ("load and up == 1", {"a": D("1.5"), "b": None, "c": 4}),
    ("(load > 0 and up) * 1", {"a": D("1.5"), "b": None, "c": 4}),
    ("up and load", {"a": 1, "b": 0, "c": 1}),
    ("up and nothing", {}),
    ("load unless up == 1", {"a": None, "b": D("-2.5"), "c": None}),
    ("up unless load", {"a": None, "b": None, "c": None, "d": 1}),
    ("up unless nothing", {"a": 1, "b": 0, "c": 1, "d": 1}),
    ("(load > 0 unless up == 2) * 1", {"a": D("1.5"), "b": None, "c": 4}),
    ("(up == 0 or load > 0) * 1", {"a": D("1.5"), "b": 0, "c": 4, "d": None}),
    ("load or up", {"a": D("1.5"), "b": D("-2.5"), "c": 4, "d": 1}),
    ("(up == 2 or load == 9) * 1", {"a": None, "b": None, "c": None, "d": None}),
    ("nothing or up == 0", {"a": None, "b": 0, "c": None, "d": None}),
    ("(max(up) by (vpc) == 0 or max(load) by (vpc) > 2) * 1", {V1: None, V2: 4, NO_VPC: None}),
    ("(load and up == 1) + 1", {"a": D("2.5"), "b": None, "c": 5}),
    # A count of nothing is one once a comparison let it through; Prometheus's own values come first.
    ("sum(cpu) by (vpc) and count(up == 0) by (vpc)", {V1: 6, V2: None, NO_VPC: None}),
    ("sum(cpu) by (vpc) and count(up == 0) by (vpc) < 1", {V1: None, V2: 0, NO_VPC: 8}),
    ("count(up == 0) by (vpc) and sum(cpu) by (vpc)", {V1: 1, V2: 0, NO_VPC: 0}),
    ("sum(cpu) by (vpc) unless count(up == 0) by (vpc) < 1", {V1: 6, V2: 0, NO_VPC: 8}),
    ("count(up == 0) by (vpc) or sum(cpu) by (vpc)", {V1: 1, V2: 0, NO_VPC: 8}),
    ("count(up == 2) by (vpc) or count(up == 2) by (vpc) < 1", {V1: 0, V2: 0, NO_VPC: 0}),
    ("count(sum(cpu) by (vpc) and count(up == 0) by (vpc) < 1)", {"all": 2}),
    # Functions; round goes up in the middle.
    ("abs(load)", {"a": D("1.5"), "b": D("2.5"), "c": 4}),
    ("round(load)", {"a": 2, "b": -2, "c": 4}),
    ("round(load, 0.5)", {"a": D("1.5"), "b": D("-2.5"), "c": 4}),
    ("round(load, 4)", {"a": 0, "b": -4, "c": 4}),
    ("round(cpu / 3, 0.01)", {"a": D("0.67"), "b": D("1.33"), "c": 0, "d": D("2.67")}),
]


@pytest.mark.parametrize("text", [text for text, _ in CASES])
def test_what_the_compiler_makes_is_found_sound(text: str) -> None:
    compiled = compile_expression(text, labels={"vpc", "zone"})
    assert problem_of(compiled.program, compiled.group_by) is None


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_values(text: str, expected: dict[str, Number | None]) -> None:
    assert values(text) == expected


def test_a_whole_number_is_one_unless_it_is_longer_than_a_table_holds() -> None:
    assert type(values("avg(cpu) by (target) * 0.5")["a"]) is int
    assert type(values("load * 2")["a"]) is int
    assert values("huge")["a"] == values("huge * 1")["a"] == D("1E+100")
    assert all(len(str(value)) <= 40 for value in values("huge ^ 1.2").values())


def test_a_number_too_small_for_a_table_is_zero() -> None:
    assert values("0.5 ^ (cpu * 100)")["d"] == 0
    assert calculate("^", 10, -126) == D("1E-126")


@pytest.mark.parametrize(
    ("do", "left", "right", "expected"),
    [("+", 1, 2, 3), ("/", 1, 4, D("0.25")), ("/", 1, 0, None), ("%", 1, 0, None), ("^", 0, 0, 1), ("^", 0, -1, None),
     ("^", -8, D("0.5"), None), ("==bool", 1, 1, 1), ("<bool", 2, 1, 0)],
)  # fmt: skip
def test_two_numbers(do: str, left: Number, right: Number, expected: Number | None) -> None:
    assert calculate(do, left, right) == expected


def test_the_metrics_of_an_expression_are_in_order_and_named_once() -> None:
    program = compile_expression("sum(load) / sum(cpu) + sum(load)").program
    assert metrics_of(program) == ("load", "cpu")


def test_a_target_takes_part_where_one_selector_fits() -> None:
    program = compile_expression('sum(load{vpc="v1"}) / sum(cpu{zone="z1"})').program
    assert [name for name, target in TARGETS.items() if selects(program, target)] == ["a", "b", "c"]


@pytest.mark.parametrize("by", ["target", "vpc", "zone", "vpc, zone", "zone, vpc", "target, vpc", ""])
def test_a_target_belongs_to_the_group_whose_value_it_makes(by: str) -> None:
    compiled = compile_expression(f"count(up) by ({by})")
    counted = measure(compiled.program, TARGETS, SAMPLES.__getitem__)
    expected: dict[Group, int] = {}
    for target in TARGETS.values():
        group = group_of(compiled.group_by, target)
        expected[group] = expected.get(group, 0) + 1
    assert counted == expected


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("192.168.0.1", "192.168.0.1"),
        ((), "all"),
        ((("vpc", "vpc-2"),), "vpc=vpc-2"),
        ((("region", "cn"), ("vpc", "vpc-2")), "region=cn,vpc=vpc-2"),
        ((("region", ""), ("vpc", "vpc-2")), "vpc=vpc-2"),
        ((("region", ""), ("vpc", "")), "region=,vpc="),
        ((("vpc", "华东 1"),), 'vpc="华东 1"'),
        ((("region", "a,vpc=b"), ("vpc", "")), 'region="a,vpc=b"'),
        ((("vpc", 'say "hi"'),), r'vpc="say \"hi\""'),
        ((("vpc", "back\\slash"),), r'vpc="back\\slash"'),
        ((("vpc", "two\nlines"),), r'vpc="two\nlines"'),
    ],
)
def test_names_of_groups(group: Group, name: str) -> None:
    assert name_of(group) == name


TEXTS = st.text(alphabet='ab=," \\\n', max_size=6)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=2, unique=True))
def test_no_two_groups_of_a_rule_have_the_same_name(rows: list[tuple[str, str, str]]) -> None:
    names = {name_of(tuple(zip(("a", "b", "vpc"), row, strict=True))) for row in rows}
    assert len(names) == len(rows)


def test_programs_that_put_together_what_their_groups_keep_apart_are_known() -> None:
    """`check` writes none, but an item may hold one."""
    select = Instruction("select", metric="m")
    by_vpc, by_region = (Instruction("count", labels=(name,)) for name in ("vpc", "region"))
    by_both, of_all = Instruction("min", labels=("vpc", "region")), Instruction("min")
    two, more = Instruction("number", number=2), Instruction(">")
    for steps in ((), (by_vpc,), (by_both, by_vpc), (by_vpc, of_all), (two, more), (two, more, by_vpc)):
        assert keeps_groups_apart((select, *steps))
    both_sides = (select, by_vpc, select, by_both, by_vpc, Instruction("/"), of_all)
    assert keeps_groups_apart(both_sides)
    for others in ((by_vpc, by_region), (of_all, by_vpc), (by_vpc, two, Instruction("+"), by_region)):
        assert not keeps_groups_apart((select, *others))
    assert not keeps_groups_apart((select, by_both, select, of_all, by_vpc, Instruction("/")))
