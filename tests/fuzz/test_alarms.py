"""An evaluator that is invoked is never said to have stopped, however late ticks, sweeps and invocations are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.template.metric_math import Point, is_alarm
from tests.template.resolved import resolve

LATE = st.floats(0, 59)
"""Seconds that a tick comes late; EventBridge Scheduler's precision is a minute."""

TAKES = st.floats(0.1, 50)
"""Seconds that a sweep takes."""

UNTIL_INVOKED = st.floats(0, 3)


@given(
    schedule=st.sampled_from([(60, "rate(1 minute)"), (120, "rate(2 minutes)"), (240, "rate(4 minutes)")]),
    ticks=st.lists(st.tuples(LATE, TAKES, UNTIL_INVOKED), min_size=1, max_size=12),
    fills_empty=st.booleans(),
)
def test_an_evaluator_that_is_invoked_is_never_called_stopped(
    schedule: tuple[int, str], ticks: list[tuple[float, float, float]], fills_empty: bool
) -> None:
    every, rate = schedule
    alarm = resolve(Schedule=rate)["Resources"]["EvaluatorStoppedAlarm"]["Properties"]
    ends = [number * every + late + takes for number, (late, takes, _) in enumerate(ticks)]
    points = [Point("targets", end, 7) for end in ends]
    points += [Point("invocations", end + after) for end, (_, _, after) in zip(ends, ticks, strict=True)]
    last = int(max(ends)) + 600
    assert [now for now in range(0, last, 60) if is_alarm(alarm, points, now, fills_empty=fills_empty)] == []
