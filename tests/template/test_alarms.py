"""The CloudWatch alarms over metric maths: that a function that is not invoked is heard of, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.metric_math import Point, is_alarm
from tests.template.resolved import resolve

HOUR = 3600
MINUTES = range(0, 2 * HOUR, 60)
"""When CloudWatch evaluates an alarm."""


def sweeps(
    every: int, *, first: float = 0.0, until: float = 2 * HOUR, targets: int = 200, late: tuple[int, ...] = (0,)
) -> Iterator[Point]:
    """Each sweep of `targets` is saved as it ends; `late` in turn are the seconds that ticks come late."""
    at, delays = first + 1.5, itertools.cycle(late)
    while at < until:
        if targets:
            yield Point("saved", at + next(delays), -(-targets // 100))
        at += every


def calls(points: Iterator[Point], *, until: float = 2 * HOUR, after: float = 0.8) -> list[Point]:
    """`points`, and the invocation that each of them leads to, until the mapping is disabled."""
    found = list(points)
    return found + [Point("invocations", point.at + after) for point in found if point.at < until]


def decisions(*at: float) -> Iterator[Point]:
    """Moments at which the evaluator wrote transitions."""
    return (Point("transitions", moment, 3) for moment in at)


EVERY_MINUTE = {
    "all is well": (calls(sweeps(60)), None),
    "ticks come at any time of their minutes": (calls(sweeps(60, late=(0, 58, 3, 40))), None),
    "sweeps end on the minute, and are evaluated after it": (calls(sweeps(60, first=58.3)), None),
    "the invocation of the first sweep is reported after three minutes": (calls(sweeps(60), after=180), None),
    "it is invoked for the last time after 20 minutes": (calls(sweeps(60), until=1200), 1500),
    "and ticks come at any time of their minutes": (calls(sweeps(60, late=(0, 58, 3, 40)), until=1200), 1440),
    "and a target alone is watched": (calls(sweeps(60, targets=1), until=1200), 1500),
    "it was never invoked": (list(sweeps(60)), 300),
    "nothing is to be watched": (list(sweeps(60, targets=0)), None),
    "nothing is swept: another alarm says so": (calls(sweeps(60, until=1200)), None),
    "nothing is swept for a while": (calls(sweeps(60, until=1200)) + calls(sweeps(60, first=3000)), None),
}

FOUR_MINUTES = {
    "all is well": (calls(sweeps(240, first=59.2)), None),
    "the invocation of the first sweep is reported after three minutes": (calls(sweeps(240), after=180), None),
    "it is invoked for the last time after 20 minutes": (calls(sweeps(240), until=1200), 1620),
    "it was never invoked": (list(sweeps(240)), 360),
    "nothing is swept for a while": (calls(sweeps(240, until=1200)) + calls(sweeps(240, first=3000)), None),
}

NOTIFIER = {
    "nothing is decided": ([], None),
    "all is well": (calls(decisions(*range(7, 2 * HOUR, 60))), None),
    "one decision": (calls(decisions(1234)), None),
    "a decision at the end of the minute, and the call after it": (calls(decisions(1799.6)), None),
    "a decision that is lost: one proves nothing": (list(decisions(1234)), None),
    "an alarm is repeated every minute": (list(decisions(*range(1201, 2 * HOUR, 60))), 1560),
    "an alarm is repeated every ten minutes": (list(decisions(*range(1201, 2 * HOUR, 600))), 1860),
    "an alarm is repeated every half an hour": (list(decisions(*range(1201, 2 * HOUR, 1800))), 3060),
    "an alarm is raised and cleared": (list(decisions(1201, 2401)), 2460),
    "the mapping is disabled": (calls(decisions(*range(1, 2 * HOUR, 60)), until=1200), 1800),
}


def alarms(**parameters: str) -> dict[str, Any]:
    """The properties of the alarms over metric maths, by name."""
    return {
        name: item["Properties"]
        for name, item in resolve(**parameters)["Resources"].items()
        if item["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in item["Properties"]
    }


@pytest.mark.parametrize("fills_empty", [True, False])
@pytest.mark.parametrize(
    ("alarm", "schedule", "points", "by"),
    [
        pytest.param(alarm, schedule, *case, id=f"{alarm}, {schedule}: {name}")
        for alarm, schedule, cases in [
            ("EvaluatorStoppedAlarm", "rate(1 minute)", EVERY_MINUTE),
            ("EvaluatorStoppedAlarm", "rate(4 minutes)", FOUR_MINUTES),
            ("NotifierStoppedAlarm", "rate(1 minute)", NOTIFIER),
        ]
        for name, case in cases.items()
    ],
)
def test_a_function_that_is_not_invoked_is_heard_of(
    alarm: str, schedule: str, points: list[Point], by: int | None, fills_empty: bool
) -> None:
    properties = alarms(Schedule=schedule)[alarm]
    told = [now for now in MINUTES if is_alarm(properties, points, now, fills_empty=fills_empty)]
    assert (told[0] if told else None) == by


def test_the_alarms_ask_for_what_their_cases_are_about() -> None:
    asked = {
        name: {
            (query["Id"], query["MetricStat"]["Metric"]["MetricName"], dimension["Name"], str(dimension["Value"]))
            for query in alarm["Metrics"]
            if "MetricStat" in query
            for dimension in query["MetricStat"]["Metric"]["Dimensions"]
        }
        for name, alarm in alarms().items()
    }
    assert asked == {
        "EvaluatorStoppedAlarm": {
            ("saved", "ConsumedWriteCapacityUnits", "TableName", str({"Ref": "SamplesTable"})),
            ("invocations", "Invocations", "FunctionName", str({"Ref": "EvaluatorFunction"})),
        },
        "NotifierStoppedAlarm": {
            ("transitions", "Transitions", "service", "evaluator"),
            ("invocations", "Invocations", "FunctionName", str({"Ref": "NotifierFunction"})),
        },
    }


def test_one_value_of_each_is_compared_and_the_rest_only_goes_into_it() -> None:
    for alarm in alarms().values():
        assert [query["Id"] for query in alarm["Metrics"] if query.get("ReturnData", True)] == ["invoked"]
