"""A place in a plain document, from which it is read field by field; every problem is collected, not only the first."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from icwatch.duration import parse_duration
from icwatch.errors import Problem
from icwatch.text import WIDE_SPACE, has_password
from icwatch_cli.fleet.foreign_words import TRUTHS, VALUES, means, meant_field
from icwatch_cli.fleet.full_width import meant_by
from icwatch_cli.fleet.quoting import described, join, kind, listed, shown

MAX_TEXT = 256
"""Characters of a label or a name."""

MAX_TEMPLATE = 4096
"""Characters of a template."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value of a document with its place, such as `targets[3].address`, and the list that problems are added to.

    What is read of a wrong value is replaced, so that reading can go on.
    """

    value: Any
    place: str = ""
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, wrong: str, right: str) -> None:
        """Say what is wrong here, and what would be right."""
        self.problems.append(Problem(self.place, wrong, right))

    def no_text(self, wrong: str, right: str) -> None:
        """The same where no free text may be: of what was typed full-width, the same in ASCII would be right."""
        meant = meant_by(self.value)
        self.wrong(wrong, f"write {meant}" if meant else right)

    def is_wrong(self) -> bool:
        """Whether something was found at this very place."""
        return any(problem.place == self.place for problem in self.problems)

    def at(self, name: object, value: object = None) -> Cursor:
        """The field of a name with a value, which need not be in the document: a default, or none."""
        return Cursor(value, join(self.place, name), self.problems)

    def __contains__(self, name: object) -> bool:
        return name in self.value

    def __getitem__(self, name: str) -> Cursor:
        return self.at(name, self.value[name])

    def get(self, name: str, default: object) -> Cursor:
        """The field of a name; where it is not written, as if `default` were."""
        return self.at(name, self.value.get(name, default))

    def entries(self) -> Iterator[tuple[Any, Cursor]]:
        """The names of a mapping and their fields."""
        return ((name, self.at(name, value)) for name, value in self.value.items())

    @property
    def is_mapping(self) -> bool:
        """Whether it has fields."""
        return isinstance(self.value, Mapping)

    def laid_over(self, base: Mapping[str, Any]) -> Cursor:
        """The same place, with the fields of `base` where it has none."""
        return replace(self, value={**base, **self.value})

    def mapping(self, fields: Iterable[str]) -> Cursor:
        """The same, as a mapping of which only these fields are known; an empty one where it is none."""
        known = tuple(fields)
        if not self.is_mapping:
            Cursor(self.value, self.place or "file", self.problems).no_text(
                f"is {described(self.value)}", f"write a mapping with {listed(known)}"
            )
            return replace(self, value={})
        for name, each in self.entries():
            if name not in known:
                each.wrong("unknown field", _instead_of(name, known))
        return self

    def need(self, fields: Mapping[str, str]) -> bool:
        """Whether all `fields` are given. Says what to write for one that is not, unless it is there misspelt."""
        missing = [name for name in fields if name not in self]
        for name in missing:
            if not any(_is_meant_for(name, other) for other in self.value if other not in fields):
                self.at(name).wrong("is missing", fields[name])
        return not missing

    def items(self, what: str) -> list[Cursor]:
        """The items of a list of `what`."""
        if not isinstance(self.value, list):
            self.no_text(f"is {described(self.value)}", f"write a list of {what}")
            return []
        return [Cursor(item, f"{self.place}[{index}]", self.problems) for index, item in enumerate(self.value)]

    def text(self, most: int = MAX_TEXT) -> str:
        """A text of 1 to `most` characters; empty where it is none."""
        value = self.value
        if value is None:
            self.wrong("is empty", "write a text")
        elif isinstance(value, list | Mapping):
            self.wrong(f"is {kind(value)}", "write a text")
        elif not isinstance(value, str):
            self.wrong(f"is {described(value)}", f'write a text, such as "{shown(value)}"')
        elif value and not value.strip():
            self.wrong("holds nothing but blanks", f"write a text of 1 to {most} characters")
        elif not value or len(value) > most:
            self.wrong(f"has {len(value)} characters", f"write a text of 1 to {most} characters")
        elif not (value.isprintable() or all(_can_be_seen(char, most) for char in value)):
            self.wrong("holds control or invisible characters", "write printable characters")
        elif has_password(value):
            self.wrong("holds a URL with a password, which notices would show", "leave the password out")
        else:
            return value
        return ""

    def choice(self, choices: Iterable[str]) -> str:
        """One of several words; the first where it is none."""
        known = tuple(choices)
        if self.value in known:
            return str(self.value)
        wrong = "is empty" if self.value is None else f"{shown(self.value)} is not known"
        if (meant := VALUES.get(str(self.value))) in known:
            self.wrong(wrong, f"write {meant}")
            return known[0]
        near = difflib.get_close_matches(str(self.value)[:MAX_TEXT], known, 1, 0.7)
        hint = f"did you mean {near[0]}? " if near else ""
        self.no_text(wrong, f"{hint}write one of {listed(known)}")
        return known[0]

    def truth(self) -> bool:
        """True or false; false where it is neither."""
        if not isinstance(self.value, bool):
            meant = TRUTHS.get(self.value) if isinstance(self.value, str) else None
            right = "true or false" if meant is None else str(meant).lower()
            self.wrong(f"is {described(self.value)}", f"write {right}")
        return self.value is True

    def whole(self, least: int, most: int) -> int:
        """A whole number in a range; `least` where it is none."""
        if isinstance(self.value, int) and not isinstance(self.value, bool) and least <= self.value <= most:
            return self.value
        self.no_text(f"is {described(self.value)}", f"write a whole number from {least} to {most}")
        return least

    def duration(self, *, least: int = 0, instead: Decimal = Decimal(60)) -> Decimal:
        """A duration in seconds; `instead` where it is none."""
        try:
            seconds = parse_duration(self.value) if isinstance(self.value, str) else None
        except ValueError:
            seconds = None
        if seconds is None:
            wrong = "is empty" if self.value is None else f"{shown(self.value)} is no duration"
            self.no_text(wrong, "write a number and its unit, such as 60s, 5m or 1h")
            return instead
        if seconds < least:
            self.wrong(f"{self.value} is too short", f"write {least}s or more")
        return seconds

    def seconds(self, *, least: int = 0) -> int:
        """A duration of whole seconds."""
        before = len(self.problems)
        seconds = self.duration(least=least)
        if seconds != int(seconds) and len(self.problems) == before:
            self.wrong(f"{self.value} is not a whole number of seconds", f"write {int(seconds) + 1}s")
        return int(seconds)


def _near(name: object, known: Iterable[str]) -> list[str]:
    """The field that is meant by a misspelt one, if any."""
    return difflib.get_close_matches(str(name)[:MAX_TEXT], [*known], 1)


def _is_meant_for(name: str, other: object) -> bool:
    """Whether a field was meant by one that is not known."""
    return bool(_near(other, [name])) or means(other, name) or meant_by(other).startswith(f"{name}:")


def _instead_of(name: object, known: Sequence[str]) -> str:
    """What to write in place of a field that is not known."""
    if meant := meant_by(name):
        return f"write {meant}"
    if sentence := meant_field(name, known):
        return sentence
    near = _near(name, known)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def _can_be_seen(char: str, most: int) -> bool:
    """Whether a text may hold it; one of several lines may hold line breaks."""
    return char.isprintable() or char == WIDE_SPACE or (char == "\n" and most > MAX_TEXT)
