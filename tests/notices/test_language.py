"""Which text is for a reader of a language, of those that there are."""

from __future__ import annotations

import pytest

from icwatch.model import Language
from icwatch.notices.language import in_language


@pytest.mark.parametrize(
    ("given", "wanted", "read"),
    [
        (["zh-CN", "en-US", "zh-TW"], Language.ZH_CN, "zh-CN"),
        (["zh-CN", "en-US", "zh-TW"], Language.EN_US, "en-US"),
        (["zh-CN", "en-US", "zh-TW"], Language.ZH_TW, "zh-TW"),
        # what was stored when there was no zh-TW
        (["en-US", "zh-CN"], Language.ZH_TW, "zh-CN"),
        (["en-US", "zh-TW"], Language.ZH_CN, "zh-TW"),
        (["en-US"], Language.ZH_TW, "en-US"),
        (["en-US"], Language.ZH_CN, "en-US"),
        (["zh-TW", "zh-CN"], Language.EN_US, "zh-TW"),
        (["zh-CN", "zh-TW"], Language.EN_US, "zh-CN"),
        (["of a later version"], Language.EN_US, "of a later version"),
    ],
)
def test_the_nearest_is_read(given: list[str], wanted: Language, read: str) -> None:
    assert in_language({name: (name,) for name in given}, wanted) == (read,)


def test_an_empty_text_is_a_text() -> None:
    assert in_language({"zh-CN": "", "zh-TW": "t"}, Language.ZH_CN) == ""


@pytest.mark.parametrize("language", Language)
def test_where_there_is_no_text_the_language_is_named(language: Language) -> None:
    with pytest.raises(KeyError, match=language):
        in_language({}, language)
