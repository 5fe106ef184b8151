"""`icwatch unack`: take an acknowledgement back, so that the alarm is repeated again."""

from __future__ import annotations

import argparse
import time

from icwatch.model import Acknowledgement, Alarm, Inventory
from icwatch_cli.commands.ack import carry_out
from icwatch_cli.deployed.notes import Change, NoteError
from icwatch_cli.terminal.speech import speech_of


def run(arguments: argparse.Namespace) -> int:
    """Delete the acknowledgement of a current alarm."""
    speech = speech_of(arguments)

    def decide(inventory: Inventory, alarm: Alarm) -> tuple[Change, str]:
        known = inventory.acknowledged.get(alarm.id)
        if ("acknowledgement", alarm.id) in inventory.unreadable:
            known = Acknowledgement(alarm.id)  # its key is enough to delete it
        if known is None:
            raise NoteError(f"{arguments.alarm}: is not acknowledged")
        message = speech.texts.ack.taken_back.format(
            by=speech.note(known.by, ""), rule=alarm.rule, target=alarm.target, id=alarm.id
        )
        return Change(delete=[known]), message

    return carry_out(arguments, int(time.time()), decide)
