"""How `icwatch run` shows what happens: lines, JSON lines, or a live view."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from icwatch.duration import spell
from icwatch.model import Failure, Inventory, Sweep
from icwatch.text import counted
from icwatch_cli.live.keys import heard
from icwatch_cli.live.state import Change, State
from icwatch_cli.live.texts import EN_US
from icwatch_cli.live.view import draw, explained
from icwatch_cli.local.cloud import LocalCloud, Watcher
from icwatch_cli.local.errors import EndedError
from icwatch_cli.local.subscriber import Received
from icwatch_cli.page.overview import Overview
from icwatch_cli.page.row_words import RowWords

READ_SECONDS = 1.0
"""Between two reads of what stands."""

SHARE = 10
"""After a read that took long, so many times as long passes until the next: what probes has the machine first."""

Read = Callable[[], tuple[Inventory, Overview]]
"""What is watched now, and what stands of it."""


def became(change: Change) -> str:
    """What became of a target, in words."""
    if isinstance(change, Failure):
        return f"failing: {change.cause} ({change.detail})"
    return "healthy" if change is None else f"unseen: {change}"


class LineDisplay:
    """Plain lines: what changed, and every notice."""

    def __init__(self) -> None:
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
        self.line(f"{EN_US.starting} {EN_US.steps.get(step, step)}")

    def watcher(self, state: State) -> Watcher:
        """Who is notified of what happens."""

        def sweep(taken: Sweep) -> None:
            for target, change in state.take(taken).items():
                self.line(f"{target} is {became(change)}")

        return Watcher(
            sweep, self.notice, lambda text: self.line(f"trouble: {text}"), lambda step: self.begin(state, step)
        )

    def show(self, state: State, cloud: LocalCloud, read: Read, looks: Iterator[None]) -> None:
        """Say what is watched, and go on for as long as there is another look."""
        self._follow(state, state.inventory)
        self.line(f"status page at {state.page}")
        self.line(f"AWS APIs at {cloud.endpoint}, log in {cloud.log}")
        follow = cloud.guard.around("reading what is watched", lambda at: self._follow(state, at.inventory()))
        for _ in looks:
            follow(cloud)

    def _follow(self, state: State, inventory: Inventory) -> None:
        """Say what is watched, where that has changed."""
        watched = f"{counted(len(inventory.targets), 'target')} every {spell(inventory.every)}"
        if watched != self._watched and inventory.complete:
            self._watched = watched
            self.line(f"watching {state.name}: {watched}")

    def notice(self, received: Received) -> None:
        """Say that a notice came."""
        self.line(f"notice {received.attributes.get('kind')}: {received.subject}")

    def heard(self, state: State, title: str) -> None:
        """Say what a robot said in the chat group of the demonstration."""
        self.line(f"chat group: {title}")

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


NO_VIEW = Text("The view cannot be drawn; the log says why. All else goes on.", "yellow")


class LiveDisplay(LineDisplay):
    """A live view, in the words of one language and by one clock."""

    def __init__(self, words: RowWords) -> None:
        super().__init__()
        self._words, self._console = words, Console()
        self._live = Live(console=self._console, screen=True, auto_refresh=False)
        self._explains = False
        self._stopped = ""
        self._due = 0.0

    @contextmanager
    def opened(self, state: State) -> Iterator[None]:
        try:
            with self._live, heard(self._press) as state.keys:
                self._refresh(state)
                yield
        finally:
            if self._stopped:
                with suppress(OSError):  # the terminal may be gone
                    self._console.print(self._stopped.format(count=state.sweeps), markup=False, highlight=False)

    def begin(self, state: State, step: str) -> None:
        state.begin(step)
        self._refresh(state)

    def watcher(self, state: State) -> Watcher:
        return Watcher(state.take, state.receive, state.tell, lambda step: self.begin(state, step))

    def heard(self, state: State, title: str) -> None:
        state.hear(title)

    def show(self, state: State, cloud: LocalCloud, read: Read, looks: Iterator[None]) -> None:
        self._stopped = f"Stopped after {{count}} sweeps. The functions' log is {cloud.log}"
        follow = cloud.guard.around("reading what stands", lambda reading: state.follow(*reading()))
        refresh = cloud.guard.around("drawing the view", self._refresh)
        for _ in looks:
            begun = time.monotonic()
            if begun >= self._due:
                follow(read)
                ended = time.monotonic()
                self._due = ended + max(READ_SECONDS, SHARE * (ended - begun))
            if refresh(state) is None:
                self._update(NO_VIEW)

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
