"""Cells of tables: a number with its spread, and how many times ours it is. Pure."""

from __future__ import annotations

from scripts.bench.render.layout import Column, Table
from scripts.bench.render.svg import number
from scripts.bench.rows import Measured


def cell(table: Table, measured: Measured, row: str, column: Column) -> str:
    """`0.54 (0.50–0.59), 5.7×`; empty where nothing was measured."""
    found = table.cell(measured, row, column)
    if found is None:
        return ""
    low, value, high = number(found.low), number(found.value), number(found.high)
    spread = "" if low == high else f" ({low}–{high})"
    times = table.times(measured, row, column)
    return f"{value}{spread}" + ("" if times is None else f", {number(times, 2)}×")


def rows_of(table: Table, measured: Measured) -> list[tuple[str, list[str]]]:
    """Rows that have something in them."""
    rows = [(row, [cell(table, measured, row, column) for column in table.columns]) for row in table.rows]
    return [(row, cells) for row, cells in rows if any(cells)]
