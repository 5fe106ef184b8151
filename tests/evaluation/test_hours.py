"""When an hour is summed up: by the first sweep of a later one, once, whatever comes again or fails."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from icwatch.errors import ItemError
from icwatch.evaluation.batch import evaluate_batch
from icwatch.evaluation.hours import HourEnds
from icwatch.model import (
    DAY_SECONDS,
    DRILL_SHARD,
    HEALTH,
    HOUR_SECONDS,
    Inventory,
    Sweep,
    Target,
    TargetTotals,
    Totals,
)
from icwatch_cli.fleet import builtin, parse_rule
from tests.memory import MemoryAlarms, MemorySamples, MemoryTotals

DAY = 1_795_305_600
"""The first second of a day."""

RULE = parse_rule(builtin.RULE)
NAMES = ("10.0.0.1", "10.0.0.2")
INVENTORY = Inventory(
    targets={name: Target(name) for name in NAMES},
    shards={NAMES[0]: "shard-0001", NAMES[1]: "shard-0002"},
    all_shards=("shard-0001", "shard-0002"),
    rules={RULE.name: RULE},
)


class World:
    """A stack's tables in memory, and what its evaluator makes of sweeps."""

    def __init__(self) -> None:
        self.samples, self.alarms, self.totals = MemorySamples(), MemoryAlarms(), MemoryTotals()
        self.inventory = INVENTORY

    def evaluate(self, *sweeps: Sweep) -> dict[str, Exception]:
        """A batch; what failed of its totals."""
        for sweep in sweeps:
            self.samples.save(sweep)
        ends = HourEnds(self.samples, self.totals)
        outcome = evaluate_batch(self.alarms, self.inventory, sweeps, hour_ends=ends)
        assert outcome.error is None
        return outcome.failed_totals

    def hours(self, shard: str = "shard-0001") -> dict[int, TargetTotals]:
        """The hours of a shard's only target, by the number of the hour."""
        found = self.totals.hours(shard, DAY - DAY_SECONDS, DAY + 9 * DAY_SECONDS)
        return {(total.at - DAY) // HOUR_SECONDS: target for total in found for target in total.targets.values()}

    def days(self, shard: str = "shard-0001") -> dict[int, TargetTotals]:
        found = self.totals.days(shard, DAY - DAY_SECONDS, DAY + 9 * DAY_SECONDS)
        return {(total.at - DAY) // DAY_SECONDS: target for total in found for target in total.targets.values()}


def swept(minutes: Iterable[int], bad: Iterable[int] = (), number: int = 1, offset: int = 0) -> list[Sweep]:
    """The sweeps of a shard in these minutes of the day."""
    down = {*bad}
    return [
        Sweep(f"shard-000{number}", DAY + 60 * minute + offset, {HEALTH: {NAMES[number - 1]: int(minute not in down)}})
        for minute in minutes
    ]


def test_the_first_sweep_of_an_hour_sums_up_the_last_one_once() -> None:
    world = World()
    sweeps = swept(range(61), bad=range(10, 15))
    world.evaluate(*sweeps[:60])
    assert world.hours() == {}
    world.evaluate(sweeps[60])
    assert world.hours() == {0: TargetTotals(3300, 300, 0, 1)}
    kept = dict(world.totals.totals)
    world.evaluate(*sweeps)  # all of it again, to an evaluator that knows what was decided
    world.alarms = MemoryAlarms()
    world.evaluate(*sweeps)  # and to one that does not
    assert world.totals.totals == kept
    assert all(one is other for one, other in zip(world.totals.totals.values(), kept.values(), strict=True))


@settings(max_examples=30)
@given(st.integers(0, 1 << 32))
def test_neither_a_crash_nor_a_record_that_comes_again_changes_anything(seed: int) -> None:
    """An evaluator that dies before it saves has written totals of what it was given, and is given it again."""
    dice = random.Random(seed)
    marks = dice.choices("..x_-", k=60)  # as in test_totals
    sweeps = [
        Sweep("shard-0001", DAY + 77_000 + 600 * place, {HEALTH: {} if mark == "_" else {NAMES[0]: int(mark == ".")}})
        for place, mark in enumerate(marks)
        if mark != "-"
    ]
    undisturbed, world = World(), World()
    undisturbed.inventory = world.inventory = replace(INVENTORY, every=600)
    undisturbed.evaluate(*sweeps)
    while sweeps:
        size = dice.randint(1, 9)
        batch = sweeps[:size]
        if dice.random() < 0.5:
            kept = dict(world.alarms.current)
            world.evaluate(*batch)
            world.alarms.current = kept  # as if nothing had been saved
        else:
            world.evaluate(*batch)
            sweeps = sweeps[dice.randrange(size + 1) :]
    assert world.totals.totals == undisturbed.totals.totals


def test_a_batch_of_hours_sums_up_each() -> None:
    world = World()
    world.evaluate(*swept(range(60 * 3 + 1), bad=range(50, 70)))
    assert world.hours() == {
        0: TargetTotals(3000, 600, 0, 1),
        1: TargetTotals(3000, 600, 0, 0),  # it goes on, and is the same outage
        2: TargetTotals(3600),
    }


def test_an_hour_that_nobody_swept_has_no_totals() -> None:
    """But for what the last sample reaches into the next one."""
    world = World()
    world.evaluate(*swept(range(60), offset=17), *swept([60 * 30], offset=17))
    assert world.hours() == {0: TargetTotals(3583, 0, 17), 1: TargetTotals(17, 0, 3583)}
    assert world.days() == {0: TargetTotals(3600, 0, 23 * 3600)}


def test_a_day_is_summed_up_of_its_hours_and_makes_those_that_are_missing() -> None:
    world = World()
    sweeps = swept(range(24 * 60 + 1), bad=[30, 100])
    world.evaluate(*sweeps[:-1])
    lost = world.totals.totals.pop(("shard-0001", HOUR_SECONDS, DAY + 3600))
    world.evaluate(sweeps[-1])
    assert len(world.hours()) == 24
    assert world.totals.totals["shard-0001", HOUR_SECONDS, DAY + 3600] == lost
    assert world.days() == {0: TargetTotals(86_280, 120, 0, 2)}


def test_a_day_that_could_not_be_summed_up_at_its_end_is_summed_up_an_hour_later() -> None:
    world = World()
    sweeps = swept(range(25 * 60 + 1), bad=[30, 100])
    world.evaluate(*sweeps[: 24 * 60])
    kept, world.totals = world.totals, Broken(ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem"))
    assert world.evaluate(*sweeps[24 * 60 : 24 * 60 + 1])
    world.totals = kept
    assert world.days() == {}
    world.evaluate(*sweeps[24 * 60 + 1 :])
    assert len(world.hours()) == 25
    assert world.days() == {0: TargetTotals(86_280, 120, 0, 2)}


def test_what_moves_to_another_shard_is_known_of_both_parts_of_its_hour() -> None:
    world = World()
    world.evaluate(*swept(range(20)), *swept(range(20), number=2))
    everyone = replace(INVENTORY, shards=dict.fromkeys(NAMES, "shard-0001"))
    world.inventory = everyone
    both = [replace(sweep, metrics={HEALTH: dict.fromkeys(NAMES, 1)}) for sweep in swept(range(20, 61))]
    world.evaluate(*both)
    first, second = (world.totals.totals[f"shard-000{number}", HOUR_SECONDS, DAY] for number in (1, 2))
    assert first.targets == {NAMES[0]: TargetTotals(3600), NAMES[1]: TargetTotals(2400, 0, 1200)}
    assert second.targets == {NAMES[1]: TargetTotals(1200, 0, 2400)}


def test_drills_have_no_totals() -> None:
    world = World()
    drill = Sweep(DRILL_SHARD, DAY, {HEALTH: {"drill-1": 0}})
    world.evaluate(drill, replace(drill, at=DAY + 7200))
    assert world.totals.totals == {}


class Broken(MemoryTotals):
    """Totals that cannot be saved."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error, self.asked = error, 0

    def save(self, totals: Totals) -> bool:
        self.asked += 1
        raise self.error


def test_no_alarm_waits_for_totals() -> None:
    """A table that does not answer is asked once a batch; what is wrong with one shard costs only that one."""
    sweeps = [*swept([0, 60], bad=[60]), *swept([0, 60], bad=[60], number=2)]
    for error, asked in (
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem"), 1),
        (ItemError("too large"), 2),
    ):
        world, totals = World(), Broken(error)
        world.totals = totals
        assert len(world.evaluate(*sweeps)) == totals.asked == asked
        assert {each.target for shard in world.alarms.current.values() for each in shard.alarms.values()} == {*NAMES}


def test_a_sample_of_a_longer_cycle_stands_into_an_hour_that_ends_with_a_shorter_one() -> None:
    world = World()
    hour = DAY + HOUR_SECONDS
    slow = [replace(each, at=hour + second, every=240) for each in swept([0]) for second in (-441, -201, 39)]
    fast = [replace(each, at=hour + second, every=20) for each in swept([0]) for second in range(59, 3700, 20)]
    world.inventory = replace(INVENTORY, every=20)
    world.evaluate(*slow, *fast)
    assert world.hours()[1] == TargetTotals(3600)


def test_the_last_sample_before_a_gap_stands_for_its_own_cycle_into_the_next_hour() -> None:
    world = World()
    slow = [replace(each, at=DAY + 3500, every=240) for each in swept([0])]
    late = [replace(each, at=DAY + 5 * HOUR_SECONDS, every=20) for each in swept([0])]
    world.inventory = replace(INVENTORY, every=20)
    world.evaluate(*slow, *late)
    assert world.hours() == {0: TargetTotals(100, 0, 3500), 1: TargetTotals(140, 0, 3460)}
