"""What `apply` will change: a fleet laid beside the inventory as it is. Pure.

A target's shard is given here and stays, because the order of what is decided about a target is the order of its
shard. Only a rule that binds it to targets of another shard moves it; see `shards.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from icwatch.model import Fleet, Inventory, Rule, Target
from icwatch.shards import assign


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that make the inventory match a fleet, conditional on the version that was looked at.

    `changed` are the targets whose items are written anew. `moved` says which of them change their shard, and from
    where to where; that may be all that changes about them.
    """

    version: int
    fleet: Fleet
    shards: Mapping[str, str]
    all_shards: tuple[str, ...]
    added: Mapping[str, Target]
    changed: Mapping[str, Target]
    moved: Mapping[str, tuple[str, str]]
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
    """Compare. A stored target that cannot be read is written anew where the fleet has it, and removed where not.

    Raises ConfigError where the rules bind more targets together than a shard holds.
    """
    have = inventory.targets
    known = {*have, *(name for kind, name in inventory.unreadable if kind == "target")}
    kept = {name: shard for name, shard in inventory.shards.items() if name in fleet.targets}
    shards = assign(fleet, kept, inventory.all_shards)
    moved = {name: (shard, shards[name]) for name, shard in kept.items() if shards[name] != shard}
    added = {name: target for name, target in fleet.targets.items() if name not in known}
    changed = {
        name: target
        for name, target in fleet.targets.items()
        if name in known and (have.get(name) != target or name in moved)
    }
    return Plan(
        version=inventory.version,
        fleet=fleet,
        shards=shards,
        all_shards=inventory.all_shards,
        added=added,
        changed=changed,
        moved=moved,
        removed=tuple(sorted(known - fleet.targets.keys())),
        rules={name: rule for name, rule in fleet.rules.items() if inventory.rules.get(name) != rule},
        removed_rules=tuple(sorted(inventory.rules.keys() - fleet.rules.keys())),
        settings=tuple(
            name
            for name in ("language", "every", "route_by", "merge_above", "probe", "probes")
            if not inventory.version or getattr(inventory, name) != getattr(fleet, name)
        )
        + (() if inventory.complete else ("what an interrupted apply left",)),
        unchanged=len(fleet.targets) - len(added) - len(changed),
    )


def carried_out(plan: Plan, inventory: Inventory) -> Inventory:
    """What the plan makes of the inventory that it was made for, as far as decisions go."""
    fleet = plan.fleet
    return replace(
        inventory,
        probe=fleet.probe,
        probes=fleet.probes,
        targets=fleet.targets,
        shards=plan.shards,
        rules=fleet.rules,
        unreadable={},
    )
