"""What takes time, on a machine that is busy with other work as well."""

from __future__ import annotations

import functools
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

P = ParamSpec("P")

_SCHEDULING = Path("/proc/thread-self/schedstat")

ATTEMPTS = 4


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
    """For a test of how long several processes take: of some attempts, each from the beginning, one has to succeed."""

    @functools.wraps(test)
    def repeated(*arguments: P.args, **named: P.kwargs) -> None:
        for _ in range(ATTEMPTS - 1):
            try:
                return test(*arguments, **named)
            except (AssertionError, subprocess.TimeoutExpired):
                continue
        return test(*arguments, **named)

    return repeated
