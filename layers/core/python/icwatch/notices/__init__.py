"""Notices: what a person reads of an announcement, and what a program receives. Pure; SNS's limits are kept here.

Nothing in it comes from a server or a label unbounded or unescaped: all that is not the fleet's own template goes
through `clean`, and through `defuse` where people read it; templates are filled in one pass.
"""

from __future__ import annotations

from icwatch.announcements.grouping import DRILL, Announcement
from icwatch.model import HttpsForm
from icwatch.notices.chat_card import write_card
from icwatch.notices.context import NoticeContext
from icwatch.notices.defuse import for_mail
from icwatch.notices.email import write_text
from icwatch.notices.message import Attributes, Notice
from icwatch.notices.operations import MonitoringMessage, monitoring_message, write_monitoring
from icwatch.notices.payload import encoded_size, to_json, write_body
from icwatch.notices.sanitize import MAX_TARGET, clean
from icwatch.notices.style import Style
from icwatch.notices.subject import write_sms, write_subject
from icwatch.text import one_line

MAX_MESSAGE = 256 * 1024
"""Bytes of a message in all its forms with its attributes, as SNS counts them."""

SLACK_BYTES = 1024
"""Bytes of it that are left free: for the names of the forms and the types of the attributes."""

MAX_TARGETS = 24 * 1024
"""Bytes of the attribute that names the targets."""

MAX_ID = MAX_TARGET + 512
"""Characters of the id in the attributes."""

__all__ = [
    "MAX_ID",
    "MAX_MESSAGE",
    "MonitoringMessage",
    "Notice",
    "Style",
    "monitoring_message",
    "write_monitoring",
    "write_notice",
]


def write_notice(announcement: Announcement, style: Style) -> Notice:
    """Say what is announced.

    The JSON is `default`: SNS gives it to http, https, lambda, sqs and firehose, which are not named one by one because
    each copy counts against the 256 KiB, and a storm would have to be cut for it.
    """
    cleaned = clean(announcement)
    mail = for_mail(cleaned)
    name = one_line(announcement.id, MAX_ID)
    attributes = _attributes(cleaned, name)
    for_people = NoticeContext(mail, style)
    subject = write_subject(for_people)
    text = write_text(for_people)
    others = {"email": text, "sms": write_sms(for_people)}
    if style.https is HttpsForm.CHATBOT:
        others["https"] = to_json(write_card(NoticeContext(cleaned, style), name))
    room = MAX_MESSAGE - SLACK_BYTES - sum(map(encoded_size, others.values())) - _size(attributes)
    body = write_body(NoticeContext(cleaned, style), mail, {"notice": name, "subject": subject, "text": text}, room)
    messages = {"default": body, **others}
    return Notice(
        announcement.id, subject, messages, attributes, announcement.worst.at, to_robot=announcement.only_robot
    )


def _attributes(announcement: Announcement, name: str) -> Attributes:
    """What subscribers filter by: six, a stage where there is one, and the labels that the fleet chose.

    What is one value is no list.
    """
    several = {"target": _targets(announcement), **announcement.route}
    return {
        "notice_id": name,
        "rule": announcement.rule.name,
        "kind": announcement.kind,
        **({DRILL: "true"} if announcement.drill else {}),
        **{name: values if len(values) > 1 else values[0] for name, values in several.items()},
    }


def _targets(announcement: Announcement) -> tuple[str, ...]:
    """The targets, as many as there is room for; the JSON names the others."""
    left = MAX_TARGETS
    kept = []
    for transition in announcement.transitions:
        left -= len(transition.target.encode()) + 4
        if left >= 0:
            kept.append(transition.target)
    return tuple(kept)


def _size(attributes: Attributes) -> int:
    return sum(len(name) + encoded_size(to_json(value)) for name, value in attributes.items())
