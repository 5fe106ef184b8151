"""The tables and queues of a stack whose outputs are known, to be read: by the command, and by the page's function."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from icwatch.errors import IcwatchError
from icwatch.storage.inventory import DynamoInventory
from icwatch.storage.tables import DynamoAlarms, DynamoTransitions, items_between
from icwatch.storage.totals import DynamoTotals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sqs.client import SQSClient


class StackError(IcwatchError):
    """The stack cannot be used."""


class Tables(ABC):
    """A stack's tables and queues. Each client is made once.

    `name` is the stack's, `option` names it to a command, and `title` is what a sentence calls it.
    """

    name: str
    option: str
    title: str

    @property
    @abstractmethod
    def outputs(self) -> Mapping[str, str]:
        """What the template says of the stack, by name. `output` is for what has to be there."""

    @abstractmethod
    def client(self, service: str) -> Any:
        """A client of a service of the stack's account."""

    def output(self, name: str) -> str:
        """An output. Raises StackError where the stack has none of this name."""
        if name not in self.outputs:
            raise StackError(f"{self.title} has no output {name!r}; is it a stack of icwatch?")
        return self.outputs[name]

    @functools.cached_property
    def database(self) -> DynamoDBClient:
        """DynamoDB's client."""
        return self.client("dynamodb")  # type: ignore[no-any-return]

    @functools.cached_property
    def queues(self) -> SQSClient:
        """SQS's client."""
        return self.client("sqs")  # type: ignore[no-any-return]

    def inventory(self) -> DynamoInventory:
        """What is watched."""
        return DynamoInventory(self.database, self.output("InventoryTable"))

    def alarms(self) -> DynamoAlarms:
        """The alarms of each shard."""
        return DynamoAlarms(self.database, self.output("AlarmsTable"))

    def transitions(self) -> DynamoTransitions:
        """What was decided."""
        return DynamoTransitions(self.database, self.output("TransitionsTable"))

    def totals(self) -> DynamoTotals | None:
        """The totals of hours and days. None where the stack is of a version that has none."""
        table = self.outputs.get("TotalsTable")
        return None if table is None else DynamoTotals(self.database, table)

    def sweeps(self, shard: str, first: int, last: int) -> Iterator[dict[str, Any]]:
        """The stored sweeps of a shard from `first` to `last`, oldest first, as DynamoDB has them."""
        return items_between(self.database, self.output("SamplesTable"), shard, first, last)
