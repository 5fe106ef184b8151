"""How `icwatch run` shows what happens: lines, JSON lines, or a live view."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from icwatch.model import Inventory, Language, Sweep
from icwatch.text import natural
from icwatch_cli.live.keys import heard
from icwatch_cli.live.lines import LineWords
from icwatch_cli.live.state import State
from icwatch_cli.live.view import draw, explained
from icwatch_cli.local.errors import EndedError
from icwatch_cli.local.watcher import Received, Watcher
from icwatch_cli.page.overview import Overview
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.terminal.errors import spoken

if TYPE_CHECKING:
    from icwatch_cli.local.cloud import LocalCloud

READ_SECONDS = 1.0
"""Between two reads of what stands."""

SHARE = 10
"""After a read that took long, so many times as long passes until the next: what probes has the machine first."""

Read = Callable[[], tuple[Inventory, Overview]]
"""What is watched now, and what stands of it."""


class LineDisplay:
    """Plain lines: what changed, and every notice, in the words of one language."""

    def __init__(self, language: Language = Language.EN_US) -> None:
        self._lines = LineWords(language)
        self._unwritable: OSError | None = None
        self._watched = ""

    def check(self) -> None:
        """Raise EndedError where standard output cannot be written, so that nobody would see what happens."""
        if self._unwritable is not None:
            raise EndedError(f"standard output cannot be written: {self._unwritable.strerror}")

    @contextmanager
    def opened(self, state: State) -> Iterator[None]:
        """Have something to show on for as long as the block lasts."""
        yield

    def begin(self, state: State, step: str) -> None:
        """Say what is being started."""
        self.line(self._lines.starting(step))

    def watcher(self, state: State) -> Watcher:
        """Who is notified of what happens."""

        def sweep(taken: Sweep) -> None:
            changes = state.take(taken)
            for target in sorted(changes, key=natural):
                self.line(self._lines.changed(target, changes[target]))

        return Watcher(
            sweep,
            self.notice,
            lambda text: self.line(self._lines.trouble(text)),
            lambda step: self.begin(state, step),
        )

    def show(self, state: State, cloud: LocalCloud, read: Read, looks: Iterator[None]) -> None:
        """Say what is watched, and go on for as long as there is another look."""
        self._follow(state, state.inventory)
        self.line(self._lines.texts.page.format(address=state.page))
        self.line(self._lines.texts.apis.format(address=cloud.endpoint, log=cloud.log))
        follow = cloud.guard.around("reading what is watched", lambda at: self._follow(state, at.inventory()))
        for _ in looks:
            follow(cloud)

    def _follow(self, state: State, inventory: Inventory) -> None:
        """Say what is watched, where that has changed."""
        watched = self._lines.watched(state.name, inventory)
        if watched != self._watched and inventory.complete:
            self._watched = watched
            self.line(watched)

    def notice(self, received: Received) -> None:
        """Say that a notice came."""
        self.line(self._lines.notice(received))

    def heard(self, state: State, title: str) -> None:
        """Say what a robot said in the chat group of the demonstration."""
        self.line(self._lines.texts.chat.format(title=title))

    def line(self, text: str) -> None:
        """Say something, with the time."""
        self.say(f"{time.strftime('%H:%M:%S')} {text}", sys.stdout)

    def say(self, line: str, stream: TextIO) -> None:
        """Write a line; where nobody reads any more, as after `| head`, the run ends."""
        try:
            print(line, file=stream, flush=True)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if isinstance(error, BrokenPipeError):
                os.kill(os.getpid(), signal.SIGTERM)
            elif stream is sys.stdout:
                self._unwritable = error


class JsonDisplay(LineDisplay):
    """Each notice as a JSON line on standard output; everything else on standard error."""

    def notice(self, received: Received) -> None:
        self.say(json.dumps(received.as_json(), ensure_ascii=False), sys.stdout)

    def line(self, text: str) -> None:
        self.say(f"{time.strftime('%H:%M:%S')} {text}", sys.stderr)


class LiveDisplay(LineDisplay):
    """A live view, in the words of one language and by one clock."""

    def __init__(self, words: RowWords) -> None:
        super().__init__(words.language)
        self._words, self._console = words, Console()
        self._live = Live(console=self._console, screen=True, auto_refresh=False)
        self._explains = False
        self._log = ""
        self._due = 0.0

    @contextmanager
    def opened(self, state: State) -> Iterator[None]:
        try:
            with self._live, heard(self._press) as state.keys:
                self._refresh(state)
                yield
        finally:
            if self._log:
                with suppress(OSError):  # the terminal may be gone
                    stopped = self._lines.texts.stopped.format(count=state.sweeps, log=self._log)
                    self._console.print(stopped, markup=False, highlight=False)

    def begin(self, state: State, step: str) -> None:
        state.begin(step)
        self._refresh(state)

    def watcher(self, state: State) -> Watcher:
        return Watcher(
            state.take,
            state.receive,
            lambda text: state.tell(spoken(text, self._words.language)),
            lambda step: self.begin(state, step),
        )

    def heard(self, state: State, title: str) -> None:
        state.hear(title)

    def show(self, state: State, cloud: LocalCloud, read: Read, looks: Iterator[None]) -> None:
        self._log = str(cloud.log)
        follow = cloud.guard.around("reading what stands", lambda reading: state.follow(*reading()))
        refresh = cloud.guard.around("drawing the view", self._refresh)
        for _ in looks:
            begun = time.monotonic()
            if begun >= self._due:
                follow(read)
                ended = time.monotonic()
                self._due = ended + max(READ_SECONDS, SHARE * (ended - begun))
            if refresh(state) is None:
                self._update(Text(self._lines.texts.undrawable, "yellow"))

    def _press(self, key: str) -> None:
        """`q` ends the run as Ctrl-C does, `?` explains the view until the next key."""
        if key in ("q", "Q"):
            os.kill(os.getpid(), signal.SIGINT)
        self._explains = key == "?" and not self._explains

    def _refresh(self, state: State) -> bool:
        """Draw; true, where nothing went wrong in that."""
        size = self._console.width, self._console.height
        self._update(explained(self._words, *size) if self._explains else draw(state, self._words, *size))
        return True

    def _update(self, view: RenderableType) -> None:
        try:
            self._live.update(view, refresh=True)
        except OSError as error:
            self._unwritable = error
