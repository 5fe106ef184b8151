"""A real subscriber of both topics: an SQS queue, and a thread that reads what SNS puts there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from icwatch_cli.local.stack import client
from icwatch_cli.local.state.shown import Shown
from icwatch_cli.local.supervision import Part, Report
from icwatch_cli.local.watcher import Received


class Subscriber:
    """Subscribed from `subscribe` on; `receive` is called for every notice once `start` was called.

    A message that cannot be read is reported and deleted, so that it does not come again and again. What is in `shown`
    was received by an earlier run, or was published twice, and is not received again.
    """

    def __init__(
        self, endpoint: str, receive: Callable[[Received], object], report: Report, shown: Shown | None = None
    ) -> None:
        self._queues = client("sqs", endpoint)
        self._topics = client("sns", endpoint)
        self._receive = receive
        self._report = report
        self._shown = shown
        self._queue_url = ""
        self.part = Part("the subscriber", self._work, report)

    def subscribe(self, *topic_arns: str) -> None:
        """Create the queue and subscribe it."""
        self._queue_url = self._queues.create_queue(QueueName="icwatch-run")["QueueUrl"]
        answer = self._queues.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["QueueArn"])
        for topic_arn in topic_arns:
            self._topics.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=answer["Attributes"]["QueueArn"])

    def start(self) -> None:
        """Begin to read."""
        self.part.start()

    def stop(self) -> None:
        """Read no more."""
        self.part.stop()

    def join(self) -> None:
        """Wait for the thread to end."""
        self.part.join()

    def _work(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            page = self._queues.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in page.get("Messages", ()):
                try:
                    received = _read(json.loads(message["Body"]))
                except (ValueError, LookupError, TypeError, AttributeError) as error:
                    self._report(f"a message of the subscriber's queue cannot be read: {error!r}")
                else:
                    self._receive_once(received)
                self._queues.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _receive_once(self, received: Received) -> None:
        notice_id = str(received.attributes.get("notice_id", ""))
        if self._shown is None or not notice_id:
            self._receive(received)
        elif notice_id not in self._shown:
            self._receive(received)
            self._shown.add(notice_id)


def _read(envelope: Mapping[str, Any]) -> Received:
    attributes = {
        name: json.loads(attribute["Value"]) if attribute["Type"] == "String.Array" else attribute["Value"]
        for name, attribute in envelope.get("MessageAttributes", {}).items()
    }
    return Received(envelope.get("Subject", ""), _body(envelope["Message"]), attributes)


def _body(message: str) -> dict[str, Any]:
    """The JSON of a notice. Whatever else somebody published to the topic is shown as it is."""
    try:
        body = json.loads(message)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {"text": message}
