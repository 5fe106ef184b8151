"""Fleets as inventories, each target in its shard."""

from __future__ import annotations

from typing import Any

from icwatch.model import Inventory, Target
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.plan import carried_out, make_plan


def inventory_of(document: dict[str, Any]) -> Inventory:
    """What a stack would hold of this fleet file."""
    fleet = parse_fleet(document)
    return carried_out(make_plan(Inventory(), fleet), fleet.as_inventory())


def addresses(count: int) -> list[str]:
    """So many private addresses."""
    return [f"10.{number // 62500}.{number // 250 % 250}.{number % 250 + 1}" for number in range(count)]


def in_shards(count: int) -> Inventory:
    """So many targets in full shards, without rules; a large fleet would take seconds to read from a file."""
    targets = {name: Target(name) for name in addresses(count)}
    shards = {name: f"shard-{number // 200 + 1:04d}" for number, name in enumerate(targets)}
    return Inventory(targets=targets, shards=shards, all_shards=tuple(sorted({*shards.values()})))
