"""The options of `icwatch check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch_cli.arguments.ending import end


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file to check")
    end(parser, "icwatch check my.yaml", status="0 it is good, 2 it has problems, or cannot be read")
