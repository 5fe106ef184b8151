"""The logs of runs that keep nothing: a temporary folder each, which stays for a day after its run is over."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import tempfile
import time
from pathlib import Path
from typing import IO

from icwatch.model import DAY_SECONDS

PREFIX, LOG = "icwatch-", "run.log"

_OURS = re.compile(rf"{PREFIX}[a-z0-9_]{{8}}")
"""As `tempfile` names a folder."""


def new_log() -> Path:
    """A log in a folder of its own. Those of runs that are long over are removed."""
    remove_old(Path(tempfile.gettempdir()), time.time() - DAY_SECONDS)
    return Path(tempfile.mkdtemp(prefix=PREFIX), LOG)


def opened(log: Path) -> IO[bytes]:
    """The log to append to, marked as one that is in use for as long as anybody has it open."""
    file = log.open("ab", buffering=0)
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def remove_old(folder: Path, before: float) -> None:
    """Remove the folders of logs that were last written before a moment: this user's, of runs that are over. What
    holds anything but a log, or cannot be removed, stays.
    """
    with contextlib.suppress(OSError):
        for each in filter(lambda path: _OURS.fullmatch(path.name), folder.iterdir()):
            with contextlib.suppress(OSError):
                _remove(each, before)


def _remove(folder: Path, before: float) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mtime >= before:
        return
    names = {*os.listdir(folder)}
    if names == {LOG} and not _is_over(folder / LOG, before):
        return
    if names <= {LOG}:
        (folder / LOG).unlink(missing_ok=True)
        folder.rmdir()


def _is_over(log: Path, before: float) -> bool:
    descriptor = os.open(log, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        if os.fstat(descriptor).st_mtime >= before:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
