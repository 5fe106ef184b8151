"""A deployed stack: what it says of itself, and one kind of error for all that AWS may answer instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from icwatch.errors import IcwatchError


class StackError(IcwatchError):
    """The stack cannot be used."""


class Outputs(dict[str, str]):
    """A stack's outputs. One that is missing is a StackError."""

    def __init__(self, stack: str, outputs: dict[str, str]) -> None:
        super().__init__(outputs)
        self._stack = stack

    def __missing__(self, name: str) -> str:
        raise StackError(f"stack {self._stack} has no output {name!r}; is it a stack of icwatch?")


def stack_outputs(stack: str) -> Outputs:
    """The outputs of the stack of this name, in the account and region of the usual AWS settings."""
    client: Any = boto3.client("cloudformation")
    (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    return Outputs(stack, {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())})


@contextmanager
def aws_errors() -> Iterator[None]:
    """Tell what goes wrong with AWS inside the block as a StackError."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"AWS refused: {error}") from error
