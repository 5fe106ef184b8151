"""The documents of the tables: what an item holds, and reading it back.

Readers raise ItemError, which names the document, the item's key and the place in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from icwatch.codec import decode, encode
from icwatch.errors import ItemError

T = TypeVar("T")
Item = dict[str, Any]
"""One item in plain Python values."""


def write_item(document: object, **attributes: object) -> Item:
    """A document as an item, with further attributes such as `expires_at` or a key."""
    return {**encode(document), **attributes}


def read_item(kind: type[T], item: Mapping[str, Any]) -> T:
    """The document of type `kind` that an item holds."""
    try:
        return decode(kind, item)
    except (ValueError, TypeError) as error:
        key = [f"{name}={item[name]}" for name in ("kind", "id", "shard", "at") if name in item]
        raise ItemError(f"{kind.__name__} item ({', '.join(key) or 'no key'}): {error}") from error
