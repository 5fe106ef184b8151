"""Lambda's event source mapping of an SQS queue: what the function does not name as failed is deleted, the rest comes
again after the queue's visibility timeout."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from icwatch_cli.local.function import Function
from icwatch_cli.local.supervision import Part, Report

POLL_SECONDS = 1


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """What the stack says about it."""

    queue_arn: str
    function_arn: str
    batch_size: int


class QueueConsumer:
    """Polls the queue and calls the function, batch by batch."""

    def __init__(self, mapping: QueueMapping, function: Function, queues: Any, report: Report) -> None:
        self._mapping, self._function, self._queues, self._report = mapping, function, queues, report
        self.part = Part(f"the queue of the {function.name}", self._work, report)

    def _work(self, stopping: threading.Event) -> None:
        url = self._queues.get_queue_url(QueueName=self._mapping.queue_arn.rpartition(":")[2])["QueueUrl"]
        while not stopping.is_set():
            page = self._queues.receive_message(
                QueueUrl=url, MaxNumberOfMessages=self._mapping.batch_size, WaitTimeSeconds=POLL_SECONDS
            ).get("Messages", [])
            if page:
                for receipt in self._handled(page):
                    self._queues.delete_message(QueueUrl=url, ReceiptHandle=receipt)

    def _handled(self, page: list[dict[str, Any]]) -> list[str]:
        """The receipt handles of what the function is done with."""
        records = [
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": self._mapping.queue_arn,
            }
            for each in page
        ]
        result = self._function.invoke({"Records": records})
        if result.error is not None:
            self._report(f"the {self._function.name} failed and is called again: {result.error}")
            return []
        failed = {each["itemIdentifier"] for each in (result.payload or {}).get("batchItemFailures", ())}
        return [each["ReceiptHandle"] for each in page if each["MessageId"] not in failed]
