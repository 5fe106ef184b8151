"""What an expression calculates with: numbers, values that a comparison left out, and what is calculated of nothing.

A quotient by zero, or whatever else is no number, is no value. Pure.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Context, Decimal

from icwatch.model import COMPARATORS, Number

BOOL = "bool"
"""The end of a comparison's name that gives 1 or 0 instead of filtering: `==bool`."""

CONTEXT = Context(prec=17, Emin=-110, Emax=125, traps=[])
"""As precise as Prometheus's own numbers, and within what a table holds (a last digit at 10^-126 among it). What is no
number does not raise."""

ARITHMETIC: Mapping[str, Callable[[Number, Number], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
    "%": CONTEXT.remainder,
    "^": lambda base, exponent: CONTEXT.power(base, exponent) if exponent else Decimal(1),
}

AGGREGATES: Mapping[str, Callable[[Sequence[Number]], Number]] = {
    "min": min,
    "max": max,
    "sum": lambda values: functools.reduce(CONTEXT.add, values, Decimal(0)),
    "count": len,
    "avg": lambda values: CONTEXT.divide(functools.reduce(CONTEXT.add, values, Decimal(0)), len(values)),
}


@dataclass(frozen=True, slots=True)
class Emptied:
    """A value that is calculated of the 0 to which a `count` or `sum` of nothing comes, in a group that was seen.

    Prometheus has no value there. `counts` says whether a comparison has let it through since, so that an outer `count`
    counts it.
    """

    number: Number
    counts: bool = False


SET_OPERATORS = ("and", "or", "unless")
"""Between two vectors: they keep or drop values, and calculate nothing."""

Value = Number | Emptied | None
"""Of a group that was seen; None was filtered out."""


def number_of(value: Value) -> Number | None:
    """The number of a value, whether Prometheus has it or not."""
    return value.number if isinstance(value, Emptied) else value


def calculate(do: str, left: Number, right: Number) -> Number | None:
    """An operator between two numbers; None where the result is no number."""
    value = number_of(joined(do, left, right, left))
    return None if value is None or not is_number(value) else plain(value)


def aggregated(do: str, members: Sequence[Value]) -> Value:
    """An aggregate over values. What is calculated of nothing takes part only where no member has a value of its own.

    So the result is Prometheus's wherever that has one. Of nothing, `count` and `sum` are 0; the others have no value.
    """
    numbers = [value for value in members if value is not None and not isinstance(value, Emptied)]
    if numbers:
        return AGGREGATES[do](numbers)
    emptied = [value for value in members if isinstance(value, Emptied)]
    counted = sum(value.counts for value in emptied)
    if do == "count":
        return Emptied(counted, counted > 0)
    if emptied:
        return Emptied(AGGREGATES[do]([value.number for value in emptied]), counted > 0)
    return Emptied(0) if do == "sum" else None


def joined(do: str, left: Value, right: Value, passed: Value) -> Value:
    """Two values under an operator. A comparison without `bool` gives what is `passed`, or filters it out."""
    if left is None or right is None:
        return None
    if isinstance(left, Emptied) or isinstance(right, Emptied):
        value = number_of(joined(do, number_of(left), number_of(right), number_of(passed)))
        counts = do in COMPARATORS or all(not isinstance(side, Emptied) or side.counts for side in (left, right))
        return None if value is None else Emptied(value, counts)
    if do in COMPARATORS:
        return passed if COMPARATORS[do](left, right) else None
    if do in ARITHMETIC:
        return ARITHMETIC[do](left, right)
    return int(COMPARATORS[do.removesuffix(BOOL)](left, right))


def intersected(left: Value, right: Value) -> Value:
    """`and`: the left one where the right one has a value, too."""
    if left is None or not has_value(right):
        return None
    return _emptied(left) if isinstance(right, Emptied) else left


def united(left: Value, right: Value) -> Value:
    """`or`: the left one, or the right one where only that has a value. Prometheus's own come before all others."""
    for side in (left, right):
        if side is not None and not isinstance(side, Emptied):
            return side
    return right if left is None or (not has_value(left) and has_value(right)) else left


def subtracted(left: Value, right: Value | None) -> Value:
    """`unless`: the left one where the right one has no value of Prometheus's."""
    return left if right is None or isinstance(right, Emptied) else None


def has_value(value: Value) -> bool:
    """Whether `and` and `or` take it for one: what is calculated of nothing once a comparison let it through."""
    return value.counts if isinstance(value, Emptied) else value is not None


def _emptied(value: Value) -> Value:
    """Of a value that Prometheus does not have, because it depends on one that it does not have."""
    if value is None or isinstance(value, Emptied):
        return value
    return Emptied(value, counts=True)


def changed(change: Callable[[Number], Number], value: Value) -> Value:
    """A function of one value, such as `abs`."""
    if isinstance(value, Emptied):
        return replace(value, number=change(value.number))
    return None if value is None else change(value)


def absolute(value: Number) -> Decimal:
    """Without its sign."""
    return CONTEXT.abs(value)


def rounded(value: Number, multiple: Number) -> Decimal:
    """To the nearest multiple, upwards where two are as near."""
    steps = CONTEXT.add(CONTEXT.divide(value, multiple), Decimal("0.5"))
    return CONTEXT.multiply(steps.to_integral_value(ROUND_FLOOR), multiple)


def is_number(value: Number) -> bool:
    """Whether it is one, and not infinite."""
    return not isinstance(value, Decimal) or value.is_finite()


def plain(number: Number) -> Number:
    """A whole number as such."""
    if isinstance(number, int) or number != number.to_integral_value() or number.adjusted() > CONTEXT.prec:
        return number  # a longer one stays as it is, because written out it would have more digits than a table holds
    return int(number)
