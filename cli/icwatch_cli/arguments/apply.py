"""The options of `icwatch apply`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_stack
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file")
    add_stack(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_language(parser)
    end(
        parser,
        "icwatch apply my.yaml --stack icwatch",
        "icwatch apply my.yaml --local",
        "icwatch apply my.yaml --stack icwatch --yes --region ap-southeast-1",
        status="0 done or nothing to do, 1 not confirmed, 2 an error",
    )
