"""The text of a mail, laid out to be read on a telephone: short paragraphs, commands on lines of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from icwatch.announcements.grouping import Announcement
from icwatch.duration import spell
from icwatch.model import TARGET, Kind, Transition
from icwatch.notices.language import in_language
from icwatch.notices.locales import Words
from icwatch.notices.procedure import Lines, common_variables, is_about_health, what_to_do
from icwatch.notices.style import Style
from icwatch.notices.subject import causes, condition, fields, noun, title, where
from icwatch.notices.variables import fill, moment, seconds_lasted, shown, variables
from icwatch.text import shorten

MAX_TEXT = 36 * 1024
"""Bytes of a text. It is in a message twice: for mail, and for programs that pass it on."""


SHORT = 20
"""Alarms whose list is read before what to do about them; a longer one comes after it."""


def write_text(announcement: Announcement, style: Style) -> str:
    """The whole text: paragraphs with a blank line between them."""
    words = style.words
    told = _said(announcement, style)
    paragraphs = [told, _what_happened(announcement, style)]
    if announcement.over:
        paragraphs.reverse()  # what a preview of the mail shows must not read like a new outage
    several = len(announcement.transitions) > 1
    after = [] if announcement.over else [*what_to_do(announcement, style)]
    names = members(announcement, style) if several else _told_before(announcement.worst, style)
    short = several and len(announcement.transitions) <= SHORT
    paragraphs += [names, *after] if short else [*after, names]
    paragraphs.append(_footer(announcement, words))
    return _bounded("\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n", words)


def verdicts(announcement: Announcement, words: Words) -> Lines:
    """What to suspect where everything of a label value, or of the shard, fails in a way that the network explains."""
    lines = []
    for share in sorted(announcement.shares, key=lambda share: not share.label):
        if not share.path:
            continue
        given = {
            "of": share.of,
            "noun": noun(announcement, words),
            "where": where(share.label, share.value),
            "shard": announcement.shard,
            "source": announcement.source or words.none,
        }
        elsewhere = words.elsewhere.format(elsewhere=share.elsewhere, **given) if share.elsewhere else ""
        lines.append((words.suspect_path if share.label else words.suspect_prober).format(elsewhere=elsewhere, **given))
    return lines


def cause_line(announcement: Announcement, words: Words) -> Lines:
    """Why the probes failed: the cause in words, what it says of the host, and what the probe itself said."""
    if len(announcement.transitions) > 1:
        said = words.several_last_causes if announcement.over else words.several_causes
        return [
            said.format(cause=words.causes[cause][0], meaning=words.causes[cause][1], count=count)
            for cause, count in causes(announcement).items()
        ]
    failure = announcement.worst.failure
    if failure is None:
        return []
    code = f"{failure.cause}: {failure.detail}" if failure.detail else str(failure.cause)
    cause, meaning = words.causes[failure.cause]
    return [(words.last_cause if announcement.over else words.cause).format(cause=cause, meaning=meaning, code=code)]


def sentence(announcement: Announcement, style: Style) -> str:
    """What happened, in one sentence."""
    words = style.words
    several = len(announcement.transitions) > 1
    sentences: Mapping[Kind, str] = words.of_several if several else words.sentences
    if is_about_health(announcement.rule) and announcement.rule.group_by == (TARGET,):
        sentences = {**sentences, **(words.of_servers if several else words.of_a_server)}
    return sentences[announcement.kind].format(**fields(announcement, style))


def _said(announcement: Announcement, style: Style) -> Lines:
    """The summary and the description that the rule writes; of several, how many and what the alarm is called."""
    rule = announcement.rule
    if len(announcement.transitions) > 1:
        values = common_variables(announcement, style)
        text = fill(in_language(rule.description, style.language), values)
        plain = fill("${alarm_target} ${alarm_name}", values)
        return [title(announcement, style), *([text] if text.strip() and text != plain else [])]
    one = variables(announcement.worst, rule, style.language, style.zone)
    texts = dict.fromkeys([str(one["alarm_summary"]), str(one["alarm_description"])])
    return [text for text in texts if text.strip()]


def _what_happened(announcement: Announcement, style: Style) -> Lines:
    words = style.words
    lines = [sentence(announcement, style)]
    if not announcement.over:
        lines = [*verdicts(announcement, words), *lines]
    if len(announcement.transitions) > 1:
        lines += _together(announcement, words)
    return [*lines, *measured(announcement, style), *cause_line(announcement, words)]


def measured(announcement: Announcement, style: Style) -> Iterator[str]:
    """What was measured, and what it was held against. Of several, what each measured is said with the others."""
    words, rule = style.words, announcement.rule
    ours = is_about_health(rule)
    if not ours and rule.expression:
        yield words.expression.format(expression=rule.expression)
    if not condition(announcement):
        return
    if len(announcement.transitions) == 1:
        value = words.last_value if announcement.kind is Kind.CLEARED else words.value
        yield value.format(**fields(announcement, style))
    elif not ours:
        yield words.condition.format(**fields(announcement, style))


def _together(announcement: Announcement, words: Words) -> Iterator[str]:
    """The share of the shard, and the labels that all of them carry."""
    given = {"shard": announcement.shard, "noun": noun(announcement, words)}
    for share in announcement.shares:
        if not share.label and not share.path and share.failing:
            yield words.share.format(failing=share.failing, of=share.of, **given)
    if announcement.labels:
        yield words.in_common.format(labels=_spelt(announcement.labels))


def members(announcement: Announcement, style: Style) -> Lines:
    """Every alarm in a line, worst first."""
    words = style.words
    heading = words.members.format(count=len(announcement.transitions), noun=noun(announcement, words)).strip()
    lines = [words.heading.format(title=heading)]
    vpcs = {each.target: each.labels.get("vpc", "") for each in announcement.transitions}
    if len({*vpcs.values()}) == 1:
        vpcs = {}
    for each in announcement.transitions:
        seconds = seconds_lasted(each)
        time = (words.member_over if announcement.over else words.member).format(lasted=spell(seconds, words.units))
        value = "" if is_about_health(announcement.rule) else shown(each.value)
        cause = "" if each.failure is None or announcement.over else words.causes[each.failure.cause][0]
        parts = each.target, vpcs.get(each.target, ""), value, cause, time if seconds else ""
        lines.append("  ".join(part for part in parts if part))
    return lines


def _told_before(transition: Transition, style: Style) -> Lines:
    """The last notices of the alarm, one in a line."""
    words = style.words
    lines = [
        words.told_line.format(
            at=moment(told.at, style.zone),
            kind=words.kinds[told.kind],
            level=words.levels[told.level],
            cause="" if told.cause is None else words.why.format(cause=words.causes[told.cause][0]),
        )
        for told in transition.recent_notices
    ]
    return [words.heading.format(title=words.recent_notices), *lines] if lines else []


def _footer(announcement: Announcement, words: Words) -> Lines:
    worst = announcement.worst
    alarm = worst.alarm_id if len(announcement.transitions) == 1 else ""
    values = {
        "level": words.levels[worst.level],
        "scope": words.scopes[worst.scope or announcement.rule.scope],
        "labels": (_spelt(announcement.labels) or words.none) if alarm else "",
        "rule": announcement.rule.name,
        "source": announcement.source,
        "alarm": alarm,
        "left_out": ", ".join(announcement.left_out),
    }
    return [words.footer[name].format(value=value) for name, value in values.items() if value]


def _spelt(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items()))


def _bounded(text: str, words: Words) -> str:
    """A text that is too long ends at a line, with a mark."""
    if len(text.encode()) <= MAX_TEXT:
        return text
    whole_lines = shorten(text, MAX_TEXT - len(words.cut.encode()) - 2).rpartition("\n")[0]
    return f"{whole_lines}\n{words.cut}\n"
