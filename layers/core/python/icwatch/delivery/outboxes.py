"""The outboxes of robots in DynamoDB, and the receipts of the notices that they accepted.

Every write is conditional on the version that was read. One whose answer was lost may have taken effect: its writer
then finds another version, reads again, and decides again on what is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from icwatch.errors import ConflictError
from icwatch.robots.outbox import Outbox
from icwatch.storage.items import read_item, write_item
from icwatch.storage.packing import pack, unpack
from icwatch.storage.tables import is_conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

RECEIPT_SECONDS = 15 * 86_400
"""How long a receipt is kept: longer than a queue keeps what may bring the notice again."""


class DynamoOutboxes:
    """The Outboxes and the Receipts table."""

    def __init__(self, client: DynamoDBClient, table: str, receipts_table: str) -> None:
        self._client, self._table, self._receipts = client, table, receipts_table

    def load(self, robot: str) -> Outbox:
        """The state of a robot, read consistently; a new one where there is none."""
        answer = self._client.get_item(TableName=self._table, Key={"robot": {"S": robot}}, ConsistentRead=True)
        return read_item(Outbox, unpack(answer["Item"])) if "Item" in answer else Outbox(robot)

    def has_receipt(self, robot: str, notice: str) -> bool:
        """Whether a notice was accepted for a robot."""
        key = {"id": {"S": receipt_id(robot, notice)}}
        return "Item" in self._client.get_item(TableName=self._receipts, Key=key, ConsistentRead=True)

    def save(self, before: Outbox, after: Outbox, receipts: Sequence[str] = (), now: int = 0) -> Outbox:
        """Save what became of `before`, with receipts of the notices that were accepted by that; the state as saved.

        Raises ConflictError where somebody else changed it meanwhile.
        """
        item = {**write_item(after), "version": before.version + 1}
        put: Any = {
            "TableName": self._table,
            "Item": pack(item),
            "ConditionExpression": "#version = :version" if before.version else "attribute_not_exists(#version)",
            "ExpressionAttributeNames": {"#version": "version"},
        }
        if before.version:
            put["ExpressionAttributeValues"] = {":version": {"N": str(before.version)}}
        kept: list[Any] = [
            {"Put": {"TableName": self._receipts, "Item": _receipt(after.robot, notice, now)}} for notice in receipts
        ]
        try:
            if kept:
                self._client.transact_write_items(TransactItems=[{"Put": put}, *kept])
            else:
                self._client.put_item(**put)
        except ClientError as error:
            if is_conflict(error):
                raise ConflictError(f"the outbox of {after.robot} was changed by somebody else") from error
            raise
        return read_item(Outbox, item)


def receipt_id(robot: str, notice: str) -> str:
    """The key of a receipt: of limited length, whatever a notice is called."""
    return f"robot:{robot}#{hashlib.sha256(notice.encode()).hexdigest()}"


def _receipt(robot: str, notice: str, now: int) -> dict[str, Any]:
    return {"id": {"S": receipt_id(robot, notice)}, "expiration": {"N": str(now + RECEIPT_SECONDS)}}
