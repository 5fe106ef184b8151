"""Our expressions beside Prometheus's own: random ones over random samples, judged by `promtool test rules`.

What both know must have the same values for the same groups, and what we hold to be filtered out, or calculate of
nothing, is what Prometheus does not return. The expressions name all labels where they keep the target (`by (target,
vpc, zone)`), because Prometheus does not know that the others follow from it.

Prometheus calculates in binary and we in decimal: an expression in which anything, at any depth, is rounded is passed
over.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from icwatch.model import COMPARATORS, Instruction, Number, Target
from icwatch.rules.arithmetic import AGGREGATES, ARITHMETIC, Emptied, Value
from icwatch.rules.expression import Group, Vector, measure, values_of
from icwatch_cli.fleet.expressions import Compiled, ExpressionError, compile_expression

PROMTOOL = shutil.which("promtool")
LABELS = ("target", "vpc", "zone")
SERIES = "target, vpc, zone"
EXPRESSIONS = 250
STEP = 840
"""An average of up to 8 multiples of it is whole at every step of Prometheus's running average."""

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not on PATH (Debian: apt-get install prometheus)")


def fleet(dice: random.Random) -> dict[str, Target]:
    """Eight targets, some of which lack a label."""
    found = {}
    for number in range(1, 9):
        labels = {name: dice.choice(["", f"{name}-1", f"{name}-2"]) for name in ("vpc", "zone")}
        target = Target(f"10.0.0.{number}", labels={name: text for name, text in labels.items() if text})
        found[target.id] = target
    return found


def sampled(dice: random.Random, targets: Mapping[str, Target]) -> dict[str, dict[str, Number]]:
    """Samples by metric and target; not every target has one of each metric."""
    choices: dict[str, list[Number]] = {
        "up": [0, 1],
        "load": [Decimal("-1.5"), 0, Decimal("0.25"), Decimal("0.5"), 1, Decimal("2.5"), 7],
        "size": [-STEP, 0, STEP, 2 * STEP, 5 * STEP],
    }
    return {
        metric: {name: dice.choice(values) for name in targets if dice.random() < 0.9}
        for metric, values in choices.items()
    }


class Grammar:
    """Random expressions of what we support. A grouping is the text of a `by`, and SERIES what tells targets apart."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    def expression(self) -> tuple[str, str]:
        """An expression for us and for Prometheus, whose values are then the same and carry no metric's name."""
        by = self.dice.choice([SERIES, "vpc", "zone", "vpc, zone", ""])
        text = f"({self.vector(by, 3)}) * 1"
        if self.dice.random() < 0.2:  # the difference is what we measure then, and the left side what Prometheus gives
            other, sign = self.vector(by, 2), self.comparator()
            return f"({text}) {sign} ({other})", f"(({text}) {sign} ({other})) - ({other})"
        if self.dice.random() < 0.3:
            text = self.swapped(text, self.comparator(), self.number())
        return text, text

    def vector(self, by: str, depth: int) -> str:
        """A vector of this grouping."""
        ways = [self.aggregate] if by != SERIES else [self.selector, self.selector, self.aggregate]
        if depth > 0:
            ways += [
                self.scarce,
                self.arithmetic,
                self.arithmetic,
                self.comparison,
                self.function,
                self.negated,
                self.pair,
                self.matched,
            ]
        return self.dice.choice(ways)(by, depth - 1)

    def selector(self, by: str, depth: int) -> str:
        matchers = ",".join(self.matcher() for _ in range(self.dice.choice([0, 0, 0, 1, 2])))
        return self.dice.choice(["up", "load", "size"]) + (f"{{{matchers}}}" if matchers else "")

    def matcher(self) -> str:
        label, value = self.dice.choice([*product(["vpc", "zone"], ["vpc-1", "zone-2", ""]), ("target", "10.0.0.3")])
        pattern = self.dice.choice([".*-1", "vpc-.|zone-.", "vpc-1|vpc", ".+[1-4]", ".*", "", "(?i)ZONE-2", "-1"])
        return label + self.dice.choice([f'="{value}"', f'!="{value}"', f'=~"{pattern}"', f'!~"{pattern}"'])

    def aggregate(self, by: str, depth: int) -> str:
        do = self.dice.choice(["min", "max", "sum", "count", "avg"])
        wider = [SERIES, *([f"{by}, zone"] if by == "vpc" else []), *(["vpc", "zone", "vpc, zone"] if by == "" else [])]
        within = SERIES if by == SERIES else self.dice.choice(wider)
        return self.grouped(do, by, within, self.vector(within, depth))

    def scarce(self, by: str, depth: int) -> str:
        """An aggregate of which some groups have nothing left."""
        inner = self.dice.choice(["up == 2", "load == 7", "size == -840", "up == 0"])
        return self.grouped(self.dice.choice(["sum", "count", "count", "max"]), by, SERIES, inner)

    def grouped(self, do: str, by: str, within: str, inner: str) -> str:
        """An aggregate by `by` over values by `within`, in one of the ways in which it can be written."""
        kept = set(by.split(", ")) - {""}
        without = ", ".join(name for name in within.split(", ") if name and name not in kept)
        ways = [f"{do} by ({by}) ({inner})", f"{do}({inner}) by ({by})", f"{do} without ({without}) ({inner})"]
        return self.dice.choice([*ways, f"{do}({inner})"] if not by else ways)

    def arithmetic(self, by: str, depth: int) -> str:
        return self.swapped(self.vector(by, depth), self.dice.choice([*ARITHMETIC]), self.number())

    def comparison(self, by: str, depth: int) -> str:
        sign = self.comparator() + self.dice.choice(["", " bool"])
        return f"({self.swapped(self.vector(by, depth), sign, self.number())})"

    def pair(self, by: str, depth: int) -> str:
        sign = self.dice.choice([*ARITHMETIC, self.comparator(), f"{self.comparator()} bool"])
        left, right = self.vector(by, depth), self.vector(by, depth)
        # Now and then without parentheses, so that the precedence of the operators is compared as well.
        return f"({left}) {sign} ({right})" if self.dice.random() < 0.7 else f"{left} {sign} {right}"

    def matched(self, by: str, depth: int) -> str:
        """A set operator. Its sides are mostly comparisons, which leave some of the groups."""
        left, right = ((self.comparison if self.dice.random() < 0.4 else self.vector)(by, depth) for _ in range(2))
        do = self.dice.choice(["and", "or", "unless"])
        return f"(({left}) {do} ({right}))" if self.dice.random() < 0.7 else f"({left} {do} {right})"

    def function(self, by: str, depth: int) -> str:
        inner = self.vector(by, depth)
        multiple = self.dice.choice(["0.5", "2", "-4", "8"])
        return self.dice.choice([f"abs({inner})", f"round({inner})", f"round({inner}, {multiple})"])

    def negated(self, by: str, depth: int) -> str:
        return f"-{self.vector(by, depth)}"

    def swapped(self, vector: str, sign: str, number: str) -> str:
        """A vector and a number under an operator, the one or the other first."""
        return f"({vector}) {sign} {number}" if self.dice.random() < 0.7 else f"{number} {sign} ({vector})"

    def number(self) -> str:
        return self.dice.choice(["0", "1", "2", "-1", "0.5", "840", "(1 + 2) * 2", "2 ^ 3", "-2 ^ 2", "7 % 4", "1e1"])

    def comparator(self) -> str:
        return self.dice.choice([*COMPARATORS])


def is_exact(number: Number | None) -> bool:
    """Whether both can write it, and calculate with it for some steps, without rounding."""
    return number is None or (-(2**20) < number < 2**20 and number * 2**10 == int(number * 2**10))


def breached(compiled: Compiled, values: Mapping[Group, Value]) -> dict[Group, Number]:
    """What Prometheus returns: the values that neither a comparison within nor the one at the end filtered out."""
    seen = {group: value for group, value in values.items() if value is not None and not isinstance(value, Emptied)}
    if compiled.comparator is None or compiled.threshold is None:
        return seen
    holds, threshold = COMPARATORS[compiled.comparator], compiled.threshold
    return {group: value for group, value in seen.items() if holds(value, threshold)}


def labels_of(group: Group, targets: Mapping[str, Target]) -> str:
    labels = {"target": group, **targets[group].labels} if isinstance(group, str) else dict(group)
    return "{" + ", ".join(f"{name}={json.dumps(text)}" for name, text in labels.items() if text) + "}"


def parts(program: Sequence[Instruction]) -> Iterator[Sequence[Sequence[Instruction]]]:
    """Every program within a program, the whole one last: itself, and then those of its operands."""
    stack: list[Sequence[Instruction]] = []
    for step in program:
        count = 0 if step.do in ("select", "number") else 1 if step.do in (*AGGREGATES, "abs", "round") else 2
        operands = [stack.pop() for _ in range(count)][::-1]
        stack.append([*(each for operand in operands for each in operand), step])
        yield [stack[-1], *operands]


def is_comparable(program: Sequence[Instruction], measured: Callable[[Sequence[Instruction]], Vector]) -> bool:
    """Whether nothing in it is rounded or lost: a quotient by zero is a number to Prometheus, and none to us."""
    for part, *operands in parts(program):
        step = part[-1]
        if step.do == "number":
            continue
        values, sides = measured(part), [measured(each) for each in operands if each[-1].do != "number"]
        if not all(map(is_exact, values.values())):
            return False
        if step.do == "avg" and any(value is not None and value % STEP for value in sides[0].values()):
            return False
        if step.do == "^" and 0 in values.values():  # maybe only too small for us
            return False
        if step.do in ARITHMETIC and len(values) < len(sides[0].keys() & sides[-1].keys()):
            return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_prometheus_finds_the_same_values(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    targets = fleet(dice)
    samples = sampled(dice, targets)

    def measured(program: Sequence[Instruction]) -> Vector:
        return measure(program, targets, samples.__getitem__)

    grammar = Grammar(dice)
    expected: list[dict[str, Any]] = []
    emptied = 0
    while len(expected) < EXPRESSIONS:
        ours, theirs = grammar.expression()
        try:
            compiled = compile_expression(ours, labels=LABELS)
        except ExpressionError as error:
            if "no number that can be kept" not in error.wrong:  # such as 840 ^ 840
                raise
            continue
        if not is_comparable(compiled.program, measured):
            continue
        values = values_of(compiled.program, targets, samples.__getitem__)
        emptied += any(isinstance(value, Emptied) for value in values.values())
        found = breached(compiled, values)
        rows = [{"labels": labels_of(group, targets), "value": float(value)} for group, value in found.items()]
        expected.append({"expr": theirs, "eval_time": "0m", "exp_samples": rows})
    assert sum(bool(case["exp_samples"]) for case in expected) > EXPRESSIONS / 4
    assert emptied > EXPRESSIONS / 20
    inputs = [
        {"series": metric + labels_of(name, targets), "values": str(value)}
        for metric, values in samples.items()
        for name, value in values.items()
    ]
    tests = [{"interval": "1m", "input_series": inputs, "promql_expr_test": expected}]
    (tmp_path / "tests.yml").write_text(json.dumps({"evaluation_interval": "1m", "tests": tests}))  # JSON is YAML
    assert PROMTOOL is not None
    judged = subprocess.run(
        [PROMTOOL, "test", "rules", "tests.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, (judged.stdout + judged.stderr)[-3000:]
