"""What a program receives: one JSON object with the fields that `fields.py` declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import cast

from icwatch.announcements.grouping import Announcement, levels_of
from icwatch.model import ENDS, Level, Number, Rule, Share, Transition
from icwatch.notices.context import NoticeContext
from icwatch.notices.fields import BRIEF, KNOWN_BY, NOTICE, AlarmFields, EventFields, NoticeFields, ShareFields, Written
from icwatch.notices.procedure import first_step
from icwatch.notices.style import Style
from icwatch.notices.subject import main_cause, where, who
from icwatch.notices.variables import recovery, threshold, variables


def write_body(context: NoticeContext, mail: Announcement, written: Written, room: int) -> str:
    """The JSON of a notice, in at most `room` bytes as SNS counts them. `written` are its id, subject and text.

    Texts for people are those of `mail`, the same as mails show it; all else is as it is.

    Where there is no room for all, alarms from the end of the list are shortened to what closes an incident, then the
    text is left to the mail, and at last alarms are left out; `shortened` and `omitted` say how many.
    """
    announcement = context.announcement
    alarms = [
        _alarm(each, announcement.rule, _event(each, shown, mail.rule, context.style))
        for each, shown in zip(announcement.transitions, mail.transitions, strict=True)
    ]
    body = ""
    for body in _shorter_and_shorter(_notice(context, written), alarms, context.locale.cut):
        if encoded_size(body) <= room:
            break
    return body


def _shorter_and_shorter(notice: NoticeFields, alarms: Sequence[AlarmFields], cut: str) -> Iterator[str]:
    brief = [_only(alarm, BRIEF) for alarm in alarms]
    whole = len(alarms)
    while whole:
        yield _put_together(notice, [*alarms[:whole], *brief[whole:]], len(alarms) - whole, 0)
        whole //= 2
    yield _put_together(notice, brief, len(alarms), 0)
    notice = {**notice, "text": cut}
    yield _put_together(notice, brief, len(alarms), 0)
    known = [_only(alarm, KNOWN_BY) for alarm in alarms]
    kept = len(alarms)
    while kept:
        yield _put_together(notice, known[:kept], kept, len(alarms) - kept)
        kept //= 2
    yield _put_together(notice, [], 0, len(alarms))


def _put_together(notice: NoticeFields, alarms: Sequence[AlarmFields], shortened: int, omitted: int) -> str:
    whole: NoticeFields = {**notice, "shortened": shortened, "omitted": omitted, "alarms": alarms}
    return to_json(whole)


def _only(alarm: AlarmFields, names: Sequence[str]) -> AlarmFields:
    """A shortened alarm: the same fields, but not all of them."""
    return cast(AlarmFields, {name: value for name, value in alarm.items() if name in names})


def _notice(context: NoticeContext, written: Written) -> NoticeFields:
    """What is true of the notice as a whole, still without its alarms."""
    announcement = context.announcement
    worst, rule = announcement.worst, announcement.rule
    cause = main_cause(announcement)
    return {
        "schema": NOTICE,
        "kind": announcement.kind,
        "status": announcement.status,
        "drill": announcement.drill,
        "stage": worst.stage,
        "level": worst.level,
        "levels": [Level(level) for level in announcement.route["level"]],
        "rule": rule.name,
        "rule_name": context.text(rule.display_name),
        "scope": worst.scope or rule.scope,
        "target": who(context) if announcement.merged else worst.target,
        "labels": announcement.labels,
        "cause": cause,
        "first_step": None if announcement.over else first_step(announcement),
        "at": worst.at,
        "shard": announcement.shard,
        "source": announcement.source,
        "language": context.style.language,
        "count": len(announcement.transitions),
        "shares": [_share(share, announcement.shard) for share in announcement.shares],
        **written,
        "shortened": 0,
        "omitted": 0,
        "alarms": [],
    }


def _share(share: Share, shard: str) -> ShareFields:
    return {
        "label": share.label or None,
        "value": share.value or None,
        "name": where(share.label, share.value) if share.label else shard,
        "failing": share.failing,
        "of": share.of,
        "elsewhere": share.elsewhere,
        "suspect_path": share.path,
    }


def _alarm(transition: Transition, rule: Rule, event: EventFields) -> AlarmFields:
    """One alarm, with the ids by which a program keeps it."""
    failure = transition.failure
    return {
        "id": transition.alarm_id,
        "transition": transition.id,
        "target": transition.target,
        "level": transition.level,
        "levels": [*levels_of(transition)],
        "value": transition.value,
        "comparator": rule.comparator,
        "threshold": _threshold(transition, rule),
        "cause": None if failure is None else failure.cause,
        "detail": None if failure is None else failure.detail,
        "http_status": None if failure is None else failure.status,
        "reason": transition.reason,
        "began_at": transition.began_at,
        "raised_at": transition.raised_at,
        "since": transition.since,
        "seconds": transition.lasted,
        "reports": transition.reports,
        "stage": transition.stage,
        "labels": transition.labels,
        "recent_notices": [
            {"at": t.at, "kind": t.kind, "level": t.level, "cause": t.cause} for t in transition.recent_notices
        ],
        "event": event,
    }


def _threshold(transition: Transition, rule: Rule) -> Number | None:
    limit = threshold(transition, rule)
    return None if isinstance(limit, str) else limit


def _event(transition: Transition, shown: Transition, rule: Rule, style: Style) -> EventFields:
    """The fields of an alarm event in OCP's API; summary and description are of the transition as mails show it."""
    values = variables(shown, rule, style.language, style.zone)
    recovered = recovery(shown.kind, rule, style.language, values)
    return {
        "id": transition.alarm_id,
        "appType": transition.labels.get("app_type", ""),
        "alarmType": rule.name,
        "scope": transition.scope or rule.scope,
        "level": transition.level,
        "status": transition.status,
        "target": transition.target,
        "summary": recovered or str(values["alarm_summary"]),
        "description": recovered or str(values["alarm_description"]),
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
