"""What a fleet file says of its notices as a whole: how they are routed, and when several become one."""

from __future__ import annotations

from icwatch.announcements.grouping import MAX_ROUTES, RESERVED
from icwatch_cli.fleet.reader import Reader
from icwatch_cli.fleet.selections import is_label
from icwatch_cli.fleet.targets import RESERVED_LABELS

MERGES = (1, 200)
"""Transitions that are still told one by one: at least one, and at most all of a shard."""


def read_route_by(reader: Reader, value: object) -> tuple[str, ...]:
    """The labels that become message attributes, each once."""
    entries = reader.items("route_by", value, "label names, such as [vpc]")
    if len(entries) > MAX_ROUTES:
        reader.wrong("route_by", f"names {len(entries)} labels", f"keep at most {MAX_ROUTES}")
    names: list[str] = []
    for place, name in entries[:MAX_ROUTES]:
        if not is_label(reader, place, name):
            continue
        if name in RESERVED:
            reader.wrong(place, f"{name} is already an attribute of every notice", "leave it out")
        elif name in RESERVED_LABELS:
            reader.wrong(place, f"{name} is a name that icwatch gives itself", "write a label that targets carry")
        elif name in names:
            reader.wrong(place, f"{name} is listed already", "write each label once")
        else:
            names.append(str(name))
    return tuple(names)


def read_merge_above(reader: Reader, value: object) -> int:
    """How many transitions of one sweep, rule and kind are still told one by one."""
    return reader.whole("merge_above", value, *MERGES)
