"""Texts from outside, made safe to show anywhere: on one line, printable, no longer than said."""

from __future__ import annotations

MAX_LINE = 160
"""Characters of a line unless said otherwise."""

WIDE_SPACE = "\u3000"
"""The space of Chinese typography: people type it, and it can be seen."""


def one_line(text: str, most: int = MAX_LINE) -> str:
    """`text` on one line, what cannot be printed escaped, at most `most` characters."""
    line = _escaped(text[: most + 1])
    return line if len(line) <= most else line[: most - 1] + "…"


def visible(text: str) -> str:
    """`text` with its line breaks, and all else that cannot be printed escaped."""
    return "\n".join(map(_escaped, text.split("\n")))


def _escaped(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(
        char if char.isprintable() or char == WIDE_SPACE else char.encode("unicode_escape").decode() for char in line
    )


def shorten(text: str, most: int, encoding: str = "utf-8") -> str:
    """`text` in at most `most` encoded bytes, never cut inside a character, with an ellipsis where it was cut.

    ASCII stays ASCII: one character beyond it halves what an SMS holds.
    """
    if len(text.encode(encoding)) <= most:
        return text
    ellipsis = "..." if text.isascii() else "…"
    room = most - len(ellipsis.encode(encoding))
    return text.encode(encoding)[:room].decode(encoding, "ignore") + ellipsis
