"""Dead-letter queues, whose messages are held while they are worked on, and the streams that messages point to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from botocore.exceptions import ClientError, ParamValidationError

from icwatch_cli.deployed.dead_letters import Batch
from icwatch_cli.deployed.refusals import AWS_ERRORS

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient
    from mypy_boto3_sqs.client import SQSClient

HOLD_SECONDS = 300
"""How long nobody else sees a message that was read. A process that is killed leaves them hidden for so long."""

POLL_SECONDS = 1
"""Of each read. Any wait makes SQS ask all its servers; without one a message can be missed."""

PAGE = 10
"""Messages that SQS takes or gives at once."""

GONE = frozenset(
    {"TrimmedDataAccessException", "ResourceNotFoundException", "ExpiredIteratorException", "ValidationException"}
)
"""The answers of a stream that no longer has a record, never had it, or is itself no more."""

EMPTY_PAGES = 100
"""Pages without a record, one after the other, after which the rest of a batch is taken to be gone."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, and what SQS wants to know for its deletion."""

    id: str
    body: str
    handle: str


class HeldQueue:
    """A context that holds all messages of a queue. Those that were not deleted can be seen again after it."""

    def __init__(self, client: SQSClient, url: str, progress: Callable[[int], object]) -> None:
        self._client, self._url, self._progress = client, url, progress
        self.messages: dict[str, Message] = {}
        self.elsewhere = 0

    def __enter__(self) -> Self:
        try:
            self._read()
        except BaseException:
            self._give_back()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._give_back()

    def delete(self, message_id: str) -> None:
        """Delete one for good."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=self.messages[message_id].handle)
        del self.messages[message_id]

    @property
    def left(self) -> int:
        """Messages that are still there, as far as one can tell."""
        return len(self.messages) + self.elsewhere

    def _read(self) -> None:
        while page := self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=PAGE,
            WaitTimeSeconds=POLL_SECONDS,
            VisibilityTimeout=HOLD_SECONDS,
        ).get("Messages"):
            for each in page:  # one that SQS delivers twice counts once, with its latest handle
                self.messages[each["MessageId"]] = Message(each["MessageId"], each["Body"], each["ReceiptHandle"])
            self._progress(len(self.messages))
        if not self.messages:  # with some in hand the number would count ours, too, and lag behind
            answer = self._client.get_queue_attributes(
                QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
            )
            self.elsewhere = int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"])

    def _give_back(self) -> None:
        """Let others see what is left. Where AWS is away, it comes back by itself after HOLD_SECONDS."""
        held = list(self.messages.values())
        with contextlib.suppress(*AWS_ERRORS):
            for start in range(0, len(held), PAGE):
                self._client.change_message_visibility_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": each.handle, "VisibilityTimeout": 0}
                        for number, each in enumerate(held[start : start + PAGE])
                    ],
                )


class Position(NamedTuple):
    """The key of an item of Samples or Transitions, in the order of time."""

    at: int
    shard: str


def positions_in(client: DynamoDBStreamsClient, batch: Batch) -> list[Position] | None:
    """The keys of what a batch inserted, from the stream itself. None where a part of it is gone: it keeps a day."""
    try:
        return _read_stream(client, batch)
    except ParamValidationError:
        return None
    except ClientError as error:
        if error.response["Error"].get("Code") in GONE:
            return None
        raise


def _read_stream(client: DynamoDBStreamsClient, batch: Batch) -> list[Position] | None:
    iterator: str | None = client.get_shard_iterator(
        StreamArn=batch.stream_arn,
        ShardId=batch.shard_id,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch.first,
    )["ShardIterator"]
    found: list[Position] = []
    begun, empty = False, 0
    first, last = int(batch.first), int(batch.last)
    while iterator and empty < EMPTY_PAGES:
        page = client.get_records(ShardIterator=iterator)
        iterator = page.get("NextShardIterator")
        empty = 0 if page["Records"] else empty + 1
        for record in page["Records"]:
            number = int(record["dynamodb"]["SequenceNumber"])
            if not begun and number != first:
                return None
            begun = True
            if number <= last and record["eventName"] == "INSERT":
                keys = record["dynamodb"]["Keys"]
                found.append(Position(int(keys["at"]["N"]), keys["shard"]["S"]))
            if number >= last:
                return found if number == last else None
    return None
