"""Random expressions: none gives a traceback or hangs, and what `check` says of their values holds for every sample."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import COMPARATORS, HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT, Fleet, Number, Target, collects
from icwatch.rules.expression import measure
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.constant_conditions import MOST_DAYS, ranges_of
from icwatch_cli.fleet.emptied_groups import passing_over
from icwatch_cli.fleet.expressions import Compiled, ExpressionError, compile_expression
from icwatch_cli.fleet.ranges import Range, always, between, never
from tests.vectors.test_promql import SERIES, Grammar

FURTHER = "vpc_network_health"
UNKNOWN = "load"
METRICS = (HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT, FURTHER, UNKNOWN)
LABELS = ("target", "vpc", "zone")
SWEEPS = 4
"""Random sweeps for each expression."""

PIECES = [
    "a", "b", "{", "}", "min(", "count(", "sum(", "by (vpc)", "(", ")", ")", '"x"', "'", "`", "\\", "[5m]", "]", "=",
    "==", "=~", "!=", ">", "\n", "bool", "+", "-", "*", "/", "%", "^", "1", "0", "0.5", "1e30", "Inf", ",", "@LABELS",
    "@", "5m", "offset", "#", "or", "on(vpc)", "without", "abs(", "round(", "rate(", "vpc", "你", "\ud800", "\0",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)
NUMBERS: list[Number] = [0, 1, -1, 10**15, Decimal("1E+120"), Decimal("-1E-15"), Decimal("0.1"), Decimal("1E-120")]


class Rules(Grammar):
    """Expressions over the metrics that there are."""

    def selector(self, by: str, depth: int) -> str:
        matchers = ",".join(self.matcher() for _ in range(self.dice.choice([0, 0, 0, 1])))
        metric = self.dice.choice([HEALTH, HEALTH, PROBE_SECONDS, TLS_DAYS_LEFT, FURTHER, UNKNOWN])
        return metric + (f"{{{matchers}}}" if matchers else "")

    def scarce(self, by: str, depth: int) -> str:
        inner = self.dice.choice([f"{HEALTH} == 0", f"{HEALTH} == 2", f"{FURTHER} == 1", f"{PROBE_SECONDS} > 1"])
        return self.grouped(self.dice.choice(["sum", "count", "max", "avg"]), by, SERIES, inner)

    def number(self) -> str:
        return self.dice.choice(["0", "1", "2", "3", "-1", "0.5", "1e10", "7 % 4", "0.1234567890123456789", "-2 ^ 2"])


def a_fleet(dice: random.Random) -> Fleet:
    """A few targets, that differ in how they are asked."""

    def target(number: int) -> dict[str, Any]:
        labels = {name: dice.choice(["", f"{name}-1", f"{name}-2"]) for name in ("vpc", "zone")}
        return {
            "address": f"10.0.0.{number}",
            "labels": {name: text for name, text in labels.items() if text},
            "scheme": dice.choice(["http", "https"]),
            "probe": {"timeout": dice.choice(["100ms", "1.5s", "3s"])},
            "probes": [FURTHER] * dice.choice([0, 1]),
        }

    return parse_fleet({"targets": [target(number) for number in range(1, dice.randint(2, 6))],
                        "probes": {FURTHER: {"path": "/vpc"}}})  # fmt: skip


def a_sample(dice: random.Random, fleet: Fleet, target: Target, metric: str) -> Number:
    """One that the metric can have."""
    timeout = (target.probe or fleet.probe).timeout
    choices: Mapping[str, list[Number]] = {
        PROBE_SECONDS: [0, timeout, Decimal(dice.randint(0, int(timeout * 1000))) / 1000],
        TLS_DAYS_LEFT: [0, MOST_DAYS, Decimal(dice.randint(0, 10_000)) / 100],
        UNKNOWN: [*NUMBERS, dice.randint(-9, 9)],
    }
    return dice.choice(choices.get(metric, [0, 1]))


def a_sweep(dice: random.Random, fleet: Fleet) -> dict[str, dict[str, Number]]:
    """Samples of what is asked; any of them may be missing."""
    seen = dice.choice([0.3, 0.8, 1])
    found: dict[str, dict[str, Number]] = {metric: {} for metric in METRICS}
    for metric, target in product(METRICS, fleet.targets.values()):
        if collects(fleet, target, metric) and dice.random() < seen:
            found[metric][target.id] = a_sample(dice, fleet, target, metric)
    return found


def compiled_or_refused(text: str) -> Compiled | str:
    """The expression, or why it is none."""
    try:
        return compile_expression(text, labels=LABELS)
    except ExpressionError as error:
        return str(error)


@given(TEXTS, st.randoms(use_true_random=False))
def test_whatever_is_written_is_refused_or_can_be_evaluated(text: str, dice: random.Random) -> None:
    fleet, compiled = a_fleet(random.Random(1)), compiled_or_refused(text)
    if isinstance(compiled, str):
        assert compiled.isprintable()
        return
    ranges_of(fleet, compiled.program, fleet.targets)
    assert {*passing_over(compiled.program)} <= {"min", "avg"}
    values = {name: dice.choice(NUMBERS) for name in fleet.targets}
    for value in measure(compiled.program, fleet.targets, lambda metric: values).values():
        assert value is None or Decimal(value).is_finite()


@given(st.integers(0, 2**32))
def test_what_a_range_says_holds_for_every_sample(seed: int) -> None:
    dice = random.Random(seed)
    fleet = a_fleet(dice)
    text = Rules(dice).expression()[0]
    compiled = compiled_or_refused(text)
    if isinstance(compiled, str):
        assert "no number that can be kept" in compiled, text
        return
    ranges = ranges_of(fleet, compiled.program, fleet.targets)
    comparator = compiled.comparator or dice.choice([*COMPARATORS])
    threshold = dice.choice([0, 1, 3]) if compiled.threshold is None else compiled.threshold
    for _ in range(SWEEPS):
        for group, value in measure(compiled.program, fleet.targets, a_sweep(dice, fleet).__getitem__).items():
            check_value(text, ranges[group], value, comparator, threshold)


def check_value(text: str, possible: Range, value: Number | None, comparator: str, threshold: Number) -> None:
    """Whether a value is one that was said to be possible."""
    if value is None:
        assert possible.filtered, text
        return
    assert possible.least <= value <= possible.most, text
    assert value == int(value) or not possible.whole, text
    holds, bound = COMPARATORS[comparator](value, threshold), between(threshold, threshold)
    assert not (holds and never(possible, comparator, bound)), text
    assert holds or not always(possible, comparator, bound), text
