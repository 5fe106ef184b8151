"""The file that keeps contents: a line a step, written and synced before the step is acknowledged to anybody.

Why no crash does harm:

- A step is all that one request to the backend has changed, a whole transaction say. Its line has a checksum, so a step
  is there as a whole or not at all.
- Only the last line can be torn, because each is synced before the next one is begun. A torn line was acknowledged to
  nobody; whoever asked for it asks again, or finds at the next start that it has not happened.
- The file is made anew (without what has been overwritten since) in another file, which is synced and then takes its
  name. So under the name there is always a whole one.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from icwatch_cli.local.backend_scale import share
from icwatch_cli.local.state.contents import Change, Contents

FORM = 1
"""The form of the file. It changes where what an earlier version wrote cannot be read any more."""

SLACK_BYTES = 8 * 1024 * 1024
"""What a file may have grown by, beside twice what it was, before it is made anew."""

STEP_CHANGES = 200
"""Changes in one line of a file that is made anew."""


class JournalError(Exception):
    """The file cannot be used; the message says which and why."""


class Journal:
    """Contents, and the file that keeps them. One process at a time may write it."""

    def __init__(self, path: Path) -> None:
        """Read the file, or begin it where there is none. Raises JournalError, and OSError where it cannot be read or
        written.
        """
        self._path = path
        self.contents = Contents()
        self._unwritten: list[Change] = []
        self._changes = 0
        self._file, self._size, self._torn = -1, 0, False
        with contextlib.suppress(FileNotFoundError):
            self._file = os.open(path, os.O_RDWR)
            self._read()
        self._made = self._size * len(self.contents) // max(1, self._changes)
        """The size when the file was made anew; of one that was read, about what it would be."""
        if self._file < 0:
            self.rewrite()
        self._shrink_grown()

    def add(self, changes: Iterable[Change]) -> None:
        """Make changes, and return once they are on the disk. Raises OSError where they are not.

        They are then in `contents` all the same, and are written with the next ones: by this call without any.
        """
        for change in changes:
            self.contents.apply(change)
            self._unwritten.append(change)
        if not self._unwritten:
            return
        line = _line(self._unwritten)
        if self._torn:
            os.ftruncate(self._file, self._size)
        self._torn = True
        _write(self._file, line, self._size)
        os.fsync(self._file)
        self._size, self._torn = self._size + len(line), False
        self._unwritten.clear()
        self._shrink_grown()

    def rewrite(self) -> None:
        """Write the file anew, with no more than the contents. Raises OSError; the old one is as it was then."""
        partial = self._path.with_suffix(".partial")
        file = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            size = self._write_all(file)
            os.fsync(file)
            partial.replace(self._path)
            _sync_folder(self._path.parent)
        except BaseException:
            os.close(file)
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size, self._made, self._torn = file, size, size, False
        self._unwritten.clear()

    def close(self) -> None:
        """Write no more."""
        os.close(self._file)

    def _shrink_grown(self) -> None:
        """Write a file that has grown anew where there is room for a second one; otherwise it goes on growing."""
        if self._size <= 2 * self._made + SLACK_BYTES:
            return
        try:
            self.rewrite()
        except OSError:
            self._made = self._size

    def _write_all(self, file: int) -> int:
        size = _write(file, _line({"icwatch state": FORM}), 0)
        step: list[Change] = []
        for change in self.contents.changes():
            step.append(change)
            if len(step) == STEP_CHANGES:
                size += _write(file, _line(step), size)
                step.clear()
        return size + (_write(file, _line(step), size) if step else 0)

    def _read(self) -> None:
        """Take in every whole step of the file. `_torn` says whether something is left behind the last of them.

        Raises JournalError where a step in the middle is damaged, which no crash does.
        """
        with self._path.open("rb") as file:
            self._check_form(file.readline())
            self._size, self._torn = file.tell(), False
            for number, line in enumerate(file, start=2):
                step = _step(line)
                if step is None:
                    self._torn = True
                elif self._torn:
                    raise JournalError(
                        f"{self._path} is damaged before its line {number}; put a copy of it in its place, or move "
                        f"{self._path.parent} away and begin anew"
                    )
                else:
                    self._take(step, number)
                    self._size += len(line)

    def _take(self, step: list[Change], number: int) -> None:
        try:
            for change in step:
                self.contents.apply(change)
            self._changes += len(step)
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"{self._path}, line {number}, cannot be read: {error}") from error

    def _check_form(self, line: bytes) -> None:
        head = _step(line)
        if not isinstance(head, dict) or "icwatch state" not in head:
            raise JournalError(f"{self._path} is no state of icwatch run; write another --state")
        if head["icwatch state"] != FORM:
            raise JournalError(
                f"{self._path} is of another version of icwatch (form {head['icwatch state']}, and this one reads "
                f"{FORM}); run that version, or write another --state"
            )


def _line(step: Any) -> bytes:
    text = json.dumps(step, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _step(line: bytes) -> Any:
    """What a line says, or None where it is not whole."""
    checksum, _, text = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text):
        return None
    return json.loads(text, object_hook=share)


def _write(file: int, data: bytes, at: int) -> int:
    """Write all of `data` at this place; how many bytes it has. Raises OSError."""
    left = memoryview(data)
    while left:
        written = os.pwrite(file, left, at)
        at, left = at + written, left[written:]
    return len(data)


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk once its folder is."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
