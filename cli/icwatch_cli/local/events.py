"""Events that make a function do something now: a current tick, a sweep that decides something, a decision of it. Pure.

A sweep is newer than what its shard was evaluated at, and is tried against the current rules, so that the
function which gets it decides what was decided here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from icwatch.announcements.decision import decide
from icwatch.evaluation.evaluate import evaluate
from icwatch.model import DAY_SECONDS, HEALTH, Cause, Decision, Failure, Inventory, ShardAlarms, Sweep
from icwatch.storage.items import write_item
from icwatch.storage.packing import pack
from icwatch.storage.sweep_packing import pack_sweep

SOURCE = "make invoke"
ALONE = 10
"""Targets that are tried as the only one that fails, before all of them together."""


@dataclass(frozen=True, slots=True)
class Made:
    """A sweep that was made up, and what the rules make of it."""

    sweep: Sweep
    decision: Decision


def tick(at: int) -> dict[str, str]:
    """What the schedule sends: the moment that it meant."""
    return {"time": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def make_sweep(inventory: Inventory, shards: Sequence[ShardAlarms], now: float) -> Made | None:
    """A sweep of one of `shards` that decides something at `now` or a moment later; None where none does."""
    for current in shards:
        at = max(int(now), (current.at or 0) + 1)
        for failing in _who_fails(inventory, current):
            sweep = _sweep(inventory, current.shard, at, failing)
            after, transitions = evaluate(inventory, current, sweep)
            if transitions:
                return Made(sweep, decide(inventory, after, transitions, SOURCE))
    return None


def inserted(document: Sweep | Decision, stream_arn: str, now: float) -> dict[str, Any]:
    """The event of a stream into which a document was put just now, as Lambda delivers it."""
    expires_at = int(now) + DAY_SECONDS
    image = (
        pack_sweep(document, expires_at)
        if isinstance(document, Sweep)
        else pack(write_item(document, expires_at=expires_at))
    )
    record = {
        "eventID": "made",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": stream_arn.split(":")[3],
        "dynamodb": {
            "ApproximateCreationDateTime": int(now),
            "Keys": {name: image[name] for name in ("shard", "at")},
            "NewImage": image,
            "SequenceNumber": "1",
            "SizeBytes": len(_json(image)),
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": stream_arn,
    }
    event: dict[str, Any] = json.loads(_json({"Records": [record]}))
    return event


def _who_fails(inventory: Inventory, current: ShardAlarms) -> Iterator[frozenset[str]]:
    """What to try, the plainest first: one target without an alarm, one with, all of them, none of them."""
    targets = [name for name in inventory.targets if inventory.shards[name] == current.shard]
    if not targets:
        return
    alarmed = {alarm.target for alarm in current.alarms.values()}
    yield from (frozenset({name}) for name in sorted(targets, key=lambda name: name in alarmed)[:ALONE])
    yield frozenset(targets)
    yield frozenset()


def _sweep(inventory: Inventory, shard: str, at: int, failing: frozenset[str]) -> Sweep:
    targets = [name for name in inventory.targets if inventory.shards[name] == shard]
    return Sweep(
        shard=shard,
        at=at,
        metrics={HEALTH: {name: int(name not in failing) for name in targets}},
        failures={name: Failure(Cause.CONNECTION_REFUSED, "made up by make invoke") for name in sorted(failing)},
        probe_ms=dict.fromkeys(targets, 3),
        source=SOURCE,
    )


def _json(value: Mapping[str, Any]) -> str:
    """JSON in which bytes are base64, as Lambda writes them."""
    return json.dumps(value, default=lambda data: base64.b64encode(data).decode("ascii"))
