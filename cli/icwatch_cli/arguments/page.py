"""The options of `icwatch page`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch.model import Language
from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_stack, port
from icwatch_cli.terminal.times import add_utc_offset

PORT = 8080
"""Where the page is served unless another port is named, or this one is taken."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_stack(parser)
    parser.add_argument(
        "--port",
        type=port,
        metavar="N",
        help=f"serve it here, on 127.0.0.1 (default: {PORT}, or the next free one; 0: any)",
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write it into this folder instead, and end")
    parser.add_argument(
        "--language",
        action="append",
        type=Language,
        choices=[*Language],
        metavar="LANGUAGE",
        help=f"{', '.join(Language)}: the first one shown (default: that of the stack); with --write, "
        "each that is to be written",
    )
    add_utc_offset(parser)
    end(
        parser,
        "icwatch page --stack icwatch --open",
        "icwatch page --local --write site --language zh-CN --language en-US",
        notes="With your own credentials, read only, and for this machine alone.",
        status="0 it was written, 2 an error, 130 stopped by Ctrl-C",
    )
