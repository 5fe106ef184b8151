"""Which cycles a batch was about, and what became of them."""

from __future__ import annotations

import pytest

from icwatch.evaluation.cycles import CyclesOfBatch
from icwatch.evaluation.outcome import Outcome
from icwatch.model import DRILL_SHARD
from icwatch.storage.stream import Record

FLEET, OTHER = "shard-0001", "shard-0002"


def records(*places: tuple[str, int]) -> list[Record]:
    return [
        Record(str(number), {"shard": {"S": shard}, "at": {"N": str(at)}}) for number, (shard, at) in enumerate(places)
    ]


@pytest.mark.parametrize(
    ("places", "failed_at", "given_up", "expected"),
    [
        ([(FLEET, 60), (OTHER, 60), (FLEET, 120)], None, [], CyclesOfBatch({60: {FLEET, OTHER}, 120: {FLEET}}, (), ())),
        ([(FLEET, 60), (OTHER, 60), (FLEET, 120)], 1, [], CyclesOfBatch({60: {FLEET}}, (), (60,))),
        ([(FLEET, 60), (OTHER, 60)], None, [1], CyclesOfBatch({60: {FLEET}}, (60,), ())),
        # A drill completes no cycle, and that its sweep fails says nothing of the fleet's.
        ([(FLEET, 60), (DRILL_SHARD, 60)], None, [], CyclesOfBatch({60: {FLEET}}, (), ())),
        ([(DRILL_SHARD, 60), (FLEET, 60)], 0, [], CyclesOfBatch({}, (), ())),
        ([(DRILL_SHARD, 60), (FLEET, 60)], None, [0], CyclesOfBatch({60: {FLEET}}, (), ())),
    ],
)
def test_what_became_of_the_cycles(
    places: list[tuple[str, int]], failed_at: int | None, given_up: list[int], expected: CyclesOfBatch
) -> None:
    outcome = Outcome()
    outcome.failed_at = failed_at
    assert CyclesOfBatch.of(records(*places), outcome, given_up) == expected
