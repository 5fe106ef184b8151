"""Sweeps, alarms and transitions in DynamoDB.

Every write is conditional, so each may be tried again without harm: a write that took effect although its answer was
lost fails the second time, and its caller finds, by reading again, that there is nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

from icwatch.errors import ConflictError, ItemError
from icwatch.model import DAY_SECONDS, Decision, ShardAlarms, Sweep
from icwatch.storage.capacity import forms_of_alarms, forms_of_decision, forms_of_sweep
from icwatch.storage.items import read_alarms, read_history, write_alarms, write_item
from icwatch.storage.packing import pack, pack_first, unpack
from icwatch.storage.sweep_packing import pack_sweep
from icwatch.storage.sweeps import read_sweep

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
"""For clients in functions: a table that hangs must not eat the function's time."""


MOST_REMEMBERED = 50
"""Alarms of a shard that are remembered as they were saved: so few take little memory."""


class DynamoSamples:
    """The Samples table. A sweep expires `days` after the moment it is stamped with; who only reads gives none."""

    def __init__(self, client: DynamoDBClient, table: str, days: int = 0) -> None:
        self._client, self._table, self._days = client, table, days

    def save(self, sweep: Sweep) -> bool:
        """Keep a sweep, once: a tick that is delivered twice writes nothing new.

        Details that an item has no room for are left out: without them it is still known what failed.
        """
        expires_at = sweep.at + self._days * DAY_SECONDS
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack_first(forms_of_sweep(sweep), partial(pack_sweep, expires_at=expires_at)),
                ConditionExpression="attribute_not_exists(#shard)",
                ExpressionAttributeNames={"#shard": "shard"},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def between(self, shard: str, first: int, last: int) -> Iterator[Sweep]:
        """The sweeps of a shard from `first` to `last`, oldest first. One that cannot be read is evaluated by nobody,
        and passed over here, too.
        """
        for item in items_between(self._client, self._table, shard, first, last):
            with suppress(ItemError):
                yield read_sweep(item)


class DynamoAlarms:
    """The Alarms and Transitions tables, written together. A transition expires `days` after it was decided.

    A reader that never saves, such as the prober, needs no Transitions table.
    """

    def __init__(self, client: DynamoDBClient, alarms_table: str, transitions_table: str = "", days: int = 0) -> None:
        self._client, self._alarms, self._transitions, self._days = client, alarms_table, transitions_table, days
        self._saved: dict[str, tuple[dict[str, Any], ShardAlarms]] = {}

    def load(self, shard: str) -> ShardAlarms:
        """The shard's alarms, read consistently. Where the item is the one that was saved here last, as it is from one
        cycle to the next, they are the same objects, and nothing is read anew.
        """
        answer = self._client.get_item(TableName=self._alarms, Key={"shard": {"S": shard}}, ConsistentRead=True)
        item, (saved, current) = answer.get("Item"), self._saved.get(shard, ({}, ShardAlarms(shard)))
        if item is None or item == saved:
            return ShardAlarms(shard) if item is None else current
        return read_alarms(unpack(item))

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        """Compare-and-swap on the shard's `at`: one put, or a transaction of two where something was decided.

        Labels and other texts that an item has no room for are left out before an alarm is; the decision says so.
        """
        item = pack_first(forms_of_alarms(current), lambda form: pack(write_alarms(form)))
        alarms: Any = {"TableName": self._alarms, "Item": item, **_unchanged(expected_at)}
        try:
            if decision is None:
                self._client.put_item(**alarms)
            else:
                expires_at = decision.at + self._days * DAY_SECONDS
                kept = pack_first(
                    forms_of_decision(decision), lambda form: pack(write_item(form, expires_at=expires_at))
                )
                transitions: Any = {"TableName": self._transitions, "Item": kept}
                self._client.transact_write_items(TransactItems=[{"Put": alarms}, {"Put": transitions}])
        except ClientError as error:
            if is_conflict(error):
                raise ConflictError(f"shard {current.shard} was saved by somebody else at {current.at}") from error
            raise
        self._saved.pop(current.shard, None)
        if len(current.alarms) <= MOST_REMEMBERED:
            self._saved[current.shard] = item, current


class DynamoTransitions:
    """The Transitions table, for readers."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def history(self, shard: str, first: int, last: int) -> Iterator[Decision | ItemError]:
        """What was decided about a shard from `first` to `last`, oldest first, a page at a time.

        Where a decision cannot be read, the error is in its place; where a part of it cannot be, behind it.
        """
        for item in items_between(self._client, self._table, shard, first, last):
            try:
                decision, errors = read_history(unpack(item))
            except ItemError as error:
                yield error
            else:
                yield decision
                yield from errors


def items_between(
    client: DynamoDBClient, table: str, shard: str, first: int, last: int, *, keys_only: bool = False
) -> Iterator[dict[str, Any]]:
    """The items of a shard from `first` to `last` as they are stored, oldest first, a page at a time.

    For the tables Samples, Transitions and Totals, whose keys are `shard` and `at`.
    """
    options: Any = {"ProjectionExpression": "#shard, #at"} if keys_only else {}
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="#shard = :shard AND #at BETWEEN :first AND :last",
        ExpressionAttributeNames={"#shard": "shard", "#at": "at"},
        ExpressionAttributeValues={
            ":shard": {"S": shard},
            ":first": {"N": str(first)},
            ":last": {"N": str(last)},
        },
        ConsistentRead=True,
        **options,
    )
    for page in pages:
        yield from page["Items"]


def _unchanged(expected_at: int | None) -> dict[str, Any]:
    """The condition that the shard's `at` is still what was read."""
    if expected_at is None:
        return {"ConditionExpression": "attribute_not_exists(#at)", "ExpressionAttributeNames": {"#at": "at"}}
    return {
        "ConditionExpression": "#at = :at",
        "ExpressionAttributeNames": {"#at": "at"},
        "ExpressionAttributeValues": {":at": {"N": str(expected_at)}},
    }


def is_conflict(error: ClientError) -> bool:
    """Whether a conditional write, or a transaction of some, found something else than it expected."""
    codes = {error.response["Error"].get("Code")}
    codes.update(reason.get("Code") for reason in error.response.get("CancellationReasons", ()))
    return bool(codes & {"ConditionalCheckFailedException", "ConditionalCheckFailed", "TransactionConflict"})
