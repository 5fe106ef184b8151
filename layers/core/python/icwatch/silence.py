"""When a silence holds, and over which alarms. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from icwatch.membership import matches
from icwatch.model import Alarm, Daily, Silence

RULE = "rule"
"""Counts as a label of every alarm, as `target` does."""

DAY = 86_400


def silence_over(alarm: Alarm, silences: Iterable[Silence], at: int) -> Silence | None:
    """The first silence that covers an alarm at `at`."""
    labels = {**alarm.labels, RULE: alarm.rule}
    return next(
        (each for each in silences if holds(each, at) and matches(each.labels, labels, alarm.target)),
        None,
    )


def holds(silence: Silence, at: int) -> bool:
    """Whether a silence is in force at `at`."""
    return silence.starts_at <= at < silence.ends_at and (silence.daily is None or _in_day(silence.daily, at))


def next_start(silence: Silence, at: int) -> int | None:
    """The first moment from `at` on at which a silence is in force; None where there is none."""
    first = max(at, silence.starts_at)
    if silence.daily is not None and not _in_day(silence.daily, first):
        first += (silence.daily.starts * 60 - first) % DAY
    return first if holds(silence, first) else None


def holds_until(silence: Silence, at: int) -> int:
    """When a silence that is in force at `at` is so no more, be it for good or until the next day."""
    if silence.daily is None:
        return silence.ends_at
    return min(silence.ends_at, at + (silence.daily.ends * 60 - at) % DAY)


def _in_day(daily: Daily, at: int) -> bool:
    minute = at % DAY // 60
    if daily.starts <= daily.ends:
        return daily.starts <= minute < daily.ends
    return minute >= daily.starts or minute < daily.ends
