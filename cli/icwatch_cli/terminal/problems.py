"""What is wrong with a file, in the language of the command. `locales/` has each sentence in English, with names in
braces for what is filled in, and below it what it becomes; of those that fit, the one with the most words of its own
counts. Pure.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from icwatch.errors import Problem
from icwatch.model import Language
from icwatch_cli.terminal.errors import sentences_of

NAME = re.compile(r"(?<!\$)\{(\w+)\}")
"""The name of what is filled into a sentence; `${name}` is a template's own."""

PART = "what"
"""What is filled in under this name is a sentence itself."""

WITH_BLANKS = (PART, "text", "value", "names")
"""What may hold blanks; all else is a word, so that no sentence is taken for another."""

CACHED = 4096
"""Sentences that are kept: a file with many mistakes says the same ones often."""

WARNING: Mapping[Language, str] = {
    Language.EN_US: "warning: ",
    Language.ZH_CN: "警告：",
    Language.ZH_TW: "警告：",
}


def said(problem: Problem, language: Language, *, warning: bool = False) -> str:
    """A problem or a warning in a line: the place as it is, what is wrong, and what would be right."""
    mark = WARNING[language] if warning else ""
    if language is Language.EN_US:
        return f"{problem.place}: {mark}{problem.wrong}; {problem.right}"
    wrong, right = (translated(text, language) or text for text in (problem.wrong, problem.right))
    return f"{problem.place}：{mark}{wrong}；{right}"


@functools.lru_cache(maxsize=CACHED)
def translated(text: str, language: Language) -> str | None:
    """What a sentence becomes, with what is filled in; None where it is not known."""
    for sentence in _sentences(language):
        if sentence.longest in text and (match := sentence.pattern.fullmatch(text)):
            filled = match.groupdict()
            if PART in filled:
                filled[PART] = translated(filled[PART], language) or filled[PART]
            return sentence.filled(filled)
    return None


class _Sentence:
    """A sentence and what it becomes. `own` is how many characters of it are not filled in, `longest` the longest
    piece of these: the pattern is compiled when a text has it.
    """

    def __init__(self, english: str, other: str) -> None:
        self._pieces = NAME.split(english)
        self.longest = max(self._pieces[::2], key=len)
        self.own = sum(map(len, self._pieces[::2]))
        self._other = NAME.split(other)

    def filled(self, values: Mapping[str, str]) -> str:
        """What it becomes, with the values in the places of their names."""
        return "".join(values[piece] if at % 2 else piece for at, piece in enumerate(self._other))

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("".join(map(self._part, range(len(self._pieces)))), re.DOTALL)

    def _part(self, at: int) -> str:
        piece = self._pieces[at]
        if at % 2 == 0:
            return re.escape(piece)
        return f"(?P<{piece}>.+?)" if piece in WITH_BLANKS else rf"(?P<{piece}>\S+?)"


@functools.cache
def _sentences(language: Language) -> list[_Sentence]:
    known = [_Sentence(english, other) for english, other in sentences_of(language, "problems").items()]
    return sorted(known, key=lambda sentence: -sentence.own)
