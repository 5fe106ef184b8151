"""Help in other languages: every text has its words, and none of the words is left over."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from icwatch.model import Language
from icwatch_cli.arguments.commands import COMMANDS, parser_with
from icwatch_cli.arguments.ending import EXAMPLES, filled
from icwatch_cli.arguments.suggesting import subparsers_of
from icwatch_cli.arguments.translating import OPTIONS, POSITIONALS, USAGE, translate, words_of
from icwatch_cli.main import main

OTHERS = [language for language in Language if language is not Language.EN_US]


def said(parser: argparse.ArgumentParser) -> Iterator[str]:
    """All that the help of a parser and of those below it says, beside examples."""
    yield from filter(None, [parser.description, *(parser.epilog or "").split("\n\n")])
    for action in parser._actions:
        yield from filter(None, [action.help, *(each.help for each in getattr(action, "_choices_actions", ()))])
    for inner in subparsers_of(parser).values():
        yield from said(inner)


ENGLISH = {text for text in said(parser_with(COMMANDS)) if not text.startswith(EXAMPLES)}
PURPOSES = {purpose[0].upper() + purpose[1:] + "." for purpose in COMMANDS.values()}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_its_words(language: Language) -> None:
    words = words_of(language)
    assert ENGLISH - PURPOSES - words.keys() == set(), "write them in arguments/locales"
    assert words.keys() - ENGLISH - {USAGE, POSITIONALS, OPTIONS, EXAMPLES} == set(), "these are said no more"


@pytest.mark.parametrize("language", OTHERS)
def test_options_and_commands_are_the_same_in_every_language(language: Language) -> None:
    for english, other in words_of(language).items():
        found = [
            set(re.findall(r"--[a-z-]+|AWS_[A-Z]+|[a-z.]+\.json|icwatch [a-z]+", text)) for text in (english, other)
        ]
        assert found[0] == found[1], other


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_stays_in_english(language: Language) -> None:
    parser = parser_with(COMMANDS)
    translate(parser, words_of(language))
    left = [text for text in said(parser) if not re.search("[\u4e00-\u9fff]", text)]
    assert left == []


@pytest.mark.parametrize("call", [["ack", "--help", "--language", "zh-CN"], ["--language=zh-CN", "ack", "-h"]])
def test_the_help_of_a_command(call: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(call)
    shown = capsys.readouterr().out
    assert shown.startswith("用法：icwatch ack [-h] ")
    assert "\n选项：\n" in shown
    assert "\n示例：\n  icwatch ack 192.168.0.1 --stack icwatch\n" in shown
    assert shown.endswith("\n退出码：0 完成，2 出错。\n")


def test_the_language_of_the_environment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ICWATCH_LANGUAGE", "zh-TW")
    assert main([]) == 0
    assert "認領告警，不再重複通知" in capsys.readouterr().out
    monkeypatch.setenv("ICWATCH_LANGUAGE", "fr")
    assert main([]) == 0
    assert "say that an alarm is known" in capsys.readouterr().out


@given(st.text(st.sampled_from("ab ，。连接（）-"), max_size=80), st.integers(10, 30))
def test_no_line_is_wider_than_its_words_make_it(text: str, width: int) -> None:
    lines = filled(" ".join(text.split()), width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert cell_len(line) <= width or len(line.split()) == 1 or re.search("[，。（）]", line)


def test_no_line_begins_with_a_comma() -> None:
    assert filled("连接失败，无路由", 8) == ["连接失", "败，无路", "由"]
    assert filled("use --local or --stack", 12) == ["use --local", "or --stack"]
