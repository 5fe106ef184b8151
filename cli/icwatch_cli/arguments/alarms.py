"""The options of `icwatch alarms`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json, add_stack
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_utc_offset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_stack(parser)
    parser.add_argument("--all", action="store_true", help="also those that are pending: not raised yet")
    add_json(parser)
    add_utc_offset(parser)
    add_language(parser)
    end(
        parser,
        "icwatch alarms --stack icwatch",
        "icwatch alarms --local --json",
        status="0 all are listed, whether there are any or not, 1 some could not be read, 2 an error",
    )
