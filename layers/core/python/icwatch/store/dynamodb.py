"""Sweeps, alarms and transitions in DynamoDB.

Every write is conditional, so each may be tried again without harm: a write that took effect although its answer was
lost fails the second time, and its caller finds, by reading again, that there is nothing left to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import ClientError

from icwatch.errors import ConflictError
from icwatch.items import read_item, write_item
from icwatch.model import Decision, ShardAlarms, Sweep

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
"""For clients in functions: a table that hangs must not eat the function's time."""

DAY = 86_400

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def pack(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain item with DynamoDB's types written out."""
    return {name: _serializer.serialize(value) for name, value in item.items()}


def unpack(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain item from one with DynamoDB's types."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


class DynamoSamples:
    """The Samples table. A sweep expires `days` after the moment it is stamped with."""

    def __init__(self, client: DynamoDBClient, table: str, days: int) -> None:
        self._client, self._table, self._days = client, table, days

    def save(self, sweep: Sweep) -> bool:
        """Keep a sweep, once: a tick that is delivered twice writes nothing new."""
        item = write_item(sweep, expires_at=sweep.at + self._days * DAY)
        try:
            self._client.put_item(
                TableName=self._table,
                Item=pack(item),
                ConditionExpression="attribute_not_exists(#shard)",
                ExpressionAttributeNames={"#shard": "shard"},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


class DynamoAlarms:
    """The Alarms and Transitions tables, written together. A transition expires `days` after it was decided.

    A reader that never saves, such as the prober, needs no Transitions table.
    """

    def __init__(self, client: DynamoDBClient, alarms_table: str, transitions_table: str = "", days: int = 0) -> None:
        self._client, self._alarms, self._transitions, self._days = client, alarms_table, transitions_table, days

    def load(self, shard: str) -> ShardAlarms:
        """The shard's alarms, read consistently."""
        answer = self._client.get_item(TableName=self._alarms, Key={"shard": {"S": shard}}, ConsistentRead=True)
        return read_item(ShardAlarms, unpack(answer["Item"])) if "Item" in answer else ShardAlarms(shard)

    def save(self, expected_at: int | None, stands: ShardAlarms, decision: Decision | None) -> None:
        """Compare-and-swap on the shard's `at`: one put, or a transaction of two where something was decided."""
        alarms: Any = {"TableName": self._alarms, "Item": pack(write_item(stands)), **_unchanged(expected_at)}
        try:
            if decision is None:
                self._client.put_item(**alarms)
            else:
                item = write_item(decision, expires_at=decision.at + self._days * DAY)
                transitions: Any = {"TableName": self._transitions, "Item": pack(item)}
                self._client.transact_write_items(TransactItems=[{"Put": alarms}, {"Put": transitions}])
        except ClientError as error:
            if _is_conflict(error):
                raise ConflictError(f"shard {stands.shard} was saved by somebody else at {stands.at}") from error
            raise


def _unchanged(expected_at: int | None) -> dict[str, Any]:
    """The condition that the shard's `at` is still what was read."""
    if expected_at is None:
        return {"ConditionExpression": "attribute_not_exists(#at)", "ExpressionAttributeNames": {"#at": "at"}}
    return {
        "ConditionExpression": "#at = :at",
        "ExpressionAttributeNames": {"#at": "at"},
        "ExpressionAttributeValues": {":at": {"N": str(expected_at)}},
    }


def _is_conflict(error: ClientError) -> bool:
    codes = {error.response["Error"].get("Code")}
    codes.update(reason.get("Code") for reason in error.response.get("CancellationReasons", ()))
    return bool(codes & {"ConditionalCheckFailedException", "ConditionalCheckFailed", "TransactionConflict"})
