"""The options of `icwatch export`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_stack
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_window


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_stack(parser)
    add_window(parser, "sweeps")
    parser.add_argument("--shard", metavar="S", help="this shard only, such as shard-0001")
    add_language(parser)
    end(
        parser,
        "icwatch export --stack icwatch --from 2026-03-01 > sweeps.jsonl",
        "icwatch export --local",
        notes="A JSON object a line on standard output, shard by shard, in the order of time within each.",
        status="0 all is written, 1 some sweeps could not be read and are left out, 2 an error",
    )
