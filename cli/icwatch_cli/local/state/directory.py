"""The directory of `icwatch run --state`: whose it is, and that only one run at a time has it.

`lock` is locked by the run and by its backend, so that it is free only once both have ended; it names the run's
process. `fleet` names the fleet file. `journal` is what `journal.py` keeps, `shown` what `shown.py` does, and `run.log`
the functions' log.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from icwatch_cli.local.errors import LocalCloudError

WAIT_SECONDS = 5.0
"""For the backend of a run that was killed, which ends a moment after it."""

LOOK_SECONDS = 0.05

OURS = frozenset({"fleet", "journal", "lock", "shown", "run.log", "run.log.1", "lost+found"})
"""What a directory may hold that has no journal yet, beside names with a dot and files that are half written."""


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """A directory that this process has for itself; `lock` is the descriptor of the lock, to be inherited."""

    path: Path
    lock: int

    @property
    def journal(self) -> Path:
        """The file of tables, streams and queues."""
        return self.path / "journal"

    @property
    def log(self) -> Path:
        """The functions' log."""
        return self.path / "run.log"

    @property
    def shown(self) -> Path:
        """The file of notices that were shown."""
        return self.path / "shown"


@contextmanager
def opened(path: Path, fleet: Path, wait: float = WAIT_SECONDS) -> Iterator[StateDirectory]:
    """Have the directory for as long as the block lasts, made where it is not there. Raises LocalCloudError."""
    path = path.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        _check_owner(path)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        _lock(path, lock, wait)
        with suppress(OSError):  # a full disk: nobody is told the process then
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        try:
            _check_fleet(path, fleet.resolve())
        except OSError as error:
            raise _unusable(path, error) from error
        yield StateDirectory(path, lock)
    finally:
        os.close(lock)


def _check_owner(path: Path) -> None:
    """Refuse a directory of something else: a home, say, or the one that `--state ''` means."""
    held = {name for name in os.listdir(path) if not name.startswith(".") and not name.endswith(".partial")}
    if "journal" not in held and (others := sorted(held - OURS)):
        raise LocalCloudError(
            f"--state {path}: holds something else, such as {others[0]}; write a directory that is empty or not there"
        )


def _lock(path: Path, lock: int, wait: float) -> None:
    ends = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() < ends:
                time.sleep(LOOK_SECONDS)
                continue
            holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
            raise LocalCloudError(
                f"the state in {path} is in use by another icwatch run (process {holder}); stop that one, or write "
                "another --state"
            ) from error


def _check_fleet(path: Path, fleet: Path) -> None:
    """Refuse what another fleet left: its alarms would be closed as those of targets that are not watched any more."""
    name = path / "fleet"
    try:
        kept = name.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        kept = ""
    if not kept:
        partial = name.with_suffix(".partial")
        partial.write_text(f"{fleet}\n", encoding="utf-8")
        partial.replace(name)
    elif kept != str(fleet):
        raise LocalCloudError(
            f"the state in {path} is that of {kept}, not of {fleet}; write another --state, or, where the file has "
            f"only moved, delete {name}"
        )


def _unusable(path: Path, error: OSError) -> LocalCloudError:
    return LocalCloudError(f"--state {path}: cannot be used ({error.strerror or error}); write a directory of your own")
