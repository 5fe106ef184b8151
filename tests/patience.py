"""What takes time, on a machine that is busy with other work as well."""

from __future__ import annotations

import functools
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

P = ParamSpec("P")

_SCHEDULING = Path("/proc/thread-self/schedstat")

_PRESSURE = Path("/proc/pressure/cpu")

ATTEMPTS = 4

BUSY_SHARE = 0.1
"""Of an attempt: where processes waited for longer than that, it was the machine that had no time."""


class Stopwatch:
    """Seconds since it was made, without those for which this thread was ready and the machine had no processor for it.

    Where the system does not say so (it does on Linux), all of them.
    """

    def __init__(self) -> None:
        self._began = _now()

    @property
    def seconds(self) -> float:
        """So many until now."""
        return _now() - self._began


def _now() -> float:
    starved = int(_SCHEDULING.read_text().split()[1]) / 1e9 if _SCHEDULING.exists() else 0.0
    return time.perf_counter() - starved


def where_there_is_time(test: Callable[P, None]) -> Callable[P, None]:
    """For a test of how long several processes take. A failure counts unless processes waited for a processor then.

    An attempt during which they did proves nothing and is made again, from the beginning; the last one counts.
    """

    @functools.wraps(test)
    def repeated(*arguments: P.args, **named: P.kwargs) -> None:
        for _ in range(ATTEMPTS - 1):
            began, waited = time.monotonic(), _waited_seconds()
            try:
                return test(*arguments, **named)
            except (AssertionError, subprocess.TimeoutExpired):
                if _waited_seconds() - waited < BUSY_SHARE * (time.monotonic() - began):
                    raise
        return test(*arguments, **named)

    return repeated


def _waited_seconds() -> float:
    """Seconds until now in which something on this machine waited for a processor.

    Linux counts them (pressure stall information). Elsewhere a load beyond the processors is taken for all of them.
    """
    if _PRESSURE.exists():
        return int(_PRESSURE.read_text().split("total=")[1].split()[0]) / 1e6
    return time.monotonic() if os.getloadavg()[0] > (os.cpu_count() or 1) else 0.0
