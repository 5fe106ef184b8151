"""What operators write beside the fleet: silences, and acknowledgements of alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from icwatch.model.rules import Selection


@dataclass(frozen=True, slots=True)
class Daily:
    """A part of every day, from the minute `starts` of the day in UTC until before the minute `ends`.

    Where it ends before it starts, it goes over midnight.
    """

    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Weekly:
    """Parts of a week: on each of `days` in UTC (0 is Monday) from its minute `starts` on, for `minutes`.

    They are a day long at most, and may go over midnight.
    """

    days: tuple[int, ...]
    starts: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Silence:
    """No announcements for alarms that carry all of `labels`, from `starts_at` until before `ends_at`.

    `others` are further values of labels, of which an alarm may have any one instead. With `daily` it holds in that
    part of each day only, with `weekly` in those of a week. `by` wrote it at `created_at`, and `comment` says why.

    A version that knows neither `others` nor `weekly` passes them over. It then has to silence less and not more:
    `labels` holds the first value of each label, and beside `weekly` stands a `daily` without a minute.
    """

    id: str
    labels: Selection
    starts_at: int
    ends_at: int
    daily: Daily | None = None
    by: str = ""
    comment: str = ""
    created_at: int = 0
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weekly: Weekly | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody knows of the alarm with the id `id`: `by` said so at `at`.

    Until `ends_at` (None: until it is over) the alarm is neither repeated nor unattended.
    """

    id: str
    by: str = ""
    comment: str = ""
    at: int = 0
    ends_at: int | None = None

    def holds(self, at: int) -> bool:
        """Whether it is in force at `at`."""
        return self.ends_at is None or at < self.ends_at
