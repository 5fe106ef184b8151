"""The options of `icwatch drill`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json, add_stack, add_writer
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_utc_offset

CONFIRM, LIST = "confirm", "list"

TIMEOUT = "30m"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "action", nargs="?", choices=(CONFIRM, LIST), help="confirm that one arrived, or list the last ones"
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="of confirm: which drill (default: the last one)")
    add_stack(parser)
    parser.add_argument("--robot", metavar="NAME", help="tell this chat robot only (default: all subscribers)")
    parser.add_argument("--timeout", metavar=TIMEOUT, help=f"how long somebody has to confirm it (default: {TIMEOUT})")
    add_writer(parser)
    add_json(parser, "of list: a JSON object a line")
    add_utc_offset(parser)
    add_language(parser)
    end(
        parser,
        "icwatch drill --stack icwatch",
        "icwatch drill --robot dba-on-duty --stack icwatch",
        "icwatch drill confirm --stack icwatch      (whoever receives it)",
        "icwatch drill list --stack icwatch",
        notes="Nothing is broken by it; its notices are marked [DRILL].",
        status="0 it went the whole way, 1 it was lost, and at which hop, 2 an error",
    )
