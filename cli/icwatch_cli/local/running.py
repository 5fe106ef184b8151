"""Where a running local cloud says that it runs, so that other commands of this checkout find it without a port.

A file a process, in the environment that the cloud runs in. One that was left behind by `kill -9` names a process that
is gone, and is removed by whoever finds it.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.installed import CLOUD

FOLDER = CLOUD / "running"


@dataclass(frozen=True, slots=True)
class Running:
    """A running local cloud: its process, its AWS APIs, what it watches, where its functions log, and its status page,
    an empty text until that is served."""

    pid: int
    endpoint: str
    fleet: str
    log: str
    page: str = ""


@contextmanager
def announced(endpoint: str, fleet: str, log: Path, folder: Path = FOLDER) -> Iterator[Callable[[str], None]]:
    """Say that this process runs a local cloud, for as long as the block lasts. The block is given a function that
    says where its status page is. Raises LocalCloudError."""
    running = Running(os.getpid(), endpoint, fleet, str(log))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(running, folder)
    except OSError as error:
        raise LocalCloudError(
            f"{folder} cannot be written ({error.strerror or error}), and no command with --local would find this run; "
            f"make it a directory of user {getpass.getuser()}"
        ) from error
    try:
        yield lambda page: _write(replace(running, page=page), folder)
    finally:
        _path(running, folder).unlink(missing_ok=True)


def _path(running: Running, folder: Path) -> Path:
    return folder / f"{running.pid}.json"


def _write(running: Running, folder: Path) -> None:
    """Write it at once: whoever reads sees it whole or not at all."""
    path = _path(running, folder)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(running)), encoding="utf-8")
    partial.replace(path)


def find(folder: Path = FOLDER) -> Running | None:
    """The local cloud that was started last and still runs, if any."""
    for path in sorted(folder.glob("*.json"), key=_started, reverse=True):
        try:
            running = Running(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
        if _is_alive(running.pid):
            return running
        with suppress(OSError):  # somebody else's, maybe
            path.unlink()
    return None


def _started(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # it ended just now
        return 0.0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
