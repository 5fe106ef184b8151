"""When a silence holds, and over which alarms. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from icwatch.model import DAY_SECONDS, TARGET, Alarm, Silence, Weekly

RULE = "rule"
"""Counts as a label of every alarm, as `target` does."""

DAY_MINUTES = 24 * 60
EVERY_DAY = tuple(range(7))

_EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; 0 is Monday."""


def silence_over(alarm: Alarm, silences: Sequence[Silence], at: int) -> Silence | None:
    """The first silence that covers an alarm at `at`."""
    if not silences:
        return None
    labels = {**alarm.labels, RULE: alarm.rule}
    return next((each for each in silences if holds(each, at) and covers(each, labels, alarm.target)), None)


def covers(silence: Silence, labels: Mapping[str, str], target: str) -> bool:
    """Whether an alarm has one of the values of each of the silence's labels; `labels` include the rule."""
    return all(
        (target if name == TARGET else labels.get(name)) in values for name, values in values_of(silence).items()
    )


def values_of(silence: Silence) -> Mapping[str, tuple[str, ...]]:
    """The values by label of which an alarm has to have one each."""
    if not silence.others:
        return {name: (value,) for name, value in silence.labels.items()}
    names = dict.fromkeys((*silence.labels, *silence.others))
    first = {name: (value,) for name, value in silence.labels.items()}
    return {name: (*first.get(name, ()), *silence.others.get(name, ())) for name in names}


def holds(silence: Silence, at: int) -> bool:
    """Whether a silence is in force at `at`."""
    return silence.starts_at <= at < silence.ends_at and _is_part(parts_of(silence), at)


def parts_of(silence: Silence) -> Weekly | None:
    """The parts of a week in which a silence holds; None where it holds all the time."""
    if silence.weekly is not None or silence.daily is None:
        return silence.weekly
    daily = silence.daily
    return Weekly(EVERY_DAY, daily.starts, (daily.ends - daily.starts) % DAY_MINUTES)


def next_start(silence: Silence, at: int) -> int | None:
    """The first moment from `at` on at which a silence is in force; None where there is none."""
    first, parts = max(at, silence.starts_at), parts_of(silence)
    starts = [first]
    if parts is not None:
        before = first - _since_start(parts, first)
        starts += [before + days * DAY_SECONDS for days in range(1, 8)]
    return next((each for each in starts if holds(silence, each)), None)


def holds_until(silence: Silence, at: int) -> int:
    """When a silence that is in force at `at` is so no more, be it for good or until its next part."""
    parts = parts_of(silence)
    if parts is None:
        return silence.ends_at
    until = at
    for _ in range(8):  # whole days follow one another without a gap; with all seven of them there is none
        if not holds(silence, until):
            return min(until, silence.ends_at)
        until += parts.minutes * 60 - _since_start(parts, until)
    return silence.ends_at


def _is_part(parts: Weekly | None, at: int) -> bool:
    """Whether the last part that could have begun by now did, on its day, and goes on."""
    if parts is None:
        return True
    since = _since_start(parts, at)
    weekday = ((at - since) // DAY_SECONDS + _EPOCH_WEEKDAY) % 7
    return since < parts.minutes * 60 and weekday in parts.days


def _since_start(parts: Weekly, at: int) -> int:
    """Seconds since the minute of the day at which parts begin."""
    return (at - parts.starts * 60) % DAY_SECONDS
