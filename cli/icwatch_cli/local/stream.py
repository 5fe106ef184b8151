"""Running an event source mapping: read the stream, call the function, keep to what `mapping.py` decides."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from icwatch_cli.local.function import Function
from icwatch_cli.local.mapping import Batch, GivenUp, Record, StreamMapping, failure_record, give_up, matches, settle
from icwatch_cli.local.supervision import Part, Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient
    from mypy_boto3_sqs.client import SQSClient

POLL_SECONDS = 0.25
"""Lambda polls each shard of a stream four times a second."""

MAX_PAUSE = 10.0
"""Seconds between attempts at the most."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the stream of a table is done with: up to the record of this sequence number."""

    table: str
    sequence: str


class StreamConsumer:
    """One mapping at work in a thread of its own; `report` is called with what went wrong, `observe` with every record,
    `progress` with how far it is.

    Where it broke, it is started again behind the last batch that was done with: what was under way comes once more.
    """

    def __init__(
        self,
        mapping: StreamMapping,
        function: Function,
        streams: DynamoDBStreamsClient,
        queues: SQSClient,
        *,
        report: Report,
        observe: Callable[[Record], object] | None = None,
        progress: Callable[[Progress], object] | None = None,
    ) -> None:
        self._mapping = mapping
        self._function = function
        self._streams = streams
        self._queues = queues
        self._report = report
        self._observe = observe
        self._progress = progress
        self._done: dict[str, str] = {}
        """The sequence number behind which each shard of the stream is to be read on."""
        self.part = Part(f"the stream of the {function.name}", self._work, report)

    def start(self) -> None:
        """Begin at the oldest record of the stream."""
        self.part.start()

    def stop(self) -> None:
        """Begin no further attempt."""
        self.part.stop()

    def join(self) -> None:
        """Wait for the thread to end."""
        self.part.join()

    def _work(self, stopping: threading.Event) -> None:
        positions = self._begin()
        while not stopping.wait(POLL_SECONDS):
            for shard_id, iterator in positions.items():
                page = self._streams.get_records(ShardIterator=iterator, Limit=self._mapping.batch_size)
                records = [_as_delivered(record, self._mapping.stream_arn) for record in page["Records"]]
                wanted = tuple(record for record in records if matches(self._mapping, record))
                if self._observe is not None:
                    for record in wanted:
                        self._observe(record)
                self._deliver(shard_id, wanted, stopping)
                if stopping.is_set():  # what is left of the batch is not done with
                    return
                positions[shard_id] = page["NextShardIterator"]
                if records:
                    self._note(shard_id, records[-1]["dynamodb"]["SequenceNumber"])

    def _note(self, shard_id: str, sequence: str) -> None:
        """Remember how far the shard is done with."""
        self._done[shard_id] = sequence
        if self._progress is not None:
            self._progress(Progress(self._mapping.stream_arn.split("/")[1], sequence))

    def _begin(self) -> dict[str, str]:
        """An iterator for each of the stream's shards: behind what is done with, or at the oldest record."""
        stream = self._mapping.stream_arn
        shards = self._streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
        return {shard["ShardId"]: self._iterator(shard["ShardId"]) for shard in shards}

    def _iterator(self, shard_id: str) -> str:
        where: Any = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard_id in self._done:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._done[shard_id]}
        answer = self._streams.get_shard_iterator(StreamArn=self._mapping.stream_arn, ShardId=shard_id, **where)
        return answer["ShardIterator"]

    def _deliver(self, shard_id: str, records: tuple[Record, ...], stopping: threading.Event) -> None:
        """Try a batch until all of it succeeded or was given up; the next one waits, so order is kept."""
        waiting = [Batch(records)] if records else []
        while waiting and not stopping.is_set():
            given_up, batch = give_up(self._mapping, waiting.pop(0), time.time())
            if given_up is not None:
                self._send_away(given_up, shard_id)
            if batch is None:
                continue
            result = self._function.invoke({"Records": list(batch.records)})
            if result.error is not None and not stopping.is_set():
                self._report(f"{self._function.name}: {result.error}")
            waiting = settle(self._mapping, batch, result) + waiting
            if waiting and waiting[0].attempts:
                stopping.wait(min(POLL_SECONDS * 2 ** waiting[0].attempts, MAX_PAUSE))

    def _send_away(self, given_up: GivenUp, shard_id: str) -> None:
        self._report(f"{self._function.name}: gave up {len(given_up.batch.records)} records: {given_up.condition}")
        if self._mapping.destination_arn is None:
            return
        queue = self._mapping.destination_arn.rpartition(":")[2]
        body = failure_record(self._mapping, given_up, shard_id, datetime.now(UTC).isoformat())
        url = self._queues.get_queue_url(QueueName=queue)["QueueUrl"]
        self._queues.send_message(QueueUrl=url, MessageBody=json.dumps(body))


def _as_delivered(record: Any, stream_arn: str) -> Record:
    """A record of the streams API in the form in which Lambda passes it on."""
    body = dict(record["dynamodb"])
    body["ApproximateCreationDateTime"] = body["ApproximateCreationDateTime"].timestamp()
    if "NewImage" in body:  # Lambda passes binary attributes on as base64
        image = body["NewImage"].items()
        body["NewImage"] = {name: {kind: _as_text(value) for kind, value in each.items()} for name, each in image}
    return {**record, "dynamodb": body, "eventSourceARN": stream_arn}


def _as_text(value: object) -> object:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
