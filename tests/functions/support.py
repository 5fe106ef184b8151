"""What every handler test needs: a context, events from `events/` or made of documents, and the handler's log."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from icwatch.storage.items import write_item
from icwatch.storage.packing import pack

EVENTS = Path(__file__).parents[2] / "events"


class Context(LambdaContext):
    """The context of one invocation, with `seconds` left."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._function_name = "icwatch-test"
        self._memory_limit_in_mb = 256
        self._invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:icwatch-test"
        self._aws_request_id = "8ab5c1f6-5b0f-4f4f-9f6c-2b1f0f3f7f10"
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # static there, for want of a clock
        return int(self._seconds * 1000)


def event(name: str) -> dict[str, Any]:
    """One of the events that the repository keeps as examples."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def stream_event(*documents: object) -> dict[str, Any]:
    """A stream's batch of inserted documents, with the sequence numbers 1, 2, ..."""
    return {
        "Records": [
            {
                "eventName": "INSERT",
                "dynamodb": {"SequenceNumber": str(number), "NewImage": pack(write_item(document, expires_at=1))},
            }
            for number, document in enumerate(documents, 1)
        ]
    }


def numbers(event: dict[str, Any]) -> list[str]:
    """The sequence numbers of a batch."""
    return [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]


def failed(number: str) -> dict[str, list[dict[str, str]]]:
    """The answer that names the record to go on from."""
    return {"batchItemFailures": [{"itemIdentifier": number}]}


def refuse_letter(letter: dict[str, Any]) -> None:
    """In the place of a dead-letter queue, where nothing is expected to be set aside."""
    raise AssertionError(letter)


ALL_WELL: dict[str, list[dict[str, str]]] = {"batchItemFailures": []}


class Log:
    """What a handler's logger writes, as one mapping a line."""

    def __init__(self, logger: Logger) -> None:
        self._stream = io.StringIO()
        self._handler = cast("logging.StreamHandler[Any]", logger.registered_handler)
        self._before = self._handler.setStream(self._stream)

    def lines(self) -> list[dict[str, Any]]:
        """All lines so far."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def line(self, message: str) -> dict[str, Any]:
        """The one line with that message."""
        (found,) = (line for line in self.lines() if line["message"] == message)
        return found

    def close(self) -> None:
        """Give the logger its stream back."""
        self._handler.setStream(self._before)


def published_metrics(output: str) -> dict[str, float]:
    """The values in the metrics that a handler printed (CloudWatch's embedded metric format), the latest of each."""
    values: dict[str, float] = {}
    for line in output.splitlines():
        if line.startswith("{") and "_aws" in (printed := json.loads(line)):
            for definition in printed["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                values[definition["Name"]] = sum(printed[definition["Name"]])
    return values
