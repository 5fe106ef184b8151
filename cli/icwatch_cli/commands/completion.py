"""`icwatch completion`: a script by which a shell completes commands, options and their values."""

from __future__ import annotations

import argparse
import sys

from icwatch_cli.arguments.commands import COMMANDS, parser_with
from icwatch_cli.arguments.completion import BASH
from icwatch_cli.arguments.translating import translate, words_of
from icwatch_cli.completion.bash import bash
from icwatch_cli.completion.tree import tree_of
from icwatch_cli.completion.zsh import zsh
from icwatch_cli.terminal.language import language_of


def run(arguments: argparse.Namespace) -> int:
    """Print it. Exit 0."""
    parser = parser_with(COMMANDS)
    translate(parser, words_of(language_of(arguments)))
    tree = tree_of(parser)
    sys.stdout.write(bash(tree) if arguments.shell == BASH else zsh(tree))
    return 0
