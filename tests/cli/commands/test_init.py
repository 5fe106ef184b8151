"""`icwatch init`: a first fleet file and its tests, which are good whatever was answered."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from icwatch.model import Language, RobotKind
from icwatch_cli.arguments.init import ROBOTS
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.fleet.starter import StarterError, read_pauses, read_targets
from icwatch_cli.main import main
from tests.doc_pages import LANGUAGES, page

TARGETS = (
    "10.1.0.1",
    "vpc-1: 10.1.0.1 10.1.0.2 10.1.0.3",
    "ic.example.com:8089 no: [fd00::1]:8089 fd00::2 on: 10.1.0.9，10.1.0.10、10.1.0.11",
    "10.9.0.1 prod_a: 10.1.0.1 10.1.0.2 10.1.0.3",
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ICWATCH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("language", [*Language])
@pytest.mark.parametrize("robot", ["none", "feishu"])
def test_what_it_writes_is_good(
    targets: str, language: Language, robot: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["init", "my.yaml", "--targets", targets, "--language", language, "--robot", robot]
    assert main(call) == 0
    capsys.readouterr()
    assert main(["check", "my.yaml"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["test", "my.test.yaml"]) == 0
    fleet = load_fleet(Path("my.yaml"))
    assert fleet.language == language
    assert len(fleet.targets) == len(read_targets(targets))
    assert [each.vendor for each in fleet.robots.values()] == ([RobotKind.FEISHU] if robot == "feishu" else [])
    assert ("vpc_connect_failed" in fleet.rules) == (":" in re.sub(r"\[.*?\]:\d+|\w::\w|:\d+", "", targets))


@pytest.mark.parametrize("robot", ROBOTS)
def test_every_robot_is_good(robot: str) -> None:
    assert main(["init", "--targets", "10.1.0.1", "--robot", robot]) == 0
    assert main(["check", "fleet.yaml"]) == 0


def test_it_asks_what_no_option_says(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers: Iterator[str] = iter(["10.1.0.256", "vpc-1: 10.1.0.1 10.1.0.2", "fr", "", "1h 5m", "5m 1h", "slack"])
    monkeypatch.setattr("icwatch_cli.commands.init.can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert main(["init"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[:4] == [
        "监控哪些 IC-Server？地址之间以空格分隔，所属 VPC 的名称写在前面，例如 vpc-1: 10.1.0.1 10.1.0.2",
        "通知使用哪种语言？zh-CN, en-US, zh-TW [zh-CN]",
        "故障持续期间，每隔多久再次通知？间隔逐渐拉长，例如 1m 5m 15m 1h [1m 5m 15m 1h]",
        "还通知哪种群机器人？dingtalk, feishu, wecom, slack, none [none]",
    ]
    assert len(said.err.splitlines()) == 3
    assert not [line for line in said.err.splitlines() if "请" not in line], "what is wrong is said in Chinese, too"
    fleet = load_fleet(Path("fleet.yaml"))
    assert fleet.rules["vpc_connect_failed"].resend_pauses == (300, 3600)
    assert fleet.language == "zh-CN"
    assert next(answers, None) is None


def test_nobody_who_answers_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("icwatch_cli.commands.init.can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", nobody)
    assert main(["init"]) == 130
    assert not [*Path().iterdir()]


def test_nothing_is_written_over_and_nothing_bad_stays(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.test.yaml").write_text("mine")
    assert main(["init", "a.yaml", "--targets", "10.1.0.1"]) == 2
    assert "a.test.yaml: is there already, and is not written over; name another file" in capsys.readouterr().err
    assert main(["init", "nowhere/b.yaml", "--targets", "10.1.0.1"]) == 2
    assert "nowhere/b.yaml: cannot be written: No such file or directory" in capsys.readouterr().err
    assert main(["init", "c.yaml", "--targets", "10.1.0.1", "--resend", "soon"]) == 2
    assert [path.name for path in Path().iterdir()] == ["a.test.yaml"]
    assert main(["init"]) == 2
    assert "--targets: is missing, and there is nobody to ask" in capsys.readouterr().err


def test_all_that_is_wrong_with_addresses_is_said() -> None:
    with pytest.raises(StarterError) as error:
        read_targets("10.1.0.256 http://10.1.0.1/ 10.1.0.2")
    assert [line.split("; ")[0] for line in str(error.value).splitlines()] == [
        "'10.1.0.256' is no IPv4 or IPv6 address and no host name",
        "'http://10.1.0.1/' is a URL",
    ]
    assert read_targets("a: 10.1.0.1 b: 10.1.0.1:8088 10.1.0.2") == [("10.1.0.1", "a"), ("10.1.0.2", "b")]
    with pytest.raises(StarterError, match="write pauses of a minute and more that grow"):
        read_pauses("30s 1m")
    with pytest.raises(StarterError, match="soon: is no duration"):
        read_pauses("soon")


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_documents_show_what_it_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.findall(r"^\$ \.venv/bin/icwatch (init .*)\n((?:.+\n)+?)```$", page(name, "commands"), re.MULTILINE)
    ((call, output),) = shown
    assert main(shlex.split(call)) == 0
    assert capsys.readouterr().out == output


@pytest.mark.parametrize("name", ["", "."])
def test_what_names_no_file_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", name, "--targets", "10.1.0.1"]) == 2
    assert capsys.readouterr().err == ".: is no name of a file; write one such as fleet.yaml\n"
