"""The options of `icwatch redrive`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_stack
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_stack(parser)
    parser.add_argument("--dry-run", action="store_true", help="only show what would be published; change nothing")
    parser.add_argument(
        "--discard-sweeps",
        action="store_true",
        help="delete the messages about sweeps, once it is shown what became of them",
    )
    add_language(parser)
    end(
        parser,
        "icwatch redrive --stack icwatch --dry-run",
        "icwatch redrive --stack icwatch",
        notes="Can be run again at any time: a notice that has a receipt is not published again.",
        status="0 nothing is left in the queues, 1 something is, 2 an error",
    )
