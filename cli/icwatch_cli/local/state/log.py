"""The functions' log where a run is to go on for months: a file and the one before it, of a size each at the most."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from pathlib import Path

MAX_BYTES = 32 * 1024 * 1024

LOOK_SECONDS = 60.0


def watch(log: Path, stopping: threading.Event) -> None:
    """Keep the log short until `stopping` is set."""
    while True:
        shorten(log)
        if stopping.wait(LOOK_SECONDS):
            return


def shorten(log: Path, most: int = MAX_BYTES) -> None:
    """Make what a log of more than so many bytes holds the one before it.

    Its writers, other processes, append to the file that they have; so it is emptied and not renamed. What they write
    in the moment between copy and end is lost. Where there is no room for the copy, all of it is: a log that fills the
    disk would cost more.
    """
    if not log.exists() or log.stat().st_size <= most:
        return
    with contextlib.suppress(OSError):
        shutil.copyfile(log, log.with_suffix(".log.1"))
    os.truncate(log, 0)
