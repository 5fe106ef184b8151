"""The text of a mail, laid out to be read on a telephone: short paragraphs, commands on lines of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from icwatch.announcement import Announcement
from icwatch.bounded import shorten
from icwatch.duration import spell
from icwatch.language import in_language
from icwatch.model import TARGET, Kind, Transition
from icwatch.notice.handling import Lines, is_about_health, what_to_do
from icwatch.notice.headline import causes, condition, fields, noun, where, who
from icwatch.notice.style import Style
from icwatch.variables import moment, seconds_lasted, variables
from icwatch.words import Words

MAX_TEXT = 48 * 1024
"""Bytes of a text. It is in a message twice: for mail, and for programs that pass it on."""


def write_text(announcement: Announcement, style: Style) -> str:
    """The whole text: paragraphs with a blank line between them."""
    words = style.words
    told = _said(announcement, style)
    paragraphs = [told, _what_happened(announcement, style)]
    if announcement.over:
        paragraphs.reverse()  # what a preview of the mail shows must not read like a new outage
    else:
        paragraphs += what_to_do(announcement, style)
    if len(announcement.transitions) > 1:
        paragraphs.append(_members(announcement, style))
    else:
        paragraphs.append(_told_before(announcement.worst, style))
    paragraphs.append(_footer(announcement, words))
    return _bounded("\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n", words)


def verdicts(announcement: Announcement, words: Words) -> Lines:
    """What to suspect where everything of a label value, or of the shard, fails in a way that the network explains."""
    lines = []
    for share in announcement.shares:
        if not share.path:
            continue
        given = {
            "of": share.of,
            "noun": noun(announcement, words),
            "where": where(share),
            "shard": announcement.shard,
            "source": announcement.source or words.none,
        }
        elsewhere = words.elsewhere.format(elsewhere=share.elsewhere, **given) if share.elsewhere else ""
        lines.append((words.suspect_path if share.label else words.suspect_prober).format(elsewhere=elsewhere, **given))
    return sorted(lines, key=lambda line: announcement.shard in line)


def cause_line(announcement: Announcement, words: Words) -> Lines:
    """Why the probes failed: the cause in words, what it says of the host, and what the probe itself said."""
    failure = announcement.worst.failure
    if failure is None:
        return []
    if len(announcement.transitions) > 1:
        counts = (f"{words.causes[cause][0]} ({count})" for cause, count in causes(announcement).items())
        return [words.several_causes.format(causes=words.comma.join(counts))]
    code = f"{failure.cause}: {failure.detail}" if failure.detail else str(failure.cause)
    cause, meaning = words.causes[failure.cause]
    return [(words.last_cause if announcement.over else words.cause).format(cause=cause, meaning=meaning, code=code)]


def sentence(announcement: Announcement, style: Style) -> str:
    """What happened, in one sentence."""
    words = style.words
    if len(announcement.transitions) > 1:
        sentences: Mapping[Kind, str] = words.of_several
    elif is_about_health(announcement.rule) and announcement.rule.group_by == (TARGET,):
        sentences = {**words.sentences, **words.of_a_server}
    else:
        sentences = words.sentences
    return sentences[announcement.kind].format(**fields(announcement, style))


def _said(announcement: Announcement, style: Style) -> Lines:
    """The summary and the description that the rule writes; of several, how many and what the alarm is called."""
    rule = announcement.rule
    if len(announcement.transitions) > 1:
        return [f"{who(announcement, style.words).strip()} {in_language(rule.display_name, style.language)}"]
    values = variables(announcement.worst, rule, style.language, style.zone)
    return list(dict.fromkeys([str(values["alarm_summary"]), str(values["alarm_description"])]))


def _what_happened(announcement: Announcement, style: Style) -> Lines:
    words, rule = style.words, announcement.rule
    lines = [sentence(announcement, style)]
    if len(announcement.transitions) > 1:
        lines += [*(verdicts(announcement, words) if not announcement.over else ()), *_together(announcement, words)]
    elif condition(announcement):
        given = fields(announcement, style)
        lines += [words.expression.format(expression=rule.expression)] if not is_about_health(rule) else []
        lines.append((words.last_value if announcement.over else words.value).format(**given))
    return lines + cause_line(announcement, words)


def _together(announcement: Announcement, words: Words) -> Iterator[str]:
    """The share of the shard, and the labels that all of them carry."""
    given = {"shard": announcement.shard, "noun": noun(announcement, words)}
    for share in announcement.shares:
        if not share.label:
            yield words.share.format(failing=share.failing, of=share.of, **given)
    if announcement.labels:
        yield words.in_common.format(labels=_spelt(announcement.labels))


def _members(announcement: Announcement, style: Style) -> Lines:
    """Every alarm in a line, worst first."""
    words = style.words
    title = words.members.format(count=len(announcement.transitions), noun=noun(announcement, words))
    lines = [words.heading.format(title=title)]
    for each in announcement.transitions:
        lasted = spell(seconds_lasted(each), words.units)
        time = words.member_over.format(lasted=lasted)
        if not announcement.over:
            time = words.member.format(began=moment(each.began_at, style.zone))
        cause = "" if each.failure is None or announcement.over else words.causes[each.failure.cause][0]
        lines.append("  ".join(part for part in (each.target, cause, time) if part))
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
        for told in transition.told
    ]
    return [words.heading.format(title=words.told), *lines] if lines else []


def _footer(announcement: Announcement, words: Words) -> Lines:
    worst = announcement.worst
    alarm = f"{worst.rule}:{worst.target}:{worst.raised_at}" if len(announcement.transitions) == 1 else ""
    values = {
        "level": words.levels[worst.level],
        "scope": words.scopes[worst.scope or announcement.rule.scope],
        "labels": _spelt(announcement.labels) or words.none,
        "rule": announcement.rule.name,
        "source": announcement.source,
        "alarm": alarm,
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
