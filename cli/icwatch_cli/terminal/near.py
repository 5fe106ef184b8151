"""What was probably meant by a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(text: str, known: Iterable[str]) -> str:
    """The known text that was probably meant; an empty one where there is none."""
    return next(iter(difflib.get_close_matches(text, [*known], 1)), "")


def near(text: str, known: Iterable[str]) -> str:
    """A hint at it for the end of a sentence, or nothing."""
    found = nearest(text, known)
    return f"; did you mean {found}?" if found else ""
