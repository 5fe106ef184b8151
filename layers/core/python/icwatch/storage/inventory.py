"""The Inventory table: what is watched, by whom it was written (`icwatch apply`) and by whom it is read (functions).

One head item carries the version, which every change bumps before and after it writes: a reader keeps what it loaded
while the version stands, and a writer that planned against another version is refused. In between, every single item
is either the old or the new one, so a reader that comes in the middle sees nothing broken. It keeps nothing of what it
loaded there, even where the writer was interrupted: until the head says `complete`, every reader loads anew.

Silences and acknowledgements are written in one transaction with the version, so there is no middle.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from icwatch.errors import ConflictError
from icwatch.model import Acknowledgement, Inventory, Silence
from icwatch.storage.inventory_head import read_head
from icwatch.storage.inventory_items import read_inventory
from icwatch.storage.items import write_item
from icwatch.storage.tables import is_conflict, pack
from icwatch_cli.fleet.plan import Plan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Note = Silence | Acknowledgement
"""What operators write beside the fleet."""

HEAD = {"kind": "fleet", "id": "head"}
"""The key of the version item, which also holds what concerns the fleet as a whole."""

BATCH = 25
"""Items that DynamoDB takes in one batch write."""

MAX_NOTES = 99
"""Items that one transaction takes beside the head."""

MAX_TRIES = 12
"""Of a batch that DynamoDB throttles; with the pauses between them about a minute."""


class DynamoInventory:
    """The Inventory table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table
        self._loaded: Inventory | None = None

    def load(self) -> Inventory:
        """The inventory as it stands. What cannot be read is left out and named in `unreadable`.

        The version is read first: a change that comes while the rest is read is noticed by the next call.
        """
        head = read_head(self._head())
        if self._loaded is None or self._loaded.version != head.version or not self._loaded.complete:
            self._loaded = read_inventory(head, self._query)
        return self._loaded

    def apply(self, plan: Plan, progress: Callable[[int], None] = lambda written: None) -> None:
        """Write a plan. Raises ConflictError if the inventory has changed since; `progress` is told of items written.

        Interrupted, it can be planned and applied again: what was written is then no longer part of the plan.
        """
        claimed = self._version_after(plan.version)
        self._put_head(plan.version, {"version": claimed, "complete": False, **self._head_of(plan)})
        for requests in _batches(_requests(plan)):
            self._write(requests)
            progress(len(requests))
        self._put_head(claimed, {"version": claimed + 1, "complete": True, **self._head_of(plan)})

    def note(self, inventory: Inventory, put: Sequence[Note] = (), delete: Sequence[Note] = ()) -> None:
        """Write and delete silences and acknowledgements, MAX_NOTES at most, in one step.

        Raises ConflictError, and changes nothing, if the inventory is not the one that was looked at any more.
        """
        changes: list[Any] = [{"Put": {"TableName": self._table, "Item": pack(_note_item(note))}} for note in put]
        changes += [{"Delete": {"TableName": self._table, "Key": pack(_note_key(note))}} for note in delete]
        try:
            self._client.transact_write_items(TransactItems=[*changes, self._moved_on(inventory)])
        except ClientError as error:
            if is_conflict(error):
                raise ConflictError("somebody else changed the inventory meanwhile; try again") from error
            raise

    def _moved_on(self, inventory: Inventory) -> Any:
        """The step that moves the version on, if it is still what was looked at.

        While an apply goes on, or where one was interrupted, every reader loads anew as it is. The version then stays,
        so that the apply can be finished.
        """
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": pack(HEAD),
            "ConditionExpression": _still(inventory.version),
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": _expected(inventory.version),
        }
        if not inventory.complete:
            return {"ConditionCheck": update}
        update["UpdateExpression"] = "SET #version = :next"
        update["ExpressionAttributeValues"][":next"] = {"N": str(inventory.version + 1)}
        return {"Update": update}

    def _version_after(self, version: int) -> int:
        """The next version. After one that cannot be read it is a large one, which no reader can still hold."""
        if version == 0 and self._head() is not None:
            return int(time.time())
        return version + 1

    def _head(self) -> Any:
        """The head item as it is stored; None where there is none."""
        return self._client.get_item(TableName=self._table, Key=pack(HEAD), ConsistentRead=True).get("Item")

    def _query(self, kind: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": {"S": kind}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _head_of(self, plan: Plan) -> dict[str, Any]:
        fleet = plan.fleet
        return {
            "language": fleet.language,
            "every": fleet.every,
            "route_by": list(fleet.route_by),
            "merge_above": fleet.merge_above,
            "probe": write_item(fleet.probe),
            "probes": {metric: write_item(spec) for metric, spec in fleet.probes.items()},
            "shards": sorted({*plan.all_shards, *plan.shards.values()}),
        }

    def _put_head(self, expected: int, head: Mapping[str, Any]) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack({**HEAD, **head}),
                ConditionExpression=_still(expected),
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=_expected(expected),
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConflictError("somebody else changed the inventory meanwhile; look at the plan again") from error

    def _write(self, requests: Sequence[Any]) -> None:
        """Write one batch; what DynamoDB leaves unprocessed is sent again after a growing pause."""
        left: Sequence[Any] = requests
        for attempt in range(MAX_TRIES):
            answer = self._client.batch_write_item(RequestItems={self._table: left})
            left = answer["UnprocessedItems"].get(self._table, [])
            if not left:
                return
            time.sleep(min(0.05 * 2**attempt, 10) * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
        raise ConflictError(f"DynamoDB throttled {len(left)} writes for too long; apply again, it goes on from here")


def _still(version: int) -> str:
    """The condition that the head is still of the version `:expected`.

    0 stands for a head that is not there yet, and for one whose version cannot be read, which `apply` has to replace.
    """
    unread = " OR attribute_not_exists(#version) OR NOT attribute_type(#version, :number) OR #version < :expected"
    return "#version = :expected" + (unread if version == 0 else "")


def _expected(version: int) -> dict[str, Any]:
    """The values of `_still`."""
    return {":expected": {"N": str(version)}, **({":number": {"S": "N"}} if version == 0 else {})}


def _note_key(note: Note) -> dict[str, str]:
    return {"kind": "silence" if isinstance(note, Silence) else "acknowledgement", "id": note.id}


def _note_item(note: Note) -> dict[str, Any]:
    return write_item(note, **_note_key(note))


def _requests(plan: Plan) -> Iterator[dict[str, Any]]:
    for name, target in {**plan.added, **plan.changed}.items():
        item = write_item(target, kind="target", id=name, shard=plan.shards[name])
        yield {"PutRequest": {"Item": pack(item)}}
    for name, rule in plan.rules.items():
        yield {"PutRequest": {"Item": pack(write_item(rule, kind="rule", id=name))}}
    removed = [("target", name) for name in plan.removed] + [("rule", name) for name in plan.removed_rules]
    for kind, name in (*removed, *plan.removed_torn):
        yield {"DeleteRequest": {"Key": pack({"kind": kind, "id": name})}}


def _batches(requests: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for request in requests:
        batch.append(request)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
