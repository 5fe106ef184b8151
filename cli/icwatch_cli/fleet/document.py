"""A file as plain data, with the line of every place in it, and its problems as they are reported. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from icwatch.errors import Problem
from icwatch.model import Language
from icwatch_cli.terminal.errors import SpokenError
from icwatch_cli.terminal.problems import said


@dataclass(frozen=True, slots=True)
class Line:
    """A problem of a file, or a warning about it, with the number of the line on which its place begins."""

    path: Path
    number: int
    problem: Problem
    warning: bool = False

    def said(self, language: Language) -> str:
        """`FILE:LINE: PLACE: what is wrong; what would be right`, whose begin is the same in all languages."""
        return f"{self.path}:{self.number}: {said(self.problem, language, warning=self.warning)}"


class FileError(SpokenError):
    """A file with problems. `lines` has a line for each, in order."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        super().__init__(self.said(Language.EN_US))

    def said(self, language: Language) -> str:
        """All lines."""
        return "\n".join(line.said(language) for line in self.lines)


@dataclass(slots=True)
class Document:
    """A plain document, the line on which each place begins, and what YAML itself got wrong.

    `void` are the places whose value could not be read: nothing else need be said about those.
    """

    path: Path
    root: object = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    void: set[str] = field(default_factory=set)

    def line_of(self, place: str) -> int:
        """The line of `place`, or of what it would be in."""
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.lines.get(place, 1)

    def report(self, found: Iterable[Problem], *, warning: bool = False) -> list[Line]:
        """A line for each problem that YAML had or that was `found` in the document, in the order of the file."""
        others = [(self.line_of(problem.place), problem) for problem in found if problem.place not in self.void]
        problems = sorted([*self.problems, *others], key=lambda entry: entry[0])
        return [Line(self.path, line, problem, warning) for line, problem in problems]
