"""Stores in memory that keep the contracts of `icwatch.storage`; `contract/test_stores.py` holds them to it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from icwatch.errors import ConflictError, ItemError
from icwatch.model import (
    DAY_SECONDS,
    HOUR_SECONDS,
    Acknowledgement,
    Decision,
    Drill,
    Inventory,
    ShardAlarms,
    Silence,
    Sweep,
    Totals,
)
from icwatch_cli.fleet.inventory_writer import BATCH, Note
from icwatch_cli.fleet.plan import Plan


class MemoryInventory:
    """An inventory that `apply` changes one item at a time, as the table does."""

    def __init__(self, inventory: Inventory | None = None) -> None:
        self.inventory = inventory or Inventory()

    def load(self) -> Inventory:
        return self.inventory

    def apply(self, plan: Plan, progress: Callable[[int], None] = lambda written: None) -> None:
        if plan.version != self.inventory.version:
            raise ConflictError("somebody else changed the inventory meanwhile; look at the plan again")
        fleet = plan.fleet
        self.inventory = replace(
            self.inventory,
            version=plan.version + 1,
            complete=False,
            language=fleet.language,
            every=fleet.every,
            route_by=fleet.route_by,
            merge_above=fleet.merge_above,
            probe=fleet.probe,
            probes=fleet.probes,
            all_shards=tuple(sorted({*plan.all_shards, *plan.shards.values()})),
        )
        writes = _writes(plan)
        for first in range(0, len(writes), BATCH):
            batch = writes[first : first + BATCH]
            for write in batch:
                self.inventory = write(self.inventory)
            progress(len(batch))
        unreadable = {key: problem for key, problem in self.inventory.unreadable.items() if key[0] != "fleet"}
        self.inventory = replace(self.inventory, version=plan.version + 2, complete=True, unreadable=unreadable)

    def note(self, inventory: Inventory, put: Sequence[Note] = (), delete: Sequence[Note] = ()) -> None:
        have = self.inventory
        if inventory.version != have.version:
            raise ConflictError("somebody else changed the inventory meanwhile; try again")
        silences = {each.id: each for each in have.silences}
        acknowledged, drills = dict(have.acknowledged), dict(have.drills)
        kept: dict[type, dict[str, Any]] = {Silence: silences, Acknowledgement: acknowledged, Drill: drills}
        for note in put:
            kept[type(note)][note.id] = note
        for note in delete:
            kept[type(note)].pop(note.id, None)
        self.inventory = replace(
            have,
            version=have.version + have.complete,
            silences=tuple(silences[name] for name in sorted(silences)),
            acknowledged=acknowledged,
            drills=drills,
        )


Write = Callable[[Inventory], Inventory]
K = TypeVar("K")
V = TypeVar("V")


def _writes(plan: Plan) -> list[Write]:
    def put_target(name: str) -> Write:
        return lambda have: replace(
            have,
            targets={**have.targets, name: plan.fleet.targets[name]},
            shards={**have.shards, name: plan.shards[name]},
            unreadable=_without(have.unreadable, ("target", name)),
        )

    def put_rule(name: str) -> Write:
        return lambda have: replace(
            have,
            rules={**have.rules, name: plan.rules[name]},
            unreadable=_without(have.unreadable, ("rule", name)),
        )

    def delete_target(name: str) -> Write:
        return lambda have: replace(
            have,
            targets=_without(have.targets, name),
            shards=_without(have.shards, name),
            unreadable=_without(have.unreadable, ("target", name)),
        )

    def delete_rule(name: str) -> Write:
        return lambda have: replace(
            have,
            rules=_without(have.rules, name),
            unreadable=_without(have.unreadable, ("rule", name)),
        )

    def delete_torn(key: tuple[str, str]) -> Write:
        return lambda have: replace(have, unreadable=_without(have.unreadable, key), torn=have.torn - {key})

    return [
        *map(put_target, {**plan.added, **plan.changed}),
        *map(put_rule, plan.rules),
        *map(delete_target, plan.removed),
        *map(delete_rule, plan.removed_rules),
        *map(delete_torn, plan.removed_torn),
    ]


def _without(mapping: Mapping[K, V], name: K) -> dict[K, V]:
    return {key: value for key, value in mapping.items() if key != name}


class MemorySamples:
    """Sweeps by (shard, at)."""

    def __init__(self) -> None:
        self.sweeps: dict[tuple[str, int], Sweep] = {}
        self._moments: dict[str, list[int]] = {}

    def save(self, sweep: Sweep) -> bool:
        key = sweep.shard, sweep.at
        if key in self.sweeps:
            return False
        self.sweeps[key] = sweep
        insort(self._moments.setdefault(sweep.shard, []), sweep.at)
        return True

    def forget(self, before: int) -> None:
        """What time to live does."""
        self.sweeps = {key: sweep for key, sweep in self.sweeps.items() if key[1] >= before}
        for moments in self._moments.values():
            del moments[: bisect_left(moments, before)]

    def between(self, shard: str, first: int, last: int) -> Iterator[Sweep]:
        moments = self._moments.get(shard, [])
        return (self.sweeps[shard, at] for at in moments[bisect_left(moments, first) : bisect_right(moments, last)])


class MemoryTotals:
    """Totals by shard, length and beginning."""

    def __init__(self) -> None:
        self.totals: dict[tuple[str, int, int], Totals] = {}

    def save(self, totals: Totals) -> bool:
        return self.totals.setdefault((totals.shard, totals.seconds, totals.at), totals) is totals

    def replace(self, totals: Totals) -> None:
        self.totals[totals.shard, totals.seconds, totals.at] = totals

    def hours(self, shard: str, first: int, last: int) -> Iterator[Totals]:
        return self._between(shard, HOUR_SECONDS, first, last)

    def days(self, shard: str, first: int, last: int) -> Iterator[Totals]:
        return self._between(shard, DAY_SECONDS, first, last)

    def _between(self, shard: str, seconds: int, first: int, last: int) -> Iterator[Totals]:
        moments = range(first + -first % seconds, last, seconds)
        return (self.totals[shard, seconds, at] for at in moments if (shard, seconds, at) in self.totals)


class MemoryAlarms:
    """Alarms by shard and decisions by (shard, at)."""

    def __init__(self) -> None:
        self.current: dict[str, ShardAlarms] = {}
        self.decisions: dict[tuple[str, int], Decision] = {}

    def load(self, shard: str) -> ShardAlarms:
        return self.current.get(shard, ShardAlarms(shard))

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        if self.load(current.shard).at != expected_at:
            raise ConflictError(f"shard {current.shard} was saved by somebody else at {current.at}")
        self.current[current.shard] = current
        if decision is not None:
            self.decisions[decision.shard, decision.at] = decision

    def history(self, shard: str, first: int, last: int) -> Iterator[Decision | ItemError]:
        for name, at in sorted(self.decisions):
            if name == shard and first <= at <= last:
                yield self.decisions[name, at]
