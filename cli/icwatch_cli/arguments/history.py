"""The options of `icwatch history`."""

from __future__ import annotations

import argparse

from icwatch.model import Kind
from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.kinds import ACKNOWLEDGED, REPORTED
from icwatch_cli.arguments.shared import add_json, add_stack
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_utc_offset, add_window


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_stack(parser)
    add_window(parser, "what was decided")
    parser.add_argument("--rule", metavar="NAME", help="of this rule only")
    parser.add_argument("--target", metavar="TARGET", help="of this target or group only, such as vpc=vpc-2")
    parser.add_argument(
        "--kind",
        action="append",
        choices=[*map(str, Kind), ACKNOWLEDGED, *REPORTED],
        metavar="KIND",
        help=f"of this kind only; may be given again: {', '.join([*Kind, ACKNOWLEDGED, *REPORTED])}",
    )
    add_json(parser)
    add_utc_offset(parser)
    add_language(parser)
    end(
        parser,
        "icwatch history --stack icwatch --from 2026-03-02 --target 10.1.0.7",
        "icwatch history --local --kind raised --kind cleared",
        notes="Oldest first.",
        status="0 all is shown, 1 some could not be read and is left out, 2 an error",
    )
