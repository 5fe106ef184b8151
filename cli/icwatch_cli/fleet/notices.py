"""What a fleet file says of its notices as a whole: how they are routed, and when several become one."""

from __future__ import annotations

from icwatch.announcements.grouping import MAX_ROUTES, RESERVED
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.selections import is_label
from icwatch_cli.fleet.targets import RESERVED_LABELS

MERGES = (1, 200)
"""Transitions that are still notified one by one: at least one, and at most all of a shard."""


def read_route_by(at: Cursor) -> tuple[str, ...]:
    """The labels that become message attributes, each once."""
    entries = at.items("label names, such as [vpc]")
    if len(entries) > MAX_ROUTES:
        at.wrong(f"names {len(entries)} labels", f"keep at most {MAX_ROUTES}")
    names: list[str] = []
    for entry in entries[:MAX_ROUTES]:
        name = entry.value
        if not is_label(entry, name):
            continue
        if name in RESERVED:
            entry.wrong(f"{name} is already an attribute of every notice", "leave it out")
        elif name in RESERVED_LABELS:
            entry.wrong(f"{name} is a name that icwatch gives itself", "write a label that targets carry")
        elif name in names:
            entry.wrong(f"{name} is listed already", "write each label once")
        else:
            names.append(str(name))
    return tuple(names)


def read_merge_above(at: Cursor) -> int:
    """How many transitions of one sweep, rule and kind are still notified one by one."""
    return at.whole(*MERGES)
