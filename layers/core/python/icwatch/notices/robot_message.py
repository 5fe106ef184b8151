"""What a chat robot says of a notice, before it takes the form of a vendor: a title, and lines by what they are. Pure.

In a chat people read the beginning: what happened, why, and what to do first come before names and details, and what a
vendor has no room for is cut from the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from icwatch.model import Kind, Level
from icwatch.notices.chat_card import COLOURS, SIGNS
from icwatch.notices.context import NoticeContext
from icwatch.notices.defuse import for_chat
from icwatch.notices.email import cause_line, measured, members, sentence, verdicts
from icwatch.notices.procedure import Lines, first_step, is_about_health, numbered, own_steps, recovery_lines
from icwatch.notices.sanitize import clean
from icwatch.notices.steps import procedure
from icwatch.notices.subject import write_subject

MAX_MEMBERS = 20
"""Alarms of several that a message names."""


@dataclass(frozen=True, slots=True)
class RobotMessage:
    """A message: its title with a sign in front, and paragraphs of lines, the most important first.

    `level` and `kind` give it its colour. Lines that begin with blanks are commands, which some vendors can set apart.
    """

    title: str
    sign: str
    level: Level
    kind: Kind
    paragraphs: tuple[tuple[str, ...], ...]

    @classmethod
    def test(cls, title: str, text: str) -> RobotMessage:
        """A message behind which there is no alarm."""
        return cls(title, "🔔", Level.INFO, Kind.CLEARED, ((text,),))


def write_message(context: NoticeContext) -> RobotMessage:
    """What is said of one notice."""
    context = replace(context, announcement=for_chat(clean(context.announcement)))
    announcement, locale = context.announcement, context.locale
    lines = [sentence(context), *recovery_lines(context)]
    if not announcement.over:
        lines = [*verdicts(context), *lines]
    paragraphs = [[*lines, *measured(context), *cause_line(context)], *_what_to_do(context)]
    if announcement.merged:
        heading, *each = members(context)
        paragraphs.append([heading, *each[:MAX_MEMBERS], *(["…"] if len(each) > MAX_MEMBERS else [])])
    labels = ", ".join(f"{name}={value}" for name, value in sorted(announcement.labels.items()))
    if labels:
        paragraphs.append([locale.footer["labels"].format(value=labels)])
    worst = announcement.worst
    return RobotMessage(
        write_subject(context),
        SIGNS.get(announcement.kind, COLOURS[worst.level]),
        worst.level,
        announcement.kind,
        tuple(tuple(each) for each in paragraphs if each),
    )


def _what_to_do(context: NoticeContext) -> Iterator[Lines]:
    """The rule's own steps, and OCP's procedure with the step that fits the cause first."""
    announcement, locale = context.announcement, context.locale
    if announcement.over:
        return
    if own := own_steps(context):
        yield [locale.heading.format(title=locale.own_steps), *numbered(1, own)]
    if is_about_health(announcement.rule):
        first, *others = (locale.steps[step] for step in procedure(first_step(announcement)))
        yield [locale.heading.format(title=locale.handling), *numbered(1, [first])]
        if announcement.kind is not Kind.REPEATED:  # who is told again has read the rest
            yield numbered(2, others)
