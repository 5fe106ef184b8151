"""Reading a fleet file."""

from __future__ import annotations

from pathlib import Path

from cli.yamlfile import FileError, read_yaml
from icwatch.config import parse_fleet
from icwatch.errors import ConfigError
from icwatch.model import Fleet


def load_fleet(path: Path) -> Fleet:
    """The fleet in the file at `path`. Raises FileError with every problem."""
    document = read_yaml(path)
    try:
        fleet = parse_fleet(document.root)
    except ConfigError as error:
        raise FileError(document.report(error.problems)) from error
    if document.problems:
        raise FileError(document.report(()))
    return fleet
