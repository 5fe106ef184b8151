"""Tables for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as Shown

from scripts.bench.goals import GOALS
from scripts.bench.render.cells import rows_of
from scripts.bench.render.layout import LAYOUT
from scripts.bench.render.svg import number
from scripts.bench.render.words import WORDS
from scripts.bench.rows import Measured


def show(console: Console, figure: str, measured: Measured) -> None:
    """All tables of a figure, its goals, and what was missing."""
    words = WORDS["en"]
    for table in LAYOUT[figure]:
        if not (rows := rows_of(table, measured)):
            continue
        unit = f", {table.unit}" if table.unit else ""
        shown = Shown(title=f"{figure}: {words.of(table.name)}{unit}", title_justify="left")
        shown.add_column("")
        for column in table.columns:
            shown.add_column(words.of(column.label), justify="right")
        for row, cells in rows:
            shown.add_row(words.of(row), *cells)
        console.print(shown)
    for goal in GOALS:
        found = goal.find(measured) if goal.figure == figure else None
        if found is not None:
            verdict = "reached" if goal.reached(found) else "MISSED"
            value = f"{number(found.value)} {goal.unit} of {goal.limit:g}"
            console.print(f"{verdict}: {words.goal(goal)}: {value}", highlight=False)
    for each in measured.missing:
        console.print(f"missing: {each}", highlight=False, markup=False)
