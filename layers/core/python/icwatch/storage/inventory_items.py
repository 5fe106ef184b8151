"""An inventory out of the items of its table, each read by itself: one that cannot be read takes no other with it.

What is left out is named in `Inventory.unreadable` by kind and id, so that nobody takes it for gone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from icwatch.model import Acknowledgement, Drill, Inventory, Robot, Rule, Silence, Target
from icwatch.rules.validation import missing_in_program, problem_of_rule, problem_of_target
from icwatch.storage.inventory_head import Head
from icwatch.storage.items import read_item
from icwatch.storage.tolerant import UNREAD, Raw, Unreadable, read_plain

T = TypeVar("T")


def read_inventory(head: Head, query: Callable[[str], Iterable[Raw]]) -> Inventory:
    """All of an inventory; `query` gives the items of a kind."""
    reading = _Reading(query, dict(head.unreadable))
    shards: dict[str, str] = {}
    targets = reading.targets(shards)
    rules = reading.documents(Rule, "rule", _problem_of_stored_rule)
    silences = reading.documents(Silence, "silence")
    acknowledged = reading.documents(Acknowledgement, "acknowledgement")
    robots = reading.documents(Robot, "robot", _problem_of_stored_robot)
    drills = reading.documents(Drill, "drill")
    fields = dict(head.fields)
    all_shards = tuple(sorted({*fields.pop("shards"), *shards.values()}))
    return Inventory(
        version=head.version,
        complete=head.complete,
        targets=targets,
        shards=shards,
        all_shards=all_shards,
        rules=rules,
        silences=tuple(silences.values()),
        acknowledged=acknowledged,
        robots=robots,
        drills=drills,
        unreadable=reading.unreadable,
        torn=frozenset(reading.torn),
        **fields,
    )


class _Reading:
    """The items of a table being read: what cannot be is in `unreadable`, and in `torn` what no version could read."""

    def __init__(self, query: Callable[[str], Iterable[Raw]], unreadable: Unreadable) -> None:
        self._query = query
        self.unreadable = unreadable
        self.torn: set[tuple[str, str]] = set()

    def targets(self, shards: dict[str, str]) -> dict[str, Target]:
        """The targets by id. `shards` takes in theirs, also of one that cannot be read, as far as at least that can."""
        found: dict[str, Target] = {}
        for name, item, problem in self._items("target"):
            shard = item.get("shard")
            if isinstance(shard, str) and shard:
                shards[name] = shard
            target = self._read(Target, ("target", name), item, problem, _problem_of_stored_target)
            if target is not None:
                found[name] = target
        return found

    def documents(
        self, kind: type[T], name: str, problem_of: Callable[[T, Mapping[str, Any]], str | None] | None = None
    ) -> dict[str, T]:
        """The documents of a kind by id."""
        found: dict[str, T] = {}
        for each, item, problem in self._items(name):
            document = self._read(kind, (name, each), item, problem, problem_of)
            if document is not None:
                found[each] = document
            elif problem is not None or not _required(kind) <= item.keys():
                self.torn.add((name, each))
        return found

    def _items(self, kind: str) -> Iterator[tuple[str, dict[str, Any], str | None]]:
        """The items of a kind: id, what of it can be read, and what is wrong with the rest."""
        for raw in self._query(kind):
            item, problem = read_plain(raw)
            name = item.get("id")
            if isinstance(name, str) and name:
                yield name, item, problem
            else:
                self.unreadable[kind, str(name)] = f"item (kind={kind}): id: {name!r:.60} is not a text"

    def _read(
        self,
        kind: type[T],
        key: tuple[str, str],
        item: Mapping[str, Any],
        problem: str | None,
        problem_of: Callable[[T, Mapping[str, Any]], str | None] | None,
    ) -> T | None:
        """A document; None, and what is wrong is noted, where it cannot be read or makes no sense."""
        if problem is None:
            try:
                document = read_item(kind, item)
                wrong = None if problem_of is None else problem_of(document, item)
                if wrong is None:
                    return document
                problem = f"{kind.__name__} item (kind={key[0]}, id={key[1]}): {wrong}"
            except UNREAD as error:
                problem = str(error)
        self.unreadable[key] = problem
        return None


def _problem_of_stored_target(target: Target, item: Mapping[str, Any]) -> str | None:
    shard = item.get("shard")
    if not isinstance(shard, str) or not shard:
        return "shard: is missing" if shard is None else f"shard: {shard!s:.60} is not a text"
    problem = problem_of_target(target)
    if problem is None and target.id != item["id"]:
        problem = f"host and port are those of {target.id[:80]}"
    return problem


def _problem_of_stored_rule(rule: Rule, item: Mapping[str, Any]) -> str | None:
    if rule.name != item["id"]:
        return f"name: it is {rule.name[:80]!r}"
    problem = missing_in_program(item)
    return problem_of_rule(rule) if problem is None else f"its program cannot be evaluated: {problem}"


def _problem_of_stored_robot(robot: Robot, item: Mapping[str, Any]) -> str | None:
    return None if robot.name == item["id"] else f"name: it is {robot.name[:80]!r}"


def _required(kind: Any) -> set[str]:
    """The fields without which no version reads a document: every version that writes one writes them."""
    missing = dataclasses.MISSING
    fields = dataclasses.fields(kind)
    return {each.name for each in fields if each.default is missing and each.default_factory is missing}
