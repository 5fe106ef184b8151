"""One test of a fleet's rules: what is sampled, what people do meanwhile, and what is to be announced. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from icwatch.model import Kind, Level
from icwatch_cli.simulation.series import Series


@dataclass(frozen=True, slots=True)
class Expected:
    """What is said of a target or group, `at` seconds after the first mark.

    At any level or stage where that is None.
    """

    at: int
    target: str
    kind: Kind
    rule: str
    level: Level | None = None
    stage: int | None = None

    def is_met_by(self, other: Expected) -> bool:
        """Whether something that has a level and a stage is what is said here."""
        level, stage = self.level or other.level, other.stage if self.stage is None else self.stage
        return replace(self, level=level, stage=stage) == other


@dataclass(frozen=True, slots=True)
class Attended:
    """That somebody acknowledges the alarm of a target or group right after the sweep at `at`.

    It ends at `ends_at`, or with the alarm.
    """

    at: int
    target: str
    rule: str
    ends_at: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One test: by metric and target a value a cycle, and all expected notices, of one rule or of all.

    `attended` says what is acknowledged meanwhile.
    """

    name: str
    samples: Mapping[str, Mapping[str, Series]]
    expect: tuple[Expected, ...]
    rule: str | None = None
    attended: tuple[Attended, ...] = ()

    @property
    def cycles(self) -> int:
        """How many sweeps there are."""
        return max((len(series) for targets in self.samples.values() for series in targets.values()), default=0)
