"""Notices: what a person reads about one transition. Pure; every limit of SNS is kept here.

Nothing in it comes from a server unbounded or unescaped: a failure's detail was bounded where it was read, labels
and names were checked when the fleet was applied, and templates are filled in one pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timezone

from icwatch.address import parse_address
from icwatch.cause import ADVICE, STEPS
from icwatch.duration import iso8601, spell
from icwatch.model import ENDS, Failure, Kind, Language, Rule, Transition
from icwatch.template import render
from icwatch.words import WORDS, Words

MAX_SUBJECT = 99
"""Characters. SNS takes a subject of under 100, on one line."""

MAX_TEMPLATED = 8192
"""Bytes of a rendered summary or description; the whole message then stays far below SNS's 256 KiB."""

MAX_SMS = 140
"""Bytes: 140 characters of ASCII, or 70 of UTF-16, in which a message with Chinese in it is sent."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: a subject line, the text, a short form for SMS, and attributes that subscribers filter by."""

    id: str
    subject: str
    text: str
    sms: str
    attributes: Mapping[str, str | int | tuple[str, ...]]


def write_notice(transition: Transition, rule: Rule, language: Language, zone: timezone = UTC) -> Notice:
    """Say in `language` what `transition` decided, with times in `zone`."""
    subject = _subject(transition, rule, language)
    return Notice(
        id=transition.id,
        subject=shorten(subject, MAX_SUBJECT * 2, "utf-16-le"),
        text=_text(transition, rule, language, zone),
        sms=shorten(subject, MAX_SMS) if subject.isascii() else shorten(subject, MAX_SMS, "utf-16-le"),
        attributes=_attributes(transition, rule),
    )


def variables(transition: Transition, rule: Rule, language: Language, zone: timezone = UTC) -> dict[str, object]:
    """OCP's template variables and the labels, for one transition."""
    words = WORDS[language]
    over = transition.kind in ENDS
    values: dict[str, object] = {
        "app_type": "",
        "service": "",
        "host_ip": parse_address(transition.target).host,
        **transition.labels,
        "alarm_target": transition.target,
        "alarm_name": rule.display_name[language],
        "alarm_type": rule.name,
        "alarm_scope": words.scopes[rule.scope],
        "alarm_level": words.levels[rule.level],
        "alarm_status": words.inactive if over else words.active,
        "alarm_active_at": moment(transition.raised_at, zone),
        "alarm_resolved_at": moment(transition.at, zone) if over else "",
        "alarm_updated_at": moment(transition.at, zone),
        "alarm_last_interval": iso8601(_lasted(transition)),
        "alarm_evaluation_interval": iso8601(rule.cycle),
        "alarm_duration": iso8601(rule.duration),
        "alarm_threshold": rule.threshold,
        "value": transition.value,
        "value_shown": transition.value,
        "recover_value": transition.value if transition.kind is Kind.CLEARED else "",
        "alarm_id": f"{transition.rule}:{transition.target}:{transition.raised_at}",
        "alarm_url": "",
        "alarm_count": transition.reports,
        "alarm_group_by": "target",
    }
    values["alarm_summary"] = shorten(render(rule.summary[language], values), MAX_TEMPLATED)
    values["alarm_description"] = shorten(render(rule.description[language], values), MAX_TEMPLATED)
    return values


def moment(at: int, zone: timezone = UTC) -> str:
    """A moment for people: `2026-11-22 03:00:00 UTC`, `2026-11-22 11:00:00 UTC+08:00`."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S} {zone}"


def shorten(text: str, most: int, encoding: str = "utf-8") -> str:
    """`text` in at most `most` encoded bytes, never cut inside a character, with an ellipsis where it was cut.

    ASCII stays ASCII: one character beyond it halves what an SMS holds.
    """
    if len(text.encode(encoding)) <= most:
        return text
    ellipsis = "..." if text.isascii() else "…"
    room = most - len(ellipsis.encode(encoding))
    return text.encode(encoding)[:room].decode(encoding, "ignore") + ellipsis


def _lasted(transition: Transition) -> int:
    """How long the outage lasted: until the first good sample where it is over by itself, until now otherwise."""
    end = transition.since if transition.kind is Kind.CLEARED else transition.at
    return end - transition.began_at


def _subject(transition: Transition, rule: Rule, language: Language) -> str:
    words = WORDS[language]
    tag = words.tags[transition.kind].format(
        level=words.levels[rule.level], lasted=spell(_lasted(transition), words.units)
    )
    why = ""
    if transition.failure is not None and transition.kind not in ENDS:
        why = words.why.format(cause=ADVICE[language].causes[transition.failure.cause][0])
    return f"[{tag}] {transition.target} {rule.display_name[language]}{why}"


def _text(transition: Transition, rule: Rule, language: Language, zone: timezone) -> str:
    words = WORDS[language]
    values = variables(transition, rule, language, zone)
    head = [str(values["alarm_summary"])]
    if values["alarm_description"] != values["alarm_summary"]:
        head.append(str(values["alarm_description"]))
    body = [_sentence(transition, words, zone)]
    if transition.failure is not None:
        body += _cause(transition, transition.failure, language)
    if transition.kind in ENDS:
        head, body = body, head  # what a preview of the mail shows must not read like a new outage
    else:
        body.append(words.impact)
    labels = ", ".join(f"{name}={value}" for name, value in sorted(transition.labels.items()))
    footer = words.footer.format(
        level=words.levels[rule.level], scope=words.scopes[rule.scope], labels=labels or words.no_labels, rule=rule.name
    )
    return "\n".join([*head, "", *body, "", footer]) + "\n"


def _sentence(transition: Transition, words: Words, zone: timezone) -> str:
    lasted = spell(_lasted(transition), words.units)
    return words.sentences[transition.kind].format(
        target=transition.target,
        began=moment(transition.began_at, zone),
        since=moment(transition.since, zone),
        lasted=lasted,
        so_far=words.so_far.format(lasted=lasted) if _lasted(transition) else "",
        reports=transition.reports,
        why=words.closed.get(transition.reason, transition.reason),
    )


def _cause(transition: Transition, failure: Failure, language: Language) -> list[str]:
    words, advice = WORDS[language], ADVICE[language]
    code = f"{failure.cause}: {failure.detail}" if failure.detail else str(failure.cause)
    cause, meaning = advice.causes[failure.cause]
    if transition.kind in ENDS:
        return [words.last_cause.format(cause=cause, code=code)]
    return [
        words.cause.format(cause=cause, meaning=meaning, code=code),
        words.first.format(step=advice.steps[STEPS[failure.cause]]),
    ]


def _attributes(transition: Transition, rule: Rule) -> dict[str, str | int | tuple[str, ...]]:
    """What subscribers filter by. SQS's raw delivery drops a message with more than ten attributes: these are nine."""
    attributes: dict[str, str | int | tuple[str, ...]] = {
        "notice_id": transition.id,
        "rule": rule.name,
        "kind": transition.kind,
        "level": rule.level,
        "status": "Inactive" if transition.kind in ENDS else "Active",
        "scope": rule.scope,
        "target": transition.target,
        "at": transition.at,
    }
    if transition.labels:
        attributes["labels"] = tuple(f"{name}={value}" for name, value in sorted(transition.labels.items()))
    return attributes
