"""What stands below the options of a command's help: what else there is to know, examples, and the exit status."""

from __future__ import annotations

import argparse
import re
import unicodedata

EXAMPLES = "Examples:"


def end(parser: argparse.ArgumentParser, *examples: str, status: str, notes: str = "") -> None:
    """Set the end of the help. Each example is a call that works as it is written, with a stack named icwatch."""
    shown = "\n".join([EXAMPLES, *(f"  {example}" for example in examples)])
    parser.epilog = "\n\n".join(filter(None, (notes, shown, f"Exit status: {status}.")))


class HelpFormatter(argparse.HelpFormatter):
    """Fills the lines of a paragraph, and leaves those that are indented as they are, so that they can be copied."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = []
        for line in text.splitlines():
            lines += [line] if line.startswith(" ") or not line else filled(line, width)
        return "\n".join(f"{indent}{line}".rstrip() for line in lines)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return filled(" ".join(text.split()), width)


def filled(text: str, width: int) -> list[str]:
    """The text in lines of at most so many columns, broken at blanks and beside Chinese characters, which take two."""
    lines, line = list[str](), ""
    for piece in _PIECES.findall(text):
        if line and columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


_CHINESE, _MARKS = "\\u2e80-\\u2fff\\u3040-\\u9fff", "\\u3000-\\u303f\\uff00-\\uffef"

_PIECES = re.compile(rf"(?:[{_CHINESE}]|[^\s{_CHINESE}{_MARKS}]+|[{_MARKS}])[{_MARKS}]*|\s+")
"""What a line is not broken within: a word or a Chinese character, with the punctuation that follows it."""


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
