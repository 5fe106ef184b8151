"""What templates and notices say of a transition: OCP's variables, moments, values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timezone

from icwatch.address import parse_address
from icwatch.duration import iso8601
from icwatch.model import ENDS, Kind, Language, Number, Rule, Transition
from icwatch.notices.language import in_language
from icwatch.notices.locales import LOCALES
from icwatch.notices.names import shown_target
from icwatch.notices.placeholders import render
from icwatch.rules.coverage import rule_for
from icwatch.text import shorten, visible

MAX_TEMPLATED = 8192
"""Bytes of a rendered summary or description; the whole message then stays far below SNS's 256 KiB."""

MAX_PLACES = 30
"""Digits after the point that are worth showing."""


def variables(transition: Transition, rule: Rule, language: Language, zone: timezone = UTC) -> dict[str, object]:
    """OCP's template variables and the labels, for one transition."""
    locale = LOCALES[language]
    over = transition.kind in ENDS
    values: dict[str, object] = {
        "app_type": "",
        "service": "",
        "host_ip": _host(transition.target),
        "ic_server_address": shown_target(transition.target, locale),
        **transition.labels,
        "alarm_target": shown_target(transition.target, locale),
        "alarm_name": in_language(rule.display_name, language),
        "alarm_type": rule.name,
        "alarm_scope": locale.scopes[transition.scope or rule.scope],
        "alarm_level": locale.levels[transition.level],
        "alarm_status": locale.inactive if over else locale.active,
        "alarm_active_at": moment(transition.raised_at, zone),
        "alarm_resolved_at": moment(transition.at, zone) if over else "",
        "alarm_updated_at": moment(transition.at, zone),
        "alarm_last_interval": iso8601(transition.lasted),
        "alarm_evaluation_interval": iso8601(rule.alarm_cycle),
        "alarm_duration": iso8601(rule.duration),
        "alarm_threshold": threshold(transition, rule),
        "value": _value(transition.value),
        "value_shown": shown(transition.value),
        "recover_value": _value(transition.value) if transition.kind is Kind.CLEARED else "",
        "alarm_id": transition.alarm_id,
        "alarm_url": "",
        "alarm_count": transition.reports,
        "alarm_group_by": ",".join(rule.group_by),
    }
    values["alarm_summary"] = fill(in_language(rule.summary, language), values)
    values["alarm_description"] = fill(in_language(rule.description, language), values)
    return values


def recovery(kind: Kind, rule: Rule, language: Language, values: Mapping[str, object]) -> str:
    """What the rule says of alarms that are cleared; nothing of all other kinds, and where it says nothing."""
    if kind is not Kind.CLEARED or not rule.recovery:
        return ""
    text = fill(in_language(rule.recovery, language), values)
    return text if text.strip() else ""


def fill(template: str, values: Mapping[str, object]) -> str:
    """A template filled in, within bounds and without anything that cannot be seen."""
    return shorten(visible(render(template, values)[: MAX_TEMPLATED + 1]), MAX_TEMPLATED)


def moment(at: int, zone: timezone = UTC) -> str:
    """A moment for people: `2026-11-22 03:00:00 UTC`, `2026-11-22 11:00:00 UTC+08:00`."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S} {zone}"


def shown(value: Number | None) -> str:
    """A value for people: six digits that count, and no exponent; a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    places = max(0, 5 - value.adjusted()) if value else 0
    return f"{round(value, places).normalize():f}" if places < MAX_PLACES else "0"


def _host(target: str) -> str:
    """The host that a target is; nothing where the alarm is of a group."""
    try:
        return parse_address(target).host
    except ValueError:
        return ""


def _value(value: Number | None) -> Number | str:
    return "" if value is None else value


def threshold(transition: Transition, rule: Rule) -> Number | str:
    """What the value was held against at the level of the transition."""
    return _value(rule_for(rule, transition.target, transition.labels).threshold_of(transition.level))
