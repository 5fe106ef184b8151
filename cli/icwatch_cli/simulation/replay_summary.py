"""What is said at the end of a replay: which sweeps decided nothing, and which fleet has none of the targets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from icwatch.model import Fleet, Sweep
from icwatch.text import counted, one_line, quotable
from icwatch_cli.terminal.times import spell_moment

MAX_NAMED = 3
"""Targets that a message names."""


@dataclass(slots=True)
class Newest:
    """The newest sweep of a shard so far, its line, and how many older ones came after it."""

    line: int
    shard: str
    at: int
    older: int = 0


@dataclass(slots=True)
class Account:
    """Watches the sweeps of the input `name` go by. `fleets` are those that decide, by the names of their files.

    What is kept is one entry a shard.
    """

    name: str
    fleets: Mapping[str, Fleet]
    sweeps: int = 0
    again: int = 0
    older: int = 0
    _newest: dict[str, Newest] = field(default_factory=dict)
    _worst: Newest | None = None
    _strange: set[str] = field(init=False)
    _targets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._strange = set(self.fleets)

    def follow(self, sweeps: Iterable[tuple[int, Sweep]]) -> Iterator[Sweep]:
        """The same sweeps, without their lines."""
        for line, sweep in sweeps:
            self.sweeps += 1
            self._order(line, sweep)
            if self._strange:
                self._look_for(sweep)
            yield sweep

    def _order(self, line: int, sweep: Sweep) -> None:
        """A sweep decides only where its `at` is newer than that of its shard before it."""
        newest = self._newest.get(sweep.shard)
        if newest is None or sweep.at > newest.at:
            self._newest[sweep.shard] = Newest(line, sweep.shard, sweep.at)
        elif sweep.at == newest.at:
            self.again += 1
        else:
            self.older += 1
            newest.older += 1
            if self._worst is None or newest.older > self._worst.older:
                self._worst = newest

    def _look_for(self, sweep: Sweep) -> None:
        targets = dict.fromkeys(chain(*sweep.metrics.values(), sweep.probe_ms))
        self._targets = self._targets or tuple(islice(targets, MAX_NAMED))
        self._strange = {
            path for path in self._strange if not any(target in self.fleets[path].targets for target in targets)
        }

    def notes(self) -> Iterator[str]:
        """What is worth knowing of a replay that took place."""
        if not self.sweeps:
            yield f"{self.name}: no sweep was replayed"
        if self.again:
            yield f"{self.name}: {_sweeps(self.again)} came again, with the `at` of their shard's last one"
        if self._worst is not None:
            worst = self._worst
            most = "" if worst.older == self.older else f", {worst.older} of them after the one of"
            yield (
                f"{self.name}: {_sweeps(self.older)} decided nothing, because a later one of the same shard came before"
                f"{most or ':'} {self.name}:{worst.line} (shard {one_line(worst.shard)}, at {worst.at}, "
                f"{spell_moment(worst.at)})"
            )

    def problems(self) -> Iterator[str]:
        """Why nothing can have been decided: the fleets that have none of the targets."""
        if not self._targets:
            return
        names = ", ".join([*(one_line(quotable(name)) for name in self._targets), "..."])
        for path in self.fleets:
            if path in self._strange:
                yield f"{self.name}: none of its targets ({names}) is in {path}; name the fleet file of these sweeps"


def _sweeps(number: int) -> str:
    return counted(number, "sweep")
