"""What `icwatch replay` writes about alarms in time, as aligned columns: pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len

from icwatch.model import Sweep
from icwatch_cli.simulation.alarm_periods import Comparison, Period, Sums, Tally
from icwatch_cli.terminal.columns import GAP, columns, pad
from icwatch_cli.terminal.speech import ENGLISH, Speech, counted
from icwatch_cli.terminal.times import spell_moment

MOMENT = len("2026-03-02T08:00:00Z")
LASTED = len("364d 23h")


def summary(rows: Mapping[tuple[str, str], Sums], speech: Speech = ENGLISH) -> Iterator[str]:
    """A line a rule and target, and the totals."""
    texts, spell = speech.texts.files.replay, speech.spell
    *head, active = texts.head
    stages = range(max((len(row.unattended) for row in rows.values()), default=0))
    table = [(*head, *(texts.stage.format(number=index + 1) for index in stages), active)]
    for (rule, target), row in rows.items():
        since = "" if row.active_since is None else texts.since.format(at=spell_moment(row.active_since))
        called = (str(_at(row.unattended, index)) for index in stages)
        table.append((rule, target, str(row.raised), spell(row.seconds), spell(row.longest), *called, since))
    targets = len({target for _, target in rows})
    table.append(
        (
            texts.total,
            counted(targets, texts.targets),
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


def compared(
    comparison: Comparison, sweeps: Iterable[Sweep], names: Sequence[str], speech: Speech = ENGLISH
) -> Iterator[str]:
    """A line an alarm that one version had alone, as soon as it is over; then both versions side by side."""
    texts = speech.texts.files.replay
    rule, raised, ended, lasted, target = texts.compared_head
    width = max(map(cell_len, (rule, *comparison.rules)))
    yield texts.compared.format(one=names[0], other=names[1])
    head = (pad(rule, width), pad(raised, MOMENT), pad(ended, MOMENT), pad(lasted, LASTED, right=True), target)
    yield "  " + GAP.join(head)
    for number, period in comparison.differences(sweeps):
        yield f"{'-+'[number]} {pad(period.rule, width)}{GAP}{_times(period, speech)}{GAP}{period.target}"
    yield ""
    yield from columns([("", *names), *_totals(comparison.tallies, speech)], numbers=(1, 2))


def _times(period: Period, speech: Speech) -> str:
    ended = speech.texts.files.replay.active if period.current else spell_moment(period.until)
    lasted = speech.spell(period.seconds(-math.inf))
    cells = pad(spell_moment(period.raised_at), MOMENT), pad(ended, MOMENT), pad(lasted, LASTED, right=True)
    return GAP.join(cells)


def _totals(tallies: Sequence[Tally], speech: Speech) -> Iterator[tuple[str, ...]]:
    texts = speech.texts.files.replay
    alarms, alone, same, shifted, seconds = texts.sums
    yield alarms, *(str(tally.alarms) for tally in tallies)
    yield alone, *(str(tally.alone) for tally in tallies)
    yield same, *(str(tally.same) for tally in tallies)
    yield shifted, *(str(tally.shifted) for tally in tallies)
    yield seconds, *(speech.spell(tally.seconds) for tally in tallies)
    for index in range(max(len(tally.unattended) for tally in tallies)):
        yield texts.unattended.format(number=index + 1), *(str(_at(tally.unattended, index)) for tally in tallies)
