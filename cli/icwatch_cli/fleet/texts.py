"""The texts of a rule by language, and the templates among them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from string import Template
from typing import TypeVar

from icwatch.model import Language
from icwatch.notices.language import in_language
from icwatch.notices.placeholders import VARIABLES, problems_of
from icwatch_cli.fleet.cursor import MAX_TEXT, Cursor

T = TypeVar("T")

MAX_STEPS = 20
"""Of a runbook."""

MAX_STEP_CHARACTERS = 1024


def read_texts(at: Cursor, most: int = MAX_TEXT) -> dict[str, str]:
    """A text for every language: one text serves all, a missing language takes the nearest that is given."""
    if at.is_mapping:
        texts = {name: text.text(most) for name, text in at.mapping(Language).entries()}
        if not texts:
            at.wrong("is empty", f"write a text, or one for each of {', '.join(Language)}")
    else:
        texts = dict.fromkeys(map(str, Language), at.text(most))
    return _in_all(texts, "")


def read_steps(at: Cursor) -> dict[str, tuple[str, ...]]:
    """Steps for every language, as `read_texts`."""
    if at.is_mapping:
        steps = {name: _steps(entries) for name, entries in at.mapping(Language).entries()}
        if not steps:
            at.wrong("is empty", f"write a list of steps, or one for each of {', '.join(Language)}")
    else:
        steps = dict.fromkeys(map(str, Language), _steps(at))
    return _in_all(steps, ())


def _in_all(given: Mapping[str, T], nothing: T) -> dict[str, T]:
    """What is given in some languages, in all of them."""
    return {str(language): in_language(given, language) if given else nothing for language in Language}


def _steps(at: Cursor) -> tuple[str, ...]:
    entries = at.items("steps, each a text")
    if len(entries) > MAX_STEPS:
        at.wrong(f"has {len(entries)} steps", f"keep at most {MAX_STEPS}")
    return tuple(step.text(MAX_STEP_CHARACTERS) for step in entries[:MAX_STEPS])


def check_templates(given: Cursor, labels: Collection[str] | None) -> None:
    """Report what the templates given name that does not exist; where `labels` is None, any name may be a label.

    A description may hold the summary, and a recovery and steps may hold both.
    """
    without = {
        "summary": {"alarm_summary", "alarm_description"},
        "description": {"alarm_description"},
        "recovery": set(),
        "runbook": set(),
    }
    for field, itself in without.items():
        for at in _texts(given.get(field, None)):
            named = Template(at.value).get_identifiers()
            for wrong, right in problems_of(at.value, VARIABLES | {*(named if labels is None else labels)}):
                at.wrong(wrong, right)
            for name in (name for name in named if name in itself):
                at.wrong(f"${{{name}}} is made of the {field} itself", "leave it out")


def _texts(at: Cursor) -> Iterator[Cursor]:
    """The texts in what a field holds, by language or one after the other."""
    if isinstance(at.value, str):
        yield at
    elif isinstance(at.value, list):
        for step in at.items("steps")[:MAX_STEPS]:
            yield from _texts(step)
    elif at.is_mapping:
        for _, each in at.entries():
            yield from _texts(each)
