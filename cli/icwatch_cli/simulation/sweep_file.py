"""Reading stored sweeps, a JSON object a line, from a file or from standard input. Memory does not grow with it."""

from __future__ import annotations

import codecs
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from icwatch.errors import IcwatchError, ItemError
from icwatch.model import Sweep
from icwatch.storage.items import read_item
from icwatch_cli.terminal.times import LATEST

DEFAULT_SHARD = "shard-0001"

MAX_LINE = 8 * 1024 * 1024
"""Bytes of a line: as many as of a fleet file. A sweep over 10,000 targets takes one or two million."""

MAX_DIGITS = 1000
"""Characters of a number, before it is looked at what number that is."""

MAX_SHOWN = 60
"""Characters of the input that a message repeats."""

RIGHT = 'write {"at": 60, "metrics": {"ic_server_health": {"192.168.0.1": 0}}}'


class ReplayError(IcwatchError):
    """A call that cannot be carried out, or a line of the input that is no sweep."""


class _LineError(Exception):
    """What is wrong with a line, and what would be right."""


def open_sweeps(name: str) -> AbstractContextManager[BinaryIO]:
    """The bytes of the file, or of standard input for `-`. Raises ReplayError."""
    if name == "-":
        if sys.stdin is None:
            raise ReplayError("-: standard input is closed; name a file, or pipe sweeps into the command")
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except (OSError, ValueError) as error:
        raise ReplayError(f"{name}: cannot be read ({_reason(error)}); name a readable file") from error


def read_sweeps(file: BinaryIO, name: str) -> Iterator[tuple[int, Sweep]]:
    """The sweeps of a file, each with its line; empty lines are passed over. Raises ReplayError, which names the line.

    As in a fleet file, UTF-8 is read, with a byte order mark or without.
    """
    number = 0
    try:
        while line := file.readline(MAX_LINE + 1):
            number += 1
            sweep = _sweep(line)
            if sweep is not None:
                yield number, sweep
    except _LineError as error:
        raise ReplayError(f"{name}:{number}: {error}") from error
    except RecursionError as error:
        raise ReplayError(f"{name}:{number}: is nested too deep; {RIGHT}") from error
    except (ValueError, ItemError) as error:
        raise ReplayError(f"{name}:{number}: {error}; {RIGHT}") from error
    except OSError as error:
        raise ReplayError(f"{name}: cannot be read ({_reason(error)}); name a readable file") from error


def _sweep(line: bytes) -> Sweep | None:
    """The sweep of a line; None where it is empty."""
    if len(line) > MAX_LINE:
        raise _LineError("is longer than 8 MiB; write one sweep a line")
    text = _text(line)
    if not text.strip():
        return None
    item = _json(text)
    if not isinstance(item, dict):
        raise ItemError("it is no JSON object")
    sweep = read_item(Sweep, {"shard": DEFAULT_SHARD, **item})
    if sweep.at > LATEST:
        raise _LineError(f"at: {sweep.at} is after the year 9999; write whole seconds, not milliseconds")
    if sweep.at < 0:
        raise _LineError(f"at: {sweep.at} is before 1970; write Unix seconds, such as 1772438400")
    return sweep


def _text(line: bytes) -> str:
    """UTF-16 holds zero bytes, which UTF-8 takes for a character and JSON never has."""
    try:
        text = line.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise _LineError("is not UTF-8; save it as UTF-8") from error
    if "\0" in text:
        raise _LineError("is not UTF-8; save it as UTF-8")
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_float=_number, parse_constant=_no_number, object_pairs_hook=_object)
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # Python reads no whole number of more than 4,300 digits
        raise _LineError(f"holds a number of thousands of digits; {RIGHT}") from error


def _number(text: str) -> Decimal:
    """A number as it is written. Which numbers a sweep may hold is decided where it is read as one."""
    try:
        if len(text) <= MAX_DIGITS:
            return Decimal(text)
    except ArithmeticError:
        pass
    return _no_number(text)


def _no_number(text: str) -> Decimal:
    shown = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."
    raise _LineError(f"{shown} is no plain number; {RIGHT}")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name comes twice: nobody knows which of its values is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = json.dumps(counts.most_common(1)[0][0][:MAX_SHOWN])
        raise _LineError(f"{twice} is written twice; keep one of the two")
    return found


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
