"""Series of samples as a test writes them: marks of the health, or values of any metric. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from icwatch.model import Number
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.quoting import shown

MAX_MARKS = 10_000

MARKS: Mapping[str, Number | None] = {".": 1, "x": 0, "_": None}
"""What the marks of a series mean."""

_MARKS = re.compile(r"([.x_])(?:\*([1-9][0-9]{0,3}))?")
_SERIES = re.compile(rf"\s*(?:{_MARKS.pattern}\s*)+")
_VALUES = re.compile(r"(_|-?[0-9]{1,15}(?:\.[0-9]{1,15})?)(?:\*([1-9][0-9]{0,3}))?")
_VALUE_SERIES = re.compile(rf"\s*{_VALUES.pattern}(?:\s+{_VALUES.pattern})*\s*")

Series = tuple[Number | None, ...]
"""A value a cycle; None is unseen."""


def read_marks(at: Cursor) -> Series:
    """A series of marks, one a cycle."""
    value = at.value
    if not isinstance(value, str) or not _SERIES.fullmatch(value):
        right = "write a mark a cycle (. good, x bad, _ unseen), such as x......, or x .*6 in short"
        at.wrong(f"{shown(value)} is no series", right)
        return ()
    return _unfold(at, [(MARKS[mark], count) for mark, count in _MARKS.findall(value)])


def read_values(at: Cursor) -> Series:
    """A series of values, one a cycle."""
    value = at.value
    text = str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _VALUE_SERIES.fullmatch(text):
        right = "write a value a cycle (_ unseen), such as 0.2 0.3 _ 4, or 0.2*5 _ 4 in short"
        at.wrong(f"{shown(value)} is no series of values", right)
        return ()
    found = _VALUES.findall(text)
    return _unfold(at, [(None if each == "_" else Decimal(each), count) for each, count in found])


def _unfold(at: Cursor, parts: Sequence[tuple[Number | None, str]]) -> Series:
    cycles = sum(int(count or 1) for _, count in parts)
    if cycles > MAX_MARKS:
        at.wrong(f"has {cycles} marks", f"write at most {MAX_MARKS}")
        return ()
    return tuple(value for value, count in parts for _ in range(int(count or 1)))
