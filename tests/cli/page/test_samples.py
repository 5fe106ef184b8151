"""How long a target was good, bad and unseen, to the second. A mark is a minute, as in `docs/semantics.md`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import HEALTH, Sweep
from icwatch_cli.page.samples import Samples, Seconds
from icwatch_cli.page.strips import SLOT_SECONDS, curve_of, slot_starts, strip_of

START = 1_795_316_400
"""A full hour."""


def swept(*series: str, every: int = 60) -> Samples:
    """The samples of targets `a`, `b`, ...: `.` good, `x` bad, `_` not in its sweep, `-` where no sweep came."""
    samples = Samples()
    for minute, marks in enumerate(zip(*series, strict=True)):
        if marks[0] != "-":
            health = {name: int(mark == ".") for name, mark in zip("abcdef", marks, strict=False) if mark != "_"}
            took = dict.fromkeys(health, 10 * minute)
            samples.add(Sweep("shard-0001", START + every * minute, {HEALTH: health}, probe_ms=took))
    return samples


@pytest.mark.parametrize(
    ("series", "now", "expected"),
    [
        ("....", 240, Seconds(240, 0, 0)),
        ("..xx", 240, Seconds(120, 120, 0)),
        ("..xx", 190, Seconds(120, 70, 0)),  # the last sample stands until now
        ("x.", 60, Seconds(0, 60, 0)),
        (".._.", 240, Seconds(180, 0, 60)),
        ("__..", 240, Seconds(120, 0, 0)),  # it was not there before its first sample
        ("..-.", 240, Seconds(180, 0, 60)),  # a gap of two cycles: one is the sample's, the other nobody's
        (".x---.", 360, Seconds(120, 60, 180)),
        ("..", 86, Seconds(86, 0, 0)),
        ("..", 150, Seconds(150, 0, 0)),  # up to one and a half cycles are no gap
        ("..", 151, Seconds(120, 0, 31)),
        ("..", 600, Seconds(120, 0, 480)),  # monitoring has stopped
        ("____", 240, Seconds(0, 0, 0)),
    ],
)
def test_the_seconds_of_a_series(series: str, now: int, expected: Seconds) -> None:
    assert swept(series).seconds(["a"], START, 60, START + now) == expected


def test_only_what_is_within_counts() -> None:
    samples = swept("xx..x")
    assert samples.seconds(["a"], START + 120, 60, START + 300) == Seconds(120, 60, 0)


@given(st.text("..x_-", min_size=1, max_size=60))
def test_all_time_since_the_first_sample_is_good_bad_or_unseen(marks: str) -> None:
    samples, now = swept(marks), START + 60 * len(marks)
    found = samples.seconds(["a"], START, 60, now)
    seen = [place for place, mark in enumerate(marks) if mark in ".x"]
    whole = 60 * (len(marks) - seen[0]) if seen and any(mark != "-" for mark in marks) else 0
    assert found.good + found.bad + found.unseen == whole
    assert (found.good, found.bad) == (60 * marks.count("."), 60 * marks.count("x"))


def test_availability_leaves_out_what_nobody_saw() -> None:
    assert Seconds(90, 10, 900).availability == 0.9
    assert Seconds(90, 10, 900).unseen_share == 0.9
    assert Seconds(90, 10, 900).watched == 0.1
    assert Seconds().watched is None
    assert Seconds(0, 0, 900).availability is None


def test_an_inconclusive_sweep_saw_nobody() -> None:
    samples = swept("..")
    samples.add(Sweep("shard-0001", START + 120, {HEALTH: {"a": 0}}, conclusive=False))
    assert samples.seconds(["a"], START, 60, START + 180) == Seconds(120, 0, 60)


def test_a_sweep_is_taken_once_and_in_order() -> None:
    samples = swept("..")
    samples.add(Sweep("shard-0001", START + 60, {HEALTH: {"a": 0}}))
    assert samples.seconds(["a"], START, 60, START + 120) == Seconds(120, 0, 0)


def test_a_target_that_moved_is_one_target() -> None:
    samples = swept("..")
    samples.add(Sweep("shard-0002", START + 120, {HEALTH: {"a": 0}}))
    assert samples.seconds(["a"], START, 60, START + 120).good == 120
    newest = samples.newest("a")
    assert newest is samples.shards["shard-0002"]


def test_old_sweeps_are_forgotten() -> None:
    samples = Samples()
    for hour in range(60):
        samples.add(Sweep("shard-0001", START + 3600 * hour, {HEALTH: {"a": 1, "b": 1} if hour < 5 else {"a": 1}}))
    columns = samples.shards["shard-0001"]
    assert len(columns.at) <= 27
    assert set(columns.states) == set(columns.times) == {"a"}
    assert {len(columns.states["a"]), len(columns.times["a"])} == {len(columns.at)}


def test_quantiles_are_of_answers() -> None:
    samples = swept("." * 101)  # 0 ms, 10 ms, ... 1,000 ms
    assert samples.quantiles(["a"], (0.5, 0.95, 1.0), START) == (500, 950, 1000)
    assert samples.quantiles(["b"], (0.5,), START) == (None,)


def test_a_strip_shows_what_was_down_and_what_was_lost() -> None:
    now = START + 60 * 45
    samples = swept("." * 15 + "x" * 3 + "." * 12 + "-" * 5 + "." * 10, "." * 30 + "-" * 5 + "." * 10)
    strip = strip_of(samples, ["a", "b"], slot_starts(now), 60, now)
    first, second, third = strip[-4:-1]
    assert slot_starts(now)[-4] == START
    assert (first.down, first.unseen) == (0, 0)
    assert (second.down, second.unseen) == (10, 0)  # 3 of 30 server minutes
    assert (third.down, third.unseen) == (0, 33)  # 5 of 15 minutes
    assert not strip[-5].known
    assert SLOT_SECONDS == 900


def test_the_curve_counts_and_knows_what_nobody_saw() -> None:
    samples = swept("..xx-x", "...x-.")
    curve = curve_of(samples, {"a", "b"}, 60, START + 5 * 60 + 12)
    assert curve.down[-6:] == (0, 0, 1, 2, None, 1)
    assert curve.down[:-6] == (None,) * 54
    assert (curve.most, curve.last, curve.before(2)) == (2, 1, 2)


@pytest.mark.parametrize("every", [20, 60, 120, 240])
@pytest.mark.parametrize("late", [0, 17])
def test_strip_and_curve_are_whole_at_every_cycle(every: int, late: int) -> None:
    """Nothing is unseen between two sweeps, and one that does not come is so for its cycle."""
    count = 2 * 3600 // every
    lost, now = count - 1800 // every, START + late + every * (count - 1)
    whole, gapped = Samples(), Samples()
    for number in range(count):
        sweep = Sweep("shard-0001", START + late + every * number, {HEALTH: {"a": int(number < count // 2)}})
        whole.add(sweep)
        if number != lost:
            gapped.add(sweep)
    starts = slot_starts(now)
    strip = [slot for slot in strip_of(whole, ["a"], starts, every, now) if slot.known]
    assert {slot.unseen for slot in strip} == {0}
    assert {0, 100} <= {slot.down for slot in strip}
    missing = [slot.unseen for slot in strip_of(gapped, ["a"], starts, every, now)]
    assert sum(map(bool, missing)) == 1
    assert max(missing) == pytest.approx(100 * every / SLOT_SECONDS, abs=100 * every / SLOT_SECONDS / 3)
    seen = curve_of(whole, {"a"}, every, now).down
    assert None not in seen
    assert set(seen) <= {0, 1}
    unseen = curve_of(gapped, {"a"}, every, now).down.count(None)
    assert unseen == (every // 60 if every >= 60 else 0)


@pytest.mark.parametrize("every", [60, 240])
def test_what_was_seen_in_another_cycle_stays_as_it_was(every: int) -> None:
    """An hour of every four minutes, then a quarter of an hour of every minute, or whatever is read of them later."""
    samples = Samples()
    for cycle, first, count in ((240, START, 15), (60, START + 3600, 16)):
        for place in range(count):
            samples.add(Sweep("shard-0001", first + cycle * place, {HEALTH: {"a": 1}}, every=cycle))
    now = START + 3600 + 900
    assert samples.seconds(["a"], START, every, now) == Seconds(4500, 0, 0)
    assert not [slot for slot in strip_of(samples, ["a"], slot_starts(now), every, now) if slot.unseen]
