"""The options of `icwatch test`."""

from __future__ import annotations

import argparse
from pathlib import Path

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_json
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Runs the tests in a file beside the fleet file. A test has a series of marks for a few targets, one a cycle "
        "(. good, x bad, _ unseen; x*5 is xxxxx), or of values by metric, and all notices expected of them, by "
        "one rule or by all; the fleet's rules decide."
    )
    parser.add_argument("tests", type=Path, metavar="FLEET.test.yaml", help="the test file; it names its fleet file")
    add_json(parser, "a JSON object a test: test, passed, differences")
    add_language(parser)
    end(
        parser,
        "icwatch test my.test.yaml",
        "icwatch test my.test.yaml --json",
        status="0 all passed, 1 some failed, 2 a file is wrong",
    )
