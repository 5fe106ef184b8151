"""The options of `icwatch open`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_stack
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_utc_offset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", nargs="?", metavar="TARGET", help="of this IC-Server (default: the overview)")
    add_stack(parser)
    parser.add_argument(
        "--console", action="store_true", help="the stack in the AWS console instead: its functions, tables and topics"
    )
    add_language(parser)
    add_utc_offset(parser)
    end(
        parser,
        "icwatch open --stack icwatch",
        "icwatch open 10.1.0.7 --local",
        "icwatch open --console --stack icwatch",
        notes="With --local it opens the page that icwatch run serves, and ends. With --stack it serves the page by "
        "itself, on this machine and with your own credentials, until Ctrl-C, as icwatch page does. The address is "
        "printed, so that it can be opened by hand where there is no browser.",
        status="0 it was opened, 1 there is no browser here, 2 an error, 130 stopped by Ctrl-C",
    )
