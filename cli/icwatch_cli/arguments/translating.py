"""Help in another language than English. `locales/` has each text in English, and below it what it becomes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from icwatch.model import Language
from icwatch_cli.arguments.ending import EXAMPLES
from icwatch_cli.arguments.suggesting import SuggestingParser, subparsers_of
from icwatch_cli.terminal.pairs import pairs_of

FOLDER = Path(__file__).with_name("locales")

USAGE, POSITIONALS, OPTIONS = "usage:", "positional arguments", "options"
"""What argparse itself says."""


def words_of(language: Language) -> Mapping[str, str]:
    """What each text becomes; nothing for English."""
    return {} if language is Language.EN_US else pairs_of(FOLDER / f"{language}.txt")


def translate(parser: argparse.ArgumentParser, words: Mapping[str, str]) -> None:
    """Say the help of a parser and of all below it in these words. What has none stays as it is."""
    if not words:
        return

    def said(text: str | None) -> str | None:
        return None if text is None else words.get(text) or _begun(text, words)

    if isinstance(parser, SuggestingParser):
        parser.prefix = said(USAGE)
    parser.description = said(parser.description)
    parser.epilog = "\n\n".join(_ending(part, words) for part in (parser.epilog or "").split("\n\n"))
    parser._positionals.title = said(POSITIONALS)
    parser._optionals.title = said(OPTIONS)
    for action in parser._actions:
        action.help = said(action.help)
        for choice in getattr(action, "_choices_actions", ()):
            choice.help = said(choice.help)
    for inner in subparsers_of(parser).values():
        translate(inner, words)


def _begun(text: str, words: Mapping[str, str]) -> str:
    """A description that is the purpose of its command, begun with a capital and ended with a full stop."""
    purpose = text[:1].lower() + text[1:].removesuffix(".")
    return f"{words[purpose]}。" if text.endswith(".") and purpose in words else text


def _ending(part: str, words: Mapping[str, str]) -> str:
    heading, _, examples = part.partition("\n")
    return f"{words.get(heading, heading)}\n{examples}" if heading == EXAMPLES else words.get(part, part)
