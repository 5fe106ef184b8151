"""What went wrong, in another language than English. `locales/` has each sentence in English, with names in braces for
what is filled in, and below it what it becomes. A sentence that is not there stays as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

from icwatch.errors import IcwatchError
from icwatch.model import Language
from icwatch_cli.terminal.pairs import pairs_of

FOLDER = Path(__file__).with_name("locales")

_HINT = re.compile(r"; did you mean (?P<hint>\S+)\?$")
_NEEDLESS = re.compile("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
"""A blank between two Chinese characters, where something was filled in."""

_NAME = re.compile(r"\{(\w+)\}")

ERROR = {Language.EN_US: "error: ", Language.ZH_CN: "错误：", Language.ZH_TW: "錯誤："}
"""Before what is wrong with a call."""

HINTS = {Language.ZH_CN: "；是否为 {hint}？", Language.ZH_TW: "；是否為 {hint}？"}
"""What follows where something was probably misspelt."""


class SpokenError(IcwatchError):
    """An error that is said in every language by itself."""

    def said(self, language: Language) -> str:
        """The message in a language."""
        raise NotImplementedError


def told(error: IcwatchError, language: Language) -> str:
    """What an error says."""
    return error.said(language) if isinstance(error, SpokenError) else spoken(str(error), language)


def spoken(message: str, language: Language) -> str:
    """The message, a sentence a line."""
    if language is Language.EN_US:
        return message
    return "\n".join(_sentence(line, language) for line in message.split("\n"))


def sentences_of(language: Language, of: str = "errors") -> Mapping[str, str]:
    """What each sentence of a file in `locales/` becomes."""
    return pairs_of(FOLDER / f"{of}.{language}.txt")


@functools.cache
def _patterns(language: Language) -> list[tuple[re.Pattern[str], str]]:
    return [(_pattern(english), other) for english, other in sentences_of(language).items()]


def _pattern(english: str) -> re.Pattern[str]:
    """What matches a sentence, whatever is filled in."""
    pieces = _NAME.split(english)
    return re.compile("".join(f"(?P<{piece}>.+?)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)))


def _sentence(text: str, language: Language) -> str:
    hint = _HINT.search(text)
    if hint is not None:
        before = text[: hint.start()]
        said = _sentence(before, language)
        return text if said == before else said + HINTS[language].format(hint=hint["hint"])
    for pattern, other in _patterns(language):
        if match := pattern.fullmatch(text):
            filled = {name: _filled(name, value, language) for name, value in match.groupdict().items()}
            return _NEEDLESS.sub("", other.format(**filled))
    return text


def _filled(name: str, value: str, language: Language) -> str:
    """What is filled in: of what is known, a list of names; otherwise maybe a sentence of its own."""
    return value.replace(" or ", "、") if name == "known" else _sentence(value, language)
