"""Evaluating a batch of sweeps, be it one or a backlog: in memory, saved where something was decided and at the end.

What makes a batch that fails halfway harmless: a sweep counts as done only when a saved `at` covers it, and the first
sweep that is not done is what is reported, so that it and all after it come again. Those among them that were done
already are no newer than the shard's `at` then, and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from icwatch import builtin
from icwatch.config import parse_rule
from icwatch.evaluation import evaluate
from icwatch.model import Decision, Inventory, Language, Rule, ShardAlarms, Sweep, Transition
from icwatch.store import AlarmStore


@dataclass(slots=True)
class _Shard:
    """A shard in memory: what is stored (`saved_at`), what stands, and the first position that is not saved yet."""

    saved_at: int | None
    stands: ShardAlarms
    dirty_from: int | None = None


@dataclass(slots=True)
class Outcome:
    """What a batch came to: the transitions that were saved, and the first position to be delivered again, if any."""

    transitions: list[Transition] = field(default_factory=list)
    failed_at: int | None = None
    error: Exception | None = None

    def fail(self, position: int, error: Exception) -> None:
        """Remember the earliest failure."""
        if self.failed_at is None or position < self.failed_at:
            self.failed_at, self.error = position, error


def evaluate_batch(store: AlarmStore, inventory: Inventory, sweeps: Iterable[Sweep]) -> Outcome:
    """Evaluate sweeps in the order they came; stops at the first that fails, be it unreadable or not to be saved."""
    shards: dict[str, _Shard] = {}
    outcome = Outcome()
    position = -1
    stream = iter(sweeps)
    while outcome.failed_at is None:
        position += 1
        try:
            sweep = next(stream, None)
            if sweep is None:
                break
            _take(store, inventory, shards, sweep, position, outcome)
        except Exception as error:
            outcome.fail(position, error)
    for shard in shards.values():
        if shard.dirty_from is not None:
            try:
                store.save(shard.saved_at, shard.stands, None)
            except Exception as error:
                outcome.fail(shard.dirty_from, error)
    return outcome


def _take(
    store: AlarmStore, inventory: Inventory, shards: dict[str, _Shard], sweep: Sweep, position: int, outcome: Outcome
) -> None:
    shard = shards.get(sweep.shard)
    if shard is None:
        stands = store.load(sweep.shard)
        shard = shards[sweep.shard] = _Shard(stands.at, stands)
    stands, transitions = evaluate(inventory, shard.stands, sweep)
    if stands is shard.stands:
        return
    if not transitions:
        shard.stands = stands
        shard.dirty_from = position if shard.dirty_from is None else shard.dirty_from
        return
    try:
        store.save(shard.saved_at, stands, decide(inventory, stands, transitions))
    except Exception as error:
        # What was evaluated since the last save is in nobody's table: it must come again as well.
        outcome.fail(position if shard.dirty_from is None else shard.dirty_from, error)
        del shards[sweep.shard]
        return
    shards[sweep.shard] = _Shard(stands.at, stands)
    outcome.transitions += transitions


def decide(inventory: Inventory, stands: ShardAlarms, transitions: tuple[Transition, ...]) -> Decision:
    """What is kept of a sweep that decided something: its transitions, and the rules and language to write them in."""
    assert stands.at is not None
    names = {transition.rule for transition in transitions}
    rules = {name: inventory.rules.get(name) or _stand_in(name) for name in sorted(names)}
    return Decision(stands.shard, stands.at, transitions, rules, inventory.language)


def _stand_in(name: str) -> Rule:
    """How to write about a rule that is gone: as the built-in one would, under its own name."""
    return replace(parse_rule(builtin.RULE), name=name, display_name=dict.fromkeys(Language, name))
