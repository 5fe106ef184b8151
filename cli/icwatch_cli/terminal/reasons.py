"""Why an alarm's state changed, in other languages than English, in which the evaluator stores it. Pure.

A reason is a list of clauses; `locales/reasons.*.txt` has each with names for what is filled in. One of which a clause
is not known stays as it was stored.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from icwatch.duration import spell
from icwatch.model import Cause, Language, Level
from icwatch.notices.locales import LOCALES
from icwatch_cli.terminal.errors import FOLDER
from icwatch_cli.terminal.locales import COMMAND_LOCALES
from icwatch_cli.terminal.pairs import pairs_of

FORMS = {"level": "[A-Za-z]+", "cause": r"\w+", "time": r"-?\d+", "span": r"\d+", "value": r".+?"}
"""What each name stands for; a number everywhere else."""

CLAUSES, COMMA = ", ", "，"


def reason_in(reason: str, language: Language) -> str:
    """A reason of a transition in a language."""
    if language is Language.EN_US:
        return reason
    if known := LOCALES[language].closed.get(reason):
        return known
    said = [_clause(clause, language) for clause in reason.split(CLAUSES)]
    return COMMA.join(clause for clause in said if clause is not None) if None not in said else reason


def _clause(clause: str, language: Language) -> str | None:
    for pattern, other in _patterns(language):
        if match := pattern.fullmatch(clause):
            return other.format(**{name: _filled(name, value, language) for name, value in match.groupdict().items()})
    return None


def _filled(name: str, value: str, language: Language) -> str:
    if name in ("time", "span"):
        return spell(int(value), COMMAND_LOCALES[language].units)
    if name == "level" and value in {*Level}:
        return LOCALES[language].levels[Level(value)]
    if name == "cause" and value in {*Cause}:
        return LOCALES[language].causes[Cause(value)][0]
    return value


@functools.cache
def _patterns(language: Language) -> list[tuple[re.Pattern[str], str]]:
    sentences: Mapping[str, str] = pairs_of(FOLDER / f"reasons.{language}.txt")
    return [(_pattern(english), other) for english, other in sentences.items()]


def _pattern(english: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", english)
    return re.compile(
        "".join(
            f"(?P<{piece}>{FORMS.get(piece, '[0-9]+')})" if at % 2 else re.escape(piece)
            for at, piece in enumerate(pieces)
        )
    )
