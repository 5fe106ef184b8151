"""A CloudWatch alarm over metric maths, as far as the template uses it: what it says at a moment, given what happened.

The rules are those of CloudWatch's user guide. An operation between series has a point where all of them have one; the
SUM of several series has a point where any of them has one; IF has none where its condition or its choice has none.
FILL is documented to fill what is missing. What it makes of a metric without any point at all is not, so `fills_empty`
tries both.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Series = dict[int, float]
"""Values by window."""

OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    ast.Gt: operator.gt,
    ast.Sub: operator.sub,
}
STATISTICS: Mapping[str, Callable[[list[float]], float]] = {"Maximum": max, "Sum": sum}


@dataclass(frozen=True, slots=True)
class Point:
    """A value that a metric was given, and when."""

    metric: str
    at: float
    value: float = 1


def is_alarm(alarm: Mapping[str, Any], points: Iterable[Point], now: int, *, fills_empty: bool) -> bool:
    """Whether the alarm with these properties stands at `now`, over windows that end there."""
    (asked,) = [query for query in alarm["Metrics"] if "Expression" in query]
    periods = {query["MetricStat"]["Period"] for query in alarm["Metrics"] if query is not asked}
    (period,) = periods
    windows = range(alarm["EvaluationPeriods"])
    kept = list(points)
    series: dict[str, Series] = {}
    for query in alarm["Metrics"]:
        if query is asked:
            continue
        statistic = STATISTICS[query["MetricStat"]["Stat"]]
        values: dict[int, list[float]] = {}
        for point in kept:
            window = int((now - point.at) // period) if point.at < now else -1
            if point.metric == query["Id"] and window in windows:
                values.setdefault(window, []).append(point.value)
        series[query["Id"]] = {window: statistic(found) for window, found in values.items()}
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"
    result = _Maths(series, windows, fills_empty).evaluate(asked["Expression"])
    breaching = [window for window, value in result.items() if value < alarm["Threshold"]]
    wanted: int = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
    return len(breaching) >= wanted


class _Maths:
    def __init__(self, series: Mapping[str, Series], windows: range, fills_empty: bool) -> None:
        self._series = series
        self._windows = windows
        self._fills_empty = fills_empty

    def evaluate(self, expression: str) -> Series:
        """The series that the expression makes. CloudWatch's grammar is that of Python as far as it is used here."""
        return self._series_of(ast.parse(expression, mode="eval").body)

    def _series_of(self, node: ast.expr) -> Series:
        match node:
            case ast.Constant(value=int(value)):
                return dict.fromkeys(self._windows, float(value))
            case ast.Name(id=name):
                return self._series[name]
            case ast.Compare(left=left, ops=[op], comparators=[right]) | ast.BinOp(left=left, op=op, right=right):
                first, second = self._series_of(left), self._series_of(right)
                work = OPERATORS[type(op)]
                return {at: float(work(first[at], second[at])) for at in first.keys() & second.keys()}
            case ast.Call(func=ast.Name(id="FILL"), args=[inner, ast.Constant(value=int(value))]):
                found = self._series_of(inner)
                return {**dict.fromkeys(self._windows, float(value)), **found} if found or self._fills_empty else {}
            case ast.Call(func=ast.Name(id="SUM"), args=[ast.List(elts=members)]):
                several = [self._series_of(member) for member in members]
                there = set().union(*several)
                return {at: sum(one.get(at, 0.0) for one in several) for at in there}
            case ast.Call(func=ast.Name(id="IF"), args=[condition, met, otherwise]):
                holds, first, second = map(self._series_of, (condition, met, otherwise))
                chosen = {at: first if value else second for at, value in holds.items()}
                return {at: choice[at] for at, choice in chosen.items() if at in choice}
        raise AssertionError(f"maths that this does not know: {ast.unparse(node)}")
