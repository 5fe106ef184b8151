"""The local schedule while the clock is set, the machine sleeps and a sweep takes long: always on from the present."""

from __future__ import annotations

import itertools
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch_cli.local.function import Configuration, Function
from icwatch_cli.local.schedule import LOOK_SECONDS, Schedule, due, moments

BEGINS = 1_772_438_400
EVERY = 60


class Clock:
    """A clock that goes as it is waited for, and jumps by so many seconds at some moments of real time."""

    def __init__(self, jumps: dict[float, float], ends: float) -> None:
        self.passed, self._offset = 0.0, 0.0
        self._jumps, self._ends = dict(jumps), ends

    def __call__(self) -> float:
        return BEGINS + self.passed + self._offset

    def wait(self, seconds: float) -> bool:
        assert 0 < seconds <= LOOK_SECONDS, "it has to look again soon"
        self.passed += seconds
        for moment in [moment for moment in self._jumps if moment <= self.passed]:
            self._offset += self._jumps.pop(moment)
        return self.passed >= self._ends


def ticks(jumps: dict[float, float], ends: float, takes: float = 0.0) -> list[tuple[int, int]]:
    """Each tick: at which second it is sent by real time, and for which it is stamped; both from the beginning."""
    clock = Clock(jumps, ends)
    found = []
    for at in moments(BEGINS, lambda: EVERY, clock, clock.wait):
        found.append((int(clock.passed), at - BEGINS))
        clock.passed += takes
    return found


@pytest.mark.parametrize(
    ("jumps", "takes", "sent"),
    [
        pytest.param({}, 0.0, [(0, 0), (60, 60), (120, 120), (180, 180), (240, 240)], id="nothing happens"),
        pytest.param(
            {70: 3600, 71: -3600},
            0.0,
            [(0, 0), (60, 60), (120, 120), (180, 180), (240, 240)],
            id="an hour ahead for a second: no tick is stamped with it, and none is missed",
        ),
        pytest.param(
            {70: 3600, 130: -3600},
            0.0,
            [(0, 0), (60, 60), (120, 3720), (180, 180), (240, 240)],
            id="an hour ahead for a minute: on from the present when it is set right",
        ),
        pytest.param(
            {70: 3600},
            0.0,
            [(0, 0), (60, 60), (120, 3720), (180, 3780), (240, 3840)],
            id="asleep for an hour: no burst of late ticks",
        ),
        pytest.param(
            {70: -3600},
            0.0,
            [(0, 0), (60, 60), (120, -3480), (180, -3420), (240, -3360)],
            id="set back by an hour",
        ),
        pytest.param(
            {70: -20},
            0.0,
            [(0, 0), (60, 60), (80, 60), (140, 120), (200, 180), (260, 240)],
            id="set back by a little: one tick comes again, and decides nothing",
        ),
        pytest.param(
            {70: 5}, 0.0, [(0, 0), (60, 60), (115, 120), (175, 180), (235, 240)], id="set on by a little: on the grid"
        ),
        pytest.param({}, 50.0, [(0, 0), (60, 60), (120, 120), (180, 180), (240, 240)], id="sweeps that take long"),
        pytest.param({}, 130.0, [(0, 0), (180, 180)], id="sweeps that take longer than two cycles"),
    ],
)
def test_ticks(jumps: dict[float, float], takes: float, sent: list[tuple[int, int]]) -> None:
    assert [tick for tick in ticks(jumps, 270.0, takes) if tick[0] <= 265] == sent


@given(st.dictionaries(st.integers(1, 900), st.integers(-10_000, 10_000), max_size=6), st.integers(1, 200))
def test_whatever_happens_to_the_clock_the_next_tick_is_near(jumps: dict[int, int], every: int) -> None:
    """On the grid, never a cycle late, and never more than a cycle without one after the clock's last jump."""
    clock = Clock({float(moment): float(by) for moment, by in jumps.items()}, 1800.0)
    last = max(jumps, default=0)
    sent = [0.0]
    for at in moments(BEGINS, lambda: every, clock, clock.wait):
        assert (at - BEGINS) % every == 0
        assert 0 <= clock() - at < every + LOOK_SECONDS
        sent.append(clock.passed)
    after = [moment for moment in sent if moment > last]
    assert all(
        later - earlier <= every + LOOK_SECONDS for earlier, later in itertools.pairwise([last + 1.0, *after, 1800.0])
    )


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({70: 10}, [0, 60, 70, 80, 90, 100, 110, 120]),
        ({75: 10}, [0, 60, 75, 85, 95, 105, 115]),
        ({61: 100}, [0, 60]),
        ({31: 45}, [0, 45, 90]),
        ({30: 3600, 50: 20}, [0, 50, 70, 90, 110]),
    ],
)
def test_a_cycle_that_becomes_another_holds_from_the_last_tick_on(changes: dict[int, int], sent: list[int]) -> None:
    clock = Clock({}, 121.0)

    def every() -> int:
        return [EVERY, *(cycle for moment, cycle in changes.items() if clock.passed >= moment)][-1]

    assert [at - BEGINS for at in moments(BEGINS, every, clock, clock.wait)] == sent


@pytest.mark.parametrize(
    ("now", "at"),
    [(-60, 0), (-60.1, -60), (0, 0), (59.9, 0), (60, 60), (60.1, 120), (3600, 3600), (3601, 3660), (-3600, -3600)],
)
def test_where_the_next_tick_is_due(now: float, at: int) -> None:
    assert due(BEGINS, EVERY, BEGINS + now) == BEGINS + at


@pytest.fixture
def function(tmp_path: Path) -> Iterator[Function]:
    (tmp_path / "app.py").write_text("def lambda_handler(event, context):\n    return event\n")
    with tempfile.TemporaryFile() as log:
        function = Function(tmp_path, log)
        function.configure(Configuration("name", "arn", 5, 128, {}))
        yield function
        function.stop()


def test_a_schedule_that_broke_goes_on_where_it_was(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its grid is the same, and nothing is sent twice."""
    told: list[str] = []
    sent: list[object] = []
    second, invoke = threading.Event(), function.invoke

    def breaking(event: object) -> object:
        if len(sent) == 1 and not told:
            raise OSError("no more processes")
        sent.append(event)
        if len(sent) == 3:
            second.set()
        return invoke(event)

    monkeypatch.setattr(function, "invoke", breaking)
    clock = itertools.count(BEGINS, 0.25)
    schedule = Schedule(function, lambda: 1, told.append, lambda: next(clock))
    monkeypatch.setattr("icwatch_cli.local.schedule.LOOK_SECONDS", 0.01)
    schedule.start()
    assert second.wait(20)
    schedule.stop()
    schedule.part.join()
    assert told == ["the schedule broke and is started again: OSError: no more processes"]
    ats = [int(event["time"][17:19]) for event in sent]  # type: ignore[index]
    assert ats[:3] == sorted(set(ats))[:3]
