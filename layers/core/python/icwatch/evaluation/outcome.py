"""What a batch of sweeps came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from icwatch.model import MonitoringReport, Transition, UnreadableAlarm


@dataclass(slots=True)
class Outcome:
    """What a batch came to: the transitions that were saved, and the first position to be delivered again, if any.

    `reports` are what was saved of the monitoring itself, for operations. `set_aside` counts dead letters. By shard:
    `failed_rules` are rules that could not be applied, `unreadable` alarms that are left as they are, and `set_back`
    the `at` that lay in the future. `failed_totals` says of which shards an hour could not be summed up.
    """

    transitions: list[Transition] = field(default_factory=list)
    reports: list[MonitoringReport] = field(default_factory=list)
    failed_at: int | None = None
    error: Exception | None = None
    set_aside: int = 0
    failed_rules: dict[tuple[str, str], Exception] = field(default_factory=dict)
    unreadable: dict[tuple[str, str], UnreadableAlarm] = field(default_factory=dict)
    set_back: dict[str, int] = field(default_factory=dict)
    failed_totals: dict[str, Exception] = field(default_factory=dict)

    def fail(self, position: int, error: Exception) -> None:
        """Remember the earliest position, and the first error: a later one only follows from it."""
        self.failed_at = position if self.failed_at is None else min(position, self.failed_at)
        self.error = self.error or error
