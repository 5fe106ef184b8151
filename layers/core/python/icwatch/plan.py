"""What `apply` will change: a fleet laid beside the inventory as it is. Pure.

A target's shard is given here and stays, because the order of what is decided about a target is the order of its
shard. New targets fill the shards that have room before new shards are opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from icwatch.model import Fleet, Inventory, Rule, Target

SHARD_TARGETS = 200
"""Targets in a shard at the most, so that no item comes near DynamoDB's 400 KB even when every alarm stands."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that make the inventory match a fleet, conditional on the version that was looked at."""

    version: int
    fleet: Fleet
    shards: Mapping[str, str]
    all_shards: tuple[str, ...]
    added: Mapping[str, Target]
    changed: Mapping[str, Target]
    removed: tuple[str, ...]
    rules: Mapping[str, Rule]
    removed_rules: tuple[str, ...]
    settings: tuple[str, ...]
    unchanged: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.added or self.changed or self.removed or self.rules or self.removed_rules or self.settings)


def make_plan(inventory: Inventory, fleet: Fleet) -> Plan:
    """Compare. A stored target that cannot be read is written anew where the fleet has it, and removed where not."""
    have = inventory.targets
    known = {*have, *(name for kind, name in inventory.unreadable if kind == "target")}
    added = {name: target for name, target in fleet.targets.items() if name not in known}
    changed = {name: target for name, target in fleet.targets.items() if name in known and have.get(name) != target}
    removed = tuple(sorted(known - fleet.targets.keys()))
    kept = {name: shard for name, shard in inventory.shards.items() if name in fleet.targets}
    places = _places(kept, inventory.all_shards)
    shards = {name: kept.get(name) or next(places) for name in fleet.targets}
    return Plan(
        version=inventory.version,
        fleet=fleet,
        shards=shards,
        all_shards=inventory.all_shards,
        added=added,
        changed=changed,
        removed=removed,
        rules={name: rule for name, rule in fleet.rules.items() if inventory.rules.get(name) != rule},
        removed_rules=tuple(sorted(inventory.rules.keys() - fleet.rules.keys())),
        settings=tuple(
            name
            for name in ("language", "every", "probe")
            if not inventory.version or getattr(inventory, name) != getattr(fleet, name)
        )
        + (() if inventory.complete else ("what an interrupted apply left",)),
        unchanged=len(fleet.targets) - len(added) - len(changed),
    )


def carried_out(plan: Plan, inventory: Inventory) -> Inventory:
    """What the plan makes of the inventory that it was made for, as far as decisions go."""
    return replace(inventory, targets=plan.fleet.targets, shards=plan.shards, rules=plan.fleet.rules, unreadable={})


def _places(kept: Mapping[str, str], all_shards: tuple[str, ...]) -> Iterator[str]:
    """Free places: first in the shards there are, then in new ones."""
    taken = Counter(kept.values())
    for shard in all_shards:
        yield from [shard] * (SHARD_TARGETS - taken[shard])
    number = 0
    while True:
        number += 1
        shard = f"shard-{number:04d}"
        if shard not in all_shards:
            yield from [shard] * SHARD_TARGETS
