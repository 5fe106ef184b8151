"""Which decisions, and which notices of them, the messages in the notifier's dead-letter queue mean."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from icwatch.model import DRILL_SHARD
from icwatch.storage.tables import items_between
from icwatch_cli.deployed.dead_letters import Aside, AsideSweep, Batch, Unclear, read_letter
from icwatch_cli.deployed.queues import Position, positions_in
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.terminal.times import spell_moment

EARLIER_SECONDS = 2 * 3600
"""How much older than its arrival in the stream a decision can be: the evaluator gives up sweeps after an hour."""

LATER_SECONDS = 300
"""How much younger: clocks differ."""


class Meant(NamedTuple):
    """A notice that a message means; without `notice_id`, all notices of the decision."""

    position: Position
    notice_id: str


class Meaning:
    """Reads messages. What a stream does not hold any more is looked for in the Transitions table."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def of(self, body: str) -> set[Meant] | Unclear:
        """What a message means."""
        letter = read_letter(body)
        match letter:
            case Unclear():
                return letter
            case AsideSweep():
                return Unclear("it is about a sweep, not about notices")
            case Aside():
                return {Meant(Position(letter.at, letter.shard), letter.notice_id)}
        positions = positions_in(self._stack.streams, letter)
        if positions is None:
            positions = list(self._positions_about(letter))
            if not positions:
                span = f"{spell_moment(letter.starts)} to {spell_moment(letter.ends)}"
                return Unclear(f"of its {letter.size} decisions from {span}, none is in stream or table any more")
        return {Meant(position, "") for position in positions}

    @functools.cached_property
    def _shards(self) -> tuple[str, ...]:
        return (*self._stack.inventory().load().all_shards, DRILL_SHARD)

    def _positions_about(self, batch: Batch) -> Iterator[Position]:
        """All decisions that may have arrived when the batch did. More than were meant, but those have receipts."""
        table, first, last = self._stack.output("TransitionsTable"), batch.starts, batch.ends
        for shard in self._shards:
            for item in items_between(
                self._stack.database, table, shard, first - EARLIER_SECONDS, last + LATER_SECONDS, keys_only=True
            ):
                yield Position(int(item["at"]["N"]), shard)
