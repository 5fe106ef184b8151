"""Reading a plain document field by field, collecting every problem instead of stopping at the first."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from icwatch.duration import parse_duration
from icwatch.errors import Problem

MAX_TEXT = 256
"""Characters of a label or a name."""

WIDE_SPACE = "\u3000"
"""The space of Chinese typography: people type it, and it can be seen."""

MAX_TEMPLATE = 4096
"""Characters of a template."""


class Reader:
    """Reads values and collects what is wrong with them; a wrong value is replaced so that reading can go on."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, place: str, wrong: str, right: str) -> None:
        self.problems.append(Problem(place, wrong, right))

    def mapping(self, place: str, value: object, fields: Iterable[str]) -> Mapping[str, Any]:
        known = tuple(fields)
        if not isinstance(value, Mapping):
            self.wrong(place or "file", f"is {kind(value)}", f"write a mapping with {', '.join(known)}")
            return {}
        for name in value:
            if name not in known:
                near = difflib.get_close_matches(str(name), known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                self.wrong(join(place, name), "unknown field", hint)
        return value

    def items(self, place: str, value: object, what: str) -> list[tuple[str, object]]:
        if not isinstance(value, list):
            self.wrong(place, f"is {kind(value)}", f"write a list of {what}")
            return []
        return [(f"{place}[{index}]", item) for index, item in enumerate(value)]

    def text(self, place: str, value: object, most: int = MAX_TEXT) -> str:
        if value is None:
            self.wrong(place, "is empty", "write a text")
        elif not isinstance(value, str):
            self.wrong(place, f"is {kind(value)} {shown(value)}", f'write a text, such as "{shown(value)}"')
        elif not value.strip() or len(value) > most:
            self.wrong(place, f"has {len(value)} characters", f"write a text of 1 to {most} characters")
        elif any(
            not (char.isprintable() or char == WIDE_SPACE or (char == "\n" and most > MAX_TEXT)) for char in value
        ):
            self.wrong(place, "holds control or invisible characters", "write printable characters")
        else:
            return value
        return ""

    def choice(self, place: str, value: object, choices: Iterable[str]) -> str:
        known = tuple(choices)
        if value in known:
            return str(value)
        near = difflib.get_close_matches(str(value), known, 1, 0.7)
        hint = f"did you mean {near[0]}? " if near else ""
        self.wrong(place, f"{shown(value)} is not known", f"{hint}write one of {', '.join(known)}")
        return known[0]

    def whole(self, place: str, value: object, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.wrong(place, f"is {kind(value)} {shown(value)}", f"write a whole number from {least} to {most}")
        return least

    def duration(self, place: str, value: object, *, least: int = 0, instead: Decimal = Decimal(60)) -> Decimal:
        try:
            seconds = parse_duration(value) if isinstance(value, str) else None
        except ValueError:
            seconds = None
        if seconds is None:
            self.wrong(place, f"{shown(value)} is no duration", "write a number and its unit, such as 60s, 5m or 1h")
            return instead
        if seconds < least:
            self.wrong(place, f"{value} is too short", f"write {least}s or more")
        return seconds

    def seconds(self, place: str, value: object, *, least: int = 0) -> int:
        seconds = self.duration(place, value, least=least)
        if seconds != int(seconds):
            self.wrong(place, f"{value} is not a whole number of seconds", f"write {int(seconds) + 1}s")
        return int(seconds)


def join(place: str, name: object) -> str:
    """The place of a field within another."""
    text = str(name)
    text = text if text.isprintable() and 0 < len(text) <= MAX_TEXT else shown(text)
    return f"{place}.{text}" if place else text


def kind(value: object) -> str:
    """What a value is, in words: `a list`, `the number`."""
    names = {type(None): "empty", bool: "a truth value", str: "the text"}
    names |= dict.fromkeys((int, float, Decimal), "the number")
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else names.get(type(value), type(value).__name__)


def shown(value: object) -> str:
    """A value as a message shows it: bounded, and quoted where it is a text."""
    text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
