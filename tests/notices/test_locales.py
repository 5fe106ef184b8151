"""Every language has every word, in its own characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from string import Formatter
from typing import Any

import pytest

from icwatch.model import (
    Cause,
    Failure,
    Kind,
    Language,
    Level,
    Share,
    Transition,
)
from icwatch.notices.locales import LOCALES, Locale
from icwatch.notices.locales.shape import Noun
from icwatch.notices.steps import Step
from tests.notices.support import AT, RAISED, RULE, SEVERAL, TOLD
from tests.writing import write_all

OF_ONE_LANGUAGE = {"unit", "apart", "shard", "of"}
"""What a language may leave out: words beside a number, and the name of a shard."""


def _shape(value: Any) -> Any:
    """What must be the same in every language: which texts there are, and what they are filled with."""
    if isinstance(value, Mapping):
        return {key: _shape(each) for key, each in value.items()}
    if isinstance(value, Noun):
        return _shape(value.name)
    if isinstance(value, tuple):
        return [_shape(each) for each in value]
    assert value.strip()
    return {name for _, name, _, _ in Formatter().parse(value) if name is not None} - OF_ONE_LANGUAGE


def _every_text(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _every_text(each)]
    return [text for each in value for text in _every_text(each)] if isinstance(value, tuple) else [value]


def _all(words: Locale) -> dict[str, Any]:
    """All but the words that some languages have none of."""
    return {field.name: getattr(words, field.name) for field in fields(words) if field.name != "named_in_the_name"}


@pytest.mark.parametrize("language", Language)
def test_no_language_lacks_a_word(language: Language) -> None:
    words = LOCALES[language]
    assert {name: _shape(value) for name, value in _all(words).items()} == {
        name: _shape(value) for name, value in _all(LOCALES[Language.ZH_CN]).items()
    }
    assert set(words.levels) == set(Level)
    assert set(words.sentences) == set(words.tags) == set(words.kinds) == set(words.of_several) == set(Kind)
    assert set(words.causes) == set(Cause)
    assert set(words.steps) == set(Step)


def _is_ideograph(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@pytest.mark.parametrize(("language", "encoding"), [(Language.ZH_CN, "gb2312"), (Language.ZH_TW, "big5")])
def test_no_language_borrows_another_one_s_characters(language: Language, encoding: str) -> None:
    """GB 2312 has no traditional characters, Big5 no simplified ones."""
    text = "".join(_every_text(tuple(_all(LOCALES[language]).values())))
    assert "".join(filter(_is_ideograph, text)).encode(encoding)


def test_english_is_ascii() -> None:
    """Else an SMS would hold half as much."""
    assert all(text.isascii() for text in _every_text(tuple(_all(LOCALES[Language.EN_US]).values())))


def _blanks(text: str) -> Sequence[str]:
    return re.findall(
        r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]| [，。：（）【】、；]|[，。：（）【】、；] ", text
    )


@pytest.mark.parametrize("language", [Language.ZH_CN, Language.ZH_TW])
@pytest.mark.parametrize(
    "changed",
    [
        lambda each: each,
        lambda each: replace(each, kind=Kind.REPEATED, at=AT + 5461, recent_notices=TOLD),
        lambda each: replace(each, kind=Kind.CLEARED, at=AT + 90000, since=AT + 90000, value=1, recent_notices=TOLD),
        lambda each: replace(each, kind=Kind.CLOSED, at=AT + 59, reason="target_removed", recent_notices=TOLD),
    ],
)
@pytest.mark.parametrize("count", [1, SEVERAL])
def test_there_is_a_blank_between_chinese_and_other_words(
    language: Language, changed: Callable[[Transition], Transition], count: int
) -> None:
    """And none beside Chinese punctuation."""
    failure = Failure(Cause.CONNECT_TIMEOUT, "no connection within 3s")
    several = [changed(replace(RAISED, target=f"192.168.0.{n}", failure=failure)) for n in range(1, count + 1)]
    shares = (Share(RULE.name, 6, 6, path=True), Share(RULE.name, 6, 6, "vpc", "vpc-1", 4, path=True))
    notice = write_all(several, RULE, language, shares=shares)
    assert _blanks(f"{notice.subject}\n{notice.text}") == []
