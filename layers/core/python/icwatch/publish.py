"""Publishing a notice to SNS, and setting aside what can never be published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError

from icwatch.errors import IcwatchError
from icwatch.notice import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient

REFUSALS = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationError"})
"""SNS's codes for a message that it will not take, however often it is sent."""

_DETERMINISTIC = (
    IcwatchError,
    ParamValidationError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def is_permanent(error: Exception) -> bool:
    """Whether trying again cannot help: SNS refuses this one message, or it could not even be written.

    All else passes or can be mended while the stream keeps the record: outages, throttling, a missing permission.
    """
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code") in REFUSALS
    return isinstance(error, _DETERMINISTIC)


class SnsPublisher:
    """One topic."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client, self._topic_arn = client, topic_arn

    def publish(self, notice: Notice) -> str:
        """Publish, and return SNS's message id."""
        answer = self._client.publish(
            TopicArn=self._topic_arn,
            Subject=notice.subject,
            MessageStructure="json",
            Message=json.dumps(notice.messages, ensure_ascii=False),
            MessageAttributes={name: _attribute(value) for name, value in notice.attributes.items()},
        )
        return answer["MessageId"]


def _attribute(value: str | tuple[str, ...]) -> Any:
    if isinstance(value, tuple):
        return {"DataType": "String.Array", "StringValue": json.dumps(value, ensure_ascii=False)}
    return {"DataType": "String", "StringValue": str(value)}


class DeadLetterQueue:
    """Where Lambda puts what it gives up; what is permanently refused goes there at once, with the reason."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def put(self, letter: dict[str, Any]) -> None:
        """Put a letter there. Twice is harmless: it names the decision, which is in the Transitions table once."""
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(letter, ensure_ascii=False))
