"""What Lambda does with a batch from a stream: succeed, try again, split, give up. Pure.

The facts are in Lambda's developer guide (DynamoDB event source mappings, partial batch responses). Splitting does
not count as a retry. A batch is known by its first record: as long as that one fails, its attempts add up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from icwatch_cli.local.function import Result

Record = Mapping[str, Any]
"""A stream record in the form that Lambda delivers."""


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """An event source mapping; -1 means without limit for `retries` and `record_age`."""

    stream_arn: str
    function_arn: str
    batch_size: int
    retries: int
    record_age: int
    bisect: bool
    partial: bool
    destination_arn: str | None
    patterns: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be tried, and how often they were already."""

    records: tuple[Record, ...]
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A batch that is not tried again, and Lambda's word for why."""

    batch: Batch
    condition: str


def settle(mapping: StreamMapping, batch: Batch, result: Result) -> list[Batch]:
    """The batches that are still to be tried after `result`, in order."""
    failed = first_failed(mapping, batch.records, result)
    if failed is None:
        return []
    if failed > 0:
        return [Batch(batch.records[failed:])]
    if result.error is not None and mapping.bisect and len(batch.records) > 1:
        middle = len(batch.records) // 2
        return [Batch(batch.records[:middle], batch.attempts), Batch(batch.records[middle:])]
    return [Batch(batch.records, batch.attempts + 1)]


def first_failed(mapping: StreamMapping, records: Sequence[Record], result: Result) -> int | None:
    """Where the checkpoint stops: the index of the first failed record, None for success.

    An answer that is not understood fails the whole batch.
    """
    if result.error is not None:
        return 0
    if not mapping.partial or not result.payload:
        return None
    try:
        failures = result.payload.get("batchItemFailures") or []
        numbers = [failure["itemIdentifier"] for failure in failures]
        order = {record["dynamodb"]["SequenceNumber"]: index for index, record in enumerate(records)}
        return min((order[number] for number in numbers), default=None)
    except (AttributeError, KeyError, TypeError):
        return 0


def give_up(mapping: StreamMapping, batch: Batch, now: float) -> tuple[GivenUp | None, Batch | None]:
    """What of `batch` is not to be tried (again), and what still is.

    All of it after too many attempts; otherwise the records that are too old, which are the first ones.
    """
    if 0 <= mapping.retries < batch.attempts:
        return GivenUp(batch, "RetryAttemptsExhausted"), None
    old = 0
    while old < len(batch.records) and 0 <= mapping.record_age < now - _created(batch.records[old]):
        old += 1
    if old == 0:
        return None, batch
    rest = Batch(batch.records[old:]) if old < len(batch.records) else None
    return GivenUp(Batch(batch.records[:old], batch.attempts), "RecordAgeExceeded"), rest


def _created(record: Record) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def matches(mapping: StreamMapping, record: Record) -> bool:
    """Whether a filter lets the record through; without filters all pass."""
    return not mapping.patterns or any(_fits(pattern, record) for pattern in mapping.patterns)


def read_patterns(criteria: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The patterns of FilterCriteria, as the Lambda API gives them."""
    return tuple(json.loads(entry["Pattern"]) for entry in criteria.get("Filters", ()))


def _fits(pattern: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """EventBridge's exact matching, which is all that the template uses: lists of allowed values, nested mappings."""
    return all(
        _fits(wanted, value.get(name) or {}) if isinstance(wanted, Mapping) else value.get(name) in wanted
        for name, wanted in pattern.items()
    )


def failure_record(mapping: StreamMapping, given_up: GivenUp, shard_id: str, now: str) -> dict[str, Any]:
    """What Lambda sends to the on-failure destination: where the records lie in the stream, not the records."""
    records = given_up.batch.records
    return {
        "requestContext": {
            "requestId": "",
            "functionArn": mapping.function_arn,
            "condition": given_up.condition,
            "approximateInvokeCount": given_up.batch.attempts,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": now,
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _arrival(records[0]),
            "approximateArrivalOfLastRecord": _arrival(records[-1]),
            "batchSize": len(records),
            "streamArn": mapping.stream_arn,
        },
    }


def _arrival(record: Record) -> str:
    """When a record came into the stream, written as Lambda does here: ISO 8601, not the number that events have."""
    return datetime.fromtimestamp(_created(record), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
