"""Values and places of a document as a message shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from icwatch.text import quotable

MAX_NAME_CHARACTERS = 256
"""Of a field's name in a place."""

MAX_SHOWN_CHARACTERS = 60
"""Of a value in a message."""

MAX_NAMED = 8
"""Names that a message lists at the most, where there may be any number of them."""


def join(place: str, name: object) -> str:
    """The place of a field within another."""
    text = quotable(str(name))
    text = text if text.isprintable() and 0 < len(text) <= MAX_NAME_CHARACTERS else shown(text)
    return f"{place}.{text}" if place else text


def kind(value: object) -> str:
    """What a value is, in words: `a list`, `the number`."""
    names = {type(None): "empty", bool: "a truth value", str: "the text"}
    names |= dict.fromkeys((int, float, Decimal), "the number")
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else names.get(type(value), type(value).__name__)


def described(value: object) -> str:
    """What a value is, and the value itself where it is a single one: `the number 5`, `a list`, `empty`."""
    return kind(value) if value is None or isinstance(value, list | Mapping) else f"{kind(value)} {shown(value)}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: the first few, where there are many."""
    return ", ".join(names[:MAX_NAMED]) + (", ..." if len(names) > MAX_NAMED else "")


def shown(value: object) -> str:
    """A value as a message shows it: shortened, without a password, and quoted where it is a text."""
    if isinstance(value, str):
        text = repr(quotable(value))
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 3] + "..."
