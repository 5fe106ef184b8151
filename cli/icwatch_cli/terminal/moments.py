"""Moments as people write them, and the stretch of time between two of them."""

from __future__ import annotations

import argparse
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timezone

from icwatch.errors import IcwatchError

LATEST = 253_402_300_799
"""The last second that ISO 8601 writes with four digits of year."""

_SECONDS = re.compile(r"\d+", re.ASCII)


class MomentError(IcwatchError):
    """What was given is no moment, or two moments are the wrong way round."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time from `starts` until before `ends`, in Unix seconds."""

    starts: float = -math.inf
    ends: float = math.inf


def add_window(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare `--from` and `--to`."""
    written = "Unix seconds or ISO 8601, UTC where it names no offset"
    parser.add_argument("--from", dest="starts", metavar="T", help=f"{what} from this moment on: {written}")
    parser.add_argument("--to", dest="ends", metavar="T", help=f"{what} before this moment")


def window_of(arguments: argparse.Namespace) -> Window:
    """The window that `--from` and `--to` name. Raises MomentError."""
    starts = -math.inf if arguments.starts is None else parse_moment("--from", arguments.starts)
    ends = math.inf if arguments.ends is None else parse_moment("--to", arguments.ends)
    if starts >= ends:
        raise MomentError(f"--from {arguments.starts}: is not before --to {arguments.ends}; write an earlier one")
    return Window(starts, ends)


def parse_moment(option: str, text: str, zone: timezone = UTC) -> int:
    """Unix seconds of a moment that is meant by the clock of `zone` where it names no offset.

    A part of a second counts as the next whole one, because all moments of icwatch are whole.
    """
    try:
        if _SECONDS.fullmatch(text):
            moment = int(text[:20])
        else:
            written = datetime.fromisoformat(text)
            moment = math.ceil((written if written.tzinfo else written.replace(tzinfo=zone)).timestamp())
    except (ValueError, OverflowError) as error:
        right = "write Unix seconds such as 1772438400, or ISO 8601 such as 2026-03-02T08:00:00Z"
        raise MomentError(f"{option} {text}: is no moment; {right}") from error
    if moment > LATEST:
        raise MomentError(f"{option} {text}: is after the year 9999; write whole seconds, not milliseconds")
    return moment


def spell_moment(at: int) -> str:
    """ISO 8601 in UTC; what has no such form, such as milliseconds, stays a number."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(at)
