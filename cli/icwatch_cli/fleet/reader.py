"""Reading a plain document field by field, collecting every problem instead of stopping at the first."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from icwatch.duration import parse_duration
from icwatch.errors import Problem
from icwatch.text import WIDE_SPACE, has_password, quotable

MAX_TEXT = 256
"""Characters of a label or a name."""

MAX_TEMPLATE = 4096
"""Characters of a template."""

MAX_NAMED = 8
"""Names that a message lists at the most, where there may be any number of them."""


class Reader:
    """Reads values and collects what is wrong with them; a wrong value is replaced so that reading can go on."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, place: str, wrong: str, right: str) -> None:
        self.problems.append(Problem(place, wrong, right))

    def is_wrong(self, place: str) -> bool:
        """Whether something was found at this very place."""
        return any(problem.place == place for problem in self.problems)

    def mapping(self, place: str, value: object, fields: Iterable[str]) -> Mapping[str, Any]:
        known = tuple(fields)
        if not isinstance(value, Mapping):
            self.wrong(place or "file", f"is {said(value)}", f"write a mapping with {listed(known)}")
            return {}
        for name in value:
            if name not in known:
                near = _near(name, known)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                self.wrong(join(place, name), "unknown field", hint)
        return value

    def need(self, place: str, given: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
        """Whether all `fields` are given; what to write is told of one that is not, unless it is there misspelt."""
        missing = [name for name in fields if name not in given]
        for name in missing:
            if not any(_near(other, [name]) for other in given if other not in fields):
                self.wrong(join(place, name), "is missing", fields[name])
        return not missing

    def items(self, place: str, value: object, what: str) -> list[tuple[str, object]]:
        if not isinstance(value, list):
            self.wrong(place, f"is {said(value)}", f"write a list of {what}")
            return []
        return [(f"{place}[{index}]", item) for index, item in enumerate(value)]

    def text(self, place: str, value: object, most: int = MAX_TEXT) -> str:
        if value is None:
            self.wrong(place, "is empty", "write a text")
        elif isinstance(value, list | Mapping):
            self.wrong(place, f"is {kind(value)}", "write a text")
        elif not isinstance(value, str):
            self.wrong(place, f"is {said(value)}", f'write a text, such as "{shown(value)}"')
        elif value and not value.strip():
            self.wrong(place, "holds nothing but blanks", f"write a text of 1 to {most} characters")
        elif not value or len(value) > most:
            self.wrong(place, f"has {len(value)} characters", f"write a text of 1 to {most} characters")
        elif not (value.isprintable() or all(_can_be_seen(char, most) for char in value)):
            self.wrong(place, "holds control or invisible characters", "write printable characters")
        elif has_password(value):
            self.wrong(place, "holds a URL with a password, which notices would show", "leave the password out")
        else:
            return value
        return ""

    def choice(self, place: str, value: object, choices: Iterable[str]) -> str:
        known = tuple(choices)
        if value in known:
            return str(value)
        near = difflib.get_close_matches(str(value)[:MAX_TEXT], known, 1, 0.7)
        hint = f"did you mean {near[0]}? " if near else ""
        wrong = "is empty" if value is None else f"{shown(value)} is not known"
        self.wrong(place, wrong, f"{hint}write one of {listed(known)}")
        return known[0]

    def whole(self, place: str, value: object, least: int, most: int) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.wrong(place, f"is {said(value)}", f"write a whole number from {least} to {most}")
        return least

    def duration(self, place: str, value: object, *, least: int = 0, instead: Decimal = Decimal(60)) -> Decimal:
        try:
            seconds = parse_duration(value) if isinstance(value, str) else None
        except ValueError:
            seconds = None
        if seconds is None:
            wrong = "is empty" if value is None else f"{shown(value)} is no duration"
            self.wrong(place, wrong, "write a number and its unit, such as 60s, 5m or 1h")
            return instead
        if seconds < least:
            self.wrong(place, f"{value} is too short", f"write {least}s or more")
        return seconds

    def seconds(self, place: str, value: object, *, least: int = 0) -> int:
        before = len(self.problems)
        seconds = self.duration(place, value, least=least)
        if seconds != int(seconds) and len(self.problems) == before:
            self.wrong(place, f"{value} is not a whole number of seconds", f"write {int(seconds) + 1}s")
        return int(seconds)


def _near(name: object, known: Iterable[str]) -> list[str]:
    """The field that is meant by a misspelt one, if any."""
    return difflib.get_close_matches(str(name)[:MAX_TEXT], [*known], 1)


def _can_be_seen(char: str, most: int) -> bool:
    """Whether a text may hold it; one of several lines may hold line breaks."""
    return char.isprintable() or char == WIDE_SPACE or (char == "\n" and most > MAX_TEXT)


def join(place: str, name: object) -> str:
    """The place of a field within another."""
    text = quotable(str(name))
    text = text if text.isprintable() and 0 < len(text) <= MAX_TEXT else shown(text)
    return f"{place}.{text}" if place else text


def kind(value: object) -> str:
    """What a value is, in words: `a list`, `the number`."""
    names = {type(None): "empty", bool: "a truth value", str: "the text"}
    names |= dict.fromkeys((int, float, Decimal), "the number")
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else names.get(type(value), type(value).__name__)


def said(value: object) -> str:
    """What a value is, and the value itself where it is a single one: `the number 5`, `a list`, `empty`."""
    return kind(value) if value is None or isinstance(value, list | Mapping) else f"{kind(value)} {shown(value)}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: the first few, where there are many."""
    return ", ".join(names[:MAX_NAMED]) + (", ..." if len(names) > MAX_NAMED else "")


def shown(value: object) -> str:
    """A value as a message shows it: bounded, without a password, and quoted where it is a text."""
    if isinstance(value, str):
        text = repr(quotable(value))
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
