"""What no longer belongs is removed, whenever the writer is stopped, and nothing of anybody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from icwatch_cli.serving.files import Folder
from icwatch_cli.serving.manifest import MANIFEST, Manifest

OLD = ("index.html", "en-US/index.html", "en-US/targets/a.html")
NOW = ("index.html", "en-US/index.html", "en-US/targets/b.html")


class Stopped(BaseException):
    """As a kill is: nothing handles it."""


class Failing(Folder):
    """A folder whose writer is stopped after so many steps."""

    def __init__(self, folder: Path, steps: int) -> None:
        super().__init__(folder)
        self.steps = steps

    def write(self, path: str, text: str) -> None:
        self._step()
        super().write(path, text)

    def remove(self, path: str) -> None:
        self._step()
        super().remove(path)

    def _step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Stopped


def write(place: Folder, paths: tuple[str, ...]) -> None:
    with Manifest(place).of(paths):
        for path in paths:
            place.write(path, "page")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("steps", range(8))
def test_a_writer_that_is_stopped_anywhere_leaves_nothing_that_the_next_one_does_not_remove(
    tmp_path: Path, steps: int
) -> None:
    write(Folder(tmp_path), OLD)
    (tmp_path / "en-US" / "targets" / "own.html").write_text("own", encoding="utf-8")
    try:
        write(Failing(tmp_path, steps), NOW)
    except Stopped:
        assert steps < 6, "all steps of it: two lists, three pages, one that is removed"
    write(Folder(tmp_path), NOW[:2])  # b has left, too
    assert files(tmp_path) == {MANIFEST, *NOW[:2], "en-US/targets/own.html"}


def test_a_list_that_names_other_files_removes_none(tmp_path: Path) -> None:
    folder, outside = tmp_path / "pages", tmp_path / "a.html"
    outside.write_text("own", encoding="utf-8")
    (folder / "x").mkdir(parents=True)
    (folder / "x" / "notes.txt").write_text("own", encoding="utf-8")
    (folder / "own.html").write_text("own", encoding="utf-8")
    named = ["../a.html", "x/../../a.html", str(outside), "x/notes.txt", "own.html", "", "/"]
    (folder / MANIFEST).write_text("\n".join(named), encoding="utf-8")
    write(Folder(folder), NOW)
    assert outside.exists()
    assert files(folder) == {MANIFEST, *NOW, "x/notes.txt", "own.html"}
