"""The numbers of many targets as bytes: whole ones of one width, in the order of the names. Pure.

In front are the width in bytes, the digits after the point, and the least of the values. Of each name there is 0 where
it has none, and otherwise by how much its value exceeds the least, and 1.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping
from decimal import Decimal
from sys import byteorder
from typing import Any

from icwatch.model import Number
from icwatch.model.columns import Late, Names
from icwatch.storage.codec import read_number

MOST_DIGITS = 9
"""Digits after the point of numbers that are packed."""

_HEADER = struct.Struct("<BBq")
_WIDTHS = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""Bytes of a packed number, and what `array` calls them."""

_LIMIT = 2**63


def pack_numbers(names: Names, values: Mapping[str, Number]) -> bytes | None:
    """The values of names that have one; None where they cannot be packed."""
    given = [values.get(name) for name in names]
    numbers = [read_number(each, "a value") for each in given if each is not None]
    digits = max((-int(each.as_tuple().exponent) for each in numbers if isinstance(each, Decimal)), default=0)
    if not numbers or digits > MOST_DIGITS:
        return None
    scaled = [None if each is None else int(Decimal(each).scaleb(digits)) for each in given]
    least = min(each for each in scaled if each is not None)
    cells = [0 if each is None else each - least + 1 for each in scaled]
    width = next((width for width in _WIDTHS if max(cells) < 256**width), None)
    if width is None or not -_LIMIT <= least < _LIMIT:
        return None
    return _HEADER.pack(width, digits, least) + _in_table_order(array(_WIDTHS[width], cells)).tobytes()


def read_numbers(names: Names, data: bytes) -> Mapping[str, Any]:
    """The values by name. That there is one for each is looked at now, and they are read when they are asked for.

    Raises ValueError or struct.error.
    """
    width, digits, least = _HEADER.unpack_from(data)
    if width not in _WIDTHS or digits > MOST_DIGITS or len(data) - _HEADER.size != width * len(names):
        raise ValueError(f"{len(data)} bytes are not the numbers of {len(names)} targets")
    return _Numbers(names, data, digits, least)


class _Numbers(Late[Number]):
    """Packed numbers by name, read when somebody asks for them."""

    def __init__(self, names: Names, data: bytes, digits: int, least: int) -> None:
        self._names, self._data, self._digits, self._least = names, data, digits, least

    def _written_out(self) -> dict[str, Number]:
        cells = _in_table_order(array(_WIDTHS[self._data[0]], self._data[_HEADER.size :]))
        first = self._least - 1
        given = ((name, first + cell) for name, cell in zip(self._names, cells, strict=True) if cell)
        if not self._digits:
            return dict(given)
        return {name: read_number(Decimal(each).scaleb(-self._digits).normalize(), name) for name, each in given}


def _in_table_order(cells: array[int]) -> array[int]:
    """From this machine's order of bytes to the table's, which is little-endian, or back."""
    if byteorder == "big":
        cells.byteswap()
    return cells
