"""Reading a fleet file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from icwatch.errors import ConfigError, Problem
from icwatch.model import Fleet
from icwatch_cli.fleet import parse_fleet, read_fleet
from icwatch_cli.fleet.document import Document, FileError, Line
from icwatch_cli.fleet.hosts import target_places
from icwatch_cli.fleet.yaml_file import read_yaml

T = TypeVar("T")


def load_fleet(path: Path) -> Fleet:
    """The fleet in the file at `path`. Raises FileError with every problem."""
    return _load(path, parse_fleet)[1]


@dataclass(frozen=True, slots=True)
class FleetFile:
    """A fleet, the document that it was read from, and what in it is probably not meant."""

    fleet: Fleet
    document: Document
    warnings: tuple[Problem, ...]

    @property
    def places(self) -> list[str]:
        """Where the address of each target is written."""
        return target_places(self.document.root)

    def warn(self, problems: Iterable[Problem]) -> list[Line]:
        """A line for each: `FILE:LINE: PLACE: warning: wrong; right`."""
        return self.document.report(problems, warning=True)

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Raise FileError where there are any."""
        if lines := self.document.report(problems):
            raise FileError(lines)


def load_with_warnings(path: Path) -> FleetFile:
    """The same, with what in it is probably not meant."""
    document, (fleet, warnings) = _load(path, read_fleet)
    return FleetFile(fleet, document, warnings)


def _load(path: Path, read: Callable[[object], T]) -> tuple[Document, T]:
    document = read_yaml(path)
    try:
        found = read(document.root)
    except ConfigError as error:
        raise FileError(document.report(error.problems)) from error
    if document.problems:
        raise FileError(document.report(()))
    return document, found
