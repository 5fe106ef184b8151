"""Which pages were written, so that what no longer belongs is removed, and nothing that anybody else has put there.

The list lies beside the pages and names each before it is written. So a writer that is stopped anywhere leaves no page
that the next one does not know of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Protocol

from icwatch_cli.page.site import INDEX, STATUS

MANIFEST = "icwatch-pages.txt"
"""A path a line."""


class Place(Protocol):
    """Where pages are kept, by paths."""

    def read(self, path: str) -> str | None:
        """A text; None where there is none."""

    def write(self, path: str, text: str) -> None:
        """Replace a text as a whole."""

    def remove(self, path: str) -> None:
        """Remove a text, which may be gone already."""


class Manifest:
    """The pages of a place. What it says is read once."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: frozenset[str] | None = None

    @contextmanager
    def of(self, belonging: Collection[str]) -> Iterator[None]:
        """Around the writing of some or all of what belongs: all else that was written is removed at its end."""
        if self._known is None:
            self._known = frozenset(filter(_is_page, (self._place.read(MANIFEST) or "").splitlines()))
        kept = frozenset(belonging)
        if not kept <= self._known:
            self._write(self._known | kept)
        yield
        if stale := self._known - kept:
            for path in sorted(stale):
                self._place.remove(path)
            self._write(kept)

    def _write(self, paths: frozenset[str]) -> None:
        self._place.write(MANIFEST, "".join(f"{path}\n" for path in sorted(paths)))
        self._known = paths


def _is_page(path: str) -> bool:
    """Whether it may be the path of a page: whatever a list says, nothing else is removed."""
    parts = PurePosixPath(path).parts
    return path in (INDEX, STATUS) or (path.endswith(".html") and 2 <= len(parts) <= 3 and not {"..", "/"} & {*parts})
