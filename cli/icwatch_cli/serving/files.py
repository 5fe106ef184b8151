"""The pages as files, for an intranet or a disk: the same addresses, each file replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from icwatch.model import Language
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.manifest import Manifest
from icwatch_cli.serving.writing import belonging, write_pages


class Folder:
    """A folder whose files are pages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> str | None:
        """A file; None where there is none, or one that is no text."""
        try:
            return (self._folder / path).read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return None

    def write(self, path: str, text: str) -> None:
        """Replace a file, so that whoever reads it sees the old one or the new one."""
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = _partial(file)
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)

    def remove(self, path: str) -> None:
        """Remove a file, and what a writer that was stopped may have left of it."""
        file = self._folder / path
        for each in (file, _partial(file)):
            each.unlink(missing_ok=True)


def write_site(
    content: Content,
    folder: Path,
    languages: tuple[Language, ...],
    wrote: Callable[[str], object] = lambda path: None,
) -> int:
    """Write all pages in these languages below a folder; how many files that were. Those that it wrote before and that
    no longer belong are removed, and other files stay as they are.
    """
    place = Folder(folder)

    def put(path: str, text: str, kind: str) -> None:
        place.write(path, text)
        if page := path.partition("/")[2]:
            wrote(page)

    with Manifest(place).of(belonging(content, languages)):
        return write_pages(content, content.paths(), languages, put)


def _partial(file: Path) -> Path:
    return file.with_name(f"{file.name}.partial")
