"""Publishing a notice to SNS, and telling what can never be published from what may pass."""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from icwatch.notices import Notice
from icwatch.storage.dead_letters import DETERMINISTIC

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1})
"""For the client that publishes. botocore by itself publishes again where an answer is lost, up to four times in a few
seconds, and every one may be a page to somebody. Without it, `SnsPublisher` tries again what SNS surely did not take,
and what it may have taken is left to the stream, at the pace of `receipts.hold_seconds`.
"""

PAUSES_SECONDS = (0.2, 1.0)
"""Seconds before a message that SNS surely did not take is sent again."""

IDLE_SECONDS = 3.0
"""Seconds without use after which a connection is not used again. While a function is frozen its connections may end
unseen, and what is sent on one of those is an answer lost, where a new connection costs a few milliseconds.
"""

AMBIGUOUS_STATUSES = frozenset({500, 502, 504})
"""A fault within SNS or on the way: it may have come after the message was taken, or before."""

BUSY_STATUS = 503
"""SNS turned the call away."""

REFUSALS = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationError"})
"""SNS's codes for a message that it will not take, however often it is sent."""


def can_never_be_published(error: Exception) -> bool:
    """Whether trying again cannot help: SNS refuses this one message, or it could not even be written.

    All else passes or can be corrected while the stream keeps the record: outages, throttling, a missing permission.
    """
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code") in REFUSALS
    return isinstance(error, DETERMINISTIC)


def is_answer_lost(error: Exception) -> bool:
    """Whether SNS may have taken the message although publishing it failed."""
    if isinstance(error, ClientError):
        return _status(error) in AMBIGUOUS_STATUSES
    return isinstance(error, ReadTimeoutError | ConnectionClosedError | ResponseParserError) or (
        type(error) is HTTPClientError
    )


def is_surely_not_taken(error: Exception) -> bool:
    """Whether SNS did not take the message and may take it in a moment: it was not reached, or was busy."""
    if isinstance(error, ClientError):
        code = error.response["Error"].get("Code", "")
        return _status(error) == BUSY_STATUS or "Throttl" in code
    return isinstance(error, ConnectTimeoutError | EndpointConnectionError)


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


class SnsPublisher:
    """The topic of the alarms, and that of operations. `client` is made with `CONFIG`."""

    def __init__(self, client: SNSClient, alarm_topic_arn: str, operations_topic_arn: str) -> None:
        self._client, self._alarms, self._operations = client, alarm_topic_arn, operations_topic_arn
        self._used = -math.inf

    def publish(self, notice: Notice) -> str:
        """Publish, and return SNS's message id. What SNS surely did not take is sent again a few times."""
        for pause in PAUSES_SECONDS:
            try:
                return self._send(notice)
            except Exception as error:
                if not is_surely_not_taken(error):
                    raise
                time.sleep(pause)
        return self._send(notice)

    def _send(self, notice: Notice) -> str:
        if time.monotonic() - self._used > IDLE_SECONDS:
            self._client.close()  # only its connections; it makes new ones
        try:
            return self._publish(notice)
        finally:
            self._used = time.monotonic()

    def _publish(self, notice: Notice) -> str:
        answer = self._client.publish(
            TopicArn=self._operations if notice.to_operations else self._alarms,
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
