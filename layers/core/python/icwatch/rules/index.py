"""What every sweep needs of an inventory, worked out once for as long as the inventory is kept. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property

from icwatch.errors import ItemError
from icwatch.model import Inventory
from icwatch.rules.coverage import Part
from icwatch.rules.validation import problem_of_rule


class InventoryIndex:
    """What is looked up in an inventory at every sweep; `Inventory.index` keeps the only one of an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._parts: dict[str, Part] = {}

    def part(self, shard: str) -> Part:
        """The part of the inventory that a shard is."""
        if shard not in self._parts:
            self._parts[shard] = Part(self._inventory, shard)
        return self._parts[shard]

    @cached_property
    def unusable_rules(self) -> Mapping[str, Exception]:
        """The rules that cannot be evaluated, by name, and why; found before any alarm of theirs is touched."""
        problems = {name: problem_of_rule(rule) for name, rule in self._inventory.rules.items()}
        return {name: ItemError(f"rule {name}: {problem}") for name, problem in problems.items() if problem}

    @cached_property
    def reporting_shard(self) -> str:
        """The shard that reports what concerns the whole inventory: the first that is swept; empty without shards."""
        shards = self._inventory.shards
        swept = {shards[name] for name in self._inventory.targets if name in shards}
        return min(swept or self._inventory.all_shards, default="")

    @cached_property
    def targets_by_label(self) -> Counter[tuple[str, str]]:
        """How many targets of all shards carry a label with a value, by label and value; 0 for what none carries."""
        return Counter(label for target in self._inventory.targets.values() for label in target.labels.items())


def index_of(inventory: Inventory) -> InventoryIndex:
    """The index of an inventory."""
    return inventory.index(InventoryIndex)


def part_of(inventory: Inventory, shard: str) -> Part:
    """The part of an inventory that a shard is."""
    return index_of(inventory).part(shard)
