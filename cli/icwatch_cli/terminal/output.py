"""Standard streams that take every text, whatever the terminal can show, and lines without the passwords of URLs."""

from __future__ import annotations

import codecs
import io
import sys

from icwatch.model import Language
from icwatch.text import quotable_words, redacted
from icwatch_cli.terminal.errors import SpokenError


class AskedForError(SpokenError):
    """What is wrong, where a command was asked just that: it goes to standard output, with the exit code of what is."""

    def __init__(self, error: SpokenError) -> None:
        super().__init__(str(error))
        self._error = error

    def said(self, language: Language) -> str:
        """The message in a language."""
        return self._error.said(language)


ESCAPE = "icwatch.escape"
"""The name of the error handler below."""


def escape(error: UnicodeError) -> tuple[str, int]:
    """What an encoding has no form for, as JSON escapes it: a terminal shows it, and JSON stays the same JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)), error.end


def prepare_streams() -> None:
    """Let nothing that is written or typed end a command: a terminal may be of latin-1, of GBK or of ASCII."""
    codecs.register_error(ESCAPE, escape)
    for stream, errors in ((sys.stdout, ESCAPE), (sys.stderr, ESCAPE), (sys.stdin, "replace")):
        if isinstance(stream, io.TextIOWrapper) and not stream.closed:
            stream.reconfigure(errors=errors)


def say(line: str) -> None:
    """Print a line of what is stored. A label of an older version may hold a URL with a password; it is left out."""
    print(redacted(line))


def warn(line: str) -> None:
    """Print a line of what is wrong to standard error, without anything in it that may be a password."""
    print(quotable_words(line), file=sys.stderr)
