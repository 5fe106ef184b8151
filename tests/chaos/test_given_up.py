"""An outage of SNS that outlasts all retries: what was given up lies in dead letters, and is published from there."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx

from icwatch.delivery.idempotency import messages_of
from icwatch.model import Decision
from icwatch.storage.items import read_item
from icwatch.storage.packing import unpack
from tests.chaos.aws import NOTIFIER_FAILURES
from tests.chaos.environment import installed
from tests.chaos.results import undisturbed
from tests.chaos.scenario import Run, play
from tests.chaos.watched import ALL, BEGIN

OUTAGE_SECONDS = 4 * 3600
"""Longer than a decision is tried."""


def given_up(run: Run) -> list[dict[str, Any]]:
    """The records of decisions that dead letters name by their place in the stream."""
    letters = [json.loads(message.body)["DDBStreamBatchInfo"] for message in run.aws.queues[NOTIFIER_FAILURES]]
    spans = [(each["startSequenceNumber"], each["endSequenceNumber"]) for each in letters]
    return [
        record
        for record in run.aws.tables.streams["Transitions"]
        if any(first <= record["dynamodb"]["SequenceNumber"] <= last for first, last in spans)
    ]


def ids(record: dict[str, Any]) -> set[str]:
    """The notices of a decision."""
    return {each.id for each in messages_of(read_item(Decision, unpack(record["dynamodb"]["NewImage"])))}


def test_every_notice_that_was_given_up_is_published_from_the_dead_letters_and_once() -> None:
    def begin(run: Run) -> None:
        run.machine.is_down = lambda what, now: what.startswith("sns") and now < BEGIN + OUTAGE_SECONDS

    run, expected = play(begins=begin), Counter(undisturbed(0, ALL).aws.published)
    missing = {name for _, name in expected - Counter(run.aws.published)}
    records = given_up(run)
    assert missing
    assert missing == {name for record in records for name in ids(record)}
    for _ in range(2):
        with installed(run.machine, run.aws, lambda request: httpx.Response(200)):
            result = run.functions.invoke("notifier", {"Records": records})
        assert result.payload == {"batchItemFailures": []}
        assert Counter(run.aws.published) == expected
