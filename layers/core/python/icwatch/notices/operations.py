"""What is reported to operations about the monitoring itself: one message for all reports of a decision. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from icwatch.address import parse_address
from icwatch.duration import spell
from icwatch.model import CUT_OFF, UNCONFIRMED, UNREADABLE, UNSEEN, Decision, HttpsForm, MonitoringReport
from icwatch.notices.chat_card import MAX_DESCRIPTION, plain
from icwatch.notices.defuse import without_links, without_markup
from icwatch.notices.fields import MONITORING, MonitoringFields, ReportFields, Status, Written
from icwatch.notices.locales.monitoring import MONITORING_TEXTS, MonitoringTexts
from icwatch.notices.message import Notice
from icwatch.notices.names import said
from icwatch.notices.payload import encoded_size, to_json
from icwatch.notices.style import Style
from icwatch.notices.subject import MAX_SUBJECT, shortened
from icwatch.notices.variables import moment
from icwatch.text import one_line, shorten

MAX_NAMED = 20
"""Subjects of one kind that a text names; the JSON has all."""

MAX_LINE = 300
"""Characters of a subject or a reason in a message."""

MAX_BODY = 160 * 1024
"""Bytes of the JSON as SNS counts them, which leaves room for the other forms within its 256 KiB."""

GOING_ON = (CUT_OFF, UNSEEN, UNREADABLE, UNCONFIRMED)
"""Problems, in the order in which they are reported."""

SECTIONS = (*GOING_ON, "reached", "seen", "removed", "readable", "confirmed")
"""Problems that go on, then those that are over, by how they ended."""


@dataclass(frozen=True, slots=True)
class MonitoringMessage:
    """All that a decision reports of the monitoring itself."""

    id: str
    shard: str
    at: int
    source: str
    reports: tuple[MonitoringReport, ...]

    def section(self, name: str) -> tuple[MonitoringReport, ...]:
        """The reports of one kind, longest first."""
        found = [report for report in self.reports if (report.ended or report.kind) == name]
        return tuple(sorted(found, key=lambda report: (report.since, report.subject)))


def monitoring_message(decision: Decision) -> MonitoringMessage | None:
    """The message that a decision makes, if it reports anything. Of the decision alone: made again, it is the same."""
    if not decision.monitoring:
        return None
    name = f"monitoring:{decision.shard}:{decision.at}"
    return MonitoringMessage(name, decision.shard, decision.at, decision.source, decision.monitoring)


def write_monitoring(message: MonitoringMessage, style: Style) -> Notice:
    """Write it in the language and for the clock of the reader."""
    mail = _shown(message, without_links, style)
    subject, text = _subject(mail, style), _text(mail, style)
    status = "Inactive" if all(report.over for report in message.reports) else "Active"
    written: Written = {"notice": message.id, "subject": subject, "text": text}
    messages = {"default": _body(message, status, written), "email": text, "sms": shortened(subject)}
    if style.https is HttpsForm.CHATBOT:
        messages["https"] = to_json(_card(_shown(message, without_markup, style), style))
    attributes = {"notice_id": message.id, "kind": "monitoring", "status": status}
    return Notice(message.id, subject, messages, attributes, message.at, to_operations=True)


def _body(message: MonitoringMessage, status: Status, written: Written) -> str:
    """The JSON, with as many reports as there is room for; `omitted` counts the others."""
    reports = [_report(_bounded(report)) for report in message.reports]
    while True:
        fields: MonitoringFields = {
            "schema": MONITORING,
            "kind": "monitoring",
            "at": message.at,
            "shard": message.shard,
            "source": one_line(message.source, MAX_LINE),
            "reports": reports,
            "omitted": len(message.reports) - len(reports),
            "status": status,
            **written,
        }
        body = to_json(fields)
        if encoded_size(body) <= MAX_BODY or not reports:
            return body
        reports = reports[: len(reports) * 3 // 4]


def _report(report: MonitoringReport) -> ReportFields:
    return {
        "kind": report.kind,
        "subject": report.subject,
        "since": report.since,
        "reason": report.reason,
        "ended": report.ended,
    }


def _bounded(report: MonitoringReport) -> MonitoringReport:
    """The report on bounded lines, although what is in it was bounded where it came in."""
    return replace(report, subject=one_line(report.subject, MAX_LINE), reason=one_line(report.reason, MAX_LINE))


def _shown(message: MonitoringMessage, change: Callable[[str], str], style: Style) -> MonitoringMessage:
    """The message as people read it: an address as they type it, nothing else that a client makes a link of, and in
    their language what is known."""

    def shown(report: MonitoringReport) -> MonitoringReport:
        line = _bounded(report)
        subject = _item(line.subject, style) if line.kind in (UNREADABLE, CUT_OFF) else line.subject
        return replace(line, subject=_name(subject, change), reason=change(said(line.reason, style.language)))

    source = change(one_line(message.source, MAX_LINE))
    return replace(message, source=source, reports=tuple(map(shown, message.reports)))


def _item(subject: str, style: Style) -> str:
    """An item of the inventory with its kind in words: `rule vpc_connect_failed` is `规则 vpc_connect_failed`."""
    items = MONITORING_TEXTS[style.language].items
    kind, blank, name = subject.partition(" ")
    return items.get(subject, f"{items.get(kind, kind)}{blank}{name}")


def _name(subject: str, change: Callable[[str], str]) -> str:
    try:
        parse_address(subject)
    except ValueError:
        return change(subject)
    return subject


def _subject(message: MonitoringMessage, style: Style) -> str:
    """One line: what there is of each kind, by name where it is one."""
    texts = MONITORING_TEXTS[style.language]
    parts = []
    for name in SECTIONS:
        reports = message.section(name)
        if reports:
            plural = texts.plural[reports[0].kind]
            who = reports[0].subject if len(reports) == 1 else plural.format(count=len(reports))
            lasted = spell(message.at - reports[0].since, style.locale.units)
            parts.append(texts.short[name].format(who=who, lasted=lasted))
    return shorten(f"{texts.tag} {texts.separator.join(parts)}", MAX_SUBJECT * 2, "utf-16-le")


def _text(message: MonitoringMessage, style: Style) -> str:
    """The whole text: paragraphs with a blank line between them."""
    texts = MONITORING_TEXTS[style.language]
    current = [name for name in GOING_ON if message.section(name)]
    paragraphs = [_named(message, name, style) for name in SECTIONS if message.section(name)]
    paragraphs += [[texts.meaning[name]] for name in current]
    commands = {
        "apply": style.command("apply FLEET.yaml"),
        "drill": style.command("drill"),
        "confirm": style.command("drill confirm"),
    }
    steps = [step.format(**commands) for name in current for step in texts.steps[name]]
    if steps:
        heading = style.locale.heading.format(title=texts.what_to_do)
        paragraphs.append([heading, *(f"{number}. {step}" for number, step in enumerate(steps, 1))])
    paragraphs.append([texts.shard.format(value=message.shard)])
    if message.source:
        paragraphs[-1].append(texts.source.format(value=message.source))
    return "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"


def _named(message: MonitoringMessage, name: str, style: Style) -> list[str]:
    texts, reports = MONITORING_TEXTS[style.language], message.section(name)
    lines = [_line(report, message.at, texts, style) for report in reports[:MAX_NAMED]]
    if len(reports) > MAX_NAMED:
        more = len(reports) - MAX_NAMED
        lines.append(texts.more.format(count=more, who=texts.plural[reports[0].kind].format(count=more)))
    return [style.locale.heading.format(title=texts.heading[name]), *lines]


def _line(report: MonitoringReport, at: int, texts: MonitoringTexts, style: Style) -> str:
    line, since = texts.line_over if report.over else texts.line, moment(report.since, style.zone)
    return line.format(subject=report.subject, since=since, reason=report.reason, at=moment(at, style.zone))


def _card(message: MonitoringMessage, style: Style) -> dict[str, object]:
    """A card in a chat, as `card.py` explains it."""
    sign = "✅" if all(report.over for report in message.reports) else "⚠️"
    return {
        "version": "1.0",
        "source": "custom",
        "id": message.id,
        "content": {
            "textType": "client-markdown",
            "title": f"{sign} {plain(_subject(message, style))}",
            "description": shorten(plain(_text(message, style)), MAX_DESCRIPTION),
        },
        "metadata": {"threadId": f"monitoring:{message.shard}", "eventType": "monitoring"},
    }
