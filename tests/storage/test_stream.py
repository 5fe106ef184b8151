"""A DynamoDB stream's event, record by record."""

from __future__ import annotations

import pytest

from icwatch.errors import BatchError, EventError
from icwatch.storage.packing import pack
from icwatch.storage.stream import Record, answer, read_records


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
