"""What the evaluator's dead-letter queue stands for: sweeps that were never evaluated, and can only be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3

from cli.letters import Batch, Unclear, read_letter
from cli.moments import spell_moment
from cli.queues import HeldQueue, positions_in
from cli.screen import Screen
from icwatch.store.dynamodb import CONFIG

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient

SLACK = 300
"""Seconds by which clocks differ."""

EARLIER = 3 * 3600
"""Seconds of sweeps before those that were given up, so that a replay knows the alarms that stood."""


def show_sweeps(queue: HeldQueue, stack: str, screen: Screen, *, discard: bool) -> None:
    """Say which sweeps were never evaluated. Newer ones were since, so evaluating them now would decide nothing."""
    streams = boto3.client("dynamodbstreams", config=CONFIG)
    moments: list[int] = []
    for message in list(queue.messages.values()):
        letter = read_letter(message.body)
        if not isinstance(letter, Batch):
            reason = letter.reason if isinstance(letter, Unclear) else "it is about a notice, not about sweeps"
            screen.line(f"stays          message {message.id}: {reason}")
            continue
        screen.line(f"not evaluated  {_sweeps(letter, streams, moments)} ({letter.condition})")
        if discard:
            queue.delete(message.id)
    if moments:
        begins, first, last = (spell_moment(at) for at in (min(moments) - EARLIER, min(moments), max(moments) + 1))
        screen.line(
            "  They count as unseen, which neither raises nor clears anything; newer ones were evaluated since."
        )
        screen.line("  The evaluator's log says why. What your rules would have told of them:")
        screen.line(
            f"  icwatch export --stack {stack} --from {begins} --to {last} | icwatch replay FLEET.yaml - --from {first}"
        )
        if not discard:
            screen.line("  --discard-sweeps deletes these messages.")


def _sweeps(batch: Batch, streams: DynamoDBStreamsClient, moments: list[int]) -> str:
    """Which sweeps a batch had; their moments are added to `moments`."""
    positions = positions_in(streams, batch)
    count = f"{batch.size} sweep{'s' * (batch.size != 1)}"
    if not positions:
        moments += [batch.starts - SLACK, batch.ends]
        return f"{count} that arrived from {spell_moment(batch.starts)} to {spell_moment(batch.ends)}"
    moments += [position.at for position in positions]
    shards = ", ".join(sorted({position.shard for position in positions}))
    first, last = min(positions).at, max(positions).at
    return f"{count} of {shards} from {spell_moment(first)} to {spell_moment(last)}"
