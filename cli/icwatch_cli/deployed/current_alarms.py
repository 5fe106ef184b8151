"""The current alarms of a stack, each with what concerns its announcement now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from icwatch.errors import ItemError
from icwatch.evaluation.inhibition import inhibitor_of
from icwatch.evaluation.silences import silence_over
from icwatch.model import Acknowledgement, Alarm, Inventory, Phase, ShardAlarms, Silence
from icwatch.storage import AlarmStore
from icwatch.text import natural


@dataclass(frozen=True, slots=True)
class CurrentAlarm:
    """An alarm, and what concerns its announcement now."""

    shard: str
    alarm: Alarm
    silence: Silence | None
    inhibitor: Alarm | None
    acknowledgement: Acknowledgement | None


def read_shards(store: AlarmStore, names: Iterable[str]) -> tuple[list[ShardAlarms], list[ItemError]]:
    """The alarms of shards, and what is wrong with those that cannot be read."""
    shards: list[ShardAlarms] = []
    errors: list[ItemError] = []
    for name in names:
        try:
            current = store.load(name)
            shards.append(current)
            errors += (
                ItemError(f"the alarm {key} of {name}, which stays as it is: {each.problem}")
                for key, each in current.unreadable.items()
            )
        except ItemError as error:
            errors.append(error)
    return shards, errors


def look(inventory: Inventory, shards: Iterable[ShardAlarms], now: int) -> list[CurrentAlarm]:
    """All alarms with what concerns their announcement, worst first, then the longest."""
    found = [
        CurrentAlarm(
            current.shard,
            alarm,
            silence_over(alarm, inventory.silences, now),
            inhibitor_of(inventory, current, alarm),
            inventory.acknowledged.get(alarm.id),
        )
        for current in shards
        for alarm in current.alarms.values()
    ]
    return sorted(found, key=_order)


def _order(each: CurrentAlarm) -> tuple[object, ...]:
    alarm = each.alarm
    return alarm.level.rank, began(alarm), alarm.rule, natural(alarm.target)


def began(alarm: Alarm) -> int:
    """Where the breach began; of a pending alarm that is where its run did."""
    return alarm.since if alarm.phase is Phase.PENDING else alarm.began_at
