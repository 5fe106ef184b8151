"""Saying what of a stored inventory cannot be read. The commands work with the rest."""

from __future__ import annotations

import sys

from icwatch.model import Inventory
from icwatch_cli.deployed.dead_letters import one_line

RIGHT = {
    "target": "it is unseen and its alarms stay as they are; icwatch apply writes it anew",
    "rule": "it is not applied and its alarms stay as they are; icwatch apply writes it anew",
    "fleet": "its default holds; icwatch apply writes it anew",
    "silence": "it is not in force; icwatch silence expire deletes it",
    "acknowledgement": "it is not in force; icwatch ack writes it anew, icwatch unack deletes it",
}
"""What follows from it, and what to do, by kind."""


def say_unreadable(inventory: Inventory) -> None:
    """A line for each item on standard error."""
    for (kind, name), problem in sorted(inventory.unreadable.items()):
        right = RIGHT.get(kind, "")
        print(one_line(f"cannot be read: {kind} {name}: {problem}") + (f" ({right})" if right else ""), file=sys.stderr)
