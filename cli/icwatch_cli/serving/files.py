"""The pages as files, for an intranet or a disk: the same addresses, each file replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from icwatch.model import Language
from icwatch_cli.page.site import INDEX, STATUS, Site
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.entry import entry


def write_site(
    content: Content,
    folder: Path,
    languages: tuple[Language, ...],
    wrote: Callable[[str], object] = lambda path: None,
) -> int:
    """Write all pages in these languages below a folder; how many files that were. Other files stay as they are."""
    written = 0
    for language in languages:
        for path in content.paths():
            body = content.page(Site(path, language, languages), {})
            if body is not None:
                _write(folder / language / path, body)
                written += 1
                wrote(path)
    _write(folder / STATUS, content.status())
    _write(folder / INDEX, entry(languages[0]))
    return written + 2


def _write(path: Path, text: str) -> None:
    """Replace a file, so that whoever reads it sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
