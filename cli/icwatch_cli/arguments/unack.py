"""The options of `icwatch unack`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.arguments.shared import add_alarm
from icwatch_cli.terminal.language import add_language


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_alarm(parser)
    add_language(parser)
    end(parser, "icwatch unack 192.168.0.1 --stack icwatch", status="0 done, 2 an error")
