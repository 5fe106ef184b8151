"""One shard of a batch: sweeps are evaluated in memory, and saved where something was decided and at the end."""

from __future__ import annotations

from icwatch.announcements.decision import decide
from icwatch.evaluation.drills import inventory_of_drills, monitor_drills
from icwatch.evaluation.evaluate import evaluate_rules
from icwatch.evaluation.monitoring import monitor
from icwatch.evaluation.outcome import Outcome
from icwatch.model import DRILL_SHARD, Decision, Inventory, MonitoringReport, ShardAlarms, Sweep
from icwatch.storage import AlarmStore

MONITORING = "the monitoring of itself"
"""In the place of a rule's name."""


class Shard:
    """A shard in memory: its current alarms, those that are stored, and the positions that are not saved yet."""

    def __init__(self, store: AlarmStore, current: ShardAlarms) -> None:
        self._store = store
        self._current = self._stored = current
        self.unsaved: list[int] = []

    @property
    def at(self) -> int | None:
        """The last sweep that was evaluated, saved or not."""
        return self._current.at

    def take(self, inventory: Inventory, sweep: Sweep, position: int, outcome: Outcome) -> Decision | None:
        """Evaluate a sweep. Where that decides something, it is saved at once; what was decided is returned.

        A sweep that cannot be saved leaves the shard as it was before it, so that the earlier ones still can.
        """
        before, decision = self._current, None
        watched = inventory_of_drills(inventory, before, sweep) if sweep.shard == DRILL_SHARD else inventory
        found = evaluate_rules(watched, before, sweep)
        if found.failed:
            outcome.failed_rules |= {(sweep.shard, rule): error for rule, error in found.failed.items()}
        if found.current is before:
            return None
        self._current, reports = _monitored(inventory, found.current, sweep, outcome)
        try:
            if found.transitions or reports:
                decision = decide(watched, self._current, found.transitions, sweep.source, reports)
                self._save(decision)
            else:
                self.unsaved.append(position)
        except Exception:
            self._current = before
            raise
        return decision

    def save(self) -> None:
        """Save the current alarms, where they are not those that are stored.

        That is also where nothing stands and nothing was decided: `at` alone says then that its sweeps were evaluated.
        Without it they would be new to whoever meets them again, be it under other rules, late, or out of turn; the
        next sweep would sum up hours anew; and of one that was given up nobody could tell that it took effect.
        """
        if self.unsaved:
            self._save(None)

    def give_up(self) -> list[int]:
        """Go back to what is stored, and name the positions that are given up with it."""
        positions, self.unsaved = self.unsaved, []
        self._current = self._stored
        return positions

    def _save(self, decision: Decision | None) -> None:
        """Save the current alarms, and with them everything up to here."""
        self._store.save(self._stored.at, self._current, decision)
        self._stored, self.unsaved = self._current, []


def _monitored(
    inventory: Inventory, current: ShardAlarms, sweep: Sweep, outcome: Outcome
) -> tuple[ShardAlarms, tuple[MonitoringReport, ...]]:
    """What the sweep says of the monitoring itself. That it fails is named as a rule is, and costs no alarm."""
    try:
        if sweep.shard == DRILL_SHARD:
            return monitor_drills(inventory, current, sweep)
        return monitor(inventory, current, sweep)
    except Exception as error:
        outcome.failed_rules[sweep.shard, MONITORING] = error
        return current, ()
