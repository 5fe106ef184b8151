"""The text of a mail, laid out to be read on a telephone: short paragraphs, commands on lines of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from icwatch.duration import spell
from icwatch.model import Kind, Transition
from icwatch.notices.context import NoticeContext
from icwatch.notices.locales import Locale
from icwatch.notices.names import said
from icwatch.notices.procedure import Lines, common_variables, is_about_health, recovery_lines, what_to_do
from icwatch.notices.style import Style
from icwatch.notices.subject import causes, condition, fields, measured_value, noun, title, where
from icwatch.notices.variables import fill, moment, variables
from icwatch.text import shorten

MAX_TEXT = 36 * 1024
"""Bytes of a text. It is in a message twice: for mail, and for programs that pass it on."""


SHORT = 20
"""Alarms whose list is read before what to do about them; a longer one comes after it."""


def write_text(context: NoticeContext) -> str:
    """The whole text: paragraphs with a blank line between them."""
    announcement, locale = context.announcement, context.locale
    paragraphs = [_summary(context), _what_happened(context)]
    if announcement.over:
        paragraphs.reverse()  # what a preview of the mail shows must not read like a new outage
    after = [] if announcement.over else [*what_to_do(context)]
    names = members(context) if announcement.merged else _recent_notices(announcement.worst, context.style)
    short = announcement.merged and len(announcement.transitions) <= SHORT
    paragraphs += [names, *after] if short else [*after, names]
    paragraphs.append(_footer(context))
    return _bounded("\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n", locale)


def verdicts(context: NoticeContext) -> Lines:
    """What to suspect where everything of a label value, or of the shard, fails in a way that the network explains."""
    announcement, locale = context.announcement, context.locale
    lines = []
    for share in sorted(announcement.shares, key=lambda share: not share.label):
        if not share.path:
            continue
        given = {
            "of": share.of,
            **noun(context)._asdict(),
            "where": where(share.label, share.value),
            "shard": announcement.shard,
            "source": announcement.source or locale.none,
        }
        elsewhere = locale.elsewhere.format(elsewhere=share.elsewhere, **given) if share.elsewhere else ""
        text = locale.suspect_path if share.label else locale.suspect_prober
        lines.append(text.format(elsewhere=elsewhere, **given))
    return lines


def cause_line(context: NoticeContext) -> Lines:
    """Why the probes failed: the cause in words, what it says of the host, and what the probe itself said."""
    announcement, locale = context.announcement, context.locale
    if announcement.merged:
        text, unit = locale.several_last_causes if announcement.over else locale.several_causes, noun(context).unit
        return [
            text.format(cause=locale.causes[cause][0], meaning=locale.causes[cause][1], count=count, unit=unit)
            for cause, count in causes(announcement).items()
        ]
    failure = announcement.worst.failure
    if failure is None:
        return []
    cause, meaning = locale.causes[failure.cause]
    detail = said(failure.detail, context.style.language)
    code = str(failure.cause) if detail in ("", cause) else locale.code.format(code=failure.cause, detail=detail)
    return [(locale.last_cause if announcement.over else locale.cause).format(cause=cause, meaning=meaning, code=code)]


def sentence(context: NoticeContext) -> str:
    """What happened, in one sentence."""
    announcement, locale = context.announcement, context.locale
    if announcement.drill:
        return (locale.drill_over if announcement.over else locale.drill_begins).format(**fields(context))
    sentences: Mapping[Kind, str] = locale.of_several if announcement.merged else locale.sentences
    if is_about_health(announcement.rule) and announcement.rule.per_target:
        sentences = {**sentences, **(locale.of_servers if announcement.merged else locale.of_a_server)}
    more = locale.take_over if announcement.kind is Kind.UNATTENDED else ""
    return (sentences[announcement.kind] + more).format(**fields(context))


def _summary(context: NoticeContext) -> Lines:
    """What the rule writes, summary and description or recovery; of several, how many and what the alarm is called."""
    announcement = context.announcement
    rule, recovered = announcement.rule, recovery_lines(context)
    if announcement.merged:
        values = common_variables(context)
        text = fill(context.text(rule.description), values)
        plain = fill("${alarm_target} ${alarm_name}", values)
        return [title(context), *(recovered or ([text] if text.strip() and text != plain else []))]
    if recovered:
        return recovered
    one = variables(announcement.worst, rule, context.style.language, context.style.zone)
    texts = dict.fromkeys([str(one["alarm_summary"]), str(one["alarm_description"])])
    return [text for text in texts if text.strip()]


def _what_happened(context: NoticeContext) -> Lines:
    announcement = context.announcement
    lines = [sentence(context)]
    if not announcement.over:
        lines = [*verdicts(context), *lines]
    if announcement.merged:
        lines += _together(context)
    return [*lines, *measured(context), *cause_line(context)]


def measured(context: NoticeContext) -> Iterator[str]:
    """What was measured, and what it was held against: nothing of a drill; of several, each says its own."""
    announcement = context.announcement
    if announcement.drill:
        return
    locale, rule = context.locale, announcement.rule
    ours = is_about_health(rule)
    if not ours and rule.expression:
        yield locale.expression.format(expression=rule.expression)
    if not condition(context):
        return
    if not announcement.merged:
        value = locale.last_value if announcement.kind is Kind.CLEARED else locale.value
        yield value.format(**fields(context))
    elif not ours:
        yield locale.condition.format(**fields(context))


def _together(context: NoticeContext) -> Iterator[str]:
    """The share of the shard, and the labels that all of them carry."""
    announcement, locale = context.announcement, context.locale
    given = {"shard": announcement.shard, **noun(context)._asdict()}
    for share in announcement.shares:
        if not share.label and not share.path and share.failing:
            yield locale.share.format(failing=share.failing, of=share.of, **given)
    if announcement.labels:
        yield locale.in_common.format(labels=_spelt(announcement.labels))


def members(context: NoticeContext) -> Lines:
    """Every alarm in a line, worst first."""
    announcement, locale = context.announcement, context.locale
    heading = locale.members.format(count=len(announcement.transitions), **noun(context)._asdict())
    lines = [locale.heading.format(title=heading)]
    vpcs = {each.target: each.labels.get("vpc", "") for each in announcement.transitions}
    if len({*vpcs.values()}) == 1:
        vpcs = {}
    for each in announcement.transitions:
        seconds = each.lasted
        time = (locale.member_over if announcement.over else locale.member).format(lasted=spell(seconds, locale.units))
        value = "" if is_about_health(announcement.rule) else measured_value(context, each)
        cause = "" if each.failure is None or announcement.over else locale.causes[each.failure.cause][0]
        parts = each.target, vpcs.get(each.target, ""), value, cause, time if seconds else ""
        lines.append("  ".join(part for part in parts if part))
    return lines


def _recent_notices(transition: Transition, style: Style) -> Lines:
    """The last notices of the alarm, one in a line."""
    locale = style.locale
    lines = [
        locale.told_line.format(
            at=moment(notice.at, style.zone),
            kind=locale.kinds[notice.kind],
            level=locale.levels[notice.level],
            cause="" if notice.cause is None else locale.why.format(cause=locale.causes[notice.cause][0]),
        )
        for notice in transition.recent_notices
    ]
    return [locale.heading.format(title=locale.recent_notices), *lines] if lines else []


def _footer(context: NoticeContext) -> Lines:
    announcement, locale = context.announcement, context.locale
    worst = announcement.worst
    alarm = worst.alarm_id if not announcement.merged else ""
    values = {
        "level": locale.levels[worst.level],
        "scope": locale.scopes[worst.scope or announcement.rule.scope],
        "labels": (_spelt(announcement.labels) or locale.none) if alarm else "",
        "rule": announcement.rule.name,
        "source": announcement.source,
        "alarm": alarm,
        "left_out": ", ".join(announcement.left_out),
    }
    return [locale.footer[name].format(value=value) for name, value in values.items() if value]


def _spelt(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()))


def _bounded(text: str, locale: Locale) -> str:
    """A text that is too long ends at a line, with a mark."""
    if len(text.encode()) <= MAX_TEXT:
        return text
    whole_lines = shorten(text, MAX_TEXT - len(locale.cut.encode()) - 2).rpartition("\n")[0]
    return f"{whole_lines}\n{locale.cut}\n"
