"""The Inventory table as commands write it: `apply` a fleet, `silence` and `ack` what operators say.

A writer that planned against another version of the inventory is refused. An interrupted `apply` leaves the head
incomplete, so every reader loads anew, and can be run again: each write is of one item, which is then old or new.

Silences, acknowledgements and drills are written in one transaction with the version, so there is no middle.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from icwatch.errors import ConflictError
from icwatch.model import Acknowledgement, Drill, Fleet, Inventory, Silence
from icwatch.storage.inventory import HEAD, DynamoInventory
from icwatch.storage.items import write_item
from icwatch.storage.packing import pack
from icwatch.storage.tables import is_conflict
from icwatch_cli.fleet.plan import Plan

Note = Silence | Acknowledgement | Drill
"""What operators write beside the fleet."""

KINDS: Mapping[type, str] = {Silence: "silence", Acknowledgement: "acknowledgement", Drill: "drill"}
"""What the table calls each."""

BATCH = 25
"""Items that DynamoDB takes in one batch write."""

MAX_NOTES = 99
"""Items that one transaction takes beside the head."""

MAX_TRIES = 12
"""Of a batch that DynamoDB throttles; with the pauses between them about a minute."""


class InventoryWriter(DynamoInventory):
    """The Inventory table, read and written."""

    def apply(self, plan: Plan, progress: Callable[[int], None] = lambda written: None) -> None:
        """Write a plan. Raises ConflictError if the inventory has changed since; `progress` is given how many
        items are written.

        Interrupted, it can be planned and applied again: what was written is then no longer part of the plan.
        """
        claimed = self._version_after(plan.version)
        head = head_item(plan.fleet, {*plan.all_shards, *plan.shards.values()})
        self._put_head(plan.version, {"version": claimed, "complete": False, **head})
        for requests in _batches(_requests(plan)):
            self._write(requests)
            progress(len(requests))
        self._put_head(claimed, {"version": claimed + 1, "complete": True, **head})

    def note(self, inventory: Inventory, put: Sequence[Note] = (), delete: Sequence[Note] = ()) -> None:
        """Write and delete silences and acknowledgements, MAX_NOTES at most, in one step.

        Raises ConflictError, and changes nothing, if the inventory is not the one that was looked at any more.
        """
        changes: list[Any] = [{"Put": {"TableName": self.table, "Item": pack(_note_item(note))}} for note in put]
        changes += [{"Delete": {"TableName": self.table, "Key": pack(_note_key(note))}} for note in delete]
        try:
            self.client.transact_write_items(TransactItems=[*changes, self._moved_on(inventory)])
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
            "TableName": self.table,
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
        if version == 0 and self.head() is not None:
            return int(time.time())
        return version + 1

    def _put_head(self, expected: int, head: Mapping[str, Any]) -> None:
        try:
            self.client.put_item(
                TableName=self.table,
                Item=pack({**HEAD, **head}),
                ConditionExpression=_still(expected),
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=_expected(expected),
            )
        except self.client.exceptions.ConditionalCheckFailedException as error:
            raise ConflictError("somebody else changed the inventory meanwhile; look at the plan again") from error

    def _write(self, requests: Sequence[Any]) -> None:
        """Write one batch; what DynamoDB leaves unprocessed is sent again after a growing pause."""
        left: Sequence[Any] = requests
        for attempt in range(MAX_TRIES):
            answer = self.client.batch_write_item(RequestItems={self.table: left})
            left = answer["UnprocessedItems"].get(self.table, [])
            if not left:
                return
            time.sleep(min(0.05 * 2**attempt, 10) * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
        raise ConflictError(f"DynamoDB throttled {len(left)} writes for too long; apply again, it goes on from here")


def head_item(watched: Fleet | Inventory, shards: Collection[str]) -> dict[str, Any]:
    """What the head says of the fleet as a whole, beside its version."""
    return {
        "language": watched.language,
        "every": watched.every,
        "route_by": list(watched.route_by),
        "merge_above": watched.merge_above,
        "probe": write_item(watched.probe),
        "probes": {metric: write_item(spec) for metric, spec in watched.probes.items()},
        "shards": sorted(shards),
        "control": [write_item(each) for each in watched.control],
    }


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
    return {"kind": KINDS[type(note)], "id": note.id}


def _note_item(note: Note) -> dict[str, Any]:
    return write_item(note, **_note_key(note))


def _requests(plan: Plan) -> Iterator[dict[str, Any]]:
    for name, target in {**plan.added, **plan.changed}.items():
        item = write_item(target, kind="target", id=name, shard=plan.shards[name])
        yield {"PutRequest": {"Item": pack(item)}}
    for name, rule in plan.rules.items():
        yield {"PutRequest": {"Item": pack(write_item(rule, kind="rule", id=name))}}
    for name, robot in plan.robots.items():
        yield {"PutRequest": {"Item": pack(write_item(robot, kind="robot", id=name))}}
    removed = [("target", name) for name in plan.removed]
    removed += [("rule", name) for name in plan.removed_rules] + [("robot", name) for name in plan.removed_robots]
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
