"""Texts from outside, made safe to show anywhere: on one line, printable, no longer than said."""

from __future__ import annotations

import re

MAX_LINE = 160
"""Characters of a line unless said otherwise."""

WIDE_SPACE = "\u3000"
"""The space of Chinese typography: people type it, and it can be seen."""


MAX_SECRET = 4096
"""Characters beyond those shown in which the end of a password is looked for."""

_PASSWORD = re.compile(r"//[^\s/?#@:]*:[^\s/?#]*@")
"""User name and password of a URL (RFC 3986, 3.2.1)."""

_WORD = re.compile(r"\S+")
_SCHEME = re.compile(r"[\s\"'(\[{<]*[A-Za-z][A-Za-z0-9+.-]*://")


def has_password(text: str) -> bool:
    """Whether a URL in `text` carries a password."""
    return "@" in text and _PASSWORD.search(text) is not None


def redacted(text: str) -> str:
    """`text` with the user name and password of every URL replaced by stars."""
    return _PASSWORD.sub("//***@", text) if "@" in text else text


def quotable(text: str) -> str:
    """One value that is wrong, to be shown in a message: what may be a password before an @ is replaced by stars, also
    where no URL is begun and where the password holds what a URL's must not. An ARN has none."""
    before, found, behind = text.rpartition("@")
    if not found or ":" not in before or before.startswith("arn:"):
        return text
    scheme = _SCHEME.match(before)
    return f"{scheme[0] if scheme else ''}***@{behind}"


def quotable_words(sentence: str) -> str:
    """A whole message, each word of it as `quotable` shows it."""
    return _WORD.sub(lambda word: quotable(word[0]), sentence) if "@" in sentence else sentence


def one_line(text: str, most: int = MAX_LINE) -> str:
    """`text` on one line, what cannot be printed escaped and passwords of URLs left out, at most `most` characters."""
    line = _escaped(redacted(text[: most + MAX_SECRET])[: most + 1])
    return line if len(line) <= most else line[: most - 1] + "…"


def visible(text: str) -> str:
    """`text` with its line breaks, all else that cannot be printed escaped, and without passwords of URLs."""
    return "\n".join(map(_escaped, redacted(text).split("\n")))


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


def natural(name: str) -> list[tuple[bool, int, str]]:
    """By what names are sorted as people count: `vpc-2` before `vpc-10`, `10.0.0.9` before `10.0.0.10`."""
    parts = re.split("([0-9]{1,18})", name)
    return [(False, int(part), "") if place % 2 else (True, 0, part) for place, part in enumerate(parts)]


def counted(number: int, noun: str) -> str:
    """`1 target`, `2 targets`: a number and what it is of, in English."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
