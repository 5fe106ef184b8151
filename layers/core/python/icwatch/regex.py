"""Regular expressions in RE2's syntax. They take time linear in the text, so that no pattern can hold a function up."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2  # here, because most fleets have no pattern and a cold start need not load it  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def problem_of(pattern: str) -> str | None:
    """What is wrong with a pattern, in RE2's words; None where nothing is."""
    import re2  # noqa: PLC0415

    try:
        _compiled(pattern)
    except re2.error as error:
        text = error.args[0]
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return None


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern fits the whole text, as a matcher of PromQL has it."""
    return _compiled(pattern).fullmatch(text) is not None


def finds(pattern: str, text: str) -> bool:
    """Whether the pattern fits somewhere in the text."""
    return _compiled(pattern).search(text) is not None


def any_of(texts: Iterable[str]) -> str:
    """A pattern that fits exactly these texts."""
    return "|".join(_SPECIAL.sub(r"\\\g<0>", text) for text in texts)
