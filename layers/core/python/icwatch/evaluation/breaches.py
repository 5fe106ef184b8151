"""M of N: which breaches count where an alarm is raised by their number among the last observations. Pure."""

from __future__ import annotations

from dataclasses import replace

from icwatch.model import Alarm, Breach, Rule

LIFETIMES = 2
"""After so many times the cycles that the observations would take, a breach is too old to count, however few came."""


def observed(rule: Rule, alarm: Alarm, at: int, *, breached: bool) -> Alarm:
    """A pending alarm after one more observation, with the breaches that count now; it began with the first of them.

    Its rule has `breaches`. What is not seen is no observation, so it neither counts nor ages the others by number.
    """
    wanted = rule.breaches
    assert wanted is not None
    number = alarm.observations + 1
    oldest = at - LIFETIMES * wanted.of * rule.cycle
    kept = tuple(each for each in alarm.breaches if number - each.number < wanted.of and each.at >= oldest)
    if breached:
        kept += (Breach(at, number),)
    return replace(alarm, observations=number, breaches=kept, since=kept[0].at if kept else at)
