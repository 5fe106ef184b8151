"""Totals that are made again: the same as the evaluator's, and nothing of what its sweeps no longer say is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from icwatch.errors import ItemError
from icwatch.evaluation.hours import HourEnds
from icwatch.model import DAY_SECONDS, HEALTH, HOUR_SECONDS, Inventory, Sweep, TargetTotals, Totals
from icwatch.storage.items import write_item
from icwatch.storage.packing import pack
from icwatch_cli.deployed.rebuilding import Rebuilding, Rebuilt
from tests.memory import MemorySamples, MemoryTotals

SHARD, EVERY = "shard-0001", 240
DAY = 1_795_305_600
"""The first second of a day."""

NOW = DAY + 50 * HOUR_SECONDS + 600
FIRST, LAST = DAY - DAY_SECONDS, DAY + 9 * DAY_SECONDS
INVENTORY = Inventory(every=EVERY, shards={"a": SHARD}, all_shards=(SHARD,))


class World:
    """Two days of sweeps, and what an evaluator made of them."""

    def __init__(self) -> None:
        self.samples, self.totals = MemorySamples(), MemoryTotals()
        self.expires = 14 * DAY_SECONDS
        self.torn: set[int] = set()
        self.noted: list[str] = []
        ends = HourEnds(self.samples, self.totals)
        moments = [at for at in range(DAY + 17, NOW, EVERY) if not DAY + 40_000 < at < DAY + 60_000]
        for last, at in zip([None, *moments], moments, strict=False):
            self.samples.save(Sweep(SHARD, at, {HEALTH: {"a": int(at % 7000 > 900)}}, probe_ms={"a": at % 50}))
            ends.close(INVENTORY, SHARD, last, at)
        self.made = dict(self.totals.totals)

    def sweeps(self, shard: str, first: int, last: int) -> Iterator[Mapping[str, Any]]:
        for sweep in self.samples.between(shard, first, last):
            item = write_item(sweep, expires_at=sweep.at + self.expires)
            yield pack({**item, "metrics": "torn"} if sweep.at in self.torn else item)

    def rebuild(self, first: int = FIRST, last: int = LAST, every: int = EVERY) -> Rebuilt:
        def note(error: ItemError) -> None:
            self.noted.append(str(error))

        rebuilding = Rebuilding(self.sweeps, self.totals, every, NOW, note)
        hours = [*rebuilding.shard(SHARD, first, last)]
        assert hours == sorted(hours)
        return rebuilding.rebuilt


def test_what_is_made_again_is_what_was_made() -> None:
    world = World()
    assert {seconds for _, seconds, _ in world.made} == {HOUR_SECONDS, DAY_SECONDS}
    assert world.rebuild() == Rebuilt(hours=46, days=2)
    assert world.rebuild(every=60) == Rebuilt(hours=46, days=2)  # by the cycle that they were made by
    world.totals.totals.clear()
    assert world.rebuild() == Rebuilt(46, 46, 2, 2)
    assert world.totals.totals == world.made


def test_what_is_wrong_or_missing_is_written_and_its_day_with_it() -> None:
    world = World()
    wrong = SHARD, HOUR_SECONDS, DAY + 3600
    world.totals.totals[wrong] = replace(world.totals.totals[wrong], targets={"a": TargetTotals(1, 2, 3597)})
    del world.totals.totals[SHARD, HOUR_SECONDS, DAY + 7200], world.totals.totals[SHARD, DAY_SECONDS, DAY]
    assert world.rebuild(DAY + 3600, DAY + 7200) == Rebuilt(1, 1, 1, 1)
    assert world.rebuild() == Rebuilt(46, 1, 2, 1)
    assert world.totals.totals == world.made


def test_an_hour_whose_sweeps_expire_is_left_as_it_is() -> None:
    """Its first ones may be gone; what was gone before has totals all the same, in its day, too."""
    world = World()
    world.expires = NOW - DAY - 90_000
    world.samples.forget(DAY + 90_000)
    rebuilt = world.rebuild()
    assert (rebuilt.left, rebuilt.written_hours, rebuilt.written_days) == (2, 0, 0)
    assert world.totals.totals == world.made


def test_a_sweep_that_cannot_be_read_is_named_once_and_unseen() -> None:
    world = World()
    world.torn = {DAY + 7200 + 17}
    assert world.rebuild().written_hours == 1
    assert len(world.noted) == 1
    assert world.noted[0].startswith(f"Sweep item (shard={SHARD}, at={DAY + 7217})")
    (total,) = world.totals.hours(SHARD, DAY + 7200, DAY + 7201)
    assert total.targets["a"].unseen == EVERY


def test_a_shard_without_sweeps_has_nothing_to_make() -> None:
    world = World()
    kept = Totals(SHARD, DAY, HOUR_SECONDS, EVERY)
    world.totals.replace(kept)
    assert world.rebuild(0, DAY - 1) == Rebuilt()
    assert world.totals.totals[SHARD, HOUR_SECONDS, DAY] is kept
