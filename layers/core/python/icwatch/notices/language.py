"""Which of the texts that there are is for a reader of a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from icwatch.model import Language

T = TypeVar("T")

_NEAREST: Final = {Language.ZH_CN: Language.ZH_TW, Language.ZH_TW: Language.ZH_CN, Language.EN_US: Language.EN_US}


def in_language(texts: Mapping[str, T], language: Language) -> T:
    """The text in a language; where there is none, the other Chinese one for a Chinese one, otherwise the first.

    A rule that was stored before a language was known has no text in it. KeyError where there is no text at all.
    """
    for wanted in (language, _NEAREST[language], *texts):
        if wanted in texts:
            return texts[wanted]
    raise KeyError(language)
