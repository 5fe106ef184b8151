"""Programs of any content: what is found sound can be evaluated, and what cannot be is not found sound."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import COMPARATORS, Instruction, Matcher, Number, Target
from icwatch.rules.arithmetic import AGGREGATES, ARITHMETIC, BOOL
from icwatch.rules.expression import group_of, measure, name_of
from icwatch.rules.validation import problem_of

TARGETS = {
    "a": Target("a", labels={"vpc": "v1", "zone": "z1"}),
    "b": Target("b", labels={"vpc": "v1"}),
    "c": Target("c"),
}
SAMPLES: dict[str, dict[str, Number]] = {"up": {"a": 1, "b": 0, "c": Decimal("0.5"), "gone": 1}, "down": {"b": 1}}

groupings = st.sampled_from([(), ("target",), ("vpc",), ("vpc", "zone"), ("zone", "vpc"), ("target", "vpc")])
matchers = st.builds(
    Matcher, st.sampled_from(["vpc", "target"]), st.sampled_from(["=", "!=", "=~", "!~", "~", ""]), st.text("a.(v1|*")
)
words = sorted([*AGGREGATES, *ARITHMETIC, *COMPARATORS, *(each + BOOL for each in COMPARATORS), "abs", "round"])
steps = st.one_of(
    st.builds(
        Instruction,
        st.just("select"),
        metric=st.sampled_from(["up", "down", "none", ""]),
        matchers=st.lists(matchers, max_size=1).map(tuple),
    ),
    st.builds(Instruction, st.just("number"), number=st.integers(-2, 2)),
    st.builds(
        Instruction,
        st.sampled_from([*words, "forecast", "", "select"]),
        labels=groupings,
        number=st.sampled_from([0, 1, Decimal("0.5")]),
    ),
)

selects = st.builds(Instruction, st.just("select"), metric=st.sampled_from(["up", "down"]))
operators = st.builds(Instruction, st.sampled_from([*ARITHMETIC, *COMPARATORS, *(each + BOOL for each in COMPARATORS)]))
changes = st.builds(
    Instruction, st.sampled_from([*AGGREGATES, "abs", "round"]), labels=groupings, number=st.integers(0, 2)
)
numbers = st.builds(Instruction, st.just("number"), number=st.sampled_from([-1, 0, 1, Decimal("0.5")]))
grown = st.recursive(
    selects.map(lambda step: (step,)),
    lambda inner: st.one_of(
        st.builds(lambda program, step: (*program, step), inner, changes),
        st.builds(lambda program, number, step: (*program, number, step), inner, numbers, operators),
        st.builds(lambda number, program, step: (number, *program, step), numbers, inner, operators),
        st.builds(lambda left, right, step: (*left, *right, step), inner, inner, operators),
    ),
    max_leaves=6,
)
"""Programs as a compiler would make them, apart from labels that do not go together."""


@given(st.one_of(st.lists(steps, max_size=6).map(tuple), grown, grown), groupings)
def test_what_is_sound_gives_values_by_the_groups_of_the_rule(
    program: tuple[Instruction, ...], group_by: tuple[str, ...]
) -> None:
    if problem_of(program, group_by) is None:
        found = measure(program, TARGETS, lambda metric: SAMPLES.get(metric, {}))
        assert {name_of(each) for each in found} <= {name_of(group_of(group_by, each)) for each in TARGETS.values()}
