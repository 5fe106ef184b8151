"""The Inventory's head item, which says what concerns the fleet as a whole, read field by field.

A field that cannot be read, such as a language of a newer version, takes its default and is named; the others hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from icwatch.model import MERGE_ABOVE, Language, ProbeSpec, Target
from icwatch.rules.validation import problem_of_probe
from icwatch.storage.codec import decode
from icwatch.storage.packing import SQUEEZED
from icwatch.storage.tolerant import UNREAD, Raw, Unreadable, read_plain

_FIELDS: Mapping[str, tuple[Any, Any]] = {
    "version": (int, 0),
    "complete": (bool, True),
    "language": (Language | None, None),
    "every": (int, 60),
    "route_by": (tuple[str, ...], ()),
    "merge_above": (int, MERGE_ABOVE),
    "probe": (ProbeSpec, ProbeSpec()),
    "probes": (Mapping[str, ProbeSpec], {}),
    "shards": (tuple[str, ...], ()),
    "control": (tuple[Target, ...], ()),
}
"""The type and the default of each field."""

_LARGE = ("route_by", "probe", "probes", "shards", "control")
"""The fields that a large head holds squeezed."""

_LEAST = {"version": 0, "every": 1, "merge_above": 0}
"""What a number is at least."""


@dataclass(frozen=True, slots=True)
class Head:
    """The version, whether the inventory is complete, and the other fields by name.

    `unreadable` says what is wrong with those that took their default instead, by `("fleet", "head.<field>")`.
    """

    version: int
    complete: bool
    fields: Mapping[str, Any]
    unreadable: Mapping[tuple[str, str], str]


def read_head(raw: Raw | None) -> Head:
    """The head item; None: nothing was written yet.

    Where the version cannot be read it is 0, and the inventory not complete: every reader then loads anew, and sees
    when `apply` has written another one.
    """
    item, problem = read_plain(raw or {})
    unreadable: Unreadable = {}
    if problem is not None:
        lost = [name for name in _LARGE if name not in item]
        unreadable.update({_key(name): problem for name in lost or [SQUEEZED]})
    fields = {name: _field(name, item, unreadable) for name in _FIELDS}
    version, complete = fields.pop("version"), fields.pop("complete")
    sure = {_key("version"), _key("complete")}.isdisjoint(unreadable)
    return Head(version, complete and sure, fields, unreadable)


def _key(name: str) -> tuple[str, str]:
    return "fleet", f"head.{name}"


def _field(name: str, item: Mapping[str, Any], unreadable: Unreadable) -> Any:
    """A field, or its default."""
    kind, default = _FIELDS[name]
    if name not in item:
        return default
    if name == "probes":
        return _probes(item[name], unreadable)
    try:
        value = decode(kind, item[name], name)
        if name in _LEAST and value < _LEAST[name]:
            raise ValueError(f"{name}: {value} is less than {_LEAST[name]}")
        if name == "probe" and (problem := problem_of_probe(value)) is not None:
            raise ValueError(f"{name}: {problem}")
    except UNREAD as error:
        unreadable[_key(name)] = f"head item: {error}"
        return default
    return value


def _probes(plain: object, unreadable: Unreadable) -> dict[str, ProbeSpec]:
    """The further probes one by one."""
    if not isinstance(plain, Mapping):
        unreadable[_key("probes")] = "head item: probes: it is not a mapping"
        return {}
    found: dict[str, ProbeSpec] = {}
    problems = []
    for metric, each in plain.items():
        try:
            spec = decode(ProbeSpec, each, f"probes.{metric}")
            if (problem := problem_of_probe(spec)) is not None:
                raise ValueError(f"probes.{metric}: {problem}")
            found[metric] = spec
        except UNREAD as error:
            problems.append(str(error))
    if problems:
        unreadable[_key("probes")] = f"head item: {'; '.join(problems)}"
    return found
