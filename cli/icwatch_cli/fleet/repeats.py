"""How often the notice of an alarm that goes on is repeated: in words, and in a given time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from icwatch.duration import spell
from icwatch.model import Rule


def spelled_pauses(rule: Rule, write: Callable[[int], str] = spell) -> str:
    """`10m`, or `1m, 5m, 1h` where the pauses grow."""
    return ", ".join(map(write, rule.resend_pauses or (rule.resend_interval,)))


def report_times(rule: Rule, every: int, seconds: int) -> Iterator[int]:
    """Seconds after it was raised at which an alarm that goes on is reported, the first at 0, until before `seconds`.

    A sweep comes `every` so many seconds, and a repetition with the first one at which it is due.
    """
    at, reports = 0, 1
    while at < seconds:
        yield at
        at += -(-rule.pause_after(reports) // every) * every
        reports += 1


def notices_within(rule: Rule, every: int, seconds: int) -> int:
    """How many notices an alarm is in so many seconds."""
    return sum(1 for _ in report_times(rule, every, seconds))
