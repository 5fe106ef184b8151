"""The texts of a rule by language, and the templates among them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from string import Template
from typing import Any, TypeVar

from icwatch.model import Language
from icwatch.notices.language import in_language
from icwatch.notices.placeholders import VARIABLES, problems_of
from icwatch_cli.fleet.reader import MAX_TEXT, Reader, join

T = TypeVar("T")

MAX_STEPS = 20
MAX_STEP = 1024
"""Characters of a step of the runbook."""


def read_texts(reader: Reader, place: str, value: object, most: int = MAX_TEXT) -> dict[str, str]:
    """A text for every language: one text serves all, a missing language takes the nearest that is given."""
    if isinstance(value, Mapping):
        given = reader.mapping(place, value, Language)
        texts = {name: reader.text(join(place, name), text, most) for name, text in given.items()}
        if not given:
            reader.wrong(place, "is empty", f"write a text, or one for each of {', '.join(Language)}")
    else:
        texts = dict.fromkeys(map(str, Language), reader.text(place, value, most))
    return _in_all(texts, "")


def read_steps(reader: Reader, place: str, value: object) -> dict[str, tuple[str, ...]]:
    """Steps for every language, as `read_texts`."""
    if isinstance(value, Mapping):
        given = reader.mapping(place, value, Language)
        steps = {name: _steps(reader, join(place, name), entries) for name, entries in given.items()}
        if not given:
            reader.wrong(place, "is empty", f"write a list of steps, or one for each of {', '.join(Language)}")
    else:
        steps = dict.fromkeys(map(str, Language), _steps(reader, place, value))
    return _in_all(steps, ())


def _in_all(given: Mapping[str, T], nothing: T) -> dict[str, T]:
    """What is given in some languages, in all of them."""
    return {str(language): in_language(given, language) if given else nothing for language in Language}


def _steps(reader: Reader, place: str, value: object) -> tuple[str, ...]:
    entries = reader.items(place, value, "steps, each a text")
    if len(entries) > MAX_STEPS:
        reader.wrong(place, f"has {len(entries)} steps", f"keep at most {MAX_STEPS}")
    return tuple(reader.text(at, step, MAX_STEP) for at, step in entries[:MAX_STEPS])


def check_templates(reader: Reader, place: str, given: Mapping[str, Any], labels: Collection[str] | None) -> None:
    """Tell what the templates given name that does not exist; where `labels` is None, any name may be a label.

    A description may hold the summary, and steps may hold both.
    """
    without = {
        "summary": {"alarm_summary", "alarm_description"},
        "description": {"alarm_description"},
        "runbook": set(),
    }
    for field, itself in without.items():
        for at, text in _texts(f"{place}.{field}", given.get(field)):
            named = Template(text).get_identifiers()
            for wrong, right in problems_of(text, VARIABLES | {*(named if labels is None else labels)}):
                reader.wrong(at, wrong, right)
            for name in (name for name in named if name in itself):
                reader.wrong(at, f"${{{name}}} is made of the {field} itself", "leave it out")


def _texts(place: str, value: object) -> Iterator[tuple[str, str]]:
    """The texts in what a field holds, by language or one after the other, each with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for index, each in enumerate(value[:MAX_STEPS]):
            yield from _texts(f"{place}[{index}]", each)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _texts(join(place, name), each)
