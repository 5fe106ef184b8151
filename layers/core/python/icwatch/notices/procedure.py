"""What to do about an alarm: impact, causes and procedure as OCP gives them, and the texts of a rule for all alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from icwatch.announcements.grouping import Announcement, is_in
from icwatch.model import HEALTH, Rule
from icwatch.notices.context import NoticeContext
from icwatch.notices.steps import STEPS, Step, procedure
from icwatch.notices.subject import main_cause
from icwatch.notices.variables import MAX_TEMPLATED, fill, recovery, variables
from icwatch.rules.expression import metrics_of
from icwatch.text import shorten

Lines = list[str]

MAX_VALUES = 3
"""Values of a variable that a notice of several alarms names, where they differ."""


def is_about_health(rule: Rule) -> bool:
    """Whether an alarm says that IC-Servers cannot be reached, rather than anything else that a rule may measure."""
    return metrics_of(rule.program) == (HEALTH,)


def first_step(announcement: Announcement) -> Step:
    """Where to start: on the path where it is suspected for half of them, otherwise by the most frequent cause.

    Where a group of servers is out of reach, that is the path as well, and not a host.
    """
    cause = main_cause(announcement)
    step = Step.HOST if cause is None else STEPS[cause]
    paths = [share for share in announcement.shares if share.path]
    behind = sum(any(is_in(each, share) for share in paths) for each in announcement.transitions)
    if 2 * behind >= len(announcement.transitions):
        return Step.NETWORK
    return Step.NETWORK if step is Step.HOST and not announcement.rule.per_target else step


def what_to_do(context: NoticeContext) -> Iterator[Lines]:
    """The impact and the possible causes as OCP gives them, the rule's own steps, and OCP's procedure."""
    announcement, locale = context.announcement, context.locale
    ours = is_about_health(announcement.rule)
    if ours:
        yield [locale.heading.format(title=locale.impact), locale.impact_text]
        bullets = (f"- {text}" for text in locale.possible_text)
        yield [locale.heading.format(title=locale.possible), *bullets]
    if announcement.rule.runbook:
        own = "\n".join(numbered(1, own_steps(context)))
        yield [locale.heading.format(title=locale.own_steps), *shorten(own, MAX_TEMPLATED).split("\n")]
    if ours:
        first, *others = (locale.steps[step] for step in procedure(first_step(announcement)))
        yield [locale.heading.format(title=locale.handling), locale.start, *numbered(1, [first])]
        yield [locale.otherwise, *numbered(2, others)]


def own_steps(context: NoticeContext) -> Lines:
    """The rule's runbook, filled in."""
    announcement = context.announcement
    if not announcement.rule.runbook:
        return []
    values = common_variables(context)
    return [fill(step, values) for step in context.text(announcement.rule.runbook)]


def recovery_lines(context: NoticeContext) -> Lines:
    """What the rule says of alarms that are cleared, with the values of all of them."""
    announcement = context.announcement
    if not announcement.rule.recovery:
        return []
    text = recovery(announcement.kind, announcement.rule, context.style.language, common_variables(context))
    return text.split("\n") if text else []


def common_variables(context: NoticeContext) -> dict[str, str]:
    """The variables of all the alarms of a notice: where they differ, the first few and how many there are."""
    announcement = context.announcement
    each = [
        variables(one, announcement.rule, context.style.language, context.style.zone)
        for one in announcement.transitions
    ]
    found = {}
    for name in dict.fromkeys(name for values in each for name in values):
        different = list(dict.fromkeys(str(values[name]) for values in each if name in values))
        more = f", … ({len(different)})" if len(different) > MAX_VALUES else ""
        found[name] = ", ".join(different[:MAX_VALUES]) + more
    return found


def numbered(number: int, steps: Sequence[str]) -> Lines:
    """The lines of steps, of which the first has this number."""
    lines: Lines = []
    for each, step in enumerate(steps, number):
        first, *others = step.split("\n")
        lines += [f"{each}. {first}", *(f"   {line}" for line in others)]
    return lines
