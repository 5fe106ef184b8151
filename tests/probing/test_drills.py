"""What is swept of drills: when, and as what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from icwatch.model import DRILL_METRIC, DRILL_SECONDS, DRILL_SHARD, Drill, bad_seconds, drill_of
from icwatch.probing.drills import sweep_of_drills, weekly_drill

MONDAY_10 = int(datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp())
DAY = 86_400
WEEK = 7 * DAY


@pytest.mark.parametrize(
    ("at", "starts_at"),
    [
        (MONDAY_10 - 1, MONDAY_10 - WEEK),
        (MONDAY_10, MONDAY_10),
        (MONDAY_10 + WEEK - 1, MONDAY_10),
        (MONDAY_10 + WEEK, MONDAY_10 + WEEK),
        (MONDAY_10 + WEEK + 60, MONDAY_10 + WEEK),
        (MONDAY_10 - 52 * WEEK + 60, MONDAY_10 - 52 * WEEK),
    ],
)
def test_the_weekly_one_is_known_by_the_time_alone(at: int, starts_at: int) -> None:
    drill = weekly_drill(timedelta(hours=10), 60, at)
    assert drill == Drill(str(starts_at), starts_at, by="weekly", bad_seconds=120)


def test_a_moment_before_monday_in_utc_is_of_the_week_before() -> None:
    """Monday 6:00 at +08:00 is Sunday 22:00 in UTC."""
    drill = weekly_drill(timedelta(hours=-2), 60, MONDAY_10 - 12 * 3600)
    assert datetime.fromtimestamp(drill.starts_at, UTC) == datetime(2026, 11, 22, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "value"),
    [
        (-1, None),
        (0, 0),
        (60, 0),
        (119, 0),
        (120, 1),
        (600, 1),
        (DRILL_SECONDS - 1, 1),
        # From then on, two cycles each quarter of an hour, for a day.
        (DRILL_SECONDS, 1),
        (DRILL_SECONDS + 119, 1),
        (DRILL_SECONDS + 120, None),
        (DRILL_SECONDS + 899, None),
        (DRILL_SECONDS + 900, 1),
        (DAY - 900 + 119, 1),
        (DAY - 1, None),
        (DAY, None),
    ],
)
def test_it_is_bad_for_two_cycles_and_good_after_that(seconds: int, value: int | None) -> None:
    sweep = sweep_of_drills([Drill("1000", 1000)], 60, 1000 + seconds, "here")
    if value is None:
        assert sweep is None
        return
    assert sweep is not None
    assert (sweep.shard, sweep.at, sweep.source) == (DRILL_SHARD, 1000 + seconds, "here")
    assert (sweep.metrics, sweep.conclusive) == ({DRILL_METRIC: {"drill-1000": value}}, True)


@pytest.mark.parametrize(("every", "seconds"), [(1, 5), (2, 5), (3, 6), (60, 120), (3600, 7200)])
def test_it_is_bad_for_as_long_as_a_tick_may_be_lost(every: int, seconds: int) -> None:
    assert bad_seconds(every) == seconds


def test_another_cadence_neither_ends_nor_begins_one_that_goes_on() -> None:
    drill = Drill("1000", 1000, bad_seconds=bad_seconds(10))
    for every in (10, 60, 300):
        found = [sweep_of_drills([drill], every, at, "") for at in (1019, 1020)]
        assert [each and each.samples(DRILL_METRIC)[drill.target] for each in found] == [0, 1]


def test_several_go_on_at_once() -> None:
    sweep = sweep_of_drills([Drill("1000", 1000), Drill("1180", 1180), Drill("9", 9_000)], 60, 1200, "")
    assert sweep is not None
    assert sweep.metrics == {DRILL_METRIC: {"drill-1000": 1, "drill-1180": 0}}


@pytest.mark.parametrize(
    ("target", "drill"), [("drill-1000", Drill("1000", 1000)), ("drill-", None), ("drill-x", None), ("1000", None)]
)
def test_a_drill_is_known_by_the_name_of_its_target(target: str, drill: Drill | None) -> None:
    assert drill_of(target) == drill
    assert drill is None or drill.target == target
