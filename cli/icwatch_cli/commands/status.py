"""`icwatch status`: how a stack is, on one screen."""

from __future__ import annotations

import argparse
import json

from icwatch_cli.commands.page import reading
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.page.overview import overview_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.screen import LARGE_LINES, screen, stands
from icwatch_cli.page.status import status_of
from icwatch_cli.terminal.colours import in_style, size, wrapped
from icwatch_cli.terminal.language import language_of
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.speech import speech_of
from icwatch_cli.terminal.times import zone_of


def run(arguments: argparse.Namespace) -> int:
    """Show it: exit 0 where nothing stands, and 1 where something does."""
    words = RowWords(language_of(arguments), zone_of(arguments))
    with aws_errors():
        page = overview_of(reading(stack_of(arguments), speech_of(arguments)).data)
    if arguments.json:
        say(json.dumps(status_of(page), ensure_ascii=False))
    else:
        width, lines = size() or (None, LARGE_LINES)
        for style, text in screen(page, words, lines):
            for line in wrapped(text, width):
                say(in_style(line, style))
    return 1 if stands(page) else 0
