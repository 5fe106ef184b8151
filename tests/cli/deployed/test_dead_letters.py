"""What is made of the messages in dead-letter queues."""

from __future__ import annotations

import json
from typing import Any

import pytest

from icwatch_cli.deployed.dead_letters import Aside, AsideSweep, Batch, Unclear, one_line, read_letter

GIVEN_UP: dict[str, Any] = {
    "requestContext": {
        "requestId": "316aa6d0-8154-4f4f-9af7-85d5f4a6bc81",
        "functionArn": "arn:aws:lambda:us-east-2:123456789012:function:notifier",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 1,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "version": "1.0",
    "timestamp": "2019-11-14T00:13:49.717Z",
    "DDBStreamBatchInfo": {
        "shardId": "shardId-00000001573689847184-864758bb",
        "startSequenceNumber": "800000000003126276362",
        "endSequenceNumber": "800000000003126276399",
        "approximateArrivalOfFirstRecord": "2019-11-14T00:13:19Z",
        "approximateArrivalOfLastRecord": "2019-11-14T00:13:20.721Z",
        "batchSize": 2,
        "streamArn": "arn:aws:dynamodb:us-east-2:123456789012:table/mytable/stream/2019-11-14T00:04:06.388",
    },
}
"""In the form of the example in Lambda's developer guide."""


def test_a_batch_that_lambda_gave_up() -> None:
    assert read_letter(json.dumps(GIVEN_UP)) == Batch(
        stream_arn="arn:aws:dynamodb:us-east-2:123456789012:table/mytable/stream/2019-11-14T00:04:06.388",
        shard_id="shardId-00000001573689847184-864758bb",
        first="800000000003126276362",
        last="800000000003126276399",
        starts=1573690399,
        ends=1573690400,
        size=2,
        condition="RetryAttemptsExhausted",
    )


def test_a_letter_of_the_notifier() -> None:
    letter = {"sequence_number": "7", "reason": "too long", "notice_id": "r:t:1:raised:60", "shard": "s", "at": 60}
    assert read_letter(json.dumps(letter)) == Aside("s", 60, "r:t:1:raised:60", "too long")
    del letter["notice_id"]
    assert read_letter(json.dumps(letter)) == Aside("s", 60, "", "too long")


def test_a_letter_of_the_evaluator() -> None:
    letter = {"document": "Sweep", "sequence_number": "7", "reason": "ItemError: torn", "shard": "s", "at": 60}
    assert read_letter(json.dumps(letter)) == AsideSweep("7", "s", 60, "ItemError: torn")
    del letter["shard"], letter["at"]
    assert read_letter(json.dumps(letter)) == AsideSweep("7", "", 0, "ItemError: torn")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            '{"sequence_number": "7", "reason": "ItemError: torn"}',
            "the record 7 was no decision that could be looked up: ItemError: torn",
        ),
        ("", "it is neither a function's nor Lambda's (JSONDecodeError: "),
        ("7", "it is neither a function's nor Lambda's (TypeError: "),
        ('["DDBStreamBatchInfo"]', "it is neither a function's nor Lambda's (TypeError: "),
        (
            '{"time": "2026-03-02T08:00:00Z"}',
            "it is neither a function's nor Lambda's (KeyError: 'sequence_number'): ",
        ),
        (
            '{"sequence_number": 1, "reason": "", "shard": "s", "at": "x"}',
            "it is neither a function's nor Lambda's (Val",
        ),
        (
            '{"document": "Sweep", "sequence_number": "7"}',
            "it is neither a function's nor Lambda's (KeyError: 'reason'): ",
        ),
        (
            '{"document": "Sweep", "sequence_number": "7", "reason": "", "shard": "s", "at": []}',
            "it is neither a function's nor Lambda's (TypeError: ",
        ),
        ("[" * 100_000, "it is neither a function's nor Lambda's (RecursionError: "),
        (
            json.dumps(GIVEN_UP).replace("800000000003126276362", "latest"),
            "it is neither a function's nor Lambda's (ValueError: 'latest' is no sequence number): ",
        ),
        (json.dumps({**GIVEN_UP, "DDBStreamBatchInfo": {}}), "it is neither a function's nor Lambda's (KeyError: "),
    ],
)
def test_what_cannot_be_looked_up_is_told(body: str, reason: str) -> None:
    letter = read_letter(body)
    assert isinstance(letter, Unclear)
    assert letter.reason.startswith(reason)
    assert len(letter.reason.encode()) <= 300


def test_what_others_wrote_is_shown_on_one_plain_line() -> None:
    assert one_line("a\x1b[2J\r\n b \ud800c") == "a [2J b c"
    assert len(one_line("错" * 5000).encode()) <= 300
