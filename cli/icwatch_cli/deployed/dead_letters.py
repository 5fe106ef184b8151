"""What lies in the dead-letter queues: letters of the functions, and Lambda's records of given up batches. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from icwatch.text import shorten

MAX_LINE = 300
"""Bytes of what is shown of a reason."""


@dataclass(frozen=True, slots=True)
class Aside:
    """The notifier set a notice of the decision at (shard, at) aside; without `notice_id`, all of that decision."""

    shard: str
    at: int
    notice_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class AsideSweep:
    """The evaluator set a sweep aside: the record with this sequence number, and its place if that could be read."""

    number: str
    shard: str
    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Lambda gave up the records of a stream's shard from `first` to `last`, which arrived between two moments."""

    stream_arn: str
    shard_id: str
    first: str
    last: str
    starts: int
    ends: int
    size: int
    condition: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """A message that names nothing that could be looked up, and why."""

    reason: str


Letter = Aside | AsideSweep | Batch | Unclear


def read_letter(body: str) -> Letter:
    """What a message means. It never raises: what is not understood is Unclear."""
    try:
        message = json.loads(body)
        if "DDBStreamBatchInfo" in message:
            return _batch(message)
        if message.get("document") == "Sweep":
            return _aside_sweep(message)
        return _aside(message)
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, RecursionError) as error:
        return Unclear(one_line(f"it is neither a function's nor Lambda's ({type(error).__name__}: {error}): {body}"))


def one_line(text: str) -> str:
    """What others wrote, on one line that a terminal can show."""
    plain = "".join(char if char.isprintable() else " " for char in text[: MAX_LINE * 4])
    return shorten(" ".join(plain.split()), MAX_LINE)


def _batch(message: Mapping[str, Any]) -> Batch:
    info = message["DDBStreamBatchInfo"]
    return Batch(
        stream_arn=str(info["streamArn"]),
        shard_id=str(info["shardId"]),
        first=_number(info["startSequenceNumber"]),
        last=_number(info["endSequenceNumber"]),
        starts=_seconds(info["approximateArrivalOfFirstRecord"]),
        ends=_seconds(info["approximateArrivalOfLastRecord"]),
        size=int(info["batchSize"]),
        condition=one_line(str(message["requestContext"]["condition"])),
    )


def _aside(message: Mapping[str, Any]) -> Aside | Unclear:
    number, reason = str(message["sequence_number"]), one_line(str(message["reason"]))
    if "shard" not in message:
        return Unclear(one_line(f"the record {number} was no decision that could be looked up: {reason}"))
    return Aside(str(message["shard"]), int(message["at"]), str(message.get("notice_id", "")), reason)


def _aside_sweep(message: Mapping[str, Any]) -> AsideSweep:
    shard = str(message.get("shard", ""))
    at = int(message["at"]) if shard else 0
    return AsideSweep(str(message["sequence_number"]), shard, at, one_line(str(message["reason"])))


def _number(text: str) -> str:
    """A sequence number as it is written; DynamoDB wants it back with its zeros."""
    if not text.isdecimal():
        raise ValueError(f"{text!r} is no sequence number")
    return text


def _seconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
