"""The options of `icwatch probe`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("url", metavar="URL", help="http://192.168.0.1:8088/ok, or an address: 192.168.0.1")
    parser.add_argument("--timeout", default="3s", metavar="3s", help="one deadline over the whole probe (default: 3s)")
    parser.add_argument("--body", default="", metavar="TEXT", help="what the body has to hold, beside status 200")
    add_json(parser, "one JSON object instead of words")
    add_language(parser)
    end(
        parser,
        "icwatch probe 192.168.0.1",
        "icwatch probe http://192.168.0.1:8088/ok --timeout 1s --json",
        status="0 healthy, 1 not, 2 the call was wrong",
    )
