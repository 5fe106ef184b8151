"""What can be read of an item whose content may be anything."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from icwatch.errors import ItemError
from icwatch.storage.packing import SQUEEZED, unpack

Raw = Mapping[str, Any]
"""An item with DynamoDB's types written out."""

Unreadable = dict[tuple[str, str], str]
"""What is wrong, by kind and id, as `Inventory.unreadable` has it."""

UNREAD = (ItemError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
"""What reading an item of any content can raise; all of it says that the item is not as we write it."""


def read_plain(raw: Raw) -> tuple[dict[str, Any], str | None]:
    """An item's plain attributes: all of them, or those that can be read and why the others cannot."""
    try:
        return unpack(raw), None
    except UNREAD as error:
        item: dict[str, Any] = {}
        for name, value in raw.items():
            if name != SQUEEZED:
                with contextlib.suppress(*UNREAD):
                    item |= unpack({name: value})
        return item, str(error)
