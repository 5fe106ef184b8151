"""From PromQL's syntax tree to the program that a function evaluates, refusing in a sentence what a rule cannot do.

Every series carries the label `target`, and its other labels follow from the target. So what keeps that label keeps
them all: a bare selector, `by (target)` and `by (target, vpc)` are grouped alike, by `("target",)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from promql_parser import (
    AggModifier,
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    ValueType,
    VectorSelector,
    display_duration,
)

from icwatch.model import TARGET, Instruction, Matcher, Number
from icwatch.rules.arithmetic import AGGREGATES, BOOL, calculate
from icwatch_cli.fleet.promql_operators import check_operator
from icwatch_cli.fleet.promql_selectors import METRIC, select
from icwatch_cli.fleet.quoting import shown
from icwatch_cli.fleet.refusals import (
    GROUPING,
    ExpressionError,
    no_function,
    no_range,
    short,
)

MOST_NESTED = 50
"""Operations within one another. Deeper ones nobody reads, and Python's own stack has an end."""

FARTHEST = 30
"""Digits before or after the point: what is within can be kept by a table, and people mean no others."""


@dataclass(frozen=True, slots=True)
class Series:
    """A part of an expression that is a vector: its program, and the labels by which its values are told apart."""

    program: tuple[Instruction, ...]
    labels: tuple[str, ...]


Operand = Series | Number


def grouping(labels: Collection[str]) -> tuple[str, ...]:
    """Labels in the one form in which groupings are compared: sorted, or only `target` where it is among them."""
    return (TARGET,) if TARGET in labels else tuple(sorted(set(labels)))


def program_of(operand: Operand) -> tuple[Instruction, ...]:
    """The program that leaves an operand on the stack."""
    return operand.program if isinstance(operand, Series) else (Instruction("number", number=operand),)


class Translator:
    """Translates syntax trees. `matchers` stands for @LABELS, `group_by` for @GBLABELS; `labels` are all there are."""

    def __init__(self, matchers: Sequence[Matcher], group_by: Collection[str], labels: Collection[str]) -> None:
        self._matchers = tuple(matchers)
        self._group_by = tuple(group_by)
        self._labels = frozenset(labels)
        self._depth = 0

    def translate(self, tree: Expr) -> Operand:
        """What a syntax tree comes to. Raises ExpressionError."""
        tree = without_parentheses(tree)
        if self._depth == MOST_NESTED:
            raise ExpressionError(f"is nested more than {MOST_NESTED} deep", "write it shorter, or as several rules")
        self._depth += 1
        try:
            return _KINDS[type(tree)](self, tree)
        finally:
            self._depth -= 1

    def number(self, tree: NumberLiteral) -> Number:
        if not math.isfinite(tree.val):
            return _kept(None, str(tree))
        return _kept(Decimal(repr(tree.val)), str(tree))

    def text(self, tree: StringLiteral) -> Operand:
        raise ExpressionError(f"has the text {shown(tree.val)} for a value", "write a metric or a number")

    def matrix(self, tree: MatrixSelector) -> Operand:
        raise no_range(f"[{display_duration(tree.range)}]")

    def subquery(self, tree: SubqueryExpr) -> Operand:
        raise no_range("a subquery")

    def selector(self, tree: VectorSelector) -> Series:
        return Series((select(tree, self._matchers),), (TARGET,))

    def aggregate(self, tree: AggregateExpr) -> Series:
        do = str(tree.op)
        if do not in AGGREGATES:
            raise ExpressionError(f"{do} is no aggregate of a rule", f"use {', '.join(AGGREGATES)}")
        inner = self._series(tree.expr)
        labels = self._grouped(tree.modifier, inner.labels)
        return Series((*inner.program, Instruction(do, labels=labels)), labels)

    def call(self, tree: Call) -> Series:
        name = tree.func.name
        if any(kind == ValueType.Matrix for kind in tree.func.arg_types):
            raise no_range(name)
        if name not in ("abs", "round"):
            raise no_function(name)
        inner, *rest = tree.args
        series = self._series(inner)
        if name == "abs":
            return Series((*series.program, Instruction("abs")), series.labels)
        multiple = self.translate(rest[0]) if rest else 1
        assert not isinstance(multiple, Series), "the parser lets only a number through"
        if multiple == 0:
            raise ExpressionError("rounds to multiples of 0", "write round(value) for whole numbers")
        return Series((*series.program, Instruction("round", number=multiple)), series.labels)

    def negated(self, tree: UnaryExpr) -> Operand:
        return _joined("*", -1, self.translate(tree.expr))

    def binary(self, tree: BinaryExpr) -> Operand:
        left, right = self.sides(tree)
        by_number = tree.modifier is not None and tree.modifier.return_bool
        return _joined(str(tree.op) + (BOOL if by_number else ""), left, right)

    def sides(self, tree: BinaryExpr) -> tuple[Operand, Operand]:
        """Both sides of an operator that a rule can have and that suits them."""
        check_operator(tree)
        left, right = self.translate(tree.lhs), self.translate(tree.rhs)
        if isinstance(left, Series) and isinstance(right, Series) and left.labels != right.labels:
            unlike = f"{spoken(left.labels)} / {spoken(right.labels)}"
            wrong = f"the two sides are grouped differently ({unlike}), so nothing would match"
            raise ExpressionError(wrong, "group both sides by the same labels")
        return left, right

    def _series(self, tree: Expr) -> Series:
        operand = self.translate(tree)
        assert isinstance(operand, Series), "the parser lets only a vector through"
        return operand

    def _grouped(self, modifier: AggModifier | None, inner: tuple[str, ...]) -> tuple[str, ...]:
        """The labels of an aggregate over values that are told apart by `inner`."""
        if modifier is None:
            return ()
        named = {name for each in modifier.labels for name in (self._group_by if each == GROUPING else (each,))}
        if modifier.type == AggModifierType.By:
            if METRIC in named:
                raise ExpressionError(f"groups by {METRIC}, which is no label of a target", "leave it out")
            lost = spoken(sorted(named - set(inner)))
            if TARGET not in inner and not named <= set(inner):
                raise ExpressionError(
                    f"groups by {lost}, which the inner aggregate does not keep", f"add {lost} to the inner by"
                )
            return grouping(named)
        if TARGET not in inner:
            return grouping(set(inner) - named)
        return grouping(self._labels - named) if TARGET in named else inner


_KINDS: Mapping[type[Expr], Callable[[Translator, Any], Operand]] = {
    NumberLiteral: Translator.number,
    StringLiteral: Translator.text,
    MatrixSelector: Translator.matrix,
    SubqueryExpr: Translator.subquery,
    VectorSelector: Translator.selector,
    AggregateExpr: Translator.aggregate,
    Call: Translator.call,
    UnaryExpr: Translator.negated,
    BinaryExpr: Translator.binary,
}


def without_parentheses(tree: Expr) -> Expr:
    """What is in parentheses, however many there are."""
    while isinstance(tree, ParenExpr):
        tree = tree.expr
    return tree


def spoken(labels: Sequence[str]) -> str:
    """Labels in a sentence."""
    return short(", ".join(labels)) or "nothing"


def _joined(do: str, left: Operand, right: Operand) -> Operand:
    """Two sides under an operator; two numbers are calculated at once."""
    if not isinstance(left, Series) and not isinstance(right, Series):
        return _kept(calculate(do, left, right), f"{left} {do.removesuffix(BOOL)} {right}")
    labels = left.labels if isinstance(left, Series) else right.labels if isinstance(right, Series) else ()
    return Series((*program_of(left), *program_of(right), Instruction(do)), labels)


def _kept(number: Number | None, text: str) -> Number:
    """A number as it is kept: a whole one as such."""
    if number is None or (number and abs(Decimal(number).adjusted()) > FARTHEST):
        raise ExpressionError(f"{short(text)} is no number that can be kept", "write a number such as 0.5")
    return int(number) if number == int(number) else number
