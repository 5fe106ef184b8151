"""Interval arithmetic: what an expression can come to, by what it calculates with can be. Pure.

It mirrors `arithmetic.py`: whatever that makes of values within ranges lies within the range that this makes of the
ranges. Sums, differences, products and quotients are rounded correctly there, so bounds that are calculated in the same
way hold for all that lies between them.

Most targets can have the same values, so what was found once is kept for the others.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal, Inexact

from icwatch.model import COMPARATORS, Number
from icwatch.rules.arithmetic import BOOL, CONTEXT, absolute, rounded
from icwatch_cli.fleet.ranges import ANY, FLIPPED, NOTHING, Range, always, between, hull, kept, never

ZERO = Decimal(0)

_SLACK = Decimal("1E-12")
"""A bound that was rounded is moved outwards by this share of it: far more than all rounding comes to."""

_MOST_EXACT = 12
"""Digits of a bound up to which the sum of as many as a fleet has targets is exact."""

_LARGE = Decimal(10) ** 16
"""Whole numbers below it are never rounded."""


@functools.lru_cache(maxsize=1024)
def joined(do: str, left: Range, right: Range, *, passes_left: bool = True) -> Range:
    """Two ranges under an operator; a comparison without `bool` passes the left or the right one."""
    filtered = left.filtered or right.filtered
    if left.is_empty or right.is_empty:
        found = NOTHING
    elif do in COMPARATORS:
        found = kept(left, do, right) if passes_left else kept(right, FLIPPED[do], left)
        filtered = filtered or not always(left, do, right)
    elif do.endswith(BOOL):
        comparator = do.removesuffix(BOOL)
        found = between(int(always(left, comparator, right)), int(not never(left, comparator, right)), whole=True)
    else:
        found = _ARITHMETIC[do](left, right)
    return replace(found, filtered=filtered, emptied=left.emptied or right.emptied)


def aggregated(do: str, members: Sequence[Range]) -> Range:
    """An aggregate over any of its members that were seen, one at least."""
    valued = [member for member in members if not member.is_empty]
    filtered, emptied = any(member.filtered for member in members), any(member.emptied for member in members)
    if do in ("count", "sum"):
        total = between(1, len(valued), whole=True) if do == "count" else _sum(valued)
        nothing = [between(0, 0)] if filtered or emptied or not valued else []
        return replace(hull([total, *nothing]), emptied=bool(nothing))
    found = hull(valued)
    if do == "avg":
        found = _outward(replace(found, whole=found.whole and (len(members) == 1 or found.is_point)), long_only=True)
    return replace(found, filtered=filtered, emptied=emptied)


def _sum(members: Sequence[Range]) -> Range:
    """Of any of the members: the lowest sum leaves out what is above 0, the highest what is below."""
    if not members:
        return NOTHING
    low, high = min(each.least for each in members), max(each.most for each in members)
    exact = CONTEXT.copy()
    exact.clear_flags()
    if low < 0:
        low = functools.reduce(exact.add, (min(each.least, ZERO) for each in members), ZERO)
    if high > 0:
        high = functools.reduce(exact.add, (max(each.most, ZERO) for each in members), ZERO)
    total = Range(low, high, all(each.whole for each in members))
    return _outward(total) if exact.flags[Inexact] else between(low, high, whole=total.whole)


def _outward(values: Range, *, long_only: bool = False) -> Range:
    """A range whose bounds were rounded, a little wider; with `long_only` those bounds that have many digits."""
    low, high = (
        bound if long_only and len(bound.as_tuple().digits) <= _MOST_EXACT else CONTEXT.add(bound, abs(bound) * sign)
        for bound, sign in ((values.least, -_SLACK), (values.most, _SLACK))
    )
    return between(low, high, whole=values.whole)


def intersected(left: Range, right: Range) -> Range:
    """`and`: the left one where the right one has a value, too."""
    found = NOTHING if right.is_empty else left
    lost = left.filtered or right.filtered or right.emptied
    return replace(found, filtered=lost, emptied=left.emptied or right.emptied)


def united(left: Range, right: Range | None) -> Range:
    """`or`: the left one, or the right one where only that has a value; None: the right side has no such group."""
    if right is None:
        return left
    lost = left.filtered or right.filtered
    return replace(hull([left, right]), filtered=lost, emptied=left.emptied or right.emptied)


def subtracted(left: Range) -> Range:
    """`unless`: the left one, or nothing."""
    return replace(left, filtered=True)


@functools.lru_cache(maxsize=1024)
def absolutes(values: Range) -> Range:
    """The range of `abs`."""
    ends = sorted((absolute(values.least), absolute(values.most)))
    return _changed(values, ZERO if values.least <= 0 <= values.most else ends[0], ends[1], whole=values.whole)


@functools.lru_cache(maxsize=1024)
def multiples(values: Range, multiple: Number) -> Range:
    """The range of `round` to a multiple."""
    low, high = rounded(values.least, multiple), rounded(values.most, multiple)
    return _changed(values, low, high, whole=multiple == int(multiple))


def _changed(values: Range, least: Decimal, most: Decimal, *, whole: bool) -> Range:
    if values.is_empty:
        return values
    return replace(between(least, most, whole=whole), filtered=values.filtered, emptied=values.emptied)


def _add(left: Range, right: Range) -> Range:
    ends = (CONTEXT.add(left.least, right.least), CONTEXT.add(left.most, right.most))
    return _around(ends, whole=left.whole and right.whole)


def _subtract(left: Range, right: Range) -> Range:
    ends = (CONTEXT.subtract(left.least, right.most), CONTEXT.subtract(left.most, right.least))
    return _around(ends, whole=left.whole and right.whole)


def _around(ends: Iterable[Decimal], *, whole: bool = False) -> Range:
    """From the lowest of the ends to the highest; all there is where one is no number."""
    known = [*ends]
    if not known or any(end.is_nan() for end in known):
        return Range(whole=whole)
    return between(min(known), max(known), whole=whole)


def _multiply(left: Range, right: Range) -> Range:
    ends = [CONTEXT.multiply(a, b) for a in (left.least, left.most) for b in (right.least, right.most)]
    # 0 by the infinite: no value is infinite, so 0.
    return _around([ZERO if end.is_nan() else end for end in ends], whole=left.whole and right.whole)


def _divide(left: Range, right: Range) -> Range:
    """A quotient by zero is no value."""
    divisor = kept(right, "!=", between(0, 0))
    if divisor.is_empty:
        return NOTHING
    if divisor.least <= 0 <= divisor.most:
        return Range(ZERO) if left.least >= 0 and divisor.least >= 0 else ANY
    ends = [CONTEXT.divide(a, b) for a in (left.least, left.most) for b in (divisor.least, divisor.most)]
    return _around(end for end in ends if not end.is_nan())  # infinite by infinite: the others are around it


def _remainder(left: Range, right: Range) -> Range:
    """It has the sign of what is divided, and is smaller than what divides; by zero there is none."""
    whole = left.whole and right.whole
    below = max(absolute(right.least), absolute(right.most))
    if below == 0:
        return NOTHING
    below = below - 1 if whole and below < _LARGE else below
    lowest, highest = CONTEXT.plus(min(left.least, ZERO)), CONTEXT.plus(max(left.most, ZERO))
    return between(max(lowest, -below), min(highest, below), whole=whole)


def _power(left: Range, right: Range) -> Range:
    if not right.is_point or not right.least.is_finite():
        return Range(ZERO) if left.least >= 0 else ANY
    exponent = right.least
    if exponent == 0:
        return between(1, 1)
    base = left if right.whole else kept(left, ">=", between(0, 0))  # a root of what is below 0 is no number
    if base.is_empty:
        return NOTHING
    around_zero = base.least <= 0 <= base.most
    if exponent < 0 and around_zero:
        return Range(ZERO) if base.least >= 0 else ANY
    ends = [CONTEXT.power(base.least, exponent), CONTEXT.power(base.most, exponent), *([ZERO] if around_zero else [])]
    found = _around(ends)
    return _outward(replace(found, whole=base.whole and right.whole and exponent > 0))


_ARITHMETIC = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide, "%": _remainder, "^": _power}
