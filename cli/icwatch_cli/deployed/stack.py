"""A deployed stack seen from outside: its tables, queues and topics, and one kind of error for all AWS may answer."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from icwatch.settings import NotifierSettings
from icwatch_cli.deployed.account import ASK, Account
from icwatch_cli.deployed.refusals import AWS_ERRORS, in_words
from icwatch_cli.deployed.tables import StackError, Tables
from icwatch_cli.deployed.unanswered import Asked
from icwatch_cli.fleet.inventory_writer import InventoryWriter

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient


__all__ = ["Stack", "StackError", "aws_errors"]


class Stack(Tables):
    """The stack of this name, in an account (that of the usual AWS settings where none is given).

    It is looked up at the first use, and each client is made once. What goes wrong with AWS later is left to
    `aws_errors`.
    """

    def __init__(self, name: str, account: Account | None = None, *, local: bool = False) -> None:
        self.name = name
        self.local = local
        """Whether it is what `icwatch run` runs on this machine."""
        self.option = "--local" if local else f"--stack {name}"
        """What a command names this stack with."""
        self.title = "the stack of icwatch run" if local else f"stack {name}"
        """What a sentence calls it."""
        self._account = account or Account()

    @functools.cached_property
    def _described(self) -> Mapping[str, Any]:
        with aws_errors(self._asked):
            described: Mapping[str, Any] = self._account.describe_stack(self.name)
        return described

    @functools.cached_property
    def outputs(self) -> Mapping[str, str]:
        """What the template says of the stack, by name. `output` is for what has to be there. Raises StackError."""
        return {output["OutputKey"]: output["OutputValue"] for output in self._described.get("Outputs", ())}

    @property
    def parameters(self) -> Mapping[str, str]:
        """What the stack was deployed with, by name. Raises StackError."""
        return {each["ParameterKey"]: each["ParameterValue"] for each in self._described.get("Parameters", ())}

    @property
    def region(self) -> str:
        """The AWS region that it is in; empty where none is named."""
        return self._account.session.region_name or ""

    def client(self, service: str, config: Config = ASK) -> Any:
        """A client of a service of the stack's account. Raises StackError where nobody can be asked at all."""
        with aws_errors(self._asked):
            return self._account.client(service, config)

    def _asked(self) -> Asked:
        return self._account.asked(self.name)

    @functools.cached_property
    def streams(self) -> DynamoDBStreamsClient:
        """The client of DynamoDB's streams."""
        return self.client("dynamodbstreams")  # type: ignore[no-any-return]

    def inventory(self) -> InventoryWriter:
        """What is watched, to be written as well."""
        return InventoryWriter(self.database, self.output("InventoryTable"))

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
                "STACK_OPTION": self.option,
            }
        )


@contextmanager
def aws_errors(asked: Callable[[], Asked] = Asked) -> Iterator[None]:
    """Raise what goes wrong with AWS inside the block as a StackError, in a sentence that says what to do."""
    try:
        yield
    except AWS_ERRORS as error:
        raise StackError(in_words(error, asked())) from error
