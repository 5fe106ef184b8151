"""Which cycles a batch of the stream was about, and what became of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from icwatch.evaluation.outcome import Outcome
from icwatch.model import DRILL_SHARD
from icwatch.storage.stream import Record


@dataclass(frozen=True, slots=True)
class CyclesOfBatch:
    """What a batch says of its cycles: the shards that are done by cycle, and the cycles of which a sweep failed.

    One that is only late is not among the failed: it comes again, and most troubles pass within a cycle.
    """

    done: Mapping[int, set[str]]
    given_up: tuple[int, ...]
    late: tuple[int, ...]

    @classmethod
    def of(cls, records: Sequence[Record], outcome: Outcome, given_up: Collection[int]) -> CyclesOfBatch:
        """Of a batch: everything before the first position that comes again, but for what was set aside."""
        done: dict[int, set[str]] = {}
        end = len(records) if outcome.failed_at is None else outcome.failed_at
        for position in set(range(end)) - {*given_up}:
            place = records[position].place()
            if _is_of_the_fleet(place):
                done.setdefault(int(place["at"]), set()).add(str(place["shard"]))
        late = () if outcome.failed_at is None else _cycles(records, [outcome.failed_at])
        return cls(done, _cycles(records, sorted(given_up)), late)


def _cycles(records: Sequence[Record], positions: Collection[int]) -> tuple[int, ...]:
    places = (records[position].place() for position in positions)
    return tuple(int(place["at"]) for place in places if place and _is_of_the_fleet(place))


def _is_of_the_fleet(place: Mapping[str, object]) -> bool:
    """Whether a sweep belongs to a cycle: those of drills do not."""
    return place["shard"] != DRILL_SHARD
