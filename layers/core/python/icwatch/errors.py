"""Everything icwatch raises on purpose.

IcwatchError
├── ConfigError      a fleet file that cannot be used (carries every problem)
├── SettingsError    environment variables that are missing or wrong
├── EventError       an event that is not of the shape its trigger sends
├── BatchError       a batch whose first record failed: to be halved
├── ItemError        a stored item that cannot be read
├── FutureError      a sweep that is stamped with a moment that is still to come
└── ConflictError    somebody else saved first: read again, decide again
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class IcwatchError(Exception):
    """The root. Its message is a sentence that names the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a document: `place` as `targets[3].address`, then what is wrong and what would be right."""

    place: str
    wrong: str
    right: str

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong}; {self.right}"


class ConfigError(IcwatchError):
    """A fleet that cannot be used. `problems` holds all of them, in document order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class SettingsError(IcwatchError):
    """The environment lacks a variable, or holds a value that cannot be used."""


class EventError(IcwatchError):
    """An event that is not of the shape its trigger sends."""


class BatchError(IcwatchError):
    """The first record of a batch failed. Raised so that Lambda halves the batch and tries both parts."""


class ItemError(IcwatchError):
    """A stored item that cannot be read: names the table's document, its key and the attribute."""


class FutureError(IcwatchError):
    """A sweep of a moment that is still to come. Evaluated, it would make every true one until then look old."""


class ConflictError(IcwatchError):
    """A conditional write found that somebody else had written first. Nothing was changed."""
