"""Reading a fleet file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cli.yamlfile import FileError, read_yaml
from icwatch.config import read_fleet
from icwatch.errors import ConfigError
from icwatch.model import Fleet


def load_fleet(path: Path) -> Fleet:
    """The fleet in the file at `path`. Raises FileError with every problem."""
    return load_with_warnings(path)[0]


def load_with_warnings(path: Path) -> tuple[Fleet, list[str]]:
    """The same, and what in it is probably not meant, a line each: `FILE:LINE: PLACE: warning: wrong; right`."""
    document = read_yaml(path)
    try:
        fleet, warnings = read_fleet(document.root)
    except ConfigError as error:
        raise FileError(document.report(error.problems)) from error
    if document.problems:
        raise FileError(document.report(()))
    return fleet, document.report(replace(each, wrong=f"warning: {each.wrong}") for each in warnings)
