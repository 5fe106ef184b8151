"""Items with DynamoDB's types, small and squeezed."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.errors import ItemError
from icwatch.storage.capacity import MAX_PLAIN_BYTES
from icwatch.storage.packing import pack, unpack
from icwatch.storage.stream import Record

numbers = st.integers(-(10**37), 10**37) | st.decimals(-(10**12), 10**12, places=6)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3),
)
items = st.dictionaries(st.text(min_size=1, max_size=8), values, max_size=5)


def delivered(image: dict[str, Any]) -> dict[str, Any]:
    """An image as it comes in an event, which is JSON: bytes are written in base64."""
    event: dict[str, Any] = json.loads(json.dumps(image, default=lambda data: base64.b64encode(data).decode()))
    return event


@given(items)
def test_whatever_an_item_holds_comes_back_from_table_and_stream(item: dict[str, Any]) -> None:
    kept = {name for name, value in item.items() if not isinstance(value, dict | list)}
    packed = pack(item, most_plain=2)  # an item that holds nothing large takes two: {}
    assert packed.keys() == (kept | {"squeezed"} if kept != item.keys() else kept)
    assert unpack(packed) == item
    assert Record("1", delivered(packed)).item() == item


def test_only_what_is_large_is_squeezed() -> None:
    fits = {"shard": "shard-0001", "alarms": {"a": "x" * (MAX_PLAIN_BYTES - len('{"alarms":{"a":""}}'))}}
    assert pack(fits).keys() == {"shard", "alarms"}
    larger = {**fits, "alarms": {"a": fits["alarms"]["a"] + "x"}}  # type: ignore[index]  # the inner one is a mapping
    packed = pack(larger)
    assert packed.keys() == {"shard", "squeezed"}
    assert len(packed["squeezed"]["B"]) < 1000
    assert unpack(packed) == larger


@pytest.mark.parametrize("value", [b"x", {1, 2}, {"a"}, {b"x", b"y"}, {"deep": [b"", {Decimal("1.5")}]}])
def test_what_json_has_no_form_for_is_kept_at_any_size(value: object) -> None:
    """Our own documents have none of it, but what cannot be read is kept as it was stored."""
    for padding in ("", "x" * MAX_PLAIN_BYTES):
        item = {"shard": "s", "held": {"value": value, "padding": padding}}
        packed = pack(item)
        assert ("squeezed" in packed) is bool(padding)
        assert unpack(packed) == item


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), {1, "a"}, object()])
def test_what_dynamodb_cannot_hold_is_refused_at_any_size(value: object) -> None:
    for padding in ("", "x" * MAX_PLAIN_BYTES):
        with pytest.raises(TypeError):
            pack({"alarms": {"a": [value, padding]}})


@pytest.mark.parametrize(
    "squeezed",
    [
        {"B": b"no xz"},
        {"B": b""},
        {"B": "no base64"},
        {"B": base64.b64encode(b"no xz").decode()},
        {"S": "text"},
        {"B": None},
        "text",
    ],
)
def test_what_was_squeezed_and_cannot_be_read_names_its_item(squeezed: object) -> None:
    image = {"shard": {"S": "shard-0001"}, "at": {"N": "60"}, "squeezed": squeezed}
    with pytest.raises(ItemError, match=r"^item \(shard=shard-0001, at=60\): squeezed cannot be read: "):
        Record("17", image).item()


def test_what_was_torn_is_noticed() -> None:
    packed = pack({"at": 60, "alarms": {str(number): number for number in range(20_000)}})
    data = packed["squeezed"]["B"]
    for torn in (data[:-1], data[: len(data) // 2], data[:200] + bytes([data[200] ^ 1]) + data[201:]):
        with pytest.raises(ItemError, match=r"^item \(at=60\): squeezed cannot be read: "):
            unpack({**packed, "squeezed": {"B": torn}})
