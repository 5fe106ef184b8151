"""Publishing a notice to SNS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from icwatch.notice import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient


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
            Message=json.dumps({"default": notice.text, "sms": notice.sms}, ensure_ascii=False),
            MessageAttributes={name: _attribute(value) for name, value in notice.attributes.items()},
        )
        return answer["MessageId"]


def _attribute(value: str | int | tuple[str, ...]) -> Any:
    if isinstance(value, tuple):
        return {"DataType": "String.Array", "StringValue": json.dumps(value, ensure_ascii=False)}
    return {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
