"""Several notices in one message: how many of which kind, and what is over and what is in alarm, by name. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from icwatch.model import Kind, Language
from icwatch.notices.chat_card import COLOURS, SIGNS
from icwatch.notices.defuse import name_for_chat
from icwatch.notices.locales import LOCALES
from icwatch.notices.locales.robots import ROBOT_TEXTS
from icwatch.notices.names import shown_target
from icwatch.notices.robot_message import RobotMessage
from icwatch.robots.outbox import Waiting
from icwatch.text import one_line

MAX_NAMED = 60
"""Alarms of each list that a message names."""

IN_A_LINE = 6
"""Of them, so that a message that is cut between lines loses few."""

MAX_NAME_CHARACTERS = 80


def write_digest(message: Sequence[Waiting], language: Language) -> RobotMessage:
    """What is said of several notices together. An alarm is named once: over where its end is among them."""
    texts = ROBOT_TEXTS[language]
    counts: Counter[tuple[Kind, str]] = Counter()
    for each in message:
        counts[each.kind, each.where] += len(each.alarms)
    parts = []
    for (kind, where), count in sorted(counts.items(), key=lambda entry: [*Kind].index(entry[0][0])):
        what = texts.kinds[kind].format(count=count)
        parts.append(
            texts.part.format(what=what, where=name_for_chat(one_line(where, MAX_NAME_CHARACTERS))) if where else what
        )
    ended = dict.fromkeys(name for each in message if each.over for name in each.alarms)
    begun = dict.fromkeys(name for each in message if not each.over for name in each.alarms if name not in ended)
    paragraphs = [
        (heading, *_names(names, language))
        for heading, names in ((texts.ends, ended), (texts.problems, begun))
        if names
    ]
    worst = min(message, key=lambda each: (each.over, each.level.rank))
    return RobotMessage(
        title=texts.digest.format(count=len(message), parts=texts.separator.join(parts)),
        sign=SIGNS.get(worst.kind, COLOURS[worst.level]),
        level=worst.level,
        kind=worst.kind if worst.over else Kind.RAISED,
        paragraphs=tuple(paragraphs),
    )


def target_of(alarm_id: str) -> str:
    """The target or group in an alarm's id: `rule:target:raised_at`."""
    return alarm_id.partition(":")[2].rpartition(":")[0]


def _names(alarms: Iterable[str], language: Language) -> list[str]:
    more, locale = ROBOT_TEXTS[language].more, LOCALES[language]
    names = [_shown(shown_target(target_of(each), locale)) for each in alarms]
    left = len(names) - MAX_NAMED
    lines = [", ".join(names[start : start + IN_A_LINE]) for start in range(0, min(len(names), MAX_NAMED), IN_A_LINE)]
    return [*lines, *([more.format(count=left)] if left > 0 else [])]


def _shown(name: str) -> str:
    return name_for_chat(one_line(name, MAX_NAME_CHARACTERS))
