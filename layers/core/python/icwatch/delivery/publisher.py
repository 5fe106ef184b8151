"""Where a notice goes: to its topic, or straight to the messenger where it is for a single robot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from icwatch.delivery.sns import SnsPublisher
from icwatch.errors import EventError
from icwatch.notices import Notice

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


class Publisher:
    """The topics, and the messenger's queue; an empty address of that where the stack has no messenger.

    A message that is put into the queue twice is accepted once, by its receipt.
    """

    def __init__(self, topics: SnsPublisher, client: SQSClient, robot_queue_url: str) -> None:
        self._topics, self._client, self._url = topics, client, robot_queue_url

    def publish(self, notice: Notice) -> str:
        """Publish, and return the id of the message. Raises EventError for a robot where there is no queue."""
        if not notice.to_robot:
            return self._topics.publish(notice)
        if not self._url:
            raise EventError(f"notice {notice.id} is for the robot {notice.to_robot}, and this stack sends to none")
        return self._client.send_message(QueueUrl=self._url, MessageBody=notice.body)["MessageId"]
