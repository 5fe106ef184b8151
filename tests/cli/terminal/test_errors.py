"""Errors in other languages: each sentence is one that something says, and is told from the others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from icwatch.model import Language
from icwatch_cli.main import main
from icwatch_cli.terminal.errors import sentences_of, spoken

ROOT = Path(__file__).parents[3]
SOURCES = [*(ROOT / "cli").rglob("*.py"), *(ROOT / "layers/core/python/icwatch/delivery").rglob("*.py")]
OTHERS = [language for language in Language if language is not Language.EN_US]
ELSEWHERE = (
    *("expected one argument", "not allowed with argument", "are required", "is required", "unrecognized arg"),
    *("one of the arguments", "icwatch run does not answer", "start it again", "icwatch run has ended"),
    *("AWS does not know these credentials", "they are wrong or deleted", "with list only", "ICWATCH_LANGUAGE="),
    *("is no IPv4 or IPv6 address", "is out of range", "which is not ASCII", "LookupError: the variable"),
)
"""What argparse says, and what is put together of shorter pieces or said by the layer."""


@pytest.fixture(scope="module")
def said() -> str:
    """All texts of the sources of what can go wrong in commands."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES)
    nodes = (node for tree in trees for node in ast.walk(tree))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return "\x1f".join(texts)


def test_every_sentence_is_said_somewhere(said: str) -> None:
    for sentence in sentences_of(Language.ZH_CN):
        pieces = (
            piece.strip(" ,(:)").removesuffix(" failed")
            for part in re.split(r"\{\w+\}", sentence)
            for piece in re.split("[;:] ", part)
        )
        strange = [piece for piece in pieces if len(piece) > 12 and piece not in said]
        assert [piece for piece in strange if not any(each in piece for each in ELSEWHERE)] == [], sentence


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same(language: Language) -> None:
    sentences = sentences_of(language)
    assert sentences.keys() == sentences_of(Language.ZH_CN).keys()
    for english, other in sentences.items():
        assert {*re.findall(r"\{\w+\}", english)} >= {*re.findall(r"\{\w+\}", other)}, english
        assert {*re.findall(r"--[a-z-]+", english)} == {*re.findall(r"--[a-z-]+", other)}, english
        assert re.search("[\u4e00-\u9fff]", other)


@pytest.mark.parametrize("language", OTHERS)
def test_each_is_told_from_the_others(language: Language) -> None:
    for english, other in sentences_of(language).items():
        names = {name: f"<{name}>" for name in re.findall(r"\{(\w+)\}", english)}
        assert spoken(english.format(**names), language) == other.format(**names)


def test_hints_and_what_is_filled_in_are_said_in_the_language_too() -> None:
    message = "dbb: is no robot of the stack of icwatch run; did you mean dba?\nand this nobody knows"
    chinese = "dbb：不是 icwatch run 的堆栈的机器人；是否为 dba？\nand this nobody knows"
    assert spoken(message, Language.ZH_CN) == chinese
    assert spoken(message, Language.EN_US) == message
    unknown = "f.yaml:3: targets: is not known here; did you mean tests?"
    assert spoken(unknown, Language.ZH_CN) == unknown, "one language a line"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("--for abc: is no duration; write a number and its unit, such as 90m or 2h", "请写数字和单位，例如 90m 或 2h"),
        ("argument shell: fish: is none of them; write bash or zsh", "请写其中之一：bash、zsh"),
        (
            "the stack of icwatch run has no messenger; start icwatch run again with a fleet file that has robots",
            "icwatch run 的堆栈没有 messenger；请用带有 robots 的监控清单文件重新启动 icwatch run",
        ),
        (
            "'b..c' is no IPv4 or IPv6 address and no host name; write an address such as 192.168.0.1 or "
            "ic-server.example.com, and the name of a VPC with a colon behind it",
            "VPC 的名称后面请写冒号",
        ),
    ],
)
def test_no_sentence_is_half_in_english(english: str, chinese: str) -> None:
    assert spoken(english, Language.ZH_CN).endswith(chinese)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["alarms", "--language", "zh-CN"], "须指定其中之一：--stack --local"),
        (["alamrs", "--language=zh-TW"], "沒有命令 alamrs；是否為 alarms？"),
        (["--language", "zh-CN", "drill", "--stak", "x"], "没有选项 --stak；是否为 --stack？"),
    ],
)
def test_a_wrong_call(call: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(call)
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert shown.startswith("用法：icwatch")
    assert re.search(r"^icwatch[a-z ]*: (错误|錯誤)：", shown, re.MULTILINE)
    assert words in shown


def test_no_password_is_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "ftp://me:secret@host", "--language", "zh-CN"]) == 2
    shown = capsys.readouterr().err
    assert "secret" not in shown
    assert "只能探测 http 和 https" in shown
