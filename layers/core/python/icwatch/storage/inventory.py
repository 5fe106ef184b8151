"""The Inventory table as functions read it: what is watched, and by which rules.

One head item carries the version, which every change bumps before and after it writes: a reader keeps what it loaded
while the version is the same. In between, every single item is either the old or the new one, so a reader that comes
in the middle sees nothing broken. It keeps nothing of what it loaded there, even where the writer was interrupted:
until the head says `complete`, every reader loads anew. `icwatch_cli.fleet.inventory_writer` is who writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from icwatch.model import Inventory
from icwatch.storage.inventory_head import read_head
from icwatch.storage.inventory_items import read_inventory
from icwatch.storage.packing import pack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

HEAD = {"kind": "fleet", "id": "head"}
"""The key of the version item, which also holds what concerns the fleet as a whole."""


class DynamoInventory:
    """The Inventory table, read."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self.client, self.table = client, table
        self._loaded: Inventory | None = None

    def load(self) -> Inventory:
        """The inventory as it is now. What cannot be read is left out and named in `unreadable`.

        The version is read first: a change that comes while the rest is read is noticed by the next call.
        """
        head = read_head(self.head())
        if self._loaded is None or self._loaded.version != head.version or not self._loaded.complete:
            self._loaded = read_inventory(head, self._query)
        return self._loaded

    def head(self) -> Any:
        """The head item as it is stored; None where there is none."""
        return self.client.get_item(TableName=self.table, Key=pack(HEAD), ConsistentRead=True).get("Item")

    def _query(self, kind: str) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": {"S": kind}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]
