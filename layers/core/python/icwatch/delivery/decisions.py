"""Decisions by shard and moment, each read and decoded once for all robots that are told of it.

What was decided is never changed, so one that was read can be kept. One that is not there may come, and is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from icwatch.errors import ItemError
from icwatch.model import Decision

MOST = 8
"""Decisions that are kept, those that were asked for last: a large one takes some megabytes."""


class History(Protocol):
    """Where decisions are read."""

    def history(self, shard: str, first: int, last: int) -> Iterator[Decision | ItemError]:
        """What was decided about a shard from `first` to `last`."""


class Decisions:
    """The decisions that were read last."""

    def __init__(self, table: History) -> None:
        self._table = table
        self._kept: dict[tuple[str, int], Decision] = {}

    def of(self, shard: str, at: int) -> Decision | None:
        """The decision of a sweep; None where there is none. Raises ItemError where it cannot be read."""
        key = shard, at
        found = self._kept.pop(key, None) or self._read(shard, at)
        if found is not None:
            self._kept[key] = found
            for oldest in [*self._kept][:-MOST]:
                del self._kept[oldest]
        return found

    def _read(self, shard: str, at: int) -> Decision | None:
        found = next(iter(self._table.history(shard, at, at)), None)
        if isinstance(found, ItemError):
            raise found
        return found
