"""Every notice that a rule can cause, written once on sample data, to find what could not be written. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from string import Template

from icwatch.announcements.grouping import announcements_of
from icwatch.model import Cause, Decision, Failure, Kind, Language, Rule, Transition
from icwatch.notices import Style, write_notice
from icwatch.notices.placeholders import VARIABLES, render
from icwatch.notices.variables import MAX_TEMPLATED, variables
from icwatch.rules.coverage import rule_for
from icwatch_cli.fleet.quoting import shown
from icwatch_cli.fleet.sample_alarms import Group, decided, levels_for

Groups = Mapping[str, Mapping[str, str]]
"""The groups of a rule by name, each with the labels that its alarm would carry."""

MAX_SAMPLES = 5
"""Groups for which notices are written: the first that carry other labels than those before."""

AT = 1_700_000_000
"""The moment of the samples: any would do."""


def unwritten(rule: Rule, groups: Groups) -> Iterator[tuple[str, str, str]]:
    """What of a rule's notices fails, is cut or stays unfilled: the field, what is wrong and what would be right."""
    samples = [one for name, labels in _different(groups) for one in _transitions(rule, name, labels)]
    written = [each for one in samples for each in announcements_of(Decision("", AT, (one,), {rule.name: rule}))]
    for one, language in product(written, Language):
        try:
            write_notice(one, Style(language))
        except Exception as error:  # whatever it is, a fleet with it would fail when an alarm is raised
            yield "name", f"a notice in {language} cannot be written ({shown(repr(error))})", "write its texts anew"
            return
    values = variables(samples[0], rule, Language.ZH_CN)
    for field, texts in _texts(rule).items():
        yield from _unfilled(field, texts, groups)
        size = max((len(render(text, values).encode()) for text in texts), default=0)
        if size > MAX_TEMPLATED:
            yield field, f"takes {size} bytes once filled in and is cut to {MAX_TEMPLATED}", "write it shorter"


def _different(groups: Groups) -> list[tuple[str, Mapping[str, str]]]:
    """A few groups that carry different labels."""
    found: dict[frozenset[str], tuple[str, Mapping[str, str]]] = {}
    for name, labels in groups.items():
        found.setdefault(frozenset(labels), (name, labels))
    return [*found.values()][:MAX_SAMPLES]


def _transitions(rule: Rule, group: str, labels: Mapping[str, str]) -> Iterator[Transition]:
    """One of every kind that there can be, each with a failure and without."""
    sample = Group(group, labels, rule_for(rule, group, labels))
    failure = Failure(Cause.HTTP_STATUS, "HTTP 500", 500)
    for kind, why in product(Kind, (None, failure)):
        for level in levels_for(sample.rule, kind)[:1]:
            yield decided(sample, kind, level, why, AT, lasting_seconds=0)[0]


def _texts(rule: Rule) -> dict[str, list[str]]:
    """The templates of a rule by field, each once."""
    steps = (step for steps in rule.runbook.values() for step in steps)
    texts = {
        "summary": rule.summary.values(),
        "description": rule.description.values(),
        "recovery": rule.recovery.values(),
        "runbook": steps,
    }
    return {field: [*dict.fromkeys(each)] for field, each in texts.items()}


def _unfilled(field: str, texts: list[str], groups: Groups) -> Iterator[tuple[str, str, str]]:
    """The variables that some notices have no value for, because their alarm lacks the label."""
    named = dict.fromkeys(name for text in texts for name in Template(text).get_identifiers())
    for label in (name for name in named if name not in VARIABLES):
        without = [name for name, labels in groups.items() if label not in labels]
        if without:
            wrong = f"${{{label}}} is no label of {len(without)} of {len(groups)} alarms, such as {shown(without[0])}"
            yield field, wrong, "give the label to all of them; it is shown as it is written here"
