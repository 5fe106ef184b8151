"""A stream's consumer whose ways break: it goes on behind the last batch that was done with."""

from __future__ import annotations

import queue
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.function import Result
from icwatch_cli.local.mapping import StreamMapping
from icwatch_cli.local.stream import StreamConsumer
from icwatch_cli.local.watcher import Watcher

MAPPING = StreamMapping(
    stream_arn="arn:aws:dynamodb:us-east-1:000000000000:table/Samples/stream/1",
    function_arn="arn:aws:lambda:us-east-1:000000000000:function:evaluator",
    batch_size=2,
    retries=3,
    record_age=-1,
    bisect=True,
    partial=True,
    destination_arn=None,
    patterns=(),
)


class Stream:
    """A stream of five records, of which some reads fail."""

    def __init__(self, *failing: int) -> None:
        self._failing = set(failing)
        self._reads = 0

    def describe_stream(self, **wanted: str) -> Any:
        return {"StreamDescription": {"Shards": [{"ShardId": "shard-1"}]}}

    def get_shard_iterator(self, **wanted: str) -> dict[str, str]:
        return {"ShardIterator": wanted.get("SequenceNumber", "0")}

    def get_records(self, **wanted: Any) -> dict[str, Any]:
        self._reads += 1
        if self._reads in self._failing:
            raise OSError("no answer")
        first = int(wanted["ShardIterator"]) + 1
        last = min(first + wanted["Limit"] - 1, 5)
        records = [
            {
                "eventName": "INSERT",
                "dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": datetime.now(UTC)},
            }
            for number in range(first, last + 1)
        ]
        return {"Records": records, "NextShardIterator": str(last)}


class Handler:
    """What is invoked; it breaks in another way than by an answer at some calls."""

    name = "evaluator"

    def __init__(self, *failing: int) -> None:
        self._failing = set(failing)
        self._calls = 0
        self.done: queue.Queue[str] = queue.Queue()

    def invoke(self, event: dict[str, Any]) -> Result:
        self._calls += 1
        if self._calls in self._failing:
            raise OSError("no more processes")
        for record in event["Records"]:
            self.done.put(record["dynamodb"]["SequenceNumber"])
        return Result({"batchItemFailures": []})


@pytest.mark.parametrize(
    ("reads", "calls"),
    [
        pytest.param((), (), id="nothing breaks"),
        pytest.param((1, 2, 4), (), id="reads"),
        pytest.param((), (1, 3), id="invocations"),
        pytest.param((2, 3), (2, 3), id="both"),
    ],
)
def test_what_broke_goes_on_behind_what_was_done_with(
    monkeypatch: pytest.MonkeyPatch, reads: tuple[int, ...], calls: tuple[int, ...]
) -> None:
    monkeypatch.setattr("icwatch_cli.local.stream.POLL_SECONDS", 0.001)
    monkeypatch.setattr("icwatch_cli.local.supervision.PAUSES_SECONDS", (0.0,) * 10)
    told: list[str] = []
    handler, unused = Handler(*calls), threading.Event()
    consumer = StreamConsumer(MAPPING, handler, Stream(*reads), unused, report=told.append)  # type: ignore[arg-type]
    consumer.start()
    assert [handler.done.get(timeout=20) for _ in range(5)] == ["1", "2", "3", "4", "5"]
    assert consumer.part.ended is None
    consumer.stop()
    consumer.join()
    assert handler.done.empty(), "nothing comes twice"
    assert len(told) == len(reads) + len(calls)
    assert all("the stream of the evaluator broke and is started again: OSError: no " in each for each in told)


@pytest.mark.parametrize(
    "image",
    [{}, {"shard": {"S": "s"}}, {"shard": {"S": "s"}, "at": {"N": "1"}, "metrics": {"S": "torn"}}, {"shard": 7}, None],
    ids=repr,
)
def test_an_item_that_cannot_be_read_ends_nobody_who_shows_it(image: object) -> None:
    """It is told once, and the next is shown."""
    told: list[str] = []
    seen: list[object] = []
    cloud = LocalCloud(Watcher(seen.append, seen.append, told.append))
    for _ in range(3):
        cloud.see({"dynamodb": {"NewImage": image}})
    assert len(told) == 1
    assert told[0].startswith("showing a sweep failed: ")
    cloud.see({"dynamodb": {"NewImage": {"shard": {"S": "s"}, "at": {"N": "1"}, "metrics": {"M": {}}}}})
    assert len(seen) == 1
