"""Evaluating a batch of sweeps, be it one or a backlog: in memory, saved where something was decided and at the end.

A sweep counts as done only when a saved `at` covers it, or a dead letter about it was written. The first that is
neither is what is reported, so that it and all after it come again. Those among them that were done already are no
newer than the shard's `at` then, and decide nothing.

What fails for good fails alone: a sweep, or a shard, that no retry can help is set aside, and the others go on. Before
a dead letter is written, everything before its sweep is saved; so a record that is reported never has a dead letter
already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from botocore.exceptions import ClientError

from icwatch.errors import ConflictError
from icwatch.evaluation.clock import set_back
from icwatch.evaluation.hours import HourEnds
from icwatch.evaluation.outcome import Outcome
from icwatch.evaluation.shard import Shard
from icwatch.model import Inventory, Sweep
from icwatch.storage import AlarmStore
from icwatch.storage.dead_letters import DETERMINISTIC

SetAside = Callable[[int, Exception], None]
"""Writes a dead letter about the sweep at a position, and why it failed. Where that raises, the record comes again."""

_INVALID = frozenset({"ValidationException", "ValidationError"})
"""DynamoDB's codes, of a request and within a transaction, for an item that it will never take."""


def raise_it(position: int, error: Exception) -> None:
    """Set nothing aside: what fails for good is left to be delivered again, as all else is."""
    raise error


def evaluate_batch(
    store: AlarmStore,
    inventory: Inventory,
    sweeps: Iterable[Sweep | Exception],
    set_aside: SetAside = raise_it,
    latest: int | None = None,
    *,
    hour_ends: HourEnds | None = None,
) -> Outcome:
    """Evaluate sweeps in the order they came; stops at the first that fails for a reason that may pass.

    A sweep that cannot be read is represented by the error. `latest` is the last `at` that a shard can honestly have by
    the caller's clock: one that is beyond it is set back to it; see `clock.set_back`. `hour_ends` writes the totals of
    the hours that sweeps end; None for whoever needs none.
    """
    batch = _Batch(store, inventory, set_aside, latest, hour_ends)
    for position, sweep in enumerate(sweeps):
        if not batch.take(position, sweep):
            break
    batch.save()
    return batch.outcome


def can_never_be_evaluated(error: Exception) -> bool:
    """Whether trying again cannot help: it is in the sweep, in the shard's alarms, or in what they came to."""
    if isinstance(error, ClientError):
        reasons = error.response.get("CancellationReasons", ())
        codes = {error.response["Error"].get("Code"), *(reason.get("Code") for reason in reasons)}
        return not _INVALID.isdisjoint(codes)
    return isinstance(error, DETERMINISTIC) and not isinstance(error, ConflictError)


class _Batch:
    """The shards that a batch is about, and what it came to so far."""

    def __init__(
        self,
        store: AlarmStore,
        inventory: Inventory,
        set_aside: SetAside,
        latest: int | None,
        hour_ends: HourEnds | None,
    ) -> None:
        self._store, self._inventory = store, inventory
        self._set_aside, self._latest, self._hour_ends = set_aside, latest, hour_ends
        self._shards: dict[str, Shard] = {}
        self.outcome = Outcome()

    def take(self, position: int, sweep: Sweep | Exception) -> bool:
        """Evaluate a sweep, or set it aside. False: neither could be done, and it is to come again."""
        try:
            if isinstance(sweep, Exception):
                raise sweep
            shard = self._shard(sweep.shard)
            self._end_hour(shard.at, sweep)
            decision = shard.take(self._inventory, sweep, position, self.outcome)
            if decision is not None:
                self.outcome.transitions += decision.transitions
                self.outcome.reports += decision.monitoring
        except Exception as error:
            if can_never_be_evaluated(error):
                return self.save() and self._put_aside(position, error)
            self.outcome.fail(position, error)
            return False
        return True

    def save(self) -> bool:
        """Save what is only in memory. Whether nothing is left to come again."""
        lost: list[tuple[int, Exception]] = []
        for shard in self._shards.values():
            try:
                shard.save()
            except Exception as error:
                if can_never_be_evaluated(error):
                    lost += ((position, error) for position in shard.give_up())
                else:
                    self.outcome.fail(shard.unsaved[0], error)
        for position, problem in sorted(lost, key=lambda each: each[0]):
            comes_again = self.outcome.failed_at is not None and position >= self.outcome.failed_at
            if comes_again or not self._put_aside(position, problem):
                break
        return self.outcome.failed_at is None

    def _shard(self, name: str) -> Shard:
        """The shard, loaded at its first sweep."""
        if name not in self._shards:
            current = self._store.load(name)
            if self._latest is not None and current.at is not None and current.at > self._latest:
                back = set_back(current, self._latest)
                self._store.save(current.at, back, None)
                self.outcome.set_back[name] = current.at
                current = back
            if current.unreadable:
                self.outcome.unreadable |= {(name, key): each for key, each in current.unreadable.items()}
            self._shards[name] = Shard(self._store, current)
        return self._shards[name]

    def _end_hour(self, last: int | None, sweep: Sweep) -> None:
        """Sum up the hour that a sweep ends. Where that cannot be done, no alarm waits for it: the end of the day makes
        up for it. A table that does not answer is not asked again for this batch.
        """
        if self._hour_ends is None:
            return
        try:
            self._hour_ends.close(self._inventory, sweep.shard, last, sweep.at)
        except Exception as error:
            self.outcome.failed_totals[sweep.shard] = error
            if not can_never_be_evaluated(error):
                self._hour_ends = None

    def _put_aside(self, position: int, error: Exception) -> bool:
        try:
            self._set_aside(position, error)
        except Exception as problem:
            self.outcome.fail(position, problem)
            return False
        self.outcome.set_aside += 1
        return True
