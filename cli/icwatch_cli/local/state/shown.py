"""Which notices were shown, so that none is shown twice: not after a restart, and not where one was published twice.

The id of a notice is written as soon as it was shown. A run that is killed in the moment between the two shows it once
more. What cannot be written delays no notice.
"""

from __future__ import annotations

import contextlib
from collections import deque
from pathlib import Path

KEPT = 10_000
"""Ids that are kept. What comes again comes soon: at the next start, or when a stream's record is tried again."""


class Shown:
    """The ids in a file, a line each."""

    def __init__(self, path: Path) -> None:
        """Read the file, and shorten it where there is room for that. Raises OSError."""
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.exists() else []
        ids = deque(filter(None, lines), KEPT)
        partial = path.with_suffix(".partial")
        with contextlib.suppress(OSError):
            partial.write_text("".join(f"{each}\n" for each in ids), encoding="utf-8")
            partial.replace(path)
        self._ids = set(ids)
        self._file = path.open("a", encoding="utf-8")

    def __contains__(self, notice_id: str) -> bool:
        return notice_id in self._ids

    def add(self, notice_id: str) -> None:
        """Remember that a notice was shown."""
        self._ids.add(notice_id)
        with contextlib.suppress(OSError, ValueError):  # a full disk; or the end of the run has closed the file
            self._file.write(f"{notice_id}\n")
            self._file.flush()

    def close(self) -> None:
        """Write no more."""
        with contextlib.suppress(OSError):
            self._file.close()
