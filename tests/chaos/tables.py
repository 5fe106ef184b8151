"""A small DynamoDB in memory: tables, conditions, transactions, and streams of what is inserted."""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from tests.chaos.conditions import Item, holds, updated

KEYS: Mapping[str, tuple[str, ...]] = {
    "Inventory": ("kind", "id"),
    "Samples": ("shard", "at"),
    "Alarms": ("shard",),
    "Transitions": ("shard", "at"),
    "Totals": ("shard", "at"),
    "Receipts": ("id",),
    "Outboxes": ("robot",),
}
"""Each table's key."""

STREAMED = ("Samples", "Transitions")

MODIFIERS = {"Put", "Update", "Delete", "ConditionCheck"}


class Tables:
    """The tables, what their streams took in, and how often each decision was written."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.items: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {name: {} for name in KEYS}
        self.streams: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.decided: Counter[tuple[Any, ...]] = Counter()
        self._dropped: set[tuple[Any, ...]] = set()

    def copy(self, now: Callable[[], float]) -> Tables:
        """The same, to go on from here. An item is replaced and never changed."""
        new = Tables(now)
        new.items = {name: {**items} for name, items in self.items.items()}
        new.streams.update({name: [*records] for name, records in self.streams.items()})
        new.decided = Counter(self.decided)
        return new

    @contextmanager
    def without(self, sweeps: set[tuple[str, int]]) -> Iterator[None]:
        """Within it, these sweeps are lost on their way into their table."""
        self._dropped = {*sweeps}
        yield
        self._dropped = set()

    def get_item(self, client: Any, request: Mapping[str, Any]) -> Any:
        item = self._at(request["TableName"], request["Key"])
        return {"Item": item} if item is not None else {}

    def query(self, client: Any, request: Mapping[str, Any]) -> Any:
        """All items with the first part of the key, in the order of the second, of which there may be bounds."""
        table, values = request["TableName"], request["ExpressionAttributeValues"]
        first, second = KEYS[table]
        wanted = values[f":{first}"]
        found = [item for item in self.items[table].values() if item[first] == wanted]
        if ":first" in values:
            lowest, highest = int(values[":first"]["N"]), int(values[":last"]["N"])
            found = [item for item in found if lowest <= int(item[second]["N"]) <= highest]
        return {"Items": sorted(found, key=lambda item: _plain(item[second]))}

    def put_item(self, client: Any, request: Mapping[str, Any]) -> Any:
        return self._conditional(client, "PutItem", request, {"Put": request})

    def update_item(self, client: Any, request: Mapping[str, Any]) -> Any:
        self._conditional(client, "UpdateItem", request, {"Update": request})
        return {"Attributes": self._at(request["TableName"], request["Key"])}

    def delete_item(self, client: Any, request: Mapping[str, Any]) -> Any:
        return self._conditional(client, "DeleteItem", request, {"Delete": request})

    def batch_write_item(self, client: Any, request: Mapping[str, Any]) -> Any:
        for table, writes in request["RequestItems"].items():
            for each in writes:
                ((kind, write),) = each.items()
                self._write({kind.removesuffix("Request"): {"TableName": table, **write}})
        return {"UnprocessedItems": {}}

    def transact_write_items(self, client: Any, request: Mapping[str, Any]) -> Any:
        """All, or none where one condition does not hold."""
        reasons = [
            {"Code": "None" if self._holds(each) else "ConditionalCheckFailed"} for each in request["TransactItems"]
        ]
        if any(reason["Code"] != "None" for reason in reasons):
            error = client.exceptions.from_code("TransactionCanceledException")
            answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise error(answer, "TransactWriteItems")
        for each in request["TransactItems"]:
            self._write(each)
        return {}

    def _conditional(self, client: Any, operation: str, request: Mapping[str, Any], write: Mapping[str, Any]) -> Any:
        if not self._holds(write):
            code = "ConditionalCheckFailedException"
            answer: dict[str, Any] = {"Error": {"Code": code, "Message": ""}}
            if request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                key = {name: request["Item"][name] for name in KEYS[request["TableName"]]}
                answer["Item"] = self._at(request["TableName"], key)
            raise client.exceptions.from_code(code)(answer, operation)
        self._write(write)
        return {}

    def _holds(self, write: Mapping[str, Any]) -> bool:
        ((kind, request),) = write.items()
        assert kind in MODIFIERS, kind
        key = request["Item"] if kind == "Put" else request["Key"]
        return holds(self._at(request["TableName"], key), request)

    def _write(self, write: Mapping[str, Any]) -> None:
        ((kind, request),) = write.items()
        if kind == "ConditionCheck":
            return
        table = request["TableName"]
        key = _key(table, request["Item"] if kind == "Put" else request["Key"])
        if table == "Samples" and key in self._dropped:
            return
        before = self.items[table].get(key)
        if kind == "Delete":
            self.items[table].pop(key, None)
            return
        after = dict(request["Item"]) if kind == "Put" else updated(before, request)
        self.items[table][key] = after
        if table == "Transitions":
            self.decided[key] += 1
        if table in STREAMED:
            self.streams[table].append(self._record(table, "INSERT" if before is None else "MODIFY", after))

    def _record(self, table: str, event: str, item: Item) -> dict[str, Any]:
        """A record as Lambda is given it."""
        change = {
            "SequenceNumber": f"{len(self.streams[table]) + 1:09}",
            "ApproximateCreationDateTime": self._now(),
            "NewImage": item,
        }
        record: dict[str, Any] = json.loads(
            json.dumps({"eventName": event, "dynamodb": change}, default=lambda raw: base64.b64encode(raw).decode())
        )
        return record

    def _at(self, table: str, key: Item) -> dict[str, Any] | None:
        return self.items[table].get(_key(table, key))


def _key(table: str, item: Item) -> tuple[Any, ...]:
    return tuple(_plain(item[name]) for name in KEYS[table])


def _plain(typed: Mapping[str, Any]) -> Any:
    return Decimal(typed["N"]) if "N" in typed else typed["S"]
