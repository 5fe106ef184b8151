"""The values that something can have, as an interval, and how two of them compare. Pure.

A range may be wider than it has to be, never narrower.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from icwatch.model import COMPARATORS, Number

INFINITE = Decimal("Infinity")
NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
FLIPPED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Range:
    """The values that a group can have: from `least` to `most`, of these only whole numbers where `whole`.

    None where `least` is above `most`. `filtered` says that a comparison may leave the group without a value, and
    `emptied` that its value may be one that is calculated of nothing.
    """

    least: Decimal = -INFINITE
    most: Decimal = INFINITE
    whole: bool = False
    filtered: bool = False
    emptied: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is no value."""
        return self.least > self.most

    @property
    def is_point(self) -> bool:
        """Whether there is one value."""
        return self.least == self.most


ANY = Range()
NOTHING = Range(INFINITE, -INFINITE)
TRUTH = Range(Decimal(0), Decimal(1), whole=True)


def between(least: Number, most: Number, *, whole: bool = False) -> Range:
    """The range from one number to another, of these only whole ones where `whole`; no bound where one is no number."""
    low, high = Decimal(least), Decimal(most)
    low, high = (-INFINITE if low.is_nan() else low), (INFINITE if high.is_nan() else high)
    if whole:
        low, high = low.to_integral_value(ROUND_CEILING), high.to_integral_value(ROUND_FLOOR)
    elif low == high and low.is_finite():
        whole = low == low.to_integral_value()
    return Range(low, high, whole) if low <= high else NOTHING


def always(left: Range, comparator: str, right: Range) -> bool:
    """Whether a comparison holds for all values of two ranges."""
    if comparator in (">", ">="):
        return always(right, FLIPPED[comparator], left)
    if comparator == "==":
        return left.is_point and right.is_point and left.least == right.least
    if comparator == "!=":
        return left.most < right.least or right.most < left.least or _never_whole(left, right)
    return COMPARATORS[comparator](left.most, right.least)


def never(left: Range, comparator: str, right: Range) -> bool:
    """Whether a comparison holds for no values of two ranges."""
    return always(left, NEGATED[comparator], right)


def hull(ranges: Iterable[Range]) -> Range:
    """The narrowest range that holds them all."""
    given = [each for each in ranges if not each.is_empty]
    if not given:
        return NOTHING
    least, most = min(each.least for each in given), max(each.most for each in given)
    return between(least, most, whole=all(each.whole for each in given))


def _never_whole(left: Range, right: Range) -> bool:
    """Whether the one has only whole values and the other is a single one that is not."""
    return (left.whole and right.is_point and not right.whole) or (right.whole and left.is_point and not left.whole)


def kept(values: Range, comparator: str, other: Range) -> Range:
    """The values for which a comparison with one of `other` can hold."""
    if never(values, comparator, other):
        return NOTHING
    step = 1 if values.whole and other.is_point and other.whole else 0
    match comparator:
        case "==":
            least, most = max(values.least, other.least), min(values.most, other.most)
            return between(least, most, whole=values.whole or other.whole)
        case "!=":
            least = values.least + step if other.is_point and values.least == other.least else values.least
            most = values.most - step if other.is_point and values.most == other.most else values.most
            return between(least, most, whole=values.whole)
        case "<" | "<=":
            beyond = other.most - step if comparator == "<" else other.most
            return between(values.least, min(values.most, beyond), whole=values.whole)
        case _:
            beyond = other.least + step if comparator == ">" else other.least
            return between(max(values.least, beyond), values.most, whole=values.whole)
