"""The options of `icwatch rebuild-totals`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_stack
from icwatch_cli.terminal.language import add_language
from icwatch_cli.terminal.times import add_window


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_stack(parser)
    add_window(parser, "hours")
    add_language(parser)
    end(
        parser,
        "icwatch rebuild-totals --stack icwatch",
        "icwatch rebuild-totals --local --from 2026-03-01 --to 2026-03-02",
        notes="Of all sweeps that are kept, unless --from and --to choose some. It can be run at any time, and again.",
        status="0 the totals are as the sweeps say, 1 some sweeps could not be read and count as unseen, 2 an error",
    )
