"""Evaluating a batch of sweeps, be it one or a backlog: in memory, saved where something was decided and at the end.

What makes a batch that fails halfway harmless: a sweep counts as done only when a saved `at` covers it, and the first
sweep that is not done is what is reported, so that it and all after it come again. Those among them that were done
already are no newer than the shard's `at` then, and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from icwatch.decision import decide
from icwatch.evaluation import evaluate
from icwatch.model import Decision, Inventory, MonitoringReport, ShardAlarms, Sweep, Transition
from icwatch.monitoring import monitor
from icwatch.store import AlarmStore


@dataclass(slots=True)
class Outcome:
    """What a batch came to: the transitions that were saved, and the first position to be delivered again, if any.

    `reports` are what was saved to be told of the monitoring itself.
    """

    transitions: list[Transition] = field(default_factory=list)
    reports: list[MonitoringReport] = field(default_factory=list)
    failed_at: int | None = None
    error: Exception | None = None

    def fail(self, position: int, error: Exception) -> None:
        """Remember the earliest position, and the first error: a later one only follows from it."""
        self.failed_at = position if self.failed_at is None else min(position, self.failed_at)
        self.error = self.error or error


def evaluate_batch(store: AlarmStore, inventory: Inventory, sweeps: Iterable[Sweep]) -> Outcome:
    """Evaluate sweeps in the order they came; stops at the first that fails, be it unreadable or not to be saved."""
    shards: dict[str, _Shard] = {}
    outcome = Outcome()
    position = 0
    try:
        for sweep in sweeps:
            if sweep.shard not in shards:
                shards[sweep.shard] = _Shard(store, store.load(sweep.shard))
            decision = shards[sweep.shard].take(inventory, sweep, position)
            if decision is not None:
                outcome.transitions += decision.transitions
                outcome.reports += decision.monitoring
            position += 1
    except Exception as error:
        outcome.fail(position, error)
    for shard in shards.values():
        if shard.unsaved_from is not None:
            try:
                shard.save(None)
            except Exception as error:
                outcome.fail(shard.unsaved_from, error)
    return outcome


class _Shard:
    """A shard in memory: what stands, the `at` that is stored, and the first position that is not saved yet."""

    def __init__(self, store: AlarmStore, stands: ShardAlarms) -> None:
        self._store = store
        self._stands = stands
        self._stored_at = stands.at
        self.unsaved_from: int | None = None

    def take(self, inventory: Inventory, sweep: Sweep, position: int) -> Decision | None:
        """Evaluate a sweep. Where that decides something, it is saved at once; what was decided is returned.

        A sweep that cannot be saved leaves the shard as it was before it, so that the earlier ones still can.
        """
        before = self._stands
        stands, transitions = evaluate(inventory, before, sweep)
        if stands is before:
            return None
        self._stands, reports = monitor(inventory, stands, sweep)
        if not transitions and not reports:
            self.unsaved_from = position if self.unsaved_from is None else self.unsaved_from
            return None
        decision = decide(inventory, self._stands, transitions, sweep.source, reports)
        try:
            self.save(decision)
        except Exception:
            self._stands = before
            raise
        return decision

    def save(self, decision: Decision | None) -> None:
        """Save what stands, and with it everything up to here."""
        self._store.save(self._stored_at, self._stands, decision)
        self._stored_at = self._stands.at
        self.unsaved_from = None
