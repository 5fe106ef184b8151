"""What happened in a deployed stack, oldest first: decisions, acknowledgements, reports on the monitoring itself."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from icwatch.errors import ItemError
from icwatch.model import (
    DRILL_SHARD,
    Acknowledgement,
    Decision,
    Inventory,
    MonitoringReport,
    Transition,
)
from icwatch.storage import TransitionReader
from icwatch_cli.arguments.kinds import ACKNOWLEDGED


@dataclass(frozen=True, slots=True)
class Event:
    """A transition, that an alarm was acknowledged, or a report on the monitoring itself, which has no rule."""

    at: int
    kind: str
    rule: str
    target: str
    transition: Transition | None = None
    acknowledgement: Acknowledgement | None = None
    report: MonitoringReport | None = None


def events(
    store: TransitionReader, inventory: Inventory, first: int, last: int, unreadable: Callable[[ItemError], None]
) -> Iterator[Event]:
    """All that happened from `first` to `last`, oldest first: the shards merged by time."""
    shards = (*inventory.all_shards, DRILL_SHARD)
    streams = [_decided(store.history(shard, first, last), unreadable) for shard in shards]
    known = sorted(inventory.acknowledged.values(), key=lambda each: each.at)
    notes = (_as_event(each) for each in known if first <= each.at <= last)
    return heapq.merge(*streams, notes, key=lambda event: event.at)


def _decided(decisions: Iterable[Decision | ItemError], unreadable: Callable[[ItemError], None]) -> Iterator[Event]:
    for decision in decisions:
        if isinstance(decision, ItemError):
            unreadable(decision)
            continue
        for each in decision.transitions:
            yield Event(each.at, each.kind, each.rule, each.target, transition=each)
        for report in decision.monitoring:
            yield Event(decision.at, report.ended or report.kind, "", report.subject, report=report)


def _as_event(known: Acknowledgement) -> Event:
    rule, _, rest = known.id.partition(":")
    return Event(known.at, ACKNOWLEDGED, rule, rest.rpartition(":")[0], acknowledgement=known)


def wanted(event: Event, rule: str | None, target: str | None, kinds: list[str] | None) -> bool:
    """Whether an event is what was asked for."""
    return rule in (None, event.rule) and target in (None, event.target) and (kinds is None or event.kind in kinds)
