"""Waiting for what a run does by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

WAIT_SECONDS = 120.0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
    """Wait for a condition; fails with `what` where it does not come about in time."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, what
        time.sleep(0.1)
