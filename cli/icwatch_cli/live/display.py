"""How `icwatch run` shows what happens: lines, JSON lines, or a live view."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from icwatch.duration import spell
from icwatch.model import Failure, Inventory, Sweep
from icwatch.text import counted
from icwatch_cli.live.state import Change, State
from icwatch_cli.live.view import draw
from icwatch_cli.local.cloud import LocalCloud, Watcher
from icwatch_cli.local.errors import EndedError
from icwatch_cli.local.subscriber import Received


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

    def watcher(self, state: State) -> Watcher:
        """Who is notified of what happens."""

        def sweep(taken: Sweep) -> None:
            for target, change in state.take(taken).items():
                self.line(f"{target} is {became(change)}")

        return Watcher(sweep, self.notice, lambda text: self.line(f"trouble: {text}"))

    def show(self, state: State, cloud: LocalCloud, looks: Iterator[None]) -> None:
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
    """A live view."""

    def watcher(self, state: State) -> Watcher:
        return Watcher(state.take, state.receive, state.tell)

    def heard(self, state: State, title: str) -> None:
        state.hear(title)

    def show(self, state: State, cloud: LocalCloud, looks: Iterator[None]) -> None:
        console = Console()
        try:
            with Live(console=console, screen=True, auto_refresh=False) as live:
                follow = cloud.guard.around(
                    "reading the current alarms", lambda at: state.follow(at.inventory(), at.alarms())
                )
                picture = cloud.guard.around("drawing the view", lambda size: draw(state, *size))
                for _ in looks:
                    follow(cloud)
                    self._refresh(live, picture((console.width, console.height)) or NO_VIEW)
        finally:
            with suppress(OSError):  # the terminal may be gone
                console.print(f"Stopped after {state.sweeps} sweeps. The functions' log is {cloud.log}")

    def _refresh(self, live: Live, view: RenderableType) -> None:
        try:
            live.update(view, refresh=True)
        except OSError as error:
            self._unwritable = error
