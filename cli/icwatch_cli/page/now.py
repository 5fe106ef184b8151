"""How each target is now: from its last sample, and from whether an alarm of it is clearing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from icwatch.model import Phase
from icwatch.notices.procedure import is_about_health
from icwatch_cli.page.data import PageData
from icwatch_cli.page.samples import BAD, UNSEEN, Samples

LATE_CYCLES = 3
"""Cycles without a sweep after which nobody knows how a target is."""


class State(StrEnum):
    """How a target is, worst first."""

    DOWN = "down"
    UNSEEN = "unseen"
    RECOVERING = "recovering"
    GOOD = "good"

    @property
    def rank(self) -> int:
        """Its place: 0 is the worst."""
        return _RANKS[self]


_RANKS = {state: rank for rank, state in enumerate(State)}


def states_of(data: PageData) -> dict[str, State]:
    """The state of every target of the inventory, in its order."""
    clearing = _clearing(data)
    late = data.now - LATE_CYCLES * data.samples.cycle(data.inventory.every)
    seen = {name: state for columns in _oldest_first(data.samples, late) for name, state in columns.items()}
    return {name: _state(seen.get(name, UNSEEN), name in clearing) for name in data.inventory.targets}


def _oldest_first(samples: Samples, late: int) -> list[Mapping[str, int]]:
    """What the last sweep of each shard saw, where that is not too long ago."""
    recent = sorted(
        (each for each in samples.shards.values() if each.at and each.at[-1] >= late), key=lambda each: each.at[-1]
    )
    return [{name: states[-1] for name, states in columns.states.items() if states[-1]} for columns in recent]


def _clearing(data: PageData) -> set[str]:
    """The targets of which an alarm about their health is clearing."""
    rules = data.inventory.rules
    return {
        alarm.target
        for current in data.shards
        for alarm in current.alarms.values()
        if alarm.phase is Phase.CLEARING and alarm.rule in rules and is_about_health(rules[alarm.rule])
    }


def _state(seen: int, clearing: bool) -> State:
    if seen == UNSEEN:
        return State.UNSEEN
    if seen == BAD:
        return State.DOWN
    return State.RECOVERING if clearing else State.GOOD
