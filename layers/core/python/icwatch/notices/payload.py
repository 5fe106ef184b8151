"""What a program receives: one JSON object, described by `docs/notice.schema.json`.

`schema` names its form and version. A field is never renamed or taken away within a version; new ones may come.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from icwatch.announcements.grouping import Announcement, levels_of
from icwatch.model import ENDS, Rule, Transition
from icwatch.notices.context import NoticeContext
from icwatch.notices.procedure import first_step
from icwatch.notices.style import Style
from icwatch.notices.subject import main_cause, where, who
from icwatch.notices.variables import seconds_lasted, threshold, variables

SCHEMA = "icwatch.notice/1"
"""The form of the JSON, and its version."""

KNOWN_BY = ("id", "transition")
"""What a program keeps an alarm by."""

BRIEF = (*KNOWN_BY, "target", "level", "value", "cause")
"""What is left of an alarm that is shortened."""

Document = dict[str, Any]


def write_body(context: NoticeContext, mail: Announcement, written: Mapping[str, str], room: int) -> str:
    """The JSON of a notice, in at most `room` bytes as SNS counts them. `written` are its id, subject and text.

    Texts for people are those of `mail`, the same as mails show it; all else is as it is.

    Where there is no room for all, alarms from the end of the list are shortened to what closes an incident, then the
    text is left to the mail, and at last alarms are left out; `shortened` and `omitted` say how many.
    """
    announcement = context.announcement
    head = {"schema": SCHEMA, **_head(context), **written}
    alarms = [
        {**_alarm(each, announcement.rule), "event": _event(each, shown, mail.rule, context.style)}
        for each, shown in zip(announcement.transitions, mail.transitions, strict=True)
    ]
    body = ""
    for body in _shorter_and_shorter(head, alarms, context.locale.cut):
        if encoded_size(body) <= room:
            break
    return body


def _shorter_and_shorter(head: Document, alarms: Sequence[Document], cut: str) -> Iterator[str]:
    brief = [_only(alarm, BRIEF) for alarm in alarms]
    whole = len(alarms)
    while whole:
        yield _put_together(head, [*alarms[:whole], *brief[whole:]], len(alarms) - whole, 0)
        whole //= 2
    yield _put_together(head, brief, len(alarms), 0)
    head = {**head, "text": cut}
    yield _put_together(head, brief, len(alarms), 0)
    known = [_only(alarm, KNOWN_BY) for alarm in alarms]
    kept = len(alarms)
    while kept:
        yield _put_together(head, known[:kept], kept, len(alarms) - kept)
        kept //= 2
    yield _put_together(head, [], 0, len(alarms))


def _put_together(head: Document, alarms: Sequence[Document], shortened: int, omitted: int) -> str:
    return to_json({**head, "shortened": shortened, "omitted": omitted, "alarms": alarms})


def _only(alarm: Mapping[str, Any], names: Sequence[str]) -> Document:
    return {name: alarm[name] for name in names}


def _head(context: NoticeContext) -> Document:
    """What is true of the notice as a whole."""
    announcement = context.announcement
    worst, rule = announcement.worst, announcement.rule
    cause = main_cause(announcement)
    return {
        "kind": announcement.kind,
        "status": announcement.status,
        "level": worst.level,
        "levels": list(announcement.route["level"]),
        "rule": rule.name,
        "rule_name": context.text(rule.display_name),
        "scope": worst.scope or rule.scope,
        "target": who(context).strip(),
        "labels": announcement.labels,
        "cause": cause,
        "first_step": None if announcement.over else first_step(announcement),
        "at": worst.at,
        "shard": announcement.shard,
        "source": announcement.source,
        "language": context.style.language,
        "count": len(announcement.transitions),
        "shares": [
            {
                "label": share.label or None,
                "value": share.value or None,
                "name": where(share.label, share.value) if share.label else announcement.shard,
                "failing": share.failing,
                "of": share.of,
                "elsewhere": share.elsewhere,
                "suspect_path": share.path,
            }
            for share in announcement.shares
        ],
    }


def _alarm(transition: Transition, rule: Rule) -> Document:
    """One alarm, with the ids by which a program keeps it."""
    failure = transition.failure
    return {
        "id": transition.alarm_id,
        "transition": transition.id,
        "target": transition.target,
        "level": transition.level,
        "levels": [str(level) for level in levels_of(transition)],
        "value": transition.value,
        "comparator": rule.comparator,
        "threshold": None if (limit := threshold(transition, rule)) == "" else limit,
        "cause": None if failure is None else failure.cause,
        "detail": None if failure is None else failure.detail,
        "http_status": None if failure is None else failure.status,
        "reason": transition.reason,
        "began_at": transition.began_at,
        "raised_at": transition.raised_at,
        "since": transition.since,
        "seconds": seconds_lasted(transition),
        "reports": transition.reports,
        "labels": transition.labels,
        "recent_notices": [
            {"at": t.at, "kind": t.kind, "level": t.level, "cause": t.cause} for t in transition.recent_notices
        ],
    }


def _event(transition: Transition, shown: Transition, rule: Rule, style: Style) -> Document:
    """The fields of an alarm event in OCP's API; summary and description are of the transition as mails show it."""
    values = variables(shown, rule, style.language, style.zone)
    return {
        "id": transition.alarm_id,
        "appType": transition.labels.get("app_type", ""),
        "alarmType": rule.name,
        "scope": transition.scope or rule.scope,
        "level": transition.level,
        "status": transition.status,
        "target": transition.target,
        "summary": values["alarm_summary"],
        "description": values["alarm_description"],
        "activeAt": _iso8601(transition.raised_at, style.zone),
        "updatedAt": _iso8601(transition.at, style.zone),
        "resolvedAt": _iso8601(transition.at, style.zone) if transition.kind in ENDS else None,
        "labels": transition.labels,
    }


def _iso8601(at: int, zone: timezone) -> str:
    return datetime.fromtimestamp(at, zone).isoformat()


def to_json(value: object) -> str:
    """JSON in as few bytes as it takes, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number)


def encoded_size(text: str) -> int:
    """Bytes that a text takes within the JSON of a message."""
    return len(json.dumps(text, ensure_ascii=False).encode())


def _number(value: object) -> float:
    """A decimal as JSON has it."""
    assert isinstance(value, Decimal)
    return float(value)
