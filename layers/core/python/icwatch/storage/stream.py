"""A DynamoDB stream as Lambda delivers it: records in, the first failed one out.

A consumer must stop at its first failure: Lambda delivers that record and all after it again, and a record that was
handled out of turn would look old by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from icwatch.errors import BatchError, EventError
from icwatch.model import Sweep
from icwatch.storage.packing import unpack
from icwatch.storage.sweeps import read_sweep

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Record:
    """One inserted item, with its position in the stream, and when the stream took it in (0: nobody says)."""

    sequence_number: str
    image: Mapping[str, Any]
    created: float = 0.0

    def item(self) -> dict[str, Any]:
        """The item in plain Python values. Raises EventError where it is none, ItemError where it is torn."""
        return self._read(unpack)

    def sweep(self) -> Sweep:
        """The sweep that the item is. Raises likewise."""
        return self._read(read_sweep)

    def _read(self, read: Callable[[Mapping[str, Any]], T]) -> T:
        try:
            return read(self.image)
        except (TypeError, AttributeError, ValueError) as error:
            raise EventError(f"record {self.sequence_number}: NewImage is no DynamoDB item: {error}") from error

    def place(self) -> dict[str, str | int]:
        """The item's `shard` and `at`, if at least those can be read; without them, nothing."""
        try:
            return {"shard": self.image["shard"]["S"], "at": int(self.image["at"]["N"])}
        except (LookupError, TypeError, ValueError):
            return {}


def read_records(event: object) -> list[Record]:
    """The inserts in a stream event. Raises EventError where it is no such event.

    Changes and deletions are passed over: the mapping's filter keeps them out, and time to live deletes items.
    """
    try:
        return [
            Record(
                str(record["dynamodb"]["SequenceNumber"]),
                record["dynamodb"]["NewImage"],
                _moment(record["dynamodb"].get("ApproximateCreationDateTime")),
            )
            for record in event["Records"]  # type: ignore[index]
            if record["eventName"] == "INSERT"
        ]
    except (KeyError, TypeError) as error:
        raise EventError(
            f"the event is not one of a DynamoDB stream with new images ({error!r}); "
            "invoke this function from an event source mapping, or with a file from events/"
        ) from error


def _moment(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def answer(records: Sequence[Record], failed_at: int | None = None) -> dict[str, list[dict[str, str]]]:
    """What makes Lambda deliver again from `records[failed_at]` on; None: all was handled.

    Where the very first of several failed, there is nothing to move on to, and BatchError is raised instead: Lambda
    then halves the batch, so that a record which can never be handled ends up alone and takes no other with it.
    """
    if failed_at is None:
        return {"batchItemFailures": []}
    if failed_at == 0 and len(records) > 1:
        raise BatchError(f"the first of {len(records)} records failed ({records[0].sequence_number}): halve the batch")
    return {"batchItemFailures": [{"itemIdentifier": records[failed_at].sequence_number}]}
