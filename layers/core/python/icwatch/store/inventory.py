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
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from icwatch.errors import ConflictError, ItemError
from icwatch.items import read_item, write_item
from icwatch.model import MERGE_ABOVE, Acknowledgement, Inventory, Language, ProbeSpec, Rule, Silence, Target
from icwatch.plan import Plan
from icwatch.store.dynamodb import is_conflict, pack, unpack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

T = TypeVar("T")

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
        answer = self._client.get_item(TableName=self._table, Key=pack(HEAD), ConsistentRead=True)
        head = unpack(answer.get("Item", {}))
        version = int(head.get("version", 0))
        if self._loaded is None or self._loaded.version != version or not self._loaded.complete:
            self._loaded = self._read(version, head)
        return self._loaded

    def apply(self, plan: Plan, progress: Callable[[int], None] = lambda written: None) -> None:
        """Write a plan. Raises ConflictError if the inventory has changed since; `progress` is told of items written.

        Interrupted, it can be planned and applied again: what was written is then no longer part of the plan.
        """
        claimed = plan.version + 1
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
            "ExpressionAttributeValues": {":expected": {"N": str(inventory.version)}},
        }
        if not inventory.complete:
            return {"ConditionCheck": update}
        update["UpdateExpression"] = "SET #version = :next"
        update["ExpressionAttributeValues"][":next"] = {"N": str(inventory.version + 1)}
        return {"Update": update}

    def _read(self, version: int, head: Mapping[str, Any]) -> Inventory:
        targets: dict[str, Target] = {}
        shards: dict[str, str] = {}
        unreadable: dict[tuple[str, str], str] = {}
        for item in self._query("target"):
            name = str(item["id"])
            try:
                shards[name] = str(item["shard"])
                targets[name] = read_item(Target, item)
            except (ItemError, KeyError) as error:
                unreadable["target", name] = str(error)
        return Inventory(
            version=version,
            complete=bool(head.get("complete", True)),
            language=None if head.get("language") is None else Language(head["language"]),
            every=int(head.get("every", 60)),
            probe=read_item(ProbeSpec, head.get("probe", {})),
            probes={metric: read_item(ProbeSpec, spec) for metric, spec in head.get("probes", {}).items()},
            targets=targets,
            shards=shards,
            all_shards=tuple(sorted({*head.get("shards", ()), *shards.values()})),
            rules=self._documents(Rule, "rule", unreadable),
            silences=tuple(self._documents(Silence, "silence", unreadable).values()),
            acknowledged=self._documents(Acknowledgement, "acknowledgement", unreadable),
            route_by=tuple(map(str, head.get("route_by", ()))),
            merge_above=int(head.get("merge_above", MERGE_ABOVE)),
            unreadable=unreadable,
        )

    def _documents(self, kind: type[T], name: str, unreadable: dict[tuple[str, str], str]) -> dict[str, T]:
        """The documents of a kind by id; one that cannot be read is noted in `unreadable`."""
        documents = {}
        for item in self._query(name):
            try:
                documents[str(item["id"])] = read_item(kind, item)
            except ItemError as error:
                unreadable[name, str(item["id"])] = str(error)
        return documents

    def _query(self, kind: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": {"S": kind}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from map(unpack, page["Items"])

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
                ExpressionAttributeValues={":expected": {"N": str(expected)}},
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
    """The condition that the head is still of the version `:expected`; before the first write there is none."""
    return "#version = :expected" + (" OR attribute_not_exists(#version)" if version == 0 else "")


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
    for kind, names in (("target", plan.removed), ("rule", plan.removed_rules)):
        for name in names:
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
