"""Reading a fleet file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from cli.yamlfile import Document, FileError, read_yaml
from icwatch.config import parse_fleet, read_fleet
from icwatch.errors import ConfigError
from icwatch.model import Fleet

T = TypeVar("T")


def load_fleet(path: Path) -> Fleet:
    """The fleet in the file at `path`. Raises FileError with every problem."""
    return _load(path, parse_fleet)[1]


def load_with_warnings(path: Path) -> tuple[Fleet, list[str]]:
    """The same, and what in it is probably not meant, a line each: `FILE:LINE: PLACE: warning: wrong; right`."""
    document, (fleet, warnings) = _load(path, read_fleet)
    return fleet, document.report(replace(each, wrong=f"warning: {each.wrong}") for each in warnings)


def _load(path: Path, read: Callable[[object], T]) -> tuple[Document, T]:
    document = read_yaml(path)
    try:
        found = read(document.root)
    except ConfigError as error:
        raise FileError(document.report(error.problems)) from error
    if document.problems:
        raise FileError(document.report(()))
    return document, found
