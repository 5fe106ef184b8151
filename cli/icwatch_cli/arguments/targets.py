"""The options of `icwatch targets`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json, add_stack
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_utc_offset

STATES = ("down", "unseen", "recovering", "good")
"""How a target is, worst first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_stack(parser)
    parser.add_argument("target", nargs="*", metavar="TARGET", help="these only (default: all)")
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="only those with this label; of several names all have to match, of several values of one any",
    )
    parser.add_argument(
        "--state",
        action="append",
        choices=STATES,
        metavar="STATE",
        help=f"only those that are {', '.join(STATES[:-1])} or {STATES[-1]}; may be given again",
    )
    add_json(parser)
    add_language(parser)
    add_utc_offset(parser)
    end(
        parser,
        "icwatch targets --stack icwatch",
        "icwatch targets --stack icwatch --label vpc=vpc-2 --state down --state unseen",
        "icwatch targets 10.1.0.7 --local --json",
        notes="The worst first. A sample stands until the next one; availability is the good time of that which was "
        "seen, over 24 hours.",
        status="0 they are listed, 1 none is as asked for, 2 an error",
    )
