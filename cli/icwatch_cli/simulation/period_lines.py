"""What `icwatch replay` writes about alarms in time, as JSON, an object a line: pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from icwatch.model import Sweep
from icwatch_cli.simulation.alarm_periods import Comparison, Sums


def summary_json(rows: Mapping[tuple[str, str], Sums]) -> Iterator[str]:
    """A line a rule and target; seconds, and Unix seconds since when it is active."""
    for (rule, target), row in rows.items():
        yield _line({"rule": rule, "target": target, **asdict(row)})


def compared_json(comparison: Comparison, sweeps: Iterable[Sweep], names: Sequence[str]) -> Iterator[str]:
    """A line an alarm that one version had alone, as soon as it is over; then a line of sums for each version."""
    for number, period in comparison.differences(sweeps):
        yield _line(
            {
                "only_with": names[number],
                "rule": period.rule,
                "target": period.target,
                "raised_at": period.raised_at,
                "ended_at": None if period.current else period.until,
                "seconds": period.seconds(-math.inf),
            }
        )
    for name, tally in zip(names, comparison.tallies, strict=True):
        yield _line({"with": name, **asdict(tally), "shifted": tally.shifted})


def _line(line: Mapping[str, object]) -> str:
    return json.dumps(line, ensure_ascii=False)
