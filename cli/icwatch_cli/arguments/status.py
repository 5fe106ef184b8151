"""The options of `icwatch status`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json, add_stack
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_utc_offset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_stack(parser)
    add_json(parser, "one JSON object, as status.json beside the status page: icwatch schema --status")
    add_language(parser)
    add_utc_offset(parser)
    end(
        parser,
        "icwatch status --stack icwatch",
        "icwatch status --local",
        "icwatch status --stack icwatch --json > status.json",
        notes="What the status page says first: the one sentence, the alarms that stand, the VPCs, worst first, and "
        "what is wrong with the monitoring itself.",
        status="0 nothing stands, 1 something does: an alarm, a server that is down or unseen, or the monitoring "
        "itself needs looking after, 2 an error",
    )
