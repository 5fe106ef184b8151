"""Problems and warnings of a file in other languages: each is known, is told from the others, and keeps its values."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from icwatch.errors import Problem
from icwatch.model import Language
from icwatch_cli.fleet.document import FileError, Line
from icwatch_cli.fleet.fleet_file import load_with_warnings
from icwatch_cli.fleet.hosts import in_one, local_hosts
from icwatch_cli.main import main
from icwatch_cli.terminal.errors import sentences_of
from icwatch_cli.terminal.problems import NAME, said, translated
from tests.cli.commands.test_check import BAD, ENCODINGS, WARNED

OTHERS = [language for language in Language if language is not Language.EN_US]
VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|\$?\{[^}]*\}|\[[^\]]*\]|[A-Za-z]+_\w+|\d[\w.:]*")
"""What is quoted, in braces or brackets, a name with an underscore, or a number."""

ROOT = Path(__file__).parents[3]
SOURCES = (
    *(ROOT / "cli" / "icwatch_cli" / "fleet").glob("*.py"),
    *(ROOT / "cli" / "icwatch_cli" / "simulation").glob("*.py"),
)
SAYING = {"wrong", "no_text", "Problem", "ExpressionError", "AddressError", "_tell", "_void"}
"""What is called to say that something is wrong, or is raised for it."""

NO_VALUES = "'this network'|10,000"


def sentences(language: Language) -> dict[str, str]:
    return dict(sentences_of(language, "problems"))


def lines_of(path: Path) -> list[Line]:
    """All that `check` says of a file."""
    try:
        file = load_with_warnings(path)
    except FileError as error:
        return error.lines
    return file.warn((*in_one([*local_hosts(file.fleet, file.places)]), *file.warnings))


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> list[Problem]:
    """All problems and warnings of the tables."""
    path = tmp_path_factory.mktemp("fleets") / "fleet.yaml"

    def found() -> Iterator[Problem]:
        contents = [*(text.encode() for _, text, _ in (*BAD, *WARNED)), *(content for content, _ in ENCODINGS.values())]
        for content in contents:
            path.write_bytes(content)
            yield from (line.problem for line in lines_of(path))

    return [*dict.fromkeys(found())]


@pytest.mark.parametrize("language", OTHERS)
def test_every_problem_and_warning_of_the_tables_is_known(problems: list[Problem], language: Language) -> None:
    assert len(problems) > 400
    texts = {text for problem in problems for text in (problem.wrong, problem.right)}
    assert [text for text in texts if translated(text, language) is None] == []


def said_as_it_is() -> Iterator[str]:
    """The whole sentences in the sources: those that are put together are in the tables."""
    for path in SOURCES:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in SAYING:
                texts = (each.value for each in call.args if isinstance(each, ast.Constant))
                yield from (text for text in texts if isinstance(text, str) and " " in text)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_of_the_sources_is_known(language: Language) -> None:
    found = {*said_as_it_is()}
    assert len(found) > 100
    assert [text for text in found if translated(text, language) is None] == []


@pytest.mark.parametrize("language", OTHERS)
def test_all_values_come_through(problems: list[Problem], language: Language) -> None:
    for problem in problems:
        line = said(problem, language)
        assert line.startswith(f"{problem.place}：")
        values = VALUES.findall(re.sub(NO_VALUES, "", f"{problem.wrong}; {problem.right}"))
        assert [value for value in values if value not in line] == [], line


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_of_a_sentence_stays_english(problems: list[Problem], language: Language) -> None:
    """Where what is filled in is a sentence itself, that is known, too; what is quoted is as it is."""
    for problem in problems:
        for text in (problem.wrong, problem.right):
            plain = re.sub(r"'[^']*'|\"[^\"]*\"|\(@GBLABELS\)|`[^`]*`", "", translated(text, language) or text)
            assert not re.search(r"\b(is|are|the|a|an|or|no|not|which|such as|write|found|did)\b [a-z]", plain), plain


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_sentences_and_names(language: Language) -> None:
    assert sentences(language).keys() == sentences(Language.ZH_CN).keys()
    for english, other in sentences(language).items():
        assert {*NAME.findall(english)} == {*NAME.findall(other)}, english
        assert re.search("[\u4e00-\u9fff]", other), english


@pytest.mark.parametrize("language", OTHERS)
def test_each_is_told_from_the_others(language: Language) -> None:
    for english, other in sentences(language).items():
        filled = (NAME.sub(lambda name: f"<{name[1]}>", text) for text in (english, other))
        assert translated(next(filled), language) == next(filled)


def test_a_sentence_that_nobody_knows_stays_as_it_is() -> None:
    problem = Problem("every", "is of no kind", "ask")
    assert said(problem, Language.ZH_CN) == "every：is of no kind；ask"
    assert said(problem, Language.EN_US) == "every: is of no kind; ask" == str(problem)


def test_what_is_filled_in_is_no_sentence_unless_it_is_one() -> None:
    assert translated("write is empty", Language.ZH_CN) == "请写 is empty"
    assert translated("is no YAML (did not find expected key)", Language.ZH_CN) == "不是 YAML（缺少字段名）"
    no_file = "cannot be read (No such file or directory)"
    assert translated(no_file, Language.ZH_CN) == "无法读取（文件不存在）"


FLEET = "every: 60\ntargets: [192.168.0.1]\n"
UNCLOSED = "fleet.yaml:2: file：不是 YAML（解析 [ ] 中的列表时（始于第 1 行）缺少 ',' 或 ']'）；请修正该行或上一行"
WARNED_FLEET = "targets: [192.168.0.1]\nroute_by: [vpc]\n"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (FLEET, "fleet.yaml:1: every：60 不是时长；请写数字和单位，例如 60s、5m 或 1h"),
        (WARNED_FLEET, "fleet.yaml:2: route_by[0]：警告：没有目标带标签 vpc；请给目标加上标签"),
        ("a: [b\n", UNCLOSED),
    ],
)
def test_check_says_it_in_the_language_of_the_command(
    content: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fleet.yaml").write_text(content, encoding="utf-8")
    main(["check", "fleet.yaml", "--language", "zh-CN"])
    shown = capsys.readouterr()
    assert (shown.out.splitlines()[-1], shown.err) == (line, "")
    main(["check", "fleet.yaml", "--language", "zh-CN", "--json"])
    assert not re.search("[\u4e00-\u9fff]", capsys.readouterr().out)
