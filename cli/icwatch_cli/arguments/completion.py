"""The options of `icwatch completion`."""

from __future__ import annotations

import argparse

from icwatch_cli.arguments.ending import end
from icwatch_cli.terminal.language import add_language

BASH, ZSH = "bash", "zsh"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("shell", choices=(BASH, ZSH), help="the shell that is to complete icwatch")
    add_language(parser)
    end(
        parser,
        "icwatch completion bash > ~/.icwatch-completion",
        "icwatch completion zsh > ~/.zfunc/_icwatch",
        notes="The script stands alone and starts nothing. In ~/.bashrc: source ~/.icwatch-completion. In ~/.zshrc, "
        "before compinit: fpath+=~/.zfunc. For this shell alone: source <(icwatch completion bash).",
        status="0 it is printed",
    )
