"""What people read in place of names that are made for programs: of groups, of units, of what a probe said. Pure."""

from __future__ import annotations

import re

from icwatch.model import Language, Rule
from icwatch.notices.locales import Locale
from icwatch.notices.locales.details import DETAILS, MARKS
from icwatch.rules.arithmetic import AGGREGATES
from icwatch.rules.expression import metrics_of

_KEEPS_UNIT = frozenset({"select", "min", "max", "avg", "sum", "abs", "round"})
"""The steps of an expression whose result has the unit of what it was made of."""

_NO_SERVERS = frozenset({*AGGREGATES, "or"})
"""The steps after which a `count` counts something else than servers: groups, or whether there is a value at all."""


def shown_target(name: str, locale: Locale) -> str:
    """A target or a group as people call it: `vpc=vpc-2` is `vpc-2`."""
    return locale.everything if name == "all" else name.removeprefix("vpc=")


def unit_of(rule: Rule, locale: Locale) -> str:
    """What follows the rule's values: ` s` of a metric's own, or what counts servers; nothing of all others."""
    *before, last = [step.do for step in rule.program] or [""]
    if last == "count" and not _NO_SERVERS.intersection(before):
        return locale.servers.unit
    metrics = {*metrics_of(rule.program)}
    if len(metrics) != 1 or not _KEEPS_UNIT.issuperset([*before, last]):
        return ""
    return locale.measures.get(metrics.pop(), "")


def said(detail: str, language: Language) -> str:
    """What a probe said, in a language: what the system and the prober say is known; what a server answered stays."""
    if detail.startswith("HTTP "):
        return detail
    known = detail
    for pattern, text in DETAILS.get(language, ()):
        known = re.sub(pattern, text, known)
    return known if known == detail else "".join(map(_marked, re.split("('.*')", known)))


def _marked(part: str) -> str:
    """With the punctuation of the language; what is quoted stays."""
    if not part.startswith("'"):
        for pattern, text in MARKS:
            part = re.sub(pattern, text, part)
    return part
