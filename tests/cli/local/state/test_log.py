"""The log of a run that goes on for months."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from icwatch_cli.local.state.log import shorten, watch


def test_a_long_log_becomes_the_one_before_while_others_write_it(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    with log.open("ab", buffering=0) as writer:
        for line in (b"first\n", b"second\n", b"third\n"):
            writer.write(line)
            shorten(log, 5)
        writer.write(b"four")
        shorten(log, 5)
    assert (tmp_path / "run.log.1").read_text() == "third\n"
    assert log.read_text() == "four"


def test_where_there_is_no_room_it_is_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "run.log"
    log.write_text("too long")

    def refuse(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", refuse)
    shorten(log, 5)
    assert log.read_text() == ""


def test_it_is_looked_at_until_the_end(tmp_path: Path) -> None:
    stopping = threading.Event()
    stopping.set()
    watch(tmp_path / "not there", stopping)
