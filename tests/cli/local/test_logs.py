"""Folders of logs: what is removed of them, and what stays."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from icwatch_cli.local.logs import LOG, new_log, opened, remove_old

OLD, LIMIT, NEW = 1_000, 2_000, 3_000


def folder_of(root: Path, name: str, written_at: int, *files: str) -> Path:
    """A folder with files that were last written at a moment, like itself."""
    folder = root / name
    folder.mkdir()
    for file in files:
        (folder / file).write_text("x", encoding="utf-8")
        os.utime(folder / file, (written_at, written_at))
    os.utime(folder, (OLD, OLD))
    return folder


def test_the_old_logs_of_runs_that_are_over_are_removed_and_nothing_else(tmp_path: Path) -> None:
    gone = [
        folder_of(tmp_path, "icwatch-abcdefgh", OLD, LOG),
        folder_of(tmp_path, "icwatch-0_cdefgh", OLD),
    ]
    in_use = folder_of(tmp_path, "icwatch-bbcdefgh", OLD, LOG)
    kept = [
        in_use,
        folder_of(tmp_path, "icwatch-cbcdefgh", NEW, LOG),  # written lately
        folder_of(tmp_path, "icwatch-dbcdefgh", OLD, LOG, "notes.txt"),  # somebody's own
        folder_of(tmp_path, "icwatch-backup", OLD, LOG),
        folder_of(tmp_path, "other-abcdefgh", OLD, LOG),
    ]
    outside = folder_of(tmp_path, "outside", OLD, LOG)
    (tmp_path / "icwatch-linkedxx").symlink_to(outside)
    with opened(in_use / LOG):
        os.utime(in_use / LOG, (OLD, OLD))
        remove_old(tmp_path, LIMIT)
    assert [each for each in gone if each.exists()] == []
    assert [each for each in (*kept, outside / LOG, tmp_path / "icwatch-linkedxx") if not each.exists()] == []
    remove_old(tmp_path, LIMIT)
    assert not in_use.exists(), "its run is over now"


def test_a_new_log_has_a_folder_that_is_known_as_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = new_log()
    opened(first).close()
    for each in (first, first.parent):
        os.utime(each, (OLD, OLD))
    second = new_log()
    assert (first.parent.exists(), second.parent.exists()) == (False, True)
