"""Colours and widths of lines, where they go to a terminal."""

from __future__ import annotations

import os
import shutil
import sys

from rich.cells import cell_len, set_cell_size

STYLES = {"title": "1", "bad": "1;31", "warn": "33", "good": "32", "dim": "2", "": ""}
"""What a line may be, and how a terminal is told so."""


def wants_colours() -> bool:
    """Whether standard output is a terminal that wants them."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def in_style(text: str, style: str) -> str:
    """The text in a style of `STYLES`, where there are colours."""
    code = STYLES[style]
    return f"\x1b[{code}m{text}\x1b[0m" if code and text and wants_colours() else text


def size() -> tuple[int, int] | None:
    """Columns and lines of the terminal; None where standard output is none."""
    if not sys.stdout.isatty():
        return None
    found = shutil.get_terminal_size()
    return found.columns, found.lines


def wrapped(text: str, width: int | None) -> list[str]:
    """The text in lines of at most so many columns, broken at blanks where there are some; what follows the first line
    is indented by two more than it. None: as it is.
    """
    if width is None or cell_len(text) <= width:
        return [text]
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    lines, rest = [], text
    while cell_len(rest) > width:
        begin = set_cell_size(rest, width)
        end = len(begin.rstrip()) if begin in rest else len(begin) - 1  # half a Chinese character became a blank
        blank = rest.rfind(" ", len(indent) + 1, end + 1)
        end = blank if blank > 0 else end
        lines.append(rest[:end].rstrip())
        rest = indent + rest[end:].lstrip()
    return [*lines, rest]


def fit(text: str, width: int | None) -> str:
    """The text within so many columns, cut where it is wider; a Chinese character takes two. None: as it is."""
    if width is None or cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"
