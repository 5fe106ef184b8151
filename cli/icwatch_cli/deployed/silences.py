"""Silences as people write and read them: labels, parts of the day and days of the week. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timezone
from typing import Any

from icwatch.evaluation.silences import DAY_MINUTES, EVERY_DAY, values_of
from icwatch.model import TARGET, Daily, Silence, Weekly
from icwatch.storage.codec import encode
from icwatch.text import has_password
from icwatch_cli.deployed.notes import NoteError, target_id
from icwatch_cli.fleet.targets import LABEL_NAME
from icwatch_cli.terminal.speech import ENGLISH, Speech
from icwatch_cli.terminal.times import minutes_ahead

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT = tuple(day[:3] for day in DAYS)

NO_MINUTE = Daily(0, 0)
"""Stands beside a `weekly`, which an older version does not know: that then silences nothing rather than every day."""

_CLOCK = r"([01]?[0-9]|2[0-4]):([0-5][0-9])"
_DAILY = re.compile(rf"{_CLOCK}-{_CLOCK}", re.ASCII)
_BY_NAME = {name.lower(): day for names in (DAYS, SHORT) for day, name in enumerate(names)}


def read_labels(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The labels of `NAME=VALUE`, each with its values. Raises NoteError."""
    labels: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not name or not sign or not value:
            raise NoteError(f"--label {text}: is no label; write its name and value, such as vpc=vpc-2")
        if not LABEL_NAME.fullmatch(name):
            right = "write small letters, digits and _ before one =, such as vpc=vpc-2"
            raise NoteError(f"--label {text}: {name} is no name of a label, and values are matched exactly; {right}")
        if value.startswith("~"):
            right = f"write {name}=VALUE once for each value that is meant"
            raise NoteError(f"--label {text}: values are matched exactly, not by a regular expression; {right}")
        if has_password(value):
            raise NoteError(f"--label {name}: holds a URL with a password, which no label has; leave the password out")
        value = _target(value) if name == TARGET else value
        labels[name] = tuple(dict.fromkeys((*labels.get(name, ()), value)))
    return labels


def _target(value: str) -> str:
    """A target's id, or the name of a group. What is refused may hold a password and is not repeated."""
    try:
        return target_id(value)
    except ValueError as error:
        right = "write an address such as 192.168.0.1, or the name of a group such as vpc=vpc-2"
        raise NoteError(f"--label {TARGET}: {error}; {right}") from error


def read_parts(daily: str | None, days: str | None, zone: timezone) -> tuple[Daily | None, Weekly | None]:
    """When within days and weeks a silence holds, by the clock of `zone`. Raises NoteError.

    A part belongs to the day on which it begins there, which may be another day in UTC.
    """
    named = read_days(days) if days is not None else frozenset(EVERY_DAY)
    if named == {*EVERY_DAY}:
        return (None if daily is None else read_daily(daily, zone)), None
    starts, ends = (0, DAY_MINUTES) if daily is None else _part(daily)
    later, starts_in_utc = divmod(starts - minutes_ahead(zone), DAY_MINUTES)
    weekly = Weekly(
        days=tuple(sorted((day + later) % 7 for day in named)),
        starts=starts_in_utc,
        minutes=(ends - starts - 1) % DAY_MINUTES + 1,
    )
    return NO_MINUTE, weekly


def read_daily(text: str, zone: timezone) -> Daily:
    """The part of the day, in minutes of UTC, that `01:00-03:00` is by the clock of `zone`. Raises NoteError."""
    starts, ends = _part(text)
    ahead = minutes_ahead(zone)
    return Daily((starts - ahead) % DAY_MINUTES, (ends - ahead) % DAY_MINUTES)


def _part(text: str) -> tuple[int, int]:
    """The two minutes of `01:00-03:00`."""
    match = _DAILY.fullmatch(text)
    if match is None:
        raise NoteError(f"--daily {text}: is no part of a day; write two times, such as 01:00-03:00 or 22:00-06:00")
    starts, ends = (60 * int(match[group]) + int(match[group + 1]) for group in (1, 3))
    if max(starts, ends) > DAY_MINUTES or starts % DAY_MINUTES == ends % DAY_MINUTES:
        raise NoteError(f"--daily {text}: is no part of a day; leave it out for whole days")
    return starts, ends


def read_days(text: str) -> frozenset[int]:
    """The days of `Mon-Fri`, `Sat,Sun` or `Fri-Mon`; 0 is Monday. Raises NoteError."""
    found: set[int] = set()
    for part in text.split(","):
        first, *last = (_BY_NAME.get(name.strip().lower()) for name in part.split("-"))
        if first is None or None in last or len(last) > 1:
            raise NoteError(f"--days {text}: {part or 'nothing'} is no day; write days such as Mon-Fri or Sat,Sun")
        until = first if not last else last[0]
        assert until is not None
        found |= {(first + step) % 7 for step in range((until - first) % 7 + 1)}
    return frozenset(found)


def spell_days(days: Collection[int]) -> str:
    """`Mon-Fri`, `Sat,Sun`: three and more in a row by the first and the last of them."""
    if len(days) == len(EVERY_DAY):
        return "Mon-Sun"
    return ",".join(_spell_row(first, days) for first in sorted(days) if (first - 1) % 7 not in days)


def _spell_row(first: int, days: Collection[int]) -> str:
    """The days in a row that begin with this one."""
    row = list(itertools.takewhile(lambda day: day in days, ((first + step) % 7 for step in EVERY_DAY)))
    return f"{SHORT[first]}-{SHORT[row[-1]]}" if len(row) > 2 else ",".join(SHORT[day] for day in row)


def spell_daily(daily: Daily, zone: timezone) -> str:
    """`01:00-03:00` by the clock of `zone`."""
    ahead = minutes_ahead(zone)
    return f"{_clock(daily.starts + ahead)}-{_clock(daily.ends + ahead)}"


def spell_parts(silence: Silence, zone: timezone) -> str:
    """When within days and weeks it holds: `01:00-03:00`, `Mon-Fri`, `Sat,Sun 22:00-06:00`; nothing for always."""
    weekly = silence.weekly
    if weekly is None:
        return "" if silence.daily is None else spell_daily(silence.daily, zone)
    later, starts = divmod(weekly.starts + minutes_ahead(zone), DAY_MINUTES)
    days = spell_days([(day + later) % 7 for day in weekly.days])
    if starts == 0 and weekly.minutes == DAY_MINUTES:
        return days
    return f"{days} {_clock(starts)}-{_clock(starts + weekly.minutes)}"


def _clock(minute: int) -> str:
    hour, minute = divmod(minute % DAY_MINUTES, 60)
    return f"{hour:02}:{minute:02}"


def spell_labels(silence: Silence, speech: Speech = ENGLISH) -> str:
    """`vpc=a or vpc=b, rule=slow`."""
    labels: Mapping[str, tuple[str, ...]] = values_of(silence)
    texts = speech.texts
    either = (texts.either.join(f"{name}={value}" for value in values) for name, values in labels.items())
    return texts.listing.join(either)


def as_plain(silence: Silence | None) -> dict[str, Any] | None:
    """As it is stored, for programs. What only an older version is for is left out."""
    if silence is None:
        return None
    return {**encode(silence), **({"daily": None} if silence.weekly is not None else {})}
