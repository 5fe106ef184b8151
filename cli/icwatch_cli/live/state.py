"""What `icwatch run` knows of the fleet while it watches: fed by the threads of the local cloud, read by the view."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from icwatch.model import HEALTH, Failure, Fleet, Inventory, Sweep, Target
from icwatch.text import natural
from icwatch_cli.local.watcher import Received
from icwatch_cli.page.outages import place_of
from icwatch_cli.page.overview import Overview

HISTORY = 60
"""Samples of a target that are kept."""

NOTICES = 8
"""Notices that are kept."""

SAID = 3
"""Messages of the chat group that are kept."""


@dataclass(slots=True)
class Seen:
    """What is known of one target: probe times in milliseconds (None: failed), and why the last one failed.

    `further` says why the last of its further probes failed, by metric, and `unseen` why the last sweep did not see it.
    """

    history: deque[int | None] = field(default_factory=lambda: deque(maxlen=HISTORY))
    failure: Failure | None = None
    elapsed_ms: int | None = None
    further: Mapping[str, Failure] = field(default_factory=dict)
    unseen: str = ""


Change = Failure | str | None
"""What became of a target: why it fails, why it is unseen, or that it is healthy."""


@dataclass(slots=True)
class State:
    """All that the screen shows. Changed by the threads of the cloud and drawn by the main one, under one lock.

    `fleet` is what the run was started with, and `inventory` what is watched now: somebody may apply another fleet to
    the running stack at any time, so nothing that is drawn may rely on the one to hold what the others name.
    `overview` is what stands, None until it was read first; `steps` are what was started until then, the last of them
    being under way. `order` has the targets as people count. `keys` says whether anybody hears the keyboard.
    """

    fleet: Fleet
    name: str
    endpoint: str
    page: str = ""
    targets: dict[str, Seen] = field(default_factory=dict)
    overview: Overview | None = None
    steps: list[str] = field(default_factory=list)
    keys: bool = False
    notices: deque[tuple[float, Received]] = field(default_factory=lambda: deque(maxlen=NOTICES))
    said: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=SAID))
    trouble: str = ""
    sweeps: int = 0
    at: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    inventory: Inventory = field(init=False)
    order: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        self.inventory = self.fleet.as_inventory()
        self.order = _as_people_count(self.inventory.targets)

    def follow(self, inventory: Inventory, overview: Overview) -> None:
        """Take in what is watched now, and what stands."""
        with self.lock:
            if inventory is not self.inventory:
                self.order = _as_people_count(inventory.targets)
            self.inventory, self.overview = inventory, overview

    def begin(self, step: str) -> None:
        """Take in what is started now; what was before is running."""
        with self.lock:
            self.steps.append(step)

    def take(self, sweep: Sweep) -> dict[str, Change]:
        """Take a sweep in; the targets whose state changed are returned with what became of them."""
        with self.lock:
            return {**self._take(sweep), **self._miss(sweep)}

    def receive(self, received: Received) -> None:
        """Take a notice in."""
        with self.lock:
            self.notices.append((time.time(), received))

    def hear(self, title: str) -> None:
        """Take in what a robot said in the chat group of the demonstration."""
        with self.lock:
            self.said.append((time.time(), title))

    def tell(self, trouble: str) -> None:
        """Take a trouble in; the last one is shown."""
        self.trouble = trouble

    def _take(self, sweep: Sweep) -> dict[str, Change]:
        changes: dict[str, Change] = {}
        self.sweeps, self.at = self.sweeps + (sweep.at > self.at), max(self.at, sweep.at)
        for name, value in sweep.metrics.get(HEALTH, {}).items():
            first = name not in self.targets
            seen = self.targets.setdefault(name, Seen())
            failure = sweep.failures.get(name)
            if (failure is None) != (seen.failure is None) or (first and failure is None) or seen.unseen:
                changes[name] = failure
            seen.failure, seen.elapsed_ms, seen.unseen = failure, sweep.probe_ms.get(name), ""
            seen.further = {metric: each[name] for metric, each in sweep.probe_failures.items() if name in each}
            seen.history.append(seen.elapsed_ms if value else None)
        return changes

    def _miss(self, sweep: Sweep) -> dict[str, Change]:
        """Who is unseen; a change only for the first time, whatever other reasons follow."""
        changes: dict[str, Change] = {}
        for name, why in sweep.unseen.items():
            seen = self.targets.setdefault(name, Seen())
            if not seen.unseen:
                changes[name] = why
            seen.unseen, seen.elapsed_ms = why, None
        return changes


def _as_people_count(targets: Mapping[str, Target]) -> Sequence[str]:
    """The names of targets by their place and by the numbers in them."""
    return sorted(targets, key=lambda name: (natural(place_of(targets[name].labels)), natural(name)))
