"""What one robot is sent of what waits for it: a notice in its vendor's form, or a digest of several. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.model import Decision, Language, Robot, RobotKind
from icwatch.notices import Style, write_notice
from icwatch.notices.context import NoticeContext
from icwatch.notices.locales.robots import ROBOT_TEXTS
from icwatch.notices.robot_forms import form_of
from icwatch.notices.robot_message import RobotMessage, write_message
from icwatch.robots.digest import target_of, write_digest
from icwatch.robots.outbox import Waiting

DIGEST = "icwatch.digest/1"
"""The form of the JSON in which a webhook is told several notices together."""

TEST = "icwatch.test/1"
"""The form of a test message's JSON."""

DecisionOf = Callable[[str, int], Decision | None]


def message_of(
    robot: Robot, message: Sequence[Waiting], style: Style, decision_of: DecisionOf
) -> tuple[str, Mapping[str, Any]]:
    """The id and the body of a message. Raises LookupError where the notice is not there any more."""
    first = message[0]
    if len(message) > 1:
        name = f"{first.notice}+{len(message) - 1} notices"
        return name, digest_form(robot, message, robot.language or style.language)
    announcement, language = _announcement(first, decision_of)
    style = replace(style, language=robot.language or language or style.language)
    return first.notice, notice_form(robot, announcement, style)


def notice_form(robot: Robot, announcement: Announcement, style: Style) -> Mapping[str, Any]:
    """One notice, as the robot is sent it."""
    if robot.vendor is RobotKind.WEBHOOK:
        body: Mapping[str, Any] = json.loads(write_notice(announcement, style).body)
        return body
    return form_of(robot.vendor, write_message(NoticeContext(announcement, style)), robot.mention)


def digest_form(robot: Robot, message: Sequence[Waiting], language: Language) -> Mapping[str, Any]:
    """Several notices in one message."""
    written = write_digest(message, language)
    if robot.vendor is not RobotKind.WEBHOOK:
        return form_of(robot.vendor, written, robot.mention)
    notices = [
        {
            "notice": each.notice,
            "kind": each.kind,
            "level": each.level,
            "at": each.at,
            "shard": each.shard,
            "alarms": [{"id": name, "target": target_of(name)} for name in each.alarms],
        }
        for each in message
    ]
    return {"schema": DIGEST, "subject": written.title, "notices": notices}


def test_form(robot: Robot, language: Language) -> Mapping[str, Any]:
    """A message that is clearly marked as a test."""
    texts = ROBOT_TEXTS[robot.language or language]
    title = texts.test.format(robot=robot.name)
    if robot.vendor is RobotKind.WEBHOOK:
        return {"schema": TEST, "subject": title, "text": texts.test_text}
    return form_of(robot.vendor, RobotMessage.test(title, texts.test_text), ())


def _announcement(waiting: Waiting, decision_of: DecisionOf) -> tuple[Announcement, Language | None]:
    """The notice with those of its alarms that concern the robot, and the language of its fleet."""
    decision = decision_of(waiting.shard, waiting.at)
    for each in () if decision is None else announcements_of(decision):
        if each.id == waiting.notice:
            told = tuple(one for one in each.transitions if one.alarm_id in waiting.alarms)
            assert decision is not None
            return replace(each, transitions=told or each.transitions), decision.language
    raise LookupError(f"notice {waiting.notice} is not among the decisions of {waiting.shard} any more")
