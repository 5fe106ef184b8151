"""The clock in which commands write moments: that of this machine, or of `--utc-offset`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta, timezone

from icwatch.errors import IcwatchError


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
