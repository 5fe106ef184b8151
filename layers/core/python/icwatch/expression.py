"""Expressions: PromQL's instant vectors over one sweep, as a checked program in postfix order. Pure.

`config/expressions.py` makes a program from what a person writes; a function only evaluates it. A series is known by
its target, because each target has one sample of a metric a sweep; so a result that keeps the label `target` is told
apart by the target alone, and any other by the labels that an aggregate left.

A comparison filters, as in PromQL. What it leaves out is not forgotten but has no value: that group was seen and is not
breached, which is something else than unseen. A quotient by zero is no number and is left out.
"""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Context, Decimal

from icwatch.model import TARGET, Instruction, Matcher, Number, Target
from icwatch.pattern import matches

Group = str | tuple[tuple[str, str], ...]
"""What a value is of: a target's id, or the values of the labels that an aggregate left."""

Vector = dict[Group, Number | None]
"""Values by group; None was seen and filtered out."""

Samples = Callable[[str], Mapping[str, Number]]
"""The values of a metric by target."""

COMPARATORS: Mapping[str, Callable[[Number, Number], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

BOOL = "bool"
"""The end of a comparison's name that gives 1 or 0 instead of filtering: `==bool`."""

_CONTEXT = Context(prec=17, Emin=-110, Emax=125, traps=[])
"""As precise as Prometheus's own numbers, and within what a table holds (a last digit at 10^-126 among it). What is no
number does not raise."""

ARITHMETIC: Mapping[str, Callable[[Number, Number], Decimal]] = {
    "+": _CONTEXT.add,
    "-": _CONTEXT.subtract,
    "*": _CONTEXT.multiply,
    "/": _CONTEXT.divide,
    "%": _CONTEXT.remainder,
    "^": lambda base, exponent: _CONTEXT.power(base, exponent) if exponent else Decimal(1),
}

AGGREGATES: Mapping[str, Callable[[Sequence[Number]], Number]] = {
    "min": min,
    "max": max,
    "sum": lambda values: functools.reduce(_CONTEXT.add, values, Decimal(0)),
    "count": len,
    "avg": lambda values: _CONTEXT.divide(functools.reduce(_CONTEXT.add, values, Decimal(0)), len(values)),
}


def measure(program: Sequence[Instruction], targets: Mapping[str, Target], samples: Samples) -> Vector:
    """The values of an expression by group. Samples of targets that are not among `targets` are passed over."""
    stack: list[Vector | Number] = []
    for step in program:
        if step.do == "select":
            stack.append(_select(step, targets, samples(step.metric)))
        elif step.do == "number":
            stack.append(step.number)
        elif step.do in AGGREGATES:
            stack.append(_aggregate(step, targets, _vector(stack.pop())))
        elif step.do in ("abs", "round"):
            stack.append(_each(step, _vector(stack.pop())))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_combine(step.do, left, right))
    (result,) = stack
    return _vector(result)


def calculate(do: str, left: Number, right: Number) -> Number | None:
    """An operator between two numbers; None where the result is no number."""
    value = _joined(do, left, right, left)
    return None if value is None or not _is_number(value) else _plain(value)


def selects(program: Sequence[Instruction], target: Target) -> bool:
    """Whether a series of the target takes part in the expression."""
    return any(step.do == "select" and _fits(step.matchers, target) for step in program)


def metrics_of(program: Sequence[Instruction]) -> tuple[str, ...]:
    """The names of the metrics that it reads, in order."""
    return tuple(dict.fromkeys(step.metric for step in program if step.do == "select"))


def group_of(labels: Sequence[str], target: Target) -> Group:
    """The group of a target where values are told apart by these labels."""
    if TARGET in labels:
        return target.id
    return tuple([(name, target.labels.get(name, "")) for name in labels])


def name_of(group: Group) -> str:
    """A group's name for people, and within its rule: `192.168.0.1`, `vpc=vpc-2`, `region=cn,vpc=vpc-2`, `all`."""
    if isinstance(group, str):
        return group
    given = [(name, value) for name, value in group if value] or group
    return ",".join(f"{name}={_quoted(value)}" for name, value in given) or "all"


def names_labels(group: str) -> bool:
    """Whether a group's name is one of labels and not of a target: no address has a `=` in it."""
    return "=" in group or group == "all"


def _quoted(value: str) -> str:
    plain = not any(char in ',="\\' or char.isspace() for char in value)
    return value if plain else json.dumps(value, ensure_ascii=False)


def _vector(operand: Vector | Number) -> Vector:
    assert isinstance(operand, dict), "a checked program keeps numbers and vectors apart"
    return operand


def _select(step: Instruction, targets: Mapping[str, Target], samples: Mapping[str, Number]) -> Vector:
    matchers = step.matchers
    return {
        name: value
        for name, value in samples.items()
        if name in targets and (not matchers or _fits(matchers, targets[name]))
    }


def _fits(matchers: Sequence[Matcher], target: Target) -> bool:
    return all(_holds(matcher, target.label(matcher.label)) for matcher in matchers)


def _holds(matcher: Matcher, value: str) -> bool:
    found = matches(matcher.value, value) if matcher.op.endswith("~") else matcher.value == value
    return found is not matcher.op.startswith("!")


def _aggregate(step: Instruction, targets: Mapping[str, Target], vector: Vector) -> Vector:
    if TARGET in step.labels:  # each series is a group of its own
        return vector if step.do != "count" else {key: None if value is None else 1 for key, value in vector.items()}
    groups: dict[Group, list[Number]] = {}
    for key, value in vector.items():
        labels = targets[key].labels if isinstance(key, str) else dict(key)
        members = groups.setdefault(tuple([(name, labels.get(name, "")) for name in step.labels]), [])
        if value is not None:
            members.append(value)
    aggregate = AGGREGATES[step.do]
    return _finite((group, aggregate(members) if members else None) for group, members in groups.items())


def _each(step: Instruction, vector: Vector) -> Vector:
    """`abs` or `round` of every value."""
    change = _CONTEXT.abs if step.do == "abs" else functools.partial(_rounded, multiple=step.number)
    return _finite((group, None if value is None else change(value)) for group, value in vector.items())


def _rounded(value: Number, multiple: Number) -> Decimal:
    """To the nearest multiple, upwards where two are as near."""
    steps = _CONTEXT.add(_CONTEXT.divide(value, multiple), Decimal("0.5"))
    return _CONTEXT.multiply(steps.to_integral_value(ROUND_FLOOR), multiple)


def _combine(do: str, left: Vector | Number, right: Vector | Number) -> Vector:
    """An operator between a vector and a number, or between two vectors by their groups."""
    if not isinstance(left, dict):
        return _finite((group, _joined(do, left, b, b)) for group, b in _vector(right).items())
    if not isinstance(right, dict):
        return _finite((group, _joined(do, a, right, a)) for group, a in left.items())
    return _finite((group, _joined(do, a, right[group], a)) for group, a in left.items() if group in right)


def _joined(do: str, left: Number | None, right: Number | None, passed: Number | None) -> Number | None:
    """Two values under an operator. A comparison without `bool` gives what is `passed`, or filters it out."""
    if left is None or right is None:
        return None
    if do in COMPARATORS:
        return passed if COMPARATORS[do](left, right) else None
    if do in ARITHMETIC:
        return ARITHMETIC[do](left, right)
    return int(COMPARATORS[do.removesuffix(BOOL)](left, right))


def _finite(values: Iterable[tuple[Group, Number | None]]) -> Vector:
    """Whole numbers as such, and without what is no number, such as a quotient by zero."""
    return {group: value if value is None else _plain(value) for group, value in values if _is_number(value)}


def _is_number(value: Number | None) -> bool:
    return not isinstance(value, Decimal) or value.is_finite()


def _plain(number: Number) -> Number:
    if isinstance(number, int) or number != number.to_integral_value() or number.adjusted() > _CONTEXT.prec:
        return number  # a longer one stays as it is, because written out it would have more digits than a table holds
    return int(number)
