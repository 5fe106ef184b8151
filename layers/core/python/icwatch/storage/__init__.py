"""What the functions keep and read. `tables` and `inventory` keep it in DynamoDB; tests have a twin in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from icwatch.errors import ItemError
from icwatch.model import Decision, Inventory, ShardAlarms, Sweep, Totals


class InventoryReader(Protocol):
    """Where a function learns what is watched."""

    def load(self) -> Inventory:
        """The inventory as it is now; what was loaded is kept until its version changes."""


class SampleStore(Protocol):
    """Where sweeps are kept."""

    def save(self, sweep: Sweep) -> bool:
        """Keep a sweep. False, and nothing changes, where (shard, at) is kept already."""


class SweepReader(Protocol):
    """Where kept sweeps are looked up."""

    def between(self, shard: str, first: int, last: int) -> Iterator[Sweep]:
        """The sweeps of a shard from `first` to `last`, oldest first, those that can be read."""


class TotalsStore(Protocol):
    """Where the totals of hours and days are kept. Both are of a shard, from `first` until before `last`."""

    def save(self, totals: Totals) -> bool:
        """Keep totals. False, and nothing changes, where those of this hour or day are kept already."""

    def replace(self, totals: Totals) -> None:
        """Keep totals in the place of any other."""

    def hours(self, shard: str, first: int, last: int) -> Iterator[Totals]:
        """The hours, oldest first, those that can be read."""

    def days(self, shard: str, first: int, last: int) -> Iterator[Totals]:
        """The days, oldest first."""


class AlarmStore(Protocol):
    """Where alarms and transitions are kept, together."""

    def load(self, shard: str) -> ShardAlarms:
        """The shard's alarms; `at` is None where nothing was saved yet."""

    def save(self, expected_at: int | None, current: ShardAlarms, decision: Decision | None) -> None:
        """Replace the shard's alarms, and add the decision that led there, in one step.

        Raises ConflictError, and changes nothing, unless what is stored is still of `expected_at`.
        """


class TransitionReader(Protocol):
    """Where people look back."""

    def history(self, shard: str, first: int, last: int) -> Iterator[Decision | ItemError]:
        """What was decided about a shard from `first` to `last`, oldest first; an error for what cannot be read."""
