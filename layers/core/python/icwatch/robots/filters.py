"""What a robot is told of a notice, and at which times of day. Pure.

A problem is told where the robot's filter matches it. An end is told whoever was told the problem, whatever the filter
says by then.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from icwatch.announcements.grouping import Announcement, attributes_of
from icwatch.model import DAY_SECONDS, Hours, Kind, Robot


def concerning(robot: Robot, announcement: Announcement, expected: Container[str]) -> Announcement | None:
    """The announcement with those of its transitions that concern a robot; None where there is none.

    `expected` are the ids of the alarms whose end it has to be told. An end that nobody expects yet concerns it as
    well: the problem may come after it.
    """
    if announcement.drill:  # which tries the way to each robot, whatever it filters by
        return announcement if announcement.only_robot in ("", robot.name) else None
    if announcement.kind is Kind.REPEATED and not robot.repeats:
        return None
    told = tuple(
        each
        for each in announcement.transitions
        if (announcement.over and each.alarm_id in expected) or _matches(robot, attributes_of(announcement, each))
    )
    return replace(announcement, transitions=told) if told else None


def _matches(robot: Robot, attributes: dict[str, tuple[str, ...]]) -> bool:
    return all({*attributes.get(name, ())} & {*values} for name, values in robot.only.items())


def opens_in(hours: Hours, now: int) -> int:
    """Seconds until the hours begin; 0 where they have."""
    since = (now - hours.starts * 60) % DAY_SECONDS
    if since < (hours.ends - hours.starts) * 60 % DAY_SECONDS:
        return 0
    return DAY_SECONDS - since
