"""The language of what a command says."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import pytest

from icwatch.model import Language
from icwatch_cli.terminal.language import LanguageError, language_of


def spoken(environment: Mapping[str, str], language: Language | None = None) -> Language:
    return language_of(argparse.Namespace(language=language), environment)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en-US"),
        ({"LANG": "C.UTF-8"}, "en-US"),
        ({"LANG": "de_DE.UTF-8"}, "en-US"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_SG"}, "zh-CN"),
        ({"LANG": "zh"}, "zh-CN"),
        ({"LANG": "zh_TW.Big5"}, "zh-TW"),
        ({"LANG": "zh_HK.UTF-8@radical"}, "zh-TW"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en-US"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "en_US.UTF-8", "ICWATCH_LANGUAGE": "zh-TW"}, "zh-TW"),
        ({"LANG": "zh_CN.UTF-8", "ICWATCH_LANGUAGE": "en"}, "en-US"),
    ],
)
def test_it_is_that_of_the_variable_or_of_the_machine(environment: Mapping[str, str], language: str) -> None:
    assert spoken(environment) == language
    assert spoken(environment, Language.ZH_TW) == "zh-TW"


def test_a_variable_that_names_none_is_refused() -> None:
    with pytest.raises(LanguageError, match="ICWATCH_LANGUAGE=fr: is not known; write one of zh-CN, en-US, zh-TW"):
        spoken({"ICWATCH_LANGUAGE": "fr"})
