"""The totals of hours and days in DynamoDB: one item a shard and hour, in columns, packed.

A day has the key `SHARD/day`, so that neither is read with the other. In columns most numbers are those of the target
before, which packs 200 targets into a few hundred bytes: a year of days is a page of one query.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from types import NoneType
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from icwatch.errors import ItemError
from icwatch.model import DAY_SECONDS, HOUR_SECONDS, TargetTotals, Totals
from icwatch.storage.items import Item
from icwatch.storage.packing import pack, unpack
from icwatch.storage.tables import items_between

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
"""For the evaluator's clients of samples and totals: a table that hangs must leave it the time to decide."""

TOTALS_DAYS = 400
"""Days that totals are kept: thirteen months."""

_DAY = "/day"
_CELLS = {int, NoneType}


FIELDS = ("good", "bad", "unseen", "outages", "p50_ms", "p95_ms", "worst_ms")
"""The lists of an item, in the order of `TargetTotals`."""


class DynamoTotals:
    """The Totals table. An item expires `TOTALS_DAYS` after its hour or day."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    def save(self, totals: Totals) -> bool:
        """Keep totals, once. False, and nothing changes, where those of this hour or day are kept already."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=packed(totals),
                ConditionExpression="attribute_not_exists(#shard)",
                ExpressionAttributeNames={"#shard": "shard"},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def replace(self, totals: Totals) -> None:
        """Keep totals in the place of any other."""
        self._client.put_item(TableName=self._table, Item=packed(totals))

    def hours(self, shard: str, first: int, last: int) -> Iterator[Totals]:
        """The hours that begin from `first` until before `last`, oldest first, those that can be read."""
        return self._between(shard, shard, HOUR_SECONDS, first, last)

    def days(self, shard: str, first: int, last: int) -> Iterator[Totals]:
        """The same of days. A day that is not there may have hours all the same."""
        return self._between(shard, shard + _DAY, DAY_SECONDS, first, last)

    def _between(self, shard: str, key: str, seconds: int, first: int, last: int) -> Iterator[Totals]:
        if first < last:
            for item in items_between(self._client, self._table, key, first, last - 1):
                with suppress(ItemError):  # `icwatch rebuild-totals` makes it again
                    yield _read(shard, seconds, unpack(item))


def packed(totals: Totals) -> dict[str, Any]:
    """Totals as the item that is stored."""
    rows = totals.targets.values()
    item: Item = {
        "shard": totals.shard + (_DAY if totals.seconds == DAY_SECONDS else ""),
        "at": totals.at,
        "every": totals.every,
        "expires_at": totals.at + TOTALS_DAYS * DAY_SECONDS,
        "targets": [*totals.targets],
        **{name: [getattr(each, name) for each in rows] for name in FIELDS},
    }
    return pack(item, most_plain=0)


def _read(shard: str, seconds: int, item: Item) -> Totals:
    """The totals of an item. Raises ItemError. Checked a column at a time: a year of a fleet is millions of numbers."""
    try:
        names, columns = item["targets"], [item[name] for name in FIELDS]
        if {type(each) for each in names} - {str} or {type(each) for column in columns for each in column} - _CELLS:
            raise ValueError("a name is no text, or a number is none")
        targets = dict(zip(names, (TargetTotals(*row) for row in zip(*columns, strict=True)), strict=True))
        return Totals(shard, int(item["at"]), seconds, int(item["every"]), targets)
    except (LookupError, TypeError, ValueError) as error:
        raise ItemError(f"Totals item (shard={item.get('shard')}, at={item.get('at')}): {error!r}") from error
