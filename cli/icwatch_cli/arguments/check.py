"""The options of `icwatch check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file to check")
    add_json(parser, "a JSON object a problem and warning: file, line, level, text; nothing where there is none")
    add_language(parser)
    end(
        parser,
        "icwatch check my.yaml",
        "icwatch check my.yaml --json",
        status="0 it is good, 2 it has problems, or cannot be read",
    )
