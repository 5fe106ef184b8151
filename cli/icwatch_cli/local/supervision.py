"""What keeps the parts of the local cloud at work, and what says when one cannot be kept so.

A part that ends unexpectedly is started again, after a pause that grows. Where that does not help it has ended for
good, and whoever runs the cloud is told (`LocalCloud.check`): a run must never only look alive. Those who look on
(the view, a printer, a subscriber) are called through `Guard`, so that their errors end no part.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from icwatch_cli.local.errors import EndedError

PAUSES_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each new start; after the last one a part has ended for good."""

GOOD_SECONDS = 60.0
"""Seconds of work after which the failures before it are forgotten."""

Report = Callable[[str], object]


class Part:
    """A part in a thread of its own: `work` runs until the event that it is given is set, and is started again if it
    ends before. `name` is what `report` calls it.
    """

    def __init__(
        self, name: str, work: Callable[[threading.Event], None], report: Report, pauses: Sequence[float] | None = None
    ) -> None:
        self.name = name
        self._work, self._report = work, report
        self._pauses = PAUSES_SECONDS if pauses is None else pauses
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._reason = ""

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join()

    @property
    def ended(self) -> str | None:
        """Why it has ended for good; None while it works and where it was stopped."""
        if self._stopping.is_set() or self._thread.ident is None or self._thread.is_alive():
            return None
        return f"{self.name} has ended: {self._reason or 'nobody knows why'}"

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._work(self._stopping)
                self._reason = "it stopped by itself"
            except EndedError as error:
                self._reason = str(error)
                return
            except Exception as error:
                self._reason = f"{type(error).__name__}: {error}"
            if self._stopping.is_set():
                return
            failures = 1 if time.monotonic() - began > GOOD_SECONDS else failures + 1
            if failures > len(self._pauses):
                return
            self._report(f"{self.name} broke and is started again: {self._reason}")
            self._stopping.wait(self._pauses[failures - 1])


class Guard:
    """Calls those who look on. What they raise is reported once for each of them, and all of it is logged."""

    def __init__(self, report: Report, log: Report) -> None:
        self._tell, self._log = report, log
        self._told: set[str] = set()

    def report(self, trouble: str) -> None:
        """Tell of a trouble, and log it."""
        self._write(trouble)
        try:
            self._tell(trouble)
        except Exception as error:
            self._write(f"could not be notified: {type(error).__name__}: {error}")

    def around(self, name: str, observe: Callable[[Any], object]) -> Callable[[Any], Any]:
        """`observe`, whose errors end nothing. It is called `name`, and returns None where it raised."""

        def guarded(seen: Any) -> Any:
            try:
                return observe(seen)
            except Exception as error:
                problem = f"{name} failed: {type(error).__name__}: {error}"
                if name in self._told:
                    self._write(problem)
                else:
                    self._told.add(name)
                    self.report(problem)
            return None

        return guarded

    def _write(self, text: str) -> None:
        try:
            self._log(text)
        except Exception:
            return  # the disk is full, say: whoever looks on is notified all the same
