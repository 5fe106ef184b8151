"""Aligned columns and, on terminals only, colours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from rich.cells import cell_len

from icwatch.model import Level
from icwatch_cli.terminal.colours import wants_colours

GAP = "  "

LEVELS: Mapping[str, Level] = {str(level): level for level in Level}

_STYLES = {Level.DOWN: "1;31", Level.CRITICAL: "31", Level.ALERT: "33", Level.CAUTION: "33", Level.INFO: "36"}


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text with blanks up to a width, before it where it ends at the right; a Chinese character is two wide."""
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks


def plain(padded: str, text: str) -> str:
    """No colours."""
    return padded


def columns(
    rows: Sequence[Sequence[str]], paint: Callable[[str, str], str] = plain, numbers: Collection[int] = ()
) -> Iterator[str]:
    """Rows as aligned lines; columns of these numbers end at the right. `paint` is given each padded cell and its text.

    The last column is not painted, and only as long as it is.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        *cells, last = (
            (pad(cell, width, right=number in numbers), cell)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield GAP.join([*(paint(*cell) for cell in cells), last[0]]).rstrip()


def painter(levels: Mapping[str, Level] = LEVELS) -> Callable[[str, str], str]:
    """Levels, by what they are called, in their colours where standard output is a terminal that wants them."""

    def paint(padded: str, text: str) -> str:
        return f"\x1b[{_STYLES[levels[text]]}m{padded}\x1b[0m" if text in levels else padded

    return paint if wants_colours() else plain
