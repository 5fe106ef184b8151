"""Reading on while somebody looks, so that nobody who looks again has to wait for AWS."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from icwatch.errors import IcwatchError
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.serving.reader import StackReader

PAUSE_SECONDS = 3.0
"""Between two reads."""

LOOKED_SECONDS = 60.0
"""For so long after a page was asked for it is read on; an open page asks more often."""

OLDEST_SECONDS = 15.0
"""What is older is not shown: who asks then waits for what is new."""


class Following:
    """A reader that reads on by itself for as long as its pages are asked for."""

    def __init__(self, reader: StackReader) -> None:
        self.reader = reader
        self._looked = -LOOKED_SECONDS
        self._ended = threading.Event()

    @property
    def is_followed(self) -> bool:
        """Whether somebody looks, so that it is read on."""
        return time.monotonic() - self._looked < LOOKED_SECONDS

    def look(self, *, again: bool = True) -> None:
        """Somebody asks for a page: have something to show that is not too old. For who will not ask `again` at once,
        such as a program that comes every minute, nothing is read meanwhile. Raises what `refresh` does.
        """
        if again:
            self._looked = time.monotonic()
        self.reader.refresh(OLDEST_SECONDS)

    @contextmanager
    def started(self) -> Iterator[None]:
        """Read on for as long as the block lasts."""
        thread = threading.Thread(target=self._run, name="reading for the status page", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _run(self) -> None:
        while not self._ended.wait(PAUSE_SECONDS):
            if self.is_followed:
                self._read()

    def _read(self) -> None:
        try:
            with aws_errors():
                self.reader.refresh()
        except IcwatchError:
            return  # who looks next is told, once what is there is too old
