"""Completion in the shells themselves: what they make of what was typed so far."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from icwatch.model import Kind
from icwatch_cli.arguments.commands import COMMANDS, parser_with
from icwatch_cli.completion.bash import bash
from icwatch_cli.completion.tree import tree_of
from icwatch_cli.completion.zsh import zsh

TREE = tree_of(parser_with(COMMANDS))

CASES: Sequence[tuple[str, set[str]]] = [
    ("icwatch a", {"apply", "alarms", "ack"}),
    ("icwatch silence ", {"add", "list", "expire"}),
    ("icwatch silence add --comment list --un", {"--until"}),
    ("icwatch alarms --l", {"--local", "--language"}),
    ("icwatch preview my.yaml --kind ", {*map(str, Kind)}),
    ("icwatch drill ", {"confirm", "list"}),
    ("icwatch completion z", {"zsh"}),
    ("icwatch check ", {"my.yaml", "my folder"}),
    ("icwatch run --state my", {"my.yaml", "my folder"}),
    ("icwatch alarms --stack ", set()),
]

IN_BASH = """
source ./script
while IFS= read -r line; do
    COMP_WORDS=($line)
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _icwatch 2> /dev/null
    printf '%s\\x1f' "${COMPREPLY[@]}"
    printf '\\n'
done
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_option_of_every_command_is_there() -> None:
    assert [node.words for node in TREE.children] == [(name,) for name in COMMANDS]
    scripts = bash(TREE), zsh(TREE)
    for node in TREE.all():
        for option in node.options:
            assert all(name in script for name in option.names for script in scripts), node.words


def test_bash() -> None:
    Path("script").write_text(bash(TREE), encoding="utf-8")
    Path("files").mkdir()
    (Path("files") / "my.yaml").touch()
    (Path("files") / "my folder").mkdir()
    typed = "\n".join(line for line, _ in CASES) + "\n"
    script = IN_BASH.replace("./script", "../script")
    ran = subprocess.run(
        ["bash", "--norc", "-c", script], cwd="files", input=typed, capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    found = [{word for word in line.split("\x1f") if word} for line in ran.stdout.splitlines()]
    assert dict(zip([line for line, _ in CASES], found, strict=True)) == dict(CASES)


@pytest.mark.parametrize("breaks", ["", "COMP_WORDBREAKS=${COMP_WORDBREAKS/=}; "])
def test_a_value_behind_an_equals_sign_in_bash(breaks: str) -> None:
    """Typed at an interactive bash, which itself decides what is a word: `=` ends one, unless somebody took it out."""
    Path("script").write_text(bash(TREE), encoding="utf-8")
    Path("my.yaml").touch()
    begin = f'PS1=""; {breaks}icwatch() {{ echo "<$*>"; }}; source ./script; echo rea""dy\n'
    typed = [
        (
            "icwatch preview my.yaml --kind=esc\t--language=zh-T\t\n",
            "<preview my.yaml --kind=escalated --language=zh-TW>",
        ),
        ("icwatch silence add --comment=list --un\t\n", "<silence add --comment=list --until>"),
        ("icwatch run --state=my\t--log\n", "<run --state=my.yaml --log>"),
        ("icwatch alarms --language zh-T\t\n", "<alarms --language zh-TW>"),
    ]
    main, other = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "HOME": os.getcwd(), "LC_ALL": "C.UTF-8", "INPUTRC": os.devnull}
    with subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=other,
        stdout=other,
        stderr=other,
        env=environment,
        start_new_session=True,
    ) as shell:
        os.close(other)
        seen = _send(main, begin, "\nready")
        for line, wanted in typed:
            seen += _send(main, line, wanted)
        os.write(main, b"exit\n")
        assert shell.wait(timeout=60) == 0, seen
    os.close(main)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh() -> None:
    """What one possibility is left of is completed; the command that is then called says what it was given."""
    Path("_icwatch").write_text(zsh(TREE), encoding="utf-8")
    Path("my.yaml").touch()
    begin = 'icwatch() { print -r -- "<$*>" }; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; print ready\n'
    typed = [
        ("icwatch alar\t--js\t\n", "<alarms --json>"),
        ("icwatch silence exp\tk3m9xz --lo\t\n", "<silence expire k3m9xz --local>"),
        ("icwatch check m\t\n", "<check my.yaml>"),
        ("icwatch preview my.yaml --kind esc\t--lang\tzh-T\t\n", "<preview my.yaml --kind escalated --language=zh-TW>"),
        ("icwatch completion z\t\n", "<completion zsh>"),
        (
            "icwatch preview my.yaml --kind=esc\t--language=zh-T\t\n",
            "<preview my.yaml --kind=escalated --language=zh-TW>",
        ),
        ("icwatch run --state=m\t\n", "<run --state=my.yaml>"),
    ]
    main, other = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "PS1": "", "HOME": os.getcwd(), "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(["zsh", "-f", "-i"], stdin=other, stdout=other, stderr=other, env=environment) as shell:
        os.close(other)
        seen = _send(main, begin, "\nready")
        for line, wanted in typed:
            seen += _send(main, line, wanted)
        os.write(main, b"exit\n")
        assert shell.wait(timeout=60) == 0, seen
    os.close(main)


def _send(terminal: int, line: str, wanted: str) -> str:
    """Type a line, and wait for what it comes to; the end of the shell fails the test."""
    os.write(terminal, line.encode())
    seen = ""
    while wanted not in seen.replace("\r", ""):
        seen += os.read(terminal, 4096).decode(errors="replace")
    return seen
