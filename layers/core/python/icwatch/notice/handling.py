"""What to do about an alarm: OCP's impact, possible causes and procedure, and the steps that a rule writes itself."""

from __future__ import annotations

from collections.abc import Iterator

from icwatch.announcement import Announcement
from icwatch.bounded import shorten
from icwatch.cause import STEPS, Step, procedure
from icwatch.expression import metrics_of
from icwatch.language import in_language
from icwatch.model import HEALTH, TARGET, Rule
from icwatch.notice.headline import main_cause
from icwatch.notice.style import Style
from icwatch.variables import MAX_TEMPLATED, fill, variables

Lines = list[str]


def is_about_health(rule: Rule) -> bool:
    """Whether an alarm says that IC-Servers cannot be reached, rather than anything else that a rule may measure."""
    return metrics_of(rule.program) == (HEALTH,)


def first_step(announcement: Announcement) -> Step:
    """Where to start: where several servers are out of reach together, on the path to them and not on a host."""
    cause = main_cause(announcement)
    step = Step.HOST if cause is None else STEPS[cause]
    together = announcement.rule.group_by != (TARGET,) or any(share.path for share in announcement.shares)
    return Step.NETWORK if step is Step.HOST and together else step


def what_to_do(announcement: Announcement, style: Style) -> Iterator[Lines]:
    """The impact and the possible causes as OCP gives them, the rule's own steps, and OCP's procedure."""
    words = style.words
    ours = is_about_health(announcement.rule)
    if ours:
        yield [words.heading.format(title=words.impact), words.impact_text]
        bullets = (f"- {text}" for text in words.possible_text)
        yield [words.heading.format(title=words.possible), *bullets]
    own = (line for number, step in enumerate(own_steps(announcement, style), 1) for line in _numbered(number, step))
    if announcement.rule.runbook:
        yield [words.heading.format(title=words.own_steps), *shorten("\n".join(own), MAX_TEMPLATED).split("\n")]
    if ours:
        first, *others = procedure(first_step(announcement))
        yield [words.heading.format(title=words.handling), words.start, *_numbered(1, words.steps[first])]
        steps = (line for number, step in enumerate(others, 2) for line in _numbered(number, words.steps[step]))
        yield [words.otherwise, *steps]


def own_steps(announcement: Announcement, style: Style) -> Lines:
    """The rule's runbook, filled in."""
    if not announcement.rule.runbook:
        return []
    values = variables(announcement.worst, announcement.rule, style.language, style.zone)
    return [fill(step, values) for step in in_language(announcement.rule.runbook, style.language)]


def _numbered(number: int, step: str) -> Lines:
    first, *others = step.split("\n")
    return [f"{number}. {first}", *(f"   {line}" for line in others)]
