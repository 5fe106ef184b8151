"""`icwatch unack`: take an acknowledgement back, so that the alarm is repeated again."""

from __future__ import annotations

import argparse
import time

from icwatch.model import Acknowledgement, Alarm, Inventory
from icwatch_cli.commands.ack import carry_out
from icwatch_cli.deployed.notes import Change, NoteError


def run(arguments: argparse.Namespace) -> int:
    """Delete the acknowledgement of a current alarm."""

    def decide(inventory: Inventory, alarm: Alarm) -> tuple[Change, str]:
        known = inventory.acknowledged.get(alarm.id)
        if ("acknowledgement", alarm.id) in inventory.unreadable:
            known = Acknowledgement(alarm.id)  # its key is enough to delete it
        if known is None:
            raise NoteError(f"{arguments.alarm}: is not acknowledged")
        by = f" by {known.by}" if known.by else ""
        return Change(delete=[known]), f"not acknowledged{by} any more: {alarm.rule} of {alarm.target} ({alarm.id})"

    return carry_out(arguments, int(time.time()), decide)
