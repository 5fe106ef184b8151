"""Alarms as stretches of time, held against what keeping everything would show."""

from __future__ import annotations

import gc
import math
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import HEALTH, Sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.simulation.alarm_periods import Comparison, Period, Version, periods, summarize

RULES = st.fixed_dictionaries(
    {name: st.integers(0, 4).map(lambda minutes: f"{minutes}m") for name in ("duration", "clear_cycle")}
)
SERIES = st.lists(st.text("x._", min_size=3, max_size=3), max_size=40)


def version(rule: dict[str, str]) -> Version:
    """A version of the rules for three targets."""
    return Version(parse_fleet({"targets": ["a", "b", "c"], "rules": [{"name": "ic_server_connect_failed", **rule}]}))


def sweeps_of(series: Iterable[str]) -> Iterator[Sweep]:
    """A sweep a text, which has a mark for each of three targets; two shards by turns see them."""
    for minute, marks in enumerate(series):
        seen = {name: int(mark == ".") for name, mark in zip("abc", marks, strict=True) if mark != "_"}
        yield Sweep("even" if minute % 8 < 4 else "odd", minute * 60, {HEALTH: seen})


@given(RULES, RULES, SERIES, st.integers(-1, 20))
def test_a_comparison_finds_what_all_pairs_of_alarms_show(
    ours: dict[str, str], theirs: dict[str, str], series: list[str], start: int
) -> None:
    """Held against a comparison that keeps everything, of one shard."""
    starts = 60 * start if start >= 0 else -math.inf
    one_shard = [replace(sweep, shard="one") for sweep in sweeps_of(series)]
    everything = [[*periods(version(rule), one_shard)] for rule in (ours, theirs)]
    comparison = Comparison((version(ours), version(theirs)), starts)
    alone = {*comparison.differences(one_shard)}
    for number, tally in enumerate(comparison.tallies):
        mine = [period for period in everything[number] if period.reaches(starts)]
        others = everything[1 - number]
        expected = {period for period in mine if not any(overlap(period, other) for other in others)}
        assert {period for side, period in alone if side == number} == expected
        assert (tally.alarms, tally.alone) == (len(mine), len(expected))
        assert tally.same == len([period for period in mine if period in others])
        assert tally.shifted >= 0


def overlap(one: Period, other: Period) -> bool:
    """Whether two alarms stood at the same moment. One that stands does so at the last sweep, too."""
    ends = [period.until + period.current for period in (one, other)]
    return (
        (one.rule, one.target) == (other.rule, other.target) and one.raised_at < ends[1] and other.raised_at < ends[0]
    )


@given(RULES, SERIES)
def test_every_alarm_that_is_raised_is_one_span(rule: dict[str, str], series: list[str]) -> None:
    transitions = [one for taken in [version(rule)] for sweep in sweeps_of(series) for one in taken.take(sweep)]
    found = [*periods(version(rule), sweeps_of(series))]
    assert sorted((period.target, period.raised_at) for period in found) == sorted(
        (one.target, one.raised_at) for one in transitions if one.kind == "raised"
    )
    sums = summarize(found, -math.inf)
    assert sum(row.raised for row in sums.values()) == len(found)
    assert sum(row.seconds for row in sums.values()) == sum(period.over_at - period.began_at for period in found)


@pytest.fixture
def _filled_free_lists() -> Iterator[None]:
    """Python keeps up to 2,000 freed tuples of each size for the next ones, until it collects garbage: that they become
    so many is no growth."""
    gc.collect()
    gc.disable()
    for size in range(1, 21):
        freed = [tuple([None] * size) for _ in range(2_000)]
        del freed
    yield
    gc.enable()


@pytest.mark.usefixtures("_filled_free_lists")
def test_memory_does_not_grow_with_the_input() -> None:
    def peak(sweeps: int) -> int:
        series = ["x.." if minute % 20 < 2 else "..." for minute in range(20)] * (sweeps // 20)
        comparison = Comparison((version({}), version({"duration": "1m"})), 0)
        tracemalloc.start()
        for _ in comparison.differences(sweeps_of(series)):
            pass
        summarize(periods(version({}), sweeps_of(series)), 0)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)
    least = min(peak(2_000) for _ in range(3))  # a thread of an earlier test may hold something meanwhile
    assert least < 2 * peak(200)
