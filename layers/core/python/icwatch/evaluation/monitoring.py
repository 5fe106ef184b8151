"""Problems of the monitoring itself: which begin and which end with a sweep. Pure, and without a clock.

A target that is not seen, and an item of the inventory that cannot be read, raise no alarm and clear none. So they are
reported to operations, once each, and once more when they are over. What was reported is kept with the shard's alarms
and saved with them; the sweep that comes again is no newer than the shard's `at`, and is not looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from icwatch.model import (
    CUT_OFF,
    HEALTH,
    UNREADABLE,
    UNSEEN,
    WHOLE_FLEET,
    Inventory,
    MonitoringProblem,
    MonitoringReport,
    ShardAlarms,
    Sweep,
)
from icwatch.rules.index import index_of, part_of
from icwatch.text import one_line

UNSEEN_SECONDS = 15 * 60
"""For so long a target has to be unseen before it is reported."""

MAX_REASON_CHARACTERS = 100
"""Of a reason that is kept: a shard's state is one item of a table, with its alarms in it."""

MAX_UNREADABLE = 50
"""Items that cannot be read and are named one by one; how many more there are is one problem together."""

MORE = "other items"
"""The subject of that problem."""

PROBE = ("fleet", "head.probe")
"""The item that says how targets are asked that have no probe of their own, as `Inventory.unreadable` names it."""

NOT_IN_SWEEP = "the sweep does not have it"
"""Why a target is unseen of which the sweep says nothing at all."""

Problems = Mapping[str, MonitoringProblem]


def monitor(
    inventory: Inventory, current: ShardAlarms, sweep: Sweep
) -> tuple[ShardAlarms, tuple[MonitoringReport, ...]]:
    """Look at a sweep that was just evaluated: the shard's state with its problems, and what is reported."""
    if not current.monitoring and not inventory.unreadable and part_of(inventory, sweep.shard).is_seen_by(sweep):
        return current, ()  # as nearly always: every target was seen, and nothing was wrong before
    looking = _Looking(inventory, sweep, current.monitoring)
    found = [*looking.network(), *looking.targets(), *looking.items()]
    problems = {problem.key: problem for problem, _ in found if problem is not None}
    return replace(current, monitoring=problems), tuple(report for _, report in found if report is not None)


Found = tuple[MonitoringProblem | None, MonitoringReport | None]
"""A problem as it is after the sweep (None: it is over), and what is reported of it, if anything."""


class _Looking:
    """One sweep being looked at."""

    def __init__(self, inventory: Inventory, sweep: Sweep, before: Problems) -> None:
        self._inventory, self._sweep, self._before = inventory, sweep, before
        self._reports_for_all = sweep.shard in (index_of(inventory).reporting_shard, "")

    def network(self) -> Iterator[Found]:
        """This side's network, which is the same for all shards, so one shard speaks of it."""
        known = self._before.get(MonitoringProblem(CUT_OFF, WHOLE_FLEET, 0, 0).key)
        at = self._sweep.at
        if self._sweep.cut_off and known is None and self._reports_for_all:
            reason = next(iter(self._sweep.unseen.values()), "")
            yield _reported(MonitoringProblem(CUT_OFF, WHOLE_FLEET, at, at, one_line(reason, MAX_REASON_CHARACTERS)))
        elif known is not None:
            yield _over(known, "reached") if self._sweep.conclusive else (replace(known, at=at), None)

    def targets(self) -> Iterator[Found]:
        """The shard's targets. Where nothing of the fleet was seen, one shard speaks for all, and the others wait.

        Where nothing could be reached, that is one problem and not one of each target.
        """
        known = {problem.subject: problem for problem in self._before.values() if problem.kind == UNSEEN}
        if self._sweep.cut_off or not (self._sweep.conclusive or self._reports_for_all):
            yield from ((problem, None) for problem in known.values())
            return
        targets, seen = part_of(self._inventory, self._sweep.shard).targets, self._sweep.metrics.get(HEALTH, {})
        for name, target in targets.items():
            if name in seen:
                if name in known:
                    yield _over(known[name], "seen")
            elif target.probe is None and PROBE in self._inventory.unreadable:
                yield known.get(name), None  # nobody knows how to ask it, which is a problem of its own
            else:
                yield self._unseen(name, known.get(name))
        for name in known.keys() - targets.keys():
            readable = ("target", name) not in self._inventory.unreadable
            yield _over(known[name], "removed") if readable else (known[name], None)

    def items(self) -> Iterator[Found]:
        """The inventory's items. They are the same for all shards, so one shard speaks of them."""
        known = {problem.subject: problem for problem in self._before.values() if problem.kind == UNREADABLE}
        if not self._reports_for_all:
            return
        now = _unreadable(self._inventory)
        for subject, reason in now.items():
            if subject in known:
                yield replace(known[subject], at=self._sweep.at), None
            else:
                yield _reported(MonitoringProblem(UNREADABLE, subject, self._sweep.at, self._sweep.at, reason))
        for subject in known.keys() - now.keys():
            yield _over(known[subject], "readable")

    def _unseen(self, name: str, known: MonitoringProblem | None) -> Found:
        """One more sweep without this target. Of a gap before it, one cycle counts at the most."""
        at = self._sweep.at
        problem = known or MonitoringProblem(UNSEEN, name, at, at)
        reason = one_line(self._sweep.unseen.get(name, problem.reason or NOT_IN_SWEEP), MAX_REASON_CHARACTERS)
        held = problem.held + max(0, min(at - problem.at, self._inventory.every))
        problem = replace(problem, at=at, reason=reason, held=held)
        return _reported(problem) if held >= UNSEEN_SECONDS and not problem.reported else (problem, None)


def _reported(problem: MonitoringProblem) -> Found:
    report = MonitoringReport(problem.kind, problem.subject, problem.since, problem.reason)
    return replace(problem, reported=True), report


def _over(problem: MonitoringProblem, ended: str) -> Found:
    """The end of a problem, which is reported if the problem was."""
    report = MonitoringReport(problem.kind, problem.subject, problem.since, problem.reason, ended)
    return None, report if problem.reported else None


def _unreadable(inventory: Inventory) -> dict[str, str]:
    """What is wrong with items of the inventory, by kind and id."""
    items = sorted(inventory.unreadable.items())
    found = {
        one_line(f"{kind} {name}", MAX_REASON_CHARACTERS): one_line(problem, MAX_REASON_CHARACTERS)
        for (kind, name), problem in items[:MAX_UNREADABLE]
    }
    return found | ({MORE: f"{len(items) - MAX_UNREADABLE} of them"} if len(items) > MAX_UNREADABLE else {})
