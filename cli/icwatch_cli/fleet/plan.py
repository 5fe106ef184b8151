"""What `apply` will change: a fleet laid beside the inventory as it is. Pure.

A target's shard is given here and stays, because the order of what is decided about a target is the order of its
shard. Only a rule that binds it to targets of another shard moves it; see `shards.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from icwatch.model import Fleet, Inventory, Robot, Rule, Target
from icwatch_cli.fleet.shards import assign

INTERRUPTED = "what an interrupted apply left"
"""Among the settings of a plan that finishes one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that make the inventory match a fleet, conditional on the version that was looked at.

    `changed` are the targets whose items are written anew. `moved` says which of them change their shard, and from
    where to where; that may be all that changes about them. `removed_torn` are silences and acknowledgements, by kind
    and id, of which no version could make anything.
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
    removed_torn: tuple[tuple[str, str], ...] = ()
    robots: Mapping[str, Robot] = field(default_factory=dict)
    removed_robots: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        targets = self.added or self.changed or self.removed
        others = self.rules or self.removed_rules or self.robots or self.removed_robots
        return not (targets or others or self.settings or self.removed_torn)


def make_plan(inventory: Inventory, fleet: Fleet) -> Plan:
    """Compare. What of the fleet is stored and cannot be read is written anew where the fleet has it, else removed.

    The fleet file decides what is watched, and by which rules. It does not decide silences and acknowledgements: one
    that cannot be read is left for the version that wrote it, unless it is torn.

    Raises ConfigError where the rules bind more targets together than a shard holds.
    """
    have = inventory.targets
    known = {*have, *_unreadable("target", inventory)}
    known_rules = {*inventory.rules, *_unreadable("rule", inventory)}
    known_robots = {*inventory.robots, *_unreadable("robot", inventory)}
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
        removed_rules=tuple(sorted(known_rules - fleet.rules.keys())),
        settings=_settings(inventory, fleet),
        unchanged=len(fleet.targets) - len(added) - len(changed),
        removed_torn=tuple(sorted(key for key in inventory.torn if key[0] not in ("target", "rule", "robot"))),
        robots={name: robot for name, robot in fleet.robots.items() if inventory.robots.get(name) != robot},
        removed_robots=tuple(sorted(known_robots - fleet.robots.keys())),
    )


def _settings(inventory: Inventory, fleet: Fleet) -> tuple[str, ...]:
    """What changes about the fleet as a whole, the fields of its head that cannot be read among it."""
    names = ("language", "every", "route_by", "merge_above", "probe", "probes", "control")
    unread = _unreadable("fleet", inventory)
    changed = [
        name
        for name in names
        if not inventory.version or f"head.{name}" in unread or getattr(inventory, name) != getattr(fleet, name)
    ]
    others = sorted(name for name in unread if name.removeprefix("head.") not in names)
    left = () if inventory.complete else (INTERRUPTED,)
    return (*changed, *others, *left)


def _unreadable(kind: str, inventory: Inventory) -> set[str]:
    return {name for each, name in inventory.unreadable if each == kind}


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
        robots=fleet.robots,
        unreadable={},
    )
