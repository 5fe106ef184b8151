"""How large DynamoDB counts an item, and the units that this makes. Pure.

The rules are those of "DynamoDB item sizes and formats" and of "DynamoDB read and write operations" in its developer
guide: texts by their UTF-8 bytes, numbers by two digits a byte and one more, three bytes for each list and mapping and
one for each of their elements.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

OVERHEAD_BYTES = 100
"""What is paid for an item's place in the table beside its own bytes."""

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096


def item_bytes(item: Mapping[str, Any]) -> int:
    """The bytes of an item with DynamoDB's types written out, as `storage.packing.pack` makes it."""
    return sum(len(name.encode()) + _value_bytes(typed) for name, typed in item.items())


def write_units(size: float) -> int:
    """What one plain write of an item of so many bytes takes; in a transaction it is twice that."""
    return max(1, math.ceil(size / WRITE_UNIT_BYTES))


def read_units(size: float) -> int:
    """What one consistent read of an item of so many bytes takes."""
    return max(1, math.ceil(size / READ_UNIT_BYTES))


def _value_bytes(typed: Mapping[str, Any]) -> int:
    kind, value = next(iter(typed.items()))
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return math.ceil(len(Decimal(value).normalize().as_tuple().digits) / 2) + 1
        case "B":
            return len(value)
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in value)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_bytes(each) for name, each in value.items())
        case _:
            return 1  # truth values, and nothing
