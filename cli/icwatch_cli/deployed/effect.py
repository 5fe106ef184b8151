"""Whether a sweep that was given up took effect all the same: what can be known of it from what is stored."""

from __future__ import annotations

from enum import StrEnum

from icwatch.errors import ItemError
from icwatch.model import ShardAlarms
from icwatch_cli.deployed.queues import Position
from icwatch_cli.deployed.stack import Stack


class Effect(StrEnum):
    """What is known of a sweep."""

    TOOK = "took effect"
    NONE = "not evaluated"
    UNKNOWN = "not known"


class Effects:
    """Looks up what sweeps came to. Each shard's alarms are read once."""

    def __init__(self, stack: Stack) -> None:
        self._client, self._transitions = stack.database, stack.output("TransitionsTable")
        self._alarms = stack.alarms()
        self._shards: dict[str, ShardAlarms | None] = {}

    def of(self, position: Position) -> Effect:
        """Whether the sweep took effect.

        It did where its decision is stored, or the shard's state names its moment. It did not where the shard's last
        evaluated sweep is an older one. A newer one says neither: a sweep that decides nothing leaves no trace.
        """
        if self._has_decision(position):
            return Effect.TOOK
        current = self._current(position.shard)
        return Effect.UNKNOWN if current is None else effect_on(current, position.at)

    def _has_decision(self, position: Position) -> bool:
        answer = self._client.get_item(
            TableName=self._transitions,
            Key={"shard": {"S": position.shard}, "at": {"N": str(position.at)}},
            ProjectionExpression="#at",
            ExpressionAttributeNames={"#at": "at"},
            ConsistentRead=True,
        )
        return "Item" in answer

    def _current(self, shard: str) -> ShardAlarms | None:
        """The shard's state; None where it cannot be read."""
        if shard not in self._shards:
            try:
                self._shards[shard] = self._alarms.load(shard)
            except ItemError:
                self._shards[shard] = None
        return self._shards[shard]


def effect_on(current: ShardAlarms, at: int) -> Effect:
    """What a shard's state says of a sweep that decided nothing."""
    if current.at is None or current.at < at:
        return Effect.NONE
    moments = {current.at, *(moment for alarm in current.alarms.values() for moment in (alarm.since, alarm.seen))}
    moments |= {moment for problem in current.monitoring.values() for moment in (problem.since, problem.at)}
    return Effect.TOOK if at in moments else Effect.UNKNOWN
