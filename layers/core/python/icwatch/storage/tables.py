"""Sweeps, alarms and transitions in DynamoDB.

Every write is conditional, so each may be tried again without harm: a write that took effect although its answer was
lost fails the second time, and its caller finds, by reading again, that there is nothing left to do.

An item may take 400 KB, and a shard whose every target raises every alarm has more to say. So a large item keeps its
texts, numbers and truth values as they are, keys and conditions among them, and its mappings and lists are squeezed
into one attribute. Small items stay as they are, because people read them in the console.
"""

from __future__ import annotations

import base64
import json
import lzma
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError

from icwatch.errors import ConflictError, ItemError
from icwatch.model import Decision, ShardAlarms, Sweep
from icwatch.storage.capacity import (
    DECIMAL,
    MAX_BYTES,
    PLAIN_BYTES,
    forms_of_alarms,
    forms_of_decision,
    forms_of_sweep,
    large_part,
    squeeze,
)
from icwatch.storage.items import read_alarms, read_history, write_alarms, write_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
"""For clients in functions: a table that hangs must not eat the function's time."""

DAY = 86_400

SQUEEZED = "squeezed"
"""The attribute that holds mappings and lists as JSON, packed by xz."""

_TORN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    lzma.LZMAError,
)
"""What reading `squeezed` raises where it is not what was written."""

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def pack(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain item with DynamoDB's types written out, squeezed where it is large.

    Raises ItemError where DynamoDB would refuse it even so.
    """
    text = large_part(item, _write_other)
    if len(text) <= PLAIN_BYTES:
        return {name: _serializer.serialize(value) for name, value in item.items()}
    squeezed = squeeze(text)
    if len(squeezed) > MAX_BYTES:
        raise ItemError(
            f"item ({_key(item)}): {len(squeezed)} bytes even when squeezed, and DynamoDB takes 400 KB; "
            "shorten labels, failure details or runbooks, or have fewer rules"
        )
    small = {name: _serializer.serialize(value) for name, value in item.items() if not isinstance(value, dict | list)}
    return {**small, SQUEEZED: {"B": squeezed}}


def pack_first(items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The first item that DynamoDB takes, packed; `items` become ever smaller. Raises ItemError where none is taken."""
    problem = ItemError("there is no item")
    for item in items:
        try:
            return pack(item)
        except ItemError as error:
            problem = error
    raise problem


def unpack(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain item from one with DynamoDB's types, be it read from a table or found in a stream's event."""
    plain = {name: _deserializer.deserialize(value) for name, value in item.items() if name != SQUEEZED}
    if SQUEEZED in item:
        try:
            return {**_unsqueeze(item[SQUEEZED]), **plain}  # what is beside it is what the item is found by
        except _TORN as error:
            raise ItemError(f"item ({_key(plain)}): {SQUEEZED} cannot be read: {error!r}") from error
    return plain


def _unsqueeze(attribute: Mapping[str, Any]) -> dict[str, Any]:
    data = attribute["B"]
    if isinstance(data, str):  # as Lambda delivers it; boto3 decodes it by itself
        data = base64.b64decode(data, validate=True)
    return dict(json.loads(lzma.decompress(data), object_hook=_read_other))


def _write_other(value: object) -> dict[str, Any]:
    """What JSON has no form for: a decimal, and of what we only keep because we cannot read it, bytes and sets."""
    typed: Mapping[str, Any] = _serializer.serialize(value)  # which refuses what DynamoDB does, such as NaN
    kind, held = next(iter(typed.items()))
    if kind == "B":
        held = base64.b64encode(bytes(held)).decode()
    elif kind == "BS":
        held = [base64.b64encode(bytes(each)).decode() for each in held]
    return {DECIMAL: held if kind == "N" else {kind: held}}


def _read_other(mapping: dict[str, Any]) -> Any:
    if DECIMAL not in mapping:
        return mapping
    if isinstance(mapping[DECIMAL], str):
        return Decimal(mapping[DECIMAL])
    kind, held = next(iter(mapping[DECIMAL].items()))
    if kind == "B":
        held = base64.b64decode(held)
    elif kind == "BS":
        held = [base64.b64decode(each) for each in held]
    typed: Any = {kind: held}
    return _deserializer.deserialize(typed)


def _key(item: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={item[name]}" for name in ("kind", "id", "shard", "at") if name in item) or "no key"


class DynamoSamples:
    """The Samples table. A sweep expires `days` after the moment it is stamped with."""

    def __init__(self, client: DynamoDBClient, table: str, days: int) -> None:
        self._client, self._table, self._days = client, table, days

    def save(self, sweep: Sweep) -> bool:
        """Keep a sweep, once: a tick that is delivered twice writes nothing new.

        Details that an item has no room for are left out: without them it is told what failed, without the sweep not.
        """
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack_first(map(self._item, forms_of_sweep(sweep))),
                ConditionExpression="attribute_not_exists(#shard)",
                ExpressionAttributeNames={"#shard": "shard"},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _item(self, sweep: Sweep) -> dict[str, Any]:
        item = write_item(sweep, expires_at=sweep.at + self._days * DAY)
        if not sweep.unseen:  # seldom there, and a sweep is written every minute
            del item["unseen"]
        return item


class DynamoAlarms:
    """The Alarms and Transitions tables, written together. A transition expires `days` after it was decided.

    A reader that never saves, such as the prober, needs no Transitions table.
    """

    def __init__(self, client: DynamoDBClient, alarms_table: str, transitions_table: str = "", days: int = 0) -> None:
        self._client, self._alarms, self._transitions, self._days = client, alarms_table, transitions_table, days

    def load(self, shard: str) -> ShardAlarms:
        """The shard's alarms, read consistently."""
        answer = self._client.get_item(TableName=self._alarms, Key={"shard": {"S": shard}}, ConsistentRead=True)
        return read_alarms(unpack(answer["Item"])) if "Item" in answer else ShardAlarms(shard)

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        """Compare-and-swap on the shard's `at`: one put, or a transaction of two where something was decided.

        Labels and other texts that an item has no room for are left out before an alarm is; the decision says so.
        """
        item = pack_first(map(write_alarms, forms_of_alarms(current)))
        alarms: Any = {"TableName": self._alarms, "Item": item, **_unchanged(expected_at)}
        try:
            if decision is None:
                self._client.put_item(**alarms)
            else:
                expires_at = decision.at + self._days * DAY
                forms = (write_item(form, expires_at=expires_at) for form in forms_of_decision(decision))
                transitions: Any = {"TableName": self._transitions, "Item": pack_first(forms)}
                self._client.transact_write_items(TransactItems=[{"Put": alarms}, {"Put": transitions}])
        except ClientError as error:
            if is_conflict(error):
                raise ConflictError(f"shard {current.shard} was saved by somebody else at {current.at}") from error
            raise


class DynamoTransitions:
    """The Transitions table, for readers."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def history(self, shard: str, first: int, last: int) -> Iterator[Decision | ItemError]:
        """What was decided about a shard from `first` to `last`, oldest first, a page at a time.

        Where a decision cannot be read, the error stands in its place; where a part of it cannot be, behind it.
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

    For the tables Samples and Transitions, whose keys are `shard` and `at`.
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
