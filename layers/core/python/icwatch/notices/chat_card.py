"""A card in a chat: the custom notification of Amazon Q Developer in chat applications, formerly AWS Chatbot.

Source: its administrator guide, "Custom notifications" (version 1.0, source custom; Slack's and Teams' own Markdown).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from icwatch.announcements.grouping import Announcement
from icwatch.model import Kind, Level
from icwatch.notices.context import NoticeContext
from icwatch.notices.defuse import for_chat
from icwatch.notices.email import cause_line, measured, members, sentence, verdicts
from icwatch.notices.procedure import first_step, is_about_health, own_steps, recovery_lines
from icwatch.notices.steps import procedure
from icwatch.notices.subject import write_subject
from icwatch.text import shorten

MAX_DESCRIPTION = 3000
"""Bytes of a description: what Slack shows in one block."""

MAX_STEP = 500
"""Bytes of a next step."""

MAX_THREAD = 256
"""Bytes of the name of a thread that several alarms share."""

MAX_KEYWORD = 100
"""Bytes of a keyword."""

MAX_RESOURCES = 10
"""Targets that a card names beside its text."""

COLOURS = {
    Level.DOWN: "🟣",
    Level.CRITICAL: "🔴",
    Level.ALERT: "🟠",
    Level.CAUTION: "🔵",
    Level.INFO: "🟢",
}
"""OCP's colours of the levels. As characters, because Teams does not know all the names that Slack has for them."""

SIGNS = {Kind.CLEARED: "✅", Kind.CLOSED: "⚪"}
"""What an end is marked with, in place of the colour."""


def write_card(context: NoticeContext, name: str) -> dict[str, Any]:
    """The card of a notice; the cards of one alarm are in one thread."""
    thread = _thread(context.announcement)
    context = replace(context, announcement=for_chat(context.announcement))
    announcement, locale = context.announcement, context.locale
    worst = announcement.worst
    sign = SIGNS.get(announcement.kind, COLOURS[worst.level])
    lines = [sentence(context), *recovery_lines(context)]
    if not announcement.over:
        lines = [*verdicts(context), *lines]
    lines += [*measured(context), *cause_line(context)]
    if announcement.merged:
        heading, *each = members(context)
        lines += [heading, *each[:MAX_RESOURCES], *(["…"] if len(each) > MAX_RESOURCES else [])]
    if is_about_health(announcement.rule) and not announcement.over:
        lines += [locale.heading.format(title=locale.impact), locale.impact_text]
    subject = write_subject(context)
    labels = (f"{label}={value}" for label, value in announcement.labels.items())
    content = {
        "textType": "client-markdown",
        "title": f"{sign} {plain(subject)}",
        "description": shorten("\n".join(map(plain, lines)), MAX_DESCRIPTION),
        "nextSteps": _steps(context),
        "keywords": [
            shorten(plain(each), MAX_KEYWORD) for each in (locale.levels[worst.level], announcement.rule.name, *labels)
        ],
    }
    return {
        "version": "1.0",
        "source": "custom",
        "id": plain(name),
        "content": {field: value for field, value in content.items() if value},
        "metadata": {
            "threadId": plain(thread),
            "summary": plain(subject),
            "eventType": announcement.kind,
            "relatedResources": [plain(each.target) for each in announcement.transitions[:MAX_RESOURCES]],
        },
    }


def _thread(announcement: Announcement) -> str:
    """Of one alarm, its id; of several, what is the same when they end together."""
    worst = announcement.worst
    if not announcement.merged:
        return worst.alarm_id
    route = (f"{name}={','.join(values)}" for name, values in announcement.route.items())
    return shorten(":".join([worst.rule, announcement.shard, *route]), MAX_THREAD)


def _steps(context: NoticeContext) -> list[str]:
    announcement = context.announcement
    if announcement.over:
        return []
    own = [shorten(plain(" ".join(step.split("\n"))), MAX_STEP) for step in own_steps(context)]
    if not is_about_health(announcement.rule):
        return own
    return own + [_marked(context.locale.steps[step]) for step in procedure(first_step(announcement))]


def _marked(step: str) -> str:
    """A step of the procedure on one line, its commands as code."""
    return " ".join(f"`{line.strip()}`" if line.startswith(" ") else line for line in step.split("\n"))


def plain(text: str) -> str:
    """Text that a chat takes for nothing else: no mention, no link, no code."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")
