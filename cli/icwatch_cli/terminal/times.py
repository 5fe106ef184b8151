"""Times that people write and read: moments, the stretch between two of them, and the clock that they are in."""

from __future__ import annotations

import argparse
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

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


def bounds(window: Window) -> tuple[int, int]:
    """The first and the last moment of a window, within what a table can hold."""
    return int(max(window.starts, -LATEST)), int(min(window.ends - 1, LATEST))


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


class ClockError(IcwatchError):
    """What was given is no offset from UTC."""


def add_utc_offset(parser: argparse.ArgumentParser, what: str = "what is shown") -> None:
    """Declare `--utc-offset`, the clock of `what`."""
    parser.add_argument(
        "--utc-offset",
        metavar="+08:00",
        help=f"the clock of {what} (default: this machine's; behind UTC: --utc-offset=-05:00)",
    )


def zone_of(arguments: argparse.Namespace) -> timezone:
    """The offset that `--utc-offset` names, or that of this machine now. Raises ClockError."""
    text: str | None = arguments.utc_offset
    if text is None:
        return timezone(datetime.now().astimezone().utcoffset() or timedelta(0))
    try:
        read = datetime.strptime(text, "%z").utcoffset() or timedelta(0)
    except ValueError as error:
        raise ClockError(f"--utc-offset {text}: is no offset; write hours and minutes, such as +08:00") from error
    return timezone(read)


def minutes_ahead(zone: timezone) -> int:
    """How far a clock is ahead of UTC."""
    return int(zone.utcoffset(None).total_seconds() // 60)


def day_and_time(at: int, zone: timezone) -> str:
    """`2026-03-02 16:00:00`; which clock it is says the heading of the column."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def iso(at: int, zone: timezone) -> str:
    """`2026-03-02T16:00:00+08:00`."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone).isoformat()
