"""A terminal to which a command writes lines while it shows how far it is."""

from __future__ import annotations

import sys
from collections.abc import Callable


class Screen:
    """Lines on standard output, and on a terminal a line of progress below them."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._dirty = False

    def line(self, text: str) -> None:
        """Write a line for good."""
        self.clear()
        print(text, flush=True)

    def clear(self) -> None:
        """Take the line of progress away."""
        if self._dirty:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._dirty = False

    def progress(self, text: str) -> None:
        """Write over the line of progress."""
        if self._shown:
            print(f"\r  {text}\x1b[K", end="", file=sys.stderr, flush=True)
            self._dirty = True

    def counter(self, what: str) -> Callable[[int], None]:
        """A function of a number that shows it as progress."""
        return lambda number: self.progress(f"{number} {what}")
