"""A DynamoDB stream's event, record by record."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.errors import BatchError, EventError, ItemError
from icwatch.storage.capacity import PLAIN_BYTES
from icwatch.storage.stream import Record, answer, read_records
from icwatch.storage.tables import pack, unpack


def record(number: str, name: str = "INSERT", **image: object) -> dict[str, object]:
    return {"eventName": name, "dynamodb": {"SequenceNumber": number, "NewImage": pack(image)}}


def test_inserts_are_read_in_order() -> None:
    removed = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "2", "OldImage": {}}}
    event = {"Records": [record("1", at=60), removed, record("3", "MODIFY", at=61), record("4", at=120)]}
    records = read_records(event)
    assert [(each.sequence_number, each.item()) for each in records] == [("1", {"at": 60}), ("4", {"at": 120})]


def test_an_event_without_records_is_empty() -> None:
    assert read_records({"Records": []}) == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        None,
        [],
        "Records",
        {"Records": None},
        {"Records": [{}]},
        {"Records": ["x"]},
        {"Records": [{"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1"}}]},
        {"Records": [{"eventName": "INSERT", "dynamodb": {"NewImage": {}}}]},
        {"time": "2026-01-31T03:00:00Z"},
    ],
)
def test_another_shape_is_refused(event: object) -> None:
    with pytest.raises(EventError, match=r"not one of a DynamoDB stream with new images .*; invoke this function from"):
        read_records(event)


@pytest.mark.parametrize("image", [{"at": 60}, {"at": {"X": "60"}}, {"at": {}}, "text"])
def test_an_image_that_is_no_item_names_its_record(image: object) -> None:
    event = {"Records": [{"eventName": "INSERT", "dynamodb": {"SequenceNumber": "17", "NewImage": image}}]}
    (only,) = read_records(event)
    with pytest.raises(EventError, match="record 17: NewImage is no DynamoDB item"):
        only.item()


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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("icwatch.storage.tables.PLAIN_BYTES", 2)  # an item that holds nothing large takes two: {}
        packed = pack(item)
    assert packed.keys() == (kept | {"squeezed"} if kept != item.keys() else kept)
    assert unpack(packed) == item
    assert Record("1", delivered(packed)).item() == item


def test_only_what_is_large_is_squeezed() -> None:
    fits = {"shard": "shard-0001", "alarms": {"a": "x" * (PLAIN_BYTES - len('{"alarms":{"a":""}}'))}}
    assert pack(fits).keys() == {"shard", "alarms"}
    larger = {**fits, "alarms": {"a": fits["alarms"]["a"] + "x"}}  # type: ignore[index]  # the inner one is a mapping
    packed = pack(larger)
    assert packed.keys() == {"shard", "squeezed"}
    assert len(packed["squeezed"]["B"]) < 1000
    assert unpack(packed) == larger


@pytest.mark.parametrize("value", [b"x", {1, 2}, {"a"}, {b"x", b"y"}, {"deep": [b"", {Decimal("1.5")}]}])
def test_what_json_has_no_form_for_is_kept_at_any_size(value: object) -> None:
    """Our own documents have none of it, but what cannot be read is kept as it was stored."""
    for padding in ("", "x" * PLAIN_BYTES):
        item = {"shard": "s", "held": {"value": value, "padding": padding}}
        packed = pack(item)
        assert ("squeezed" in packed) is bool(padding)
        assert unpack(packed) == item


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), {1, "a"}, object()])
def test_what_dynamodb_cannot_hold_is_refused_at_any_size(value: object) -> None:
    for padding in ("", "x" * PLAIN_BYTES):
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


def records(count: int) -> list[Record]:
    return [Record(str(17 + number), {}) for number in range(count)]


def test_all_was_handled() -> None:
    assert answer([]) == {"batchItemFailures": []}
    assert answer(records(3)) == {"batchItemFailures": []}


@pytest.mark.parametrize(("count", "failed_at", "number"), [(3, 1, "18"), (3, 2, "19"), (1, 0, "17")])
def test_the_first_that_failed_is_named(count: int, failed_at: int, number: str) -> None:
    assert answer(records(count), failed_at) == {"batchItemFailures": [{"itemIdentifier": number}]}


def test_a_first_record_that_failed_makes_lambda_halve_the_batch() -> None:
    with pytest.raises(BatchError, match=r"the first of 2 records failed \(17\)"):
        answer(records(2), 0)
