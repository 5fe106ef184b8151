"""The pages as files, for an intranet or a disk: the same addresses, each file replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from icwatch.model import Language
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.writing import write_pages


def write_site(
    content: Content,
    folder: Path,
    languages: tuple[Language, ...],
    wrote: Callable[[str], object] = lambda path: None,
) -> int:
    """Write all pages in these languages below a folder; how many files that were. Other files stay as they are."""

    def put(path: str, text: str, kind: str) -> None:
        _write(folder / path, text)
        if page := path.partition("/")[2]:
            wrote(page)

    return write_pages(content, content.paths(), languages, put)


def _write(path: Path, text: str) -> None:
    """Replace a file, so that whoever reads it sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
