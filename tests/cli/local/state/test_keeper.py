"""A backend that is killed, and another one that goes on with what it had: tables, queues, and streams."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from icwatch_cli.local.backend import Backend
from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.stack import client
from icwatch_cli.local.state.client import StateClient
from icwatch_cli.local.state.directory import opened
from icwatch_cli.local.stream import Progress

TROUBLES: list[str] = []


@contextmanager
def backend(folder: Path) -> Iterator[tuple[str, StateClient]]:
    """A backend with a table, its stream and two queues, which has what is kept. It is killed at the end."""
    with tempfile.TemporaryFile() as log, opened(folder, folder / "fleet.yaml") as state:
        running = Backend.start(log, state=state)
        try:
            running.wait()
            client("dynamodb", running.endpoint).create_table(
                TableName="tab",
                KeySchema=[
                    {"AttributeName": "shard", "KeyType": "HASH"},
                    {"AttributeName": "at", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": "shard", "AttributeType": "S"},
                    {"AttributeName": "at", "AttributeType": "N"},
                ],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            )
            for name in ("q", "r"):
                client("sqs", running.endpoint).create_queue(QueueName=name)
            yield running.endpoint, StateClient(running.endpoint, TROUBLES.append)
        finally:
            running.stop()


def item(at: int, text: bytes = b"") -> dict[str, Any]:
    """An item as it is put and read."""
    return {"shard": {"S": "s"}, "at": {"N": str(at)}, "text": {"B": text}}


def put(at: int, text: bytes = b"") -> dict[str, Any]:
    """A step of a transaction."""
    return {"Put": {"TableName": "tab", "Item": item(at, text)}}


def in_stream(endpoint: str) -> list[Any]:
    """The records of the stream."""
    streams = client("dynamodbstreams", endpoint)
    (stream,) = streams.list_streams(TableName="tab")["Streams"]
    (shard,) = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return [record["dynamodb"] for record in streams.get_records(ShardIterator=iterator)["Records"]]


def received(endpoint: str, queue: str) -> list[Any]:
    """What is in a queue and visible."""
    queues = client("sqs", endpoint)
    url = queues.get_queue_url(QueueName=queue)["QueueUrl"]
    found: list[Any] = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return found


def test_whatever_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    with backend(tmp_path) as (endpoint, keeper):
        keeper.restore()
        database, queues = client("dynamodb", endpoint), client("sqs", endpoint)
        database.put_item(TableName="tab", Item=item(1, b"\0\xff"))
        database.transact_write_items(TransactItems=[put(2), put(3), put(4)])
        database.delete_item(TableName="tab", Key={"shard": {"S": "s"}, "at": {"N": "2"}})
        with pytest.raises(ClientError):
            database.transact_write_items(
                TransactItems=[
                    put(9),
                    {
                        **put(3),
                        "Put": {
                            **put(3)["Put"],
                            "ConditionExpression": "attribute_not_exists(#a)",
                            "ExpressionAttributeNames": {"#a": "at"},
                        },
                    },
                ]
            )
        urls = {name: queues.get_queue_url(QueueName=name)["QueueUrl"] for name in "qr"}
        for text in ("deleted", "received", "new"):
            queues.send_message(QueueUrl=urls["q"], MessageBody=text)
        queues.send_message(QueueUrl=urls["r"], MessageBody="later", DelaySeconds=900)
        first, _ = queues.receive_message(QueueUrl=urls["q"], MaxNumberOfMessages=2)["Messages"]
        queues.delete_message(QueueUrl=urls["q"], ReceiptHandle=first["ReceiptHandle"])
        before = in_stream(endpoint)
        keeper.done(Progress("tab", before[1]["SequenceNumber"]))

    with backend(tmp_path) as (endpoint, keeper):
        keeper.restore()
        found = client("dynamodb", endpoint).scan(TableName="tab")["Items"]
        assert sorted(found, key=lambda each: each["at"]["N"]) == [item(1, b"\0\xff"), item(3), item(4)]
        assert [message["Body"] for message in received(endpoint, "q")] == ["received", "new"]
        assert received(endpoint, "r") == []
        left = in_stream(endpoint)
        assert [each["SequenceNumber"] for each in left] == [each["SequenceNumber"] for each in before[2:]]
        assert [each.get("NewImage") for each in left] == [item(3), item(4), None]
        client("dynamodb", endpoint).put_item(TableName="tab", Item=item(5))
        assert len(in_stream(endpoint)) == 4
        keeper.done(Progress("tab", in_stream(endpoint)[-1]["SequenceNumber"]))

    with backend(tmp_path) as (endpoint, keeper):
        keeper.restore()
        assert in_stream(endpoint) == []
        assert len(client("dynamodb", endpoint).scan(TableName="tab")["Items"]) == 4
    (tmp_path / "journal").write_text("something else\n")
    with (
        backend(tmp_path) as (_, keeper),
        pytest.raises(LocalCloudError, match=f"{tmp_path}/journal is no state of icwatch run; write another --state"),
    ):
        keeper.restore()
    assert TROUBLES == []
