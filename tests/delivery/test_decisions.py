"""Decisions that are read once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from icwatch.delivery.decisions import MOST, Decisions
from icwatch.errors import ItemError
from icwatch.model import Decision


class Table:
    """Decisions of one shard, and how often each was read."""

    def __init__(self, *found: Decision | ItemError) -> None:
        self.found = dict(enumerate(found))
        self.reads: list[int] = []

    def history(self, shard: str, first: int, last: int) -> Iterator[Decision | ItemError]:
        assert (shard, first) == ("s", last)
        self.reads.append(first)
        if first in self.found:
            yield self.found[first]


def decision(at: int) -> Decision:
    return Decision("s", at, (), {})


def test_one_that_was_read_is_not_read_again() -> None:
    table = Table(decision(0), decision(1))
    kept = Decisions(table)
    assert [kept.of("s", at) for at in (0, 1, 0, 0, 1)] == [decision(at) for at in (0, 1, 0, 0, 1)]
    assert table.reads == [0, 1]


def test_one_that_is_not_there_is_looked_for_again() -> None:
    table = Table()
    kept = Decisions(table)
    assert kept.of("s", 0) is None
    table.found[0] = decision(0)
    assert kept.of("s", 0) == decision(0)
    assert table.reads == [0, 0]


def test_one_that_cannot_be_read_is_raised_and_looked_for_again() -> None:
    table = Table(ItemError("torn"))
    kept = Decisions(table)
    for _ in range(2):
        with pytest.raises(ItemError, match="torn"):
            kept.of("s", 0)
    assert table.reads == [0, 0]


def test_those_that_were_asked_for_last_are_kept() -> None:
    table = Table(*map(decision, range(MOST + 1)))
    kept = Decisions(table)
    for at in range(MOST):
        kept.of("s", at)
    kept.of("s", 0)  # asked for again, so the next oldest goes
    kept.of("s", MOST)
    table.reads.clear()
    kept.of("s", 0)
    kept.of("s", MOST)
    assert table.reads == []
    kept.of("s", 1)
    assert table.reads == [1]
