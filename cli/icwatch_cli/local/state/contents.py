"""What is kept of the local cloud, and the changes that it is made of. Pure.

Kept is what AWS would keep: the items of tables, the messages of queues, and the records of streams that nobody is
done with yet. A stream's record is needed only until then: tables hold what it said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Change = list[Any]
"""A change as JSON has it: its kind, the name of the table or queue, and what `Contents` says of the kind."""

Key = tuple[str, str]
"""The values of an item's partition key and sort key, as the backend writes them."""


class Contents:
    """Items by table and key, unconsumed records by table, messages by queue and id.

    The changes: `put` a key and an item, `delete` a key, `record` a stream's record, `consumed` the sequence number
    of the record up to which a stream is done with, `message` a message, `taken` a message's id.
    """

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self.items: dict[str, dict[Key, Any]] = {}
        self.records: dict[str, list[Any]] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        for change in changes:
            self.apply(change)

    def apply(self, change: Change) -> None:
        """Make a change. Raises ValueError where it is of a kind that is not known."""
        match change:
            case ["put", str(table), str(partition), str(sort), item]:
                self.items.setdefault(table, {})[partition, sort] = item
            case ["delete", str(table), str(partition), str(sort)]:
                self.items.get(table, {}).pop((partition, sort), None)
            case ["record", str(table), record]:
                self.records.setdefault(table, []).append(record)
            case ["consumed", str(table), str(sequence)]:
                self._consume(table, sequence)
            case ["message", str(queue), message]:
                self.messages.setdefault(queue, {})[message["id"]] = message
            case ["taken", str(queue), str(message_id)]:
                self.messages.get(queue, {}).pop(message_id, None)
            case _:
                raise ValueError(f"unknown change {str(change)[:100]}")

    def __len__(self) -> int:
        """How many changes make it."""
        return sum(len(each) for kept in (self.items, self.records, self.messages) for each in kept.values())

    def changes(self) -> Iterator[Change]:
        """The changes that make it from nothing."""
        for table, items in self.items.items():
            for (partition, sort), item in items.items():
                yield ["put", table, partition, sort, item]
        for table, records in self.records.items():
            for record in records:
                yield ["record", table, record]
        for queue, messages in self.messages.items():
            for message in messages.values():
                yield ["message", queue, message]

    def _consume(self, table: str, sequence: str) -> None:
        """Forget the records up to this one. By its place and not by its number: a clock may have been set back."""
        records = self.records.get(table, [])
        for place, record in enumerate(records):
            if record["dynamodb"]["SequenceNumber"] == sequence:
                del records[: place + 1]
                return
