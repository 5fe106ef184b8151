"""What an hour comes to, to the second. A mark is a cycle: `.` good, `x` bad, `_` not in its sweep, `-` no sweep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.evaluation.totals import held, reach, total_of_day, total_of_hour
from icwatch.model import DAY_SECONDS, HEALTH, HOUR_SECONDS, Cause, Failure, Sweep, TargetTotals, Totals

HOUR = 1_795_316_400
SHARD = "shard-0001"


def swept(marks: str, first: int = HOUR, every: int = 60) -> Iterator[Sweep]:
    """The sweeps of one target."""
    for place, mark in enumerate(marks):
        if mark != "-":
            yield Sweep(SHARD, first + every * place, {HEALTH: {} if mark == "_" else {"a": int(mark == ".")}})


def hour_of(marks: str, first: int = HOUR, every: int = 60) -> TargetTotals | None:
    total = total_of_hour(SHARD, HOUR, every, swept(marks, first, every))
    return total.targets.get("a") if total else None


@pytest.mark.parametrize(
    ("marks", "first", "expected"),
    [
        ("." * 61, 0, TargetTotals(3600)),
        ("." * 60, 0, TargetTotals(3600)),  # nobody knows what follows the last one: it stands for a cycle
        ("." * 61, -37, TargetTotals(3600)),  # the sweep before the hour reaches into it, and the last one ends with it
        ("x" + "." * 60, -37, TargetTotals(3577, 23)),  # the outage began before the hour
        ("." * 60 + "x", -37, TargetTotals(3563, 37, outages=1)),
        ("." * 10 + "x" * 5 + "." * 46, 0, TargetTotals(3300, 300, outages=1)),
        ("." * 10 + "x__x" + "." * 47, 0, TargetTotals(3360, 120, 120, outages=1)),  # unseen ends no outage
        ("x.x.x" + "." * 56, 0, TargetTotals(3420, 180, outages=3)),
        (".-" * 30 + ".", 0, TargetTotals(1800, 0, 1800)),  # two cycles are a gap
        ("_" * 37 + "." * 24, 0, TargetTotals(23 * 60, 0, 37 * 60)),
        ("_" * 61, 0, None),
        (".", 3600, None),  # what comes later says nothing
        (".", -90, None),
        (".", -59, TargetTotals(1, 0, 3599)),  # of an hour without a sweep of its own
    ],
)
def test_an_hour(marks: str, first: int, expected: TargetTotals | None) -> None:
    assert hour_of(marks, HOUR + first) == expected


def test_up_to_one_and_a_half_cycles_are_no_gap() -> None:
    assert [held(gap, 60) for gap in (1, 60, 90, 91, 3600)] == [1, 60, 90, 60, 60]
    assert [reach(every) for every in (1, 5, 60)] == [2, 8, 90]
    late = [*swept("..."), *swept("." * 57, HOUR + 210)]
    total = total_of_hour(SHARD, HOUR, 60, late)
    assert total is not None
    assert total.targets["a"].unseen == 0


@given(st.text("..x_-", max_size=80), st.integers(-90, 0), st.sampled_from([7, 45, 60, 240]))
def test_an_hour_is_good_bad_and_unseen(marks: str, first: int, every: int) -> None:
    found = hour_of(marks, HOUR + first, every)
    assert found is None or (found.whole == HOUR_SECONDS and min(found.good, found.bad, found.unseen) >= 0)


@given(st.text("..x_-", min_size=1, max_size=150), st.integers(0, 59))
def test_two_hours_lose_and_double_nothing(marks: str, offset: int) -> None:
    """What a sample stands across a full hour is divided between both; elsewhere a minute is a minute."""
    sweeps = [*swept(marks, HOUR + offset)]
    totals = [total_of_hour(SHARD, HOUR + HOUR_SECONDS * number, 60, sweeps) for number in range(4)]
    found = [total.targets["a"] for total in totals if total]
    assert sum(each.good for each in found) == 60 * marks.count(".")
    assert sum(each.bad for each in found) == 60 * marks.count("x")


def test_an_inconclusive_sweep_saw_nobody() -> None:
    sweeps = [replace(sweep, conclusive=sweep.at % 3600 >= 600) for sweep in swept("x" * 10 + "." * 50)]
    total = total_of_hour(SHARD, HOUR, 60, sweeps)
    assert total is not None
    assert total.targets == {"a": TargetTotals(3000, 0, 600)}


def test_probe_times_are_of_answers_of_the_hour() -> None:
    """A hundred answers of 1 to 100 ms, one of HTTP 500 among them; what gave none has no time."""
    refused, unwell = Failure(Cause.CONNECTION_REFUSED), Failure(Cause.HTTP_STATUS, "HTTP 500", 500)
    sweeps = [
        Sweep(SHARD, HOUR + 36 * number, {HEALTH: {"a": 1, "b": 0}}, {"b": refused}, {"a": number + 1, "b": 9})
        for number in range(101)
    ]
    sweeps[99] = replace(sweeps[99], failures={"a": unwell, "b": refused}, metrics={HEALTH: {"a": 0, "b": 0}})
    total = total_of_hour(SHARD, HOUR, 36, sweeps)
    assert total is not None
    assert total.targets["a"] == TargetTotals(3564, 36, 0, 1, 50, 95, 100)
    assert total.targets["b"] == TargetTotals(0, 3600, 0, 1)


def test_a_day_counts_from_the_first_hour_of_a_target() -> None:
    day = HOUR // DAY_SECONDS * DAY_SECONDS
    early = TargetTotals(3000, 600, 0, 1, 5, 6, 7)
    late = TargetTotals(3600, worst_ms=90)
    hours = [
        Totals(SHARD, day, HOUR_SECONDS, 60, {"a": early}),
        Totals(SHARD, day + 5 * 3600, HOUR_SECONDS, 60, {"a": late, "b": TargetTotals(0, 3600, 0, 2)}),
        Totals(SHARD, day + 23 * 3600, HOUR_SECONDS, 30, {"b": late}),
    ]
    total = total_of_day(SHARD, day, hours)
    assert total is not None
    assert (total.seconds, total.every, total.ends_at) == (DAY_SECONDS, 30, day + DAY_SECONDS)
    assert total.targets == {
        "a": TargetTotals(6600, 600, DAY_SECONDS - 7200, 1, worst_ms=90),
        "b": TargetTotals(3600, 3600, 17 * 3600, 2, worst_ms=90),
    }
    assert total_of_day(SHARD, day, []) is None


@pytest.mark.parametrize(("before", "after"), [(240, 60), (60, 240)])
@pytest.mark.parametrize("every", [60, 240])
def test_a_change_of_the_cycle_within_an_hour_leaves_nothing_out(before: int, after: int, every: int) -> None:
    first = [replace(each, every=before) for each in swept("." * (1800 // before), HOUR, before)]
    then = [replace(each, every=after) for each in swept("x" * (1800 // after) + "x", HOUR + 1800, after)]
    total = total_of_hour(SHARD, HOUR, every, [*first, *then])
    assert total is not None
    good = 1800 // before * before
    late = 1800 - good  # between the last sweep of the one cycle and the first of the other
    held_good = 1800 if before + late <= before * 3 // 2 else good
    assert total.targets["a"] == TargetTotals(held_good, 1800, 1800 - held_good, outages=1)
