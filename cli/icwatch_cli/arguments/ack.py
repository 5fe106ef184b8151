"""The options of `icwatch ack`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_alarm, add_writer
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_alarm(parser)
    add_writer(parser)
    parser.add_argument("--comment", default="", metavar="TEXT", help="what is being done")
    parser.add_argument(
        "--for",
        dest="lasts",
        metavar="4h",
        help="for how long; then it counts as unattended again (default: to its end)",
    )
    add_language(parser)
    end(
        parser,
        "icwatch ack 192.168.0.1 --stack icwatch",
        "icwatch ack 192.168.0.1 --for 4h --comment 'waiting for the carrier' --stack icwatch",
        "icwatch ack ic_server_slow:192.168.0.1 --local",
        notes="A change of its level and its end are notified all the same.",
        status="0 done, 2 an error",
    )
