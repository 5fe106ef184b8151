"""Chat robots: who is told in a group chat, or by a program, what subscribers of the topic are told by mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from icwatch.model.terms import Language, Level


class RobotKind(StrEnum):
    """Whose robot it is, which decides the form, the signature, the limits, and what its answers mean."""

    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    WECOM = "wecom"
    SLACK = "slack"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Hours:
    """The part of every day in which a robot is told: from the minute `starts` of the day in UTC until before `ends`.

    Where it ends before it starts, it goes over midnight. Of the levels in `always` it is told at any time.
    """

    starts: int
    ends: int
    always: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot of a fleet. `url` and `secret` refer to where these are kept (`delivery/secrets.py`), never to hold them.

    A fleet file calls `vendor` its kind, which in the table is the name of a key.
    `only` are the values of message attributes of which a notice has to have one each; `repeats` says whether it is
    told again what it was told before. `mention` are those who are mentioned in a group where something begins, by
    the vendor's ids: mobile numbers, user ids, or `all`.
    """

    name: str
    vendor: RobotKind
    url: str
    secret: str = ""
    language: Language | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeats: bool = True
    hours: Hours | None = None
    mention: tuple[str, ...] = ()
