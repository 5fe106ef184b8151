"""The event source mapping against what Lambda's developer guide says of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch_cli.local.function import Result
from icwatch_cli.local.mapping import (
    Batch,
    GivenUp,
    StreamMapping,
    failure_record,
    first_failed,
    give_up,
    matches,
    settle,
)

MAPPING = StreamMapping(
    stream_arn="arn:aws:dynamodb:us-east-1:000000000000:table/Samples/stream/1",
    function_arn="arn:aws:lambda:us-east-1:000000000000:function:evaluator",
    batch_size=100,
    retries=3,
    record_age=60,
    bisect=True,
    partial=True,
    destination_arn=None,
    patterns=({"eventName": ["INSERT"]},),
)
ERROR = Result(error="boom")


def record(number: int, *, created: float = 1000.0) -> dict[str, Any]:
    """A record with the sequence number that Lambda would answer with."""
    return {
        "eventName": "INSERT",
        "dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": created},
    }


def batch(*numbers: int, attempts: int = 0) -> Batch:
    """A batch of these records."""
    return Batch(tuple(record(number) for number in numbers), attempts)


def numbers(batches: list[Batch]) -> list[tuple[list[int], int]]:
    """Batches as their sequence numbers and attempts."""
    return [([int(one["dynamodb"]["SequenceNumber"]) for one in each.records], each.attempts) for each in batches]


def failing(*identifiers: object) -> Result:
    """A partial batch response."""
    return Result({"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]})


@pytest.mark.parametrize(
    "result",
    [
        Result(None),
        Result({}),
        Result({"batchItemFailures": []}),
        Result({"batchItemFailures": None}),
    ],
)
def test_an_empty_answer_is_success(result: Result) -> None:
    assert settle(MAPPING, batch(1, 2, 3), result) == []


@pytest.mark.parametrize(
    "result",
    [
        failing(""),
        failing(None),
        failing("999"),
        Result({"batchItemFailures": [{"wrong": "2"}]}),
        Result({"batchItemFailures": ["2"]}),
        Result("nonsense"),
        ERROR,
    ],
)
def test_an_answer_that_is_not_understood_fails_the_whole_batch(result: Result) -> None:
    assert first_failed(MAPPING, batch(1, 2, 3).records, result) == 0


def test_the_lowest_number_is_the_checkpoint_and_all_after_it_comes_again() -> None:
    assert numbers(settle(MAPPING, batch(1, 2, 3, 4, attempts=2), failing("4", "3"))) == [([3, 4], 0)]


def test_an_error_halves_the_batch_without_counting_as_a_retry() -> None:
    assert numbers(settle(MAPPING, batch(1, 2, 3, attempts=1), ERROR)) == [([1], 1), ([2, 3], 0)]


def test_a_single_record_is_tried_again_and_counted() -> None:
    assert numbers(settle(MAPPING, batch(1), ERROR)) == [([1], 1)]


def test_without_bisect_the_whole_batch_is_tried_again() -> None:
    assert numbers(settle(replace(MAPPING, bisect=False), batch(1, 2), ERROR)) == [([1, 2], 1)]


def test_without_report_batch_item_failures_only_errors_count() -> None:
    assert settle(replace(MAPPING, partial=False), batch(1, 2), failing("1")) == []


def test_retries_are_given_up_after_the_limit() -> None:
    assert give_up(MAPPING, batch(1, attempts=3), 1000) == (None, batch(1, attempts=3))
    assert give_up(MAPPING, batch(1, attempts=4), 1000) == (
        GivenUp(batch(1, attempts=4), "RetryAttemptsExhausted"),
        None,
    )
    assert give_up(replace(MAPPING, retries=-1), batch(1, attempts=400), 1000)[0] is None


def test_only_the_records_that_are_too_old_are_given_up() -> None:
    mixed = Batch((record(1, created=900), record(2, created=1000)))
    given_up, rest = give_up(MAPPING, mixed, 1000)
    assert given_up == GivenUp(Batch((record(1, created=900),)), "RecordAgeExceeded")
    assert rest is not None
    assert numbers([rest]) == [([2], 0)]
    assert give_up(replace(MAPPING, record_age=-1), mixed, 1e9) == (None, mixed)


def test_a_filter_lets_inserts_through() -> None:
    assert matches(MAPPING, record(1))
    assert not matches(MAPPING, {**record(1), "eventName": "REMOVE"})
    assert matches(replace(MAPPING, patterns=()), {"eventName": "REMOVE"})
    nested = replace(MAPPING, patterns=({"dynamodb": {"SequenceNumber": ["7"]}},))
    assert matches(nested, record(7))
    assert not matches(nested, record(8))


def test_the_destination_is_told_where_the_records_lie() -> None:
    told = failure_record(MAPPING, GivenUp(batch(4, 5, attempts=4), "RetryAttemptsExhausted"), "shard-1", "now")
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 4
    info = told["DDBStreamBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]) == ("4", "5", 2)
    assert info["shardId"] == "shard-1"
    assert info["approximateArrivalOfFirstRecord"] == info["approximateArrivalOfLastRecord"] == "1970-01-01T00:16:40Z"


@given(st.sets(st.integers(0, 30)), st.integers(1, 31), st.booleans())
def test_poison_ends_up_alone_and_takes_no_other_with_it(poison: set[int], size: int, raises: bool) -> None:
    """A consumer that stops at its first failure, and fails as a whole where that is the first record."""
    waiting, done, lost = [batch(*range(size))], [], []
    for _ in range(10_000):
        if not waiting:
            break
        given_up, current = give_up(MAPPING, waiting.pop(0), 1000)
        if given_up is not None:
            lost += [int(one["dynamodb"]["SequenceNumber"]) for one in given_up.batch.records]
        if current is None:
            continue
        order = [int(one["dynamodb"]["SequenceNumber"]) for one in current.records]
        bad = next((index for index, number in enumerate(order) if number in poison), None)
        done += order[:bad]
        if bad is None:
            result = Result({"batchItemFailures": []})
        elif bad == 0 and (raises or len(order) > 1):
            result = ERROR
        else:
            result = failing(str(order[bad]))
        waiting = settle(MAPPING, current, result) + waiting
    assert waiting == []
    assert done == [number for number in range(size) if number not in poison]
    assert lost == [number for number in range(size) if number in poison]
