"""What shows what happens: lines, and the keys of a terminal."""

from __future__ import annotations

import os
import pty
import queue
import re
import signal
import termios
from collections.abc import Iterator
from datetime import UTC

import pytest

from icwatch.model import HEALTH, Cause, Failure, Language, Sweep
from icwatch_cli.commands.run import _has_screen
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.live import keys
from icwatch_cli.live.display import LineDisplay, LiveDisplay
from icwatch_cli.live.line_texts import LINE_TEXTS, LineTexts
from icwatch_cli.live.lines import LineWords
from icwatch_cli.live.state import State
from icwatch_cli.local.watcher import Received
from icwatch_cli.page.row_words import RowWords


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """Both ends of a terminal that is standard input: what people hold, and what a program reads."""
    hand, program = pty.openpty()
    with os.fdopen(program, "r", closefd=True) as stream:
        monkeypatch.setattr("sys.stdin", stream)
        yield hand, program
    os.close(hand)


def test_keys_come_one_by_one_and_the_terminal_is_left_as_it_was(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand, program = terminal
    monkeypatch.setattr(keys, "_is_ours", lambda: True)
    before = termios.tcgetattr(program)
    pressed: queue.Queue[str] = queue.Queue()
    with keys.heard(pressed.put) as hears:
        assert hears
        assert not termios.tcgetattr(program)[3] & (termios.ICANON | termios.ECHO)
        assert termios.tcgetattr(program)[3] & termios.ISIG, "Ctrl-C stays what it is"
        os.write(hand, "?é".encode())
        assert [pressed.get(timeout=60), pressed.get(timeout=60)] == ["?", "é"]
    assert termios.tcgetattr(program) == before


def test_nobody_listens_where_the_terminal_is_another_program_s(terminal: tuple[int, int]) -> None:
    before = termios.tcgetattr(terminal[1])
    with keys.heard(lambda key: None) as hears:
        assert not hears
        assert termios.tcgetattr(terminal[1]) == before


def test_q_ends_the_run_as_ctrl_c_does(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    display = LiveDisplay(RowWords(Language.EN_US, UTC))
    for key in "?x":
        display._press(key)
    assert sent == []
    display._press("q")
    assert sent == [(os.getpid(), signal.SIGINT)]


@pytest.mark.parametrize(("kind", "has"), [("dumb", False), ("unknown", False), ("xterm", True)])
def test_a_terminal_that_is_dumb_gets_lines(monkeypatch: pytest.MonkeyPatch, kind: str, has: bool) -> None:
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert _has_screen() is has


def test_lines_say_what_is_being_started(capsys: pytest.CaptureFixture[str]) -> None:
    state = State(parse_fleet({"targets": ["192.168.0.1"]}), "fleet.yaml", "")
    display = LineDisplay()
    with display.opened(state):
        display.watcher(state).step("stack")
    assert capsys.readouterr().out.partition(" ")[2] == "starting the stack of template.yaml in it\n"


def test_lines_name_targets_in_the_order_of_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"10.0.0.{number}" for number in range(1, 13)]
    state = State(parse_fleet({"targets": names}), "fleet.yaml", "")
    LineDisplay().watcher(state).sweep(Sweep("shard-0001", 60, {HEALTH: dict.fromkeys(sorted(names), 1)}))
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == names


KILLED = "ministack ended with exit code -9, and all was in its memory"


def lines_of(language: Language) -> list[str]:
    """Something of each line."""
    words, fleet = LineWords(language), parse_fleet({"targets": ["192.168.0.1"]})
    down = Failure(Cause.CONNECTION_REFUSED, "Connection refused")
    return [
        words.starting("page"),
        words.starting("restore"),
        words.watched("my.yaml", fleet.as_inventory()),
        words.changed("192.168.0.1", None),
        words.changed("192.168.0.1", down),
        words.changed("192.168.0.1", "the sweep does not have it"),
        words.notice(Received("[Critical] x", {}, {"kind": "raised"})),
        words.notice(Received("[Monitoring] x", {}, {"kind": "monitoring"})),
        words.trouble("--state: what happens cannot be kept now: disk full; all else goes on"),
        words.ended(RuntimeError(f"the backend has ended: {KILLED}")),
    ]


def test_the_lines() -> None:
    assert lines_of(Language.EN_US) == [
        "starting the status page",
        "starting what --state kept",
        "watching my.yaml: 1 target every 1m",
        "192.168.0.1 is healthy",
        "192.168.0.1 is failing: connection_refused (Connection refused)",
        "192.168.0.1 is unseen: the sweep does not have it",
        "notice raised: [Critical] x",
        "notice monitoring: [Monitoring] x",
        "trouble: --state: what happens cannot be kept now: disk full; all else goes on",
        f"the run has ended: the backend has ended: {KILLED}",
    ]
    assert lines_of(Language.ZH_CN) == [
        "正在启动状态页",
        "正在启动 --state 保存的内容",
        "正在监控 my.yaml：1 个目标，每 1 分钟采集一次",
        "192.168.0.1：正常",
        "192.168.0.1：异常，连接被拒绝",
        "192.168.0.1：未采集到（采集结果中没有该目标）",
        "通知（触发）：[Critical] x",
        "通知（监控自身）：[Monitoring] x",
        "故障：--state：目前无法保存发生的情况：disk full；其余一切照常",
        "运行已结束：后端已结束：ministack 已结束，退出码 -9，其内存中的一切已丢失",
    ]


@pytest.mark.parametrize("language", [*Language])
def test_every_language_fills_in_the_same_lines(language: Language) -> None:
    for name in LineTexts.__slots__:
        english, other = (str(getattr(LINE_TEXTS[each], name)) for each in (Language.EN_US, language))
        assert {*re.findall(r"\{\w+\}", english)} == {*re.findall(r"\{\w+\}", other)}, name
