"""The directory of `--state`: one run at a time, one fleet, and a sentence for what cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.state.directory import opened
from icwatch_cli.local.state.shown import Shown


def test_one_run_at_a_time(tmp_path: Path) -> None:
    path, fleet = tmp_path / "a" / "state", tmp_path / "fleet.yaml"
    with opened(path, fleet):
        words = rf"{path} is in use by another icwatch run \(process {os.getpid()}\); stop that one, or write"
        with pytest.raises(LocalCloudError, match=words), opened(path, fleet, wait=0):
            pytest.fail("two at once")
    with opened(path, fleet, wait=0):
        pass


def test_the_backend_of_a_run_that_was_killed_still_has_it(tmp_path: Path) -> None:
    with opened(tmp_path, tmp_path / "fleet.yaml") as run:
        inherited = os.dup(run.lock)
    with pytest.raises(LocalCloudError, match="in use"), opened(tmp_path, tmp_path / "fleet.yaml", wait=0):
        pytest.fail("two at once")
    os.close(inherited)
    with opened(tmp_path, tmp_path / "fleet.yaml", wait=0):
        pass


def test_what_another_fleet_left_is_refused(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.yaml", tmp_path / "other.yaml"
    with opened(tmp_path / "state", mine):
        pass
    words = f"is that of {mine}, not of {other}; write another --state, or, where the file has only moved, delete"
    with pytest.raises(LocalCloudError, match=words), opened(tmp_path / "state", other):
        pytest.fail("another fleet's")
    (tmp_path / "state" / "fleet").unlink()
    for _ in range(2):
        with opened(tmp_path / "state", other):
            pass


def test_a_fleet_that_cannot_be_read_is_another_one(tmp_path: Path) -> None:
    (tmp_path / "fleet").write_bytes(b"\xff\xfe")
    with pytest.raises(LocalCloudError, match="delete"), opened(tmp_path, tmp_path / "fleet.yaml"):
        pytest.fail("another fleet's")


def test_a_directory_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("of a program of its own")
    (tmp_path / "program.py").write_text("")
    words = f"--state {tmp_path}: holds something else, such as program.py; write a directory that is empty or not"
    with pytest.raises(LocalCloudError, match=words), opened(tmp_path, tmp_path / "fleet.yaml"):
        pytest.fail("somebody else's")
    assert (tmp_path / "lock").read_text() == "of a program of its own"
    assert sorted(os.listdir(tmp_path)) == ["lock", "program.py"]


def test_what_a_crash_left_before_the_first_journal_is_no_hindrance(tmp_path: Path) -> None:
    for name in ("lock", "fleet.partial", "journal.partial", "run.log", "lost+found", ".gitignore"):
        (tmp_path / name).write_text("")
    with opened(tmp_path, tmp_path / "fleet.yaml"):
        pass


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_what_is_no_directory_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(LocalCloudError, match=rf"--state {tmp_path / name}: cannot be used \(.*\); write a directory"),
        opened(tmp_path / name, tmp_path / "fleet.yaml"),
    ):
        pytest.fail("no directory")


def test_what_was_shown_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shown"
    monkeypatch.setattr("icwatch_cli.local.state.shown.KEPT", 3)
    for run in range(3):
        shown = Shown(path)
        for number in range(2):
            shown.add(f"{run}.{number}")
        assert f"{run}.1" in shown
        shown.close()
        shown.add("after its end")
    last = Shown(path)
    assert {each for each in ("0.1", "1.0", "1.1", "2.0", "2.1") if each in last} == {"1.1", "2.0", "2.1"}
    last.close()
