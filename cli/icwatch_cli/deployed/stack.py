"""A deployed stack seen from outside: its tables, queues and topics, and one kind of error for all AWS may answer."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from icwatch.errors import IcwatchError
from icwatch.settings import NotifierSettings
from icwatch.storage.tables import CONFIG, DynamoAlarms, DynamoTransitions, items_between
from icwatch_cli.fleet.inventory_writer import InventoryWriter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient
    from mypy_boto3_sqs.client import SQSClient


class StackError(IcwatchError):
    """The stack cannot be used."""


class Stack:
    """The stack of this name, in the account and region of the usual AWS settings.

    It is looked up at the first use, and each client is made once. What goes wrong with AWS is left to `aws_errors`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @functools.cached_property
    def outputs(self) -> Mapping[str, str]:
        """What the template says of the stack, by name. `output` is for what has to be there."""
        client: Any = boto3.client("cloudformation")
        (found,) = client.describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}

    def output(self, name: str) -> str:
        """An output. Raises StackError where the stack has none of this name."""
        if name not in self.outputs:
            raise StackError(f"stack {self.name} has no output {name!r}; is it a stack of icwatch?")
        return self.outputs[name]

    @functools.cached_property
    def database(self) -> DynamoDBClient:
        """DynamoDB's client."""
        return boto3.client("dynamodb", config=CONFIG)

    @functools.cached_property
    def streams(self) -> DynamoDBStreamsClient:
        """The client of DynamoDB's streams."""
        return boto3.client("dynamodbstreams", config=CONFIG)

    @functools.cached_property
    def queues(self) -> SQSClient:
        """SQS's client."""
        return boto3.client("sqs")

    def inventory(self) -> InventoryWriter:
        """What is watched."""
        return InventoryWriter(self.database, self.output("InventoryTable"))

    def alarms(self) -> DynamoAlarms:
        """The alarms of each shard, to be read."""
        return DynamoAlarms(self.database, self.output("AlarmsTable"))

    def transitions(self) -> DynamoTransitions:
        """What was decided."""
        return DynamoTransitions(self.database, self.output("TransitionsTable"))

    def sweeps(self, shard: str, first: int, last: int) -> Iterator[dict[str, Any]]:
        """The stored sweeps of a shard from `first` to `last`, oldest first, as DynamoDB has them."""
        return items_between(self.database, self.output("SamplesTable"), shard, first, last)

    def notifier_settings(self) -> NotifierSettings:
        """The settings that the notifier of this stack has."""
        return NotifierSettings.from_env(
            {
                "RECEIPTS_TABLE": self.output("ReceiptsTable"),
                "ALARM_TOPIC_ARN": self.output("AlarmTopicArn"),
                "OPERATIONS_TOPIC_ARN": self.output("OperationsTopicArn"),
                "FAILURES_QUEUE_URL": self.output("NotifierFailuresUrl"),
                "LANGUAGE": self.output("Language"),
                "UTC_OFFSET": self.output("UtcOffset"),
                "HTTPS_FORM": self.output("HttpsForm"),
                "ROBOT_QUEUE_URL": self.outputs.get("RobotQueueUrl", ""),
            }
        )


@contextmanager
def aws_errors() -> Iterator[None]:
    """Raise what goes wrong with AWS inside the block as a StackError."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"AWS refused: {error}") from error
