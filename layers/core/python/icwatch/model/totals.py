"""What an hour or a day of a shard came to, target by target: made of its sweeps, and never counted along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HOUR_SECONDS, DAY_SECONDS = 3600, 86_400
"""What is summed up: hours and days of UTC."""


@dataclass(frozen=True, slots=True)
class TargetTotals:
    """How long a target was seen good, seen bad and not seen, in seconds, and how many outages began.

    The three make the whole hour, or the day from the beginning of its first hour in which the target was seen. Probe
    times are in milliseconds, of what answered (None: nothing did): the median, what 95 of 100 do not exceed, and the
    longest. A day has the longest alone, because the others of its hours do not say what they are of all of it.
    """

    good: int = 0
    bad: int = 0
    unseen: int = 0
    outages: int = 0
    p50_ms: int | None = None
    p95_ms: int | None = None
    worst_ms: int | None = None

    @property
    def whole(self) -> int:
        """The seconds that it is about: the last ones of the hour or day."""
        return self.good + self.bad + self.unseen


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of a shard from `at` on, for `seconds`: an hour, or a day.

    `every` is the cycle by which was decided how long a sample stands whose sweep does not say its own. A target that
    was not seen at all is not there.
    """

    shard: str
    at: int
    seconds: int
    every: int
    targets: Mapping[str, TargetTotals] = field(default_factory=dict)

    @property
    def ends_at(self) -> int:
        """The first second after it."""
        return self.at + self.seconds
