"""Which operators of PromQL a rule can have. Pure."""

from __future__ import annotations

from promql_parser import BinaryExpr, LabelModifierType

from icwatch.model import COMPARATORS
from icwatch.rules.arithmetic import ARITHMETIC, SET_OPERATORS
from icwatch_cli.fleet.refusals import ExpressionError


def check_operator(tree: BinaryExpr) -> None:
    """Raises ExpressionError where a rule cannot have the operator or what is written with it."""
    operator, modifier = str(tree.op), tree.modifier
    known = (*ARITHMETIC, *COMPARATORS, *SET_OPERATORS)
    if operator not in known:
        raise ExpressionError(f"{operator} is no operator of a rule", f"use {' '.join(known)}")
    if modifier is None:
        return
    if modifier.matching is not None:
        word = "on" if modifier.matching.type == LabelModifierType.Include else "ignoring"
        right = f"group both sides by the same labels, and leave {word} out"
        raise ExpressionError(f"{word} matches the two sides by labels of its own", right)
    if modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None:
        raise ExpressionError("fill makes values up", "leave it out: what is unseen is neither good nor bad")
