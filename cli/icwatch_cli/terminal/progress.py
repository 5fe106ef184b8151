"""How far a long command is: one line on standard error, on a terminal only, which is taken away in the end."""

from __future__ import annotations

import sys
from types import TracebackType

from rich import progress
from rich.console import Console

from icwatch_cli.terminal.output import say


class Progress:
    """A line of progress, and lines on standard output that it does not run into.

    `streams` says that the command writes its output as it goes, so that a terminal which shows that needs no more.
    """

    def __init__(self, *, streams: bool = False) -> None:
        console = Console(stderr=True)
        self._shown = console.is_terminal and not (streams and sys.stdout.isatty())
        self._line = progress.Progress(
            progress.SpinnerColumn("line"),
            progress.BarColumn(20),
            progress.TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._line.add_task("")

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, text: str, done: int = 0, of: int | None = None) -> None:
        """Say how far it is. `of` is how much there is to do, None where that is not known."""
        if self._shown:
            self._line.update(self._task, description=text, completed=done, total=of)
            self._line.start()

    def line(self, text: str) -> None:
        """Say a line for good."""
        if sys.stdout.isatty():
            self.clear()
        say(text)
        sys.stdout.flush()

    def clear(self) -> None:
        """Take the line of progress away, until there is more to show."""
        if self._shown:
            self._line.stop()
