"""Items with DynamoDB's types written out, and back; large ones squeezed.

An item may take 400 KB, and a shard whose every target raises every alarm has more to say. So a large item keeps its
texts, numbers and truth values as they are, keys and conditions among them, and its mappings and lists are squeezed
into one attribute. Small items stay as they are, because people read them in the console.
"""

from __future__ import annotations

import base64
import json
import lzma
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from icwatch.errors import ItemError
from icwatch.storage.capacity import DECIMAL, MAX_PLAIN_BYTES, MAX_SQUEEZED_BYTES, large_part, squeeze

SQUEEZED = "squeezed"
"""The attribute that holds mappings and lists as JSON, packed by xz."""

_TORN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    lzma.LZMAError,
)
"""What reading `squeezed` raises where it is not what was written."""

T = TypeVar("T")

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def pack(item: Mapping[str, Any], most_plain: int = MAX_PLAIN_BYTES) -> dict[str, Any]:
    """A plain item with DynamoDB's types written out, squeezed where it is larger than `most_plain` bytes.

    Raises ItemError where DynamoDB would refuse it even so.
    """
    text = large_part(item, _write_other)
    if len(text) <= most_plain:
        return {name: _serializer.serialize(value) for name, value in item.items()}
    squeezed = squeeze(text)
    if len(squeezed) > MAX_SQUEEZED_BYTES:
        raise ItemError(
            f"item ({_key(item)}): {len(squeezed)} bytes even when squeezed, and DynamoDB takes 400 KB; "
            "shorten labels, failure details or runbooks, or have fewer rules"
        )
    small = {name: _serializer.serialize(value) for name, value in item.items() if not isinstance(value, dict | list)}
    return {**small, SQUEEZED: {"B": squeezed}}


def pack_first(forms: Iterable[T], write: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """The first of ever smaller forms that `write` packs into an item. Raises ItemError where it packs none of them."""
    problem = ItemError("there is no item")
    for form in forms:
        try:
            return write(form)
        except ItemError as error:
            problem = error
    raise problem


def unpack(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain item from one with DynamoDB's types, be it read from a table or found in a stream's event."""
    plain = {name: _deserializer.deserialize(value) for name, value in item.items() if name != SQUEEZED}
    if SQUEEZED in item:
        try:
            return {**_unsqueeze(item[SQUEEZED]), **plain}  # what is beside it is what the item is found by
        except _TORN as error:
            raise ItemError(f"item ({_key(plain)}): {SQUEEZED} cannot be read: {error!r}") from error
    return plain


def _unsqueeze(attribute: Mapping[str, Any]) -> dict[str, Any]:
    data = attribute["B"]
    if isinstance(data, str):  # as Lambda delivers it; boto3 decodes it by itself
        data = base64.b64decode(data, validate=True)
    return dict(json.loads(lzma.decompress(data), object_hook=_read_other))


def _write_other(value: object) -> dict[str, Any]:
    """What JSON has no form for: a decimal, and of what we only keep because we cannot read it, bytes and sets."""
    typed: Mapping[str, Any] = _serializer.serialize(value)  # which refuses what DynamoDB does, such as NaN
    kind, held = next(iter(typed.items()))
    if kind == "B":
        held = base64.b64encode(bytes(held)).decode()
    elif kind == "BS":
        held = [base64.b64encode(bytes(each)).decode() for each in held]
    return {DECIMAL: held if kind == "N" else {kind: held}}


def _read_other(mapping: dict[str, Any]) -> Any:
    if DECIMAL not in mapping:
        return mapping
    if isinstance(mapping[DECIMAL], str):
        return Decimal(mapping[DECIMAL])
    kind, held = next(iter(mapping[DECIMAL].items()))
    if kind == "B":
        held = base64.b64decode(held)
    elif kind == "BS":
        held = [base64.b64decode(each) for each in held]
    typed: Any = {kind: held}
    return _deserializer.deserialize(typed)


def _key(item: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={item[name]}" for name in ("kind", "id", "shard", "at") if name in item) or "no key"
