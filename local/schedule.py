"""EventBridge Scheduler on this machine: a tick every cycle, stamped with the moment that was meant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from local.function import Function


class Schedule:
    """Ticks in a thread of its own. Ticks that could not be sent, as while the machine slept, are left out."""

    def __init__(self, function: Function, every: int, report: Callable[[str], object]) -> None:
        self._function = function
        self._every = every
        self._report = report
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        """Send the first tick at once."""
        self._thread.start()

    def stop(self) -> None:
        """Send no further tick."""
        self._stopping.set()

    def _run(self) -> None:
        at = int(time.time())
        while not self._stopping.wait(max(0.0, at - time.time())):
            result = self._function.invoke({"time": datetime.fromtimestamp(at, UTC).isoformat()})
            if result.error is not None and not self._stopping.is_set():
                self._report(f"{self._function.name}: {result.error}")
            missed = (time.time() - at) // self._every
            at += self._every * max(1, int(missed))
