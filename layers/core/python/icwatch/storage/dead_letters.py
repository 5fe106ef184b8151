"""Setting aside what a retry cannot help: a dead letter each, in the dead-letter queue of the function that met it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ParamValidationError

from icwatch.errors import IcwatchError

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

DETERMINISTIC = (
    IcwatchError,
    ParamValidationError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What our own code raises over the same input again, and no outage does."""


class DeadLetterQueue:
    """Where Lambda puts what it gives up; what fails for good goes there at once, with the reason."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def put(self, dead_letter: dict[str, Any]) -> None:
        """Put a dead letter there. Twice is harmless: it only names a document by its key."""
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(dead_letter, ensure_ascii=False))
