"""The options of `icwatch init`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch.model import RobotKind
from icwatch_cli.arguments.ending import end
from icwatch_cli.terminal.language import add_language

NONE = "none"
ROBOTS = (*(str(kind) for kind in RobotKind if kind is not RobotKind.WEBHOOK), NONE)

RESEND = "1m 5m 15m 1h"
"""The pauses between the notices of an alarm, unless others are asked for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "fleet",
        type=Path,
        nargs="?",
        default=Path("fleet.yaml"),
        metavar="FLEET.yaml",
        help="the file to write (default: fleet.yaml); its tests go beside it",
    )
    parser.add_argument(
        "--targets",
        metavar="TEXT",
        help="the IC-Servers: addresses with blanks between, the name of a VPC before its own",
    )
    parser.add_argument("--resend", metavar="TEXT", help=f"the pauses between notices (default: {RESEND})")
    parser.add_argument("--robot", choices=ROBOTS, help=f"a chat robot that is told as well (default: {NONE})")
    add_language(parser)
    end(
        parser,
        "icwatch init",
        "icwatch init my.yaml --targets 'vpc-1: 10.1.0.1 10.1.0.2 vpc-2: 10.2.0.1' --language zh-CN --robot dingtalk",
        notes="On a terminal it asks what no option says, otherwise the defaults are taken. Both files have comments, "
        "in the language of --language, which notices are in as well. Files that exist are not written over.",
        status="0 they are written, and their tests pass, 2 an error",
    )
