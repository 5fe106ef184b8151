"""What is looked up in an inventory at every sweep."""

from __future__ import annotations

from dataclasses import replace

import pytest

from icwatch.model import Inventory, Target
from icwatch.rules.index import index_of, part_of


@pytest.mark.parametrize(
    ("targets", "all_shards", "shard"),
    [
        ({"10.1.0.1": "b", "10.1.0.2": "a"}, ("a", "b", "c"), "a"),
        ({"10.1.0.1": "b"}, ("a", "b"), "b"),
        ({}, ("a", "b"), "a"),
        ({}, (), ""),
    ],
)
def test_the_first_shard_that_is_swept_reports_for_all(
    targets: dict[str, str], all_shards: tuple[str, ...], shard: str
) -> None:
    inventory = Inventory(targets={name: Target(name) for name in targets}, shards=targets, all_shards=all_shards)
    assert index_of(inventory).reporting_shard == shard


def test_an_inventory_has_one_index_and_a_changed_one_another() -> None:
    inventory = Inventory(targets={"10.1.0.1": Target("10.1.0.1")}, shards={"10.1.0.1": "a"}, all_shards=("a", "b"))
    assert index_of(inventory) is index_of(inventory)
    assert part_of(inventory, "a") is part_of(inventory, "a")
    emptied = replace(inventory, targets={})
    assert index_of(emptied) is not index_of(inventory)
    assert not part_of(emptied, "a").targets
    assert emptied != inventory
    assert replace(inventory) == inventory, "what is worked out of it makes no difference"


def test_a_target_without_a_shard_is_in_all_of_them() -> None:
    inventory = Inventory(targets={name: Target(name) for name in ("10.1.0.1", "10.1.0.2")}, shards={"10.1.0.1": "a"})
    assert [*part_of(inventory, "a").targets] == ["10.1.0.1", "10.1.0.2"]
    assert [*part_of(inventory, "b").targets] == ["10.1.0.2"]


def test_targets_are_counted_by_label_over_all_shards() -> None:
    targets = {name: Target(name, labels={"vpc": "v"}) for name in ("10.1.0.1", "10.1.0.2")}
    counts = index_of(Inventory(targets=targets, shards={"10.1.0.1": "a", "10.1.0.2": "b"})).targets_by_label
    assert (counts["vpc", "v"], counts["vpc", "w"]) == (2, 0)
