"""`icwatch check`: every problem of a fleet file at once, or a summary where there is none."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from icwatch.model import Fleet
from icwatch_cli.fleet.cycle import local_cycle
from icwatch_cli.fleet.document import FileError, Line
from icwatch_cli.fleet.fleet_file import load_with_warnings
from icwatch_cli.fleet.hosts import in_one, local_hosts
from icwatch_cli.fleet.summary import summary
from icwatch_cli.terminal.output import AskedForError, say
from icwatch_cli.terminal.speech import counted, speech_of


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 with a summary and warnings, 2 with the problems: they are what is asked for, so on standard output."""
    if arguments.json:
        return _as_lines(arguments.fleet)
    try:
        fleet, warnings = _read(arguments.fleet)
    except FileError as error:
        raise AskedForError(error) from error
    speech = speech_of(arguments)
    texts = speech.texts.files.check
    warned = counted(len(warnings), texts.warnings) if warnings else ""
    print(texts.good.format(file=arguments.fleet) + warned)
    for line in summary(fleet, speech):
        print(f"  {line}")
    for each in warnings:
        print(each.said(speech.language))
    return 0


def _read(path: Path) -> tuple[Fleet, list[Line]]:
    """The fleet, and the warnings about it. Raises FileError."""
    file = load_with_warnings(path)
    hosts = in_one([*local_hosts(file.fleet, file.places)])
    # Both are fit for `icwatch run`, and refused by `apply`.
    return file.fleet, file.warn((*local_cycle(file.fleet), *hosts, *file.warnings))


def _as_lines(path: Path) -> int:
    try:
        _, warnings = _read(path)
    except FileError as error:
        for line in error.lines:
            say(as_json(line))
        return 2
    for line in warnings:
        say(as_json(line))
    return 0


def as_json(line: Line) -> str:
    """A problem or a warning as a line of JSON, in English."""
    fields = {
        "file": str(line.path),
        "line": line.number,
        "level": "warning" if line.warning else "problem",
        "text": str(line.problem),
    }
    return json.dumps(fields, ensure_ascii=False)
