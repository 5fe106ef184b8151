"""The options of `icwatch run`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import port
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "fleet",
        type=Path,
        nargs="?",
        metavar="FLEET.yaml",
        help="the fleet to watch; without it the demonstration, with stand-in servers on this machine",
    )
    parser.add_argument("--every", metavar="60s", help="the collection cycle, in place of the fleet file's")
    parser.add_argument("--for", dest="duration", metavar="10m", help="stop after this time (default: at Ctrl-C)")
    parser.add_argument("--json", action="store_true", help="each notice as one JSON line on standard output")
    parser.add_argument(
        "--port", type=port, default=0, metavar="N", help="serve the AWS APIs here (default: any free port)"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="keep alarms, history, totals, silences, acknowledgements and receipts in this directory, and go on with "
        "what is there (default: nothing is kept)",
    )
    add_language(parser)
    end(
        parser,
        "icwatch run",
        "icwatch run my.yaml --state .icwatch",
        "icwatch run my.yaml --every 10s --for 10m --json",
        notes="Everything runs on 127.0.0.1, and is gone when it ends but for what --state keeps. It serves the status "
        "page, too, at port 8080 or, where that is taken, at another, and prints where. Other commands are about it "
        "with --local, such as icwatch alarms --local.",
        status="0 it was stopped or its time is over, 1 a part of it has ended and could not be started again, "
        "2 an error",
    )
