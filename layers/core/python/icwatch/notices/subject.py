"""A notice in a few words: about whom, as what and why. The subject of a mail, an SMS, the title of a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from icwatch.announcements.grouping import Announcement
from icwatch.duration import spell
from icwatch.model import Cause, Kind, Share, Transition, drill_of
from icwatch.notices.context import NoticeContext
from icwatch.notices.locales.shape import Noun
from icwatch.notices.names import shown_target, unit_of
from icwatch.notices.variables import moment, shown, threshold
from icwatch.text import shorten

MAX_SUBJECT = 99
"""Characters. SNS takes a subject of under 100, on one line."""

MAX_SMS = 140
"""Bytes: 140 characters of ASCII, or 70 of UTF-16, in which a message with Chinese in it is sent."""


def write_subject(context: NoticeContext) -> str:
    """One line: level and target first, then what it is about and why."""
    return shorten(_line(context), MAX_SUBJECT * 2, "utf-16-le")


def write_sms(context: NoticeContext) -> str:
    """The same line; where one SMS does not hold it, the cause comes before what the alarm is called, which is cut."""
    line = _line(context)
    why = _why(context)
    if why and shortened(line) != line:
        name = context.text(context.announcement.rule.display_name)
        line = f"{_tag(context)} {who(context)} {why}{context.locale.then}{name}"
    return shortened(line)


def shortened(line: str) -> str:
    """What one SMS holds of a line."""
    return shorten(line, MAX_SMS) if line.isascii() else shorten(line, MAX_SMS, "utf-16-le")


def _line(context: NoticeContext) -> str:
    why = _why(context)
    line = f"{_tag(context)} {title(context)}"
    return line + (context.locale.why.format(cause=why) if why else "")


def _tag(context: NoticeContext) -> str:
    tag = f"[{context.locale.tags[context.announcement.kind].format(**fields(context))}]"
    return f"[{context.locale.drill}] {tag}" if context.announcement.drill else tag


def title(context: NoticeContext) -> str:
    """Of whom it is and what the alarm is called."""
    name, target = context.text(context.announcement.rule.display_name), who(context)
    if not context.announcement.merged:
        return f"{target} {name}"
    for words in context.locale.named_in_the_name:
        if name.startswith(words) and context.announcement.rule.per_target:
            return f"{target}{noun(context).apart}{name.removeprefix(words)}"
    return context.locale.named.format(who=target, name=name)


def _why(context: NoticeContext) -> str:
    """The cause, or the value and what it was held against; nothing of what is over."""
    announcement = context.announcement
    if announcement.over:
        return ""
    cause = main_cause(announcement)
    if cause is not None:
        return context.locale.causes[cause][0]
    if announcement.rule.comparator == "==":
        return ""  # "0 == 0" says nothing
    value = "" if announcement.merged else f"{measured_value(context, announcement.worst)} "
    return f"{value}{condition(context)}"


def measured_value(context: NoticeContext, transition: Transition) -> str:
    """The value of an alarm with its unit; a dash where there is none."""
    unit = "" if transition.value is None else unit_of(context.announcement.rule, context.locale)
    return f"{shown(transition.value)}{unit}"


def condition(context: NoticeContext) -> str:
    """What the value was held against; nothing where the rule is gone, nor where that differs between several."""
    announcement, rule = context.announcement, context.announcement.rule
    thresholds = {threshold(each, rule) for each in announcement.transitions}
    threshold_of_all = thresholds.pop() if len(thresholds) == 1 else ""
    if threshold_of_all == "":
        return ""
    return f"{rule.comparator} {threshold_of_all}{unit_of(rule, context.locale)}"


def main_cause(announcement: Announcement) -> Cause | None:
    """The cause of the failures, the most frequent one of several."""
    return next(iter(causes(announcement)), None)


def causes(announcement: Announcement) -> Mapping[Cause, int]:
    """How often each cause is behind the transitions, most frequent first."""
    counts = Counter(each.failure.cause for each in announcement.transitions if each.failure is not None)
    return dict(counts.most_common())


def noun(context: NoticeContext) -> Noun:
    """What the rule's alarms are of, in the plural."""
    locale = context.locale
    return locale.servers if context.announcement.rule.per_target else locale.groups


def who(context: NoticeContext) -> str:
    """The target; of several, how many, of how many where that is all that fails, and what they have in common."""
    announcement, locale = context.announcement, context.locale
    if not announcement.merged:
        return shown_target(announcement.worst.target, locale)
    count, of = len(announcement.transitions), noun(context)
    label, value, share = _around(announcement)
    many, within = locale.count, locale.within
    is_known = announcement.kind is not Kind.CLOSED  # of closed ones it is not known how many there were
    if is_known and share is not None and count == (share.of if announcement.over else share.failing):
        many = locale.count_of
        if label and count == share.of and not share.elsewhere:
            many, within = locale.count_all, locale.all_within
    text = many.format(count=count, of=share.of if share else count, **of._asdict())
    return within.format(where=where(label, value), who=text) if label else text


def _around(announcement: Announcement) -> tuple[str, str, Share | None]:
    """What all of them are in: their VPC, otherwise the smallest part of the shard. A label, its value, the share."""
    labels = announcement.labels
    around = [share for share in announcement.shares if not share.label or labels.get(share.label) == share.value]
    if labels.get("vpc"):
        return "vpc", labels["vpc"], next((share for share in around if share.label == "vpc"), None)
    share = min(around, key=lambda share: share.of, default=None)
    return (share.label, share.value, share) if share else ("", "", None)


def where(label: str, value: str) -> str:
    """A VPC by its name alone, anything else with its label."""
    return value if label == "vpc" else f"{label}={value}"


def fields(context: NoticeContext) -> dict[str, object]:
    """What the format strings of a locale are filled with. Of several, the earliest beginning and the longest time."""
    announcement = context.announcement
    locale, worst, all_of_them = context.locale, announcement.worst, announcement.transitions
    seconds = max(each.lasted for each in all_of_them)
    lasted = spell(seconds, locale.units)
    before, drill = worst.last_level, drill_of(worst.target)
    return {
        "target": shown_target(worst.target, locale),
        "who": who(context),
        "apart": noun(context).apart,
        "level": locale.levels[worst.level],
        "former": "" if before is None else locale.levels[before],
        "value": measured_value(context, worst),
        "condition": condition(context),
        "began": moment(min(each.began_at for each in all_of_them), context.style.zone),
        "since": moment(max(each.since for each in all_of_them), context.style.zone),
        "lasted": lasted,
        "so_far": locale.so_far.format(lasted=lasted) if seconds else "",
        "reports": max(map(_number, all_of_them)),
        "stage": worst.stage,
        "ack": context.style.command(f"ack {locale.a_target if announcement.merged else worst.target}"),
        "confirm": context.style.command(f"drill confirm {drill.id}" if drill else "drill confirm"),
        "why": locale.closed.get(worst.reason, worst.reason) if worst.kind is Kind.CLOSED else "",
    }


def _number(transition: Transition) -> int:
    """Which notice of its alarm it is. An alarm that was stored before they were counted knows its reports only."""
    return transition.notices + 1 if transition.notices or not transition.notified_levels else transition.reports
