"""What `icwatch replay` writes about alarms in time, as aligned columns: pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from icwatch.duration import spell
from icwatch.model import Sweep
from icwatch.text import counted
from icwatch_cli.simulation.alarm_periods import Comparison, Period, Sums, Tally
from icwatch_cli.terminal.columns import columns
from icwatch_cli.terminal.times import spell_moment

MOMENT = len("2026-03-02T08:00:00Z")
LASTED = len("364d 23h")


def summary(rows: Mapping[tuple[str, str], Sums]) -> Iterator[str]:
    """A line a rule and target, and the totals."""
    stages = range(max((len(row.unattended) for row in rows.values()), default=0))
    table = [("rule", "target", "raised", "in all", "longest", *(f"stage {index + 1}" for index in stages), "active")]
    for (rule, target), row in rows.items():
        since = "" if row.active_since is None else f"since {spell_moment(row.active_since)}"
        called = (str(_at(row.unattended, index)) for index in stages)
        table.append((rule, target, str(row.raised), spell(row.seconds), spell(row.longest), *called, since))
    targets = len({target for _, target in rows})
    table.append(
        (
            "total",
            counted(targets, "target"),
            str(sum(row.raised for row in rows.values())),
            spell(sum(row.seconds for row in rows.values())),
            spell(max((row.longest for row in rows.values()), default=0)),
            *(str(sum(_at(row.unattended, index) for row in rows.values())) for index in stages),
            str(sum(row.active_since is not None for row in rows.values())),
        )
    )
    return columns(table, numbers=tuple(range(2, 5 + len(stages))))


def _at(counts: Sequence[int], index: int) -> int:
    return counts[index] if index < len(counts) else 0


def compared(comparison: Comparison, sweeps: Iterable[Sweep], names: Sequence[str]) -> Iterator[str]:
    """A line an alarm that one version had alone, as soon as it is over; then both versions side by side."""
    width = max(len(rule) for rule in ("rule", *comparison.rules))
    yield f"- only with {names[0]}, + only with {names[1]}"
    head = ("rule".ljust(width), "raised".ljust(MOMENT), "ended".ljust(MOMENT), "lasted".rjust(LASTED), "target")
    yield "  " + "  ".join(head)
    for number, period in comparison.differences(sweeps):
        yield f"{'-+'[number]} {period.rule.ljust(width)}  {_times(period)}  {period.target}"
    yield ""
    yield from columns([("", *names), *_totals(comparison.tallies)], numbers=(1, 2))


def _times(period: Period) -> str:
    ended = "active" if period.current else spell_moment(period.until)
    lasted = spell(period.seconds(-math.inf))
    return f"{spell_moment(period.raised_at).ljust(MOMENT)}  {ended.ljust(MOMENT)}  {lasted.rjust(LASTED)}"


def _totals(tallies: Sequence[Tally]) -> Iterator[tuple[str, ...]]:
    yield "alarms", *(str(tally.alarms) for tally in tallies)
    yield "only with it", *(str(tally.alone) for tally in tallies)
    yield "in both, same times", *(str(tally.same) for tally in tallies)
    yield "in both, other times", *(str(tally.shifted) for tally in tallies)
    yield "time in all", *(spell(tally.seconds) for tally in tallies)
    for index in range(max(len(tally.unattended) for tally in tallies)):
        yield f"unattended, stage {index + 1}", *(str(_at(tally.unattended, index)) for tally in tallies)
