"""Where things are drawn: numbers and paths of SVG. Pure; nothing here has a colour, which the style sheet gives.

What is good is one dashed line, over which all else is painted: a picture is as large as there is trouble in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from icwatch_cli.page.now import State
from icwatch_cli.page.strips import Curve, Slot
from icwatch_cli.page.target import Chart

T = TypeVar("T")

STEP, CELL = 7, 6
"""Of a slot and the gap behind it, and of the slot itself, which is how wide the style sheet makes its bar."""

LEAST_SHARE = 22
"""Percent of the height that a small share has, so that it is seen."""

MOST_NAMED = 200
"""Squares with a name of their own on a page; where more servers are not well, names are left out."""

SIZES = ((24, (11, 2, 12)), (64, (8, 2, 16)), (240, (7, 1, 20)), (1 << 30, (4, 1, 36)))
"""Up to how many servers a square is how large, with which gap, and how many of them are in a row."""

WIDE, HIGH = 330, 92
"""Of the curve, without its numbers."""


@dataclass(frozen=True, slots=True)
class StripPaths:
    """The paths of a strip, each empty where there is nothing of it."""

    good: str
    down: str
    unseen: str


def strip(slots: Sequence[Slot], height: int) -> StripPaths:
    """A day: bars of what was down from below, of what nobody saw from above."""
    known = [place for place, slot in enumerate(slots) if slot.known]
    good = f"M{known[0] * STEP} {height / 2:g}H{(known[-1] + 1) * STEP}" if known else ""
    down, unseen = [], []
    for place, slot in enumerate(slots):
        middle = place * STEP + CELL // 2
        if slot.unseen:
            unseen.append(f"M{middle} 0v{_bar(slot.unseen, height)}")
        if slot.down:
            down.append(f"M{middle} {height}v-{_bar(slot.down, height)}")
    return StripPaths(good, "".join(down), "".join(unseen))


def _bar(share: int, height: int) -> int:
    return max(1, round(height * max(share, LEAST_SHARE) / 100))


@dataclass(frozen=True, slots=True)
class Squares:
    """One square a server. `lines` are dashed to be squares, by state; `marks` are squares with a state and a name."""

    width: int
    height: int
    side: int
    gap: int
    lines: Mapping[State, str]
    marks: tuple[tuple[State, int, int, str], ...]


def squares(states: Mapping[str, State], ill: int) -> Squares:
    """The servers of a place in their order; the more there are, the smaller. Those that are not well have names, but
    where they are more than a few of the fleet: `ill`.
    """
    side, gap, columns = next(size for most, size in SIZES if len(states) <= most)
    step = side + gap
    other = [(place, name, state) for place, (name, state) in enumerate(states.items()) if state is not State.GOOD]
    marks = [(state, place % columns * step, place // columns * step, name) for place, name, state in other]
    is_named = ill <= MOST_NAMED
    lines: dict[State, str] = {}
    for row in range(0, len(states), columns):
        shown = [*states.values()][row : row + columns]
        for first, last, state in _runs(shown):
            if state is State.GOOD or not is_named:
                y = row // columns * step + side / 2
                lines[state] = lines.get(state, "") + f"M{first * step} {y:g}H{last * step - gap}"
    width, rows = min(columns, len(states)) * step - gap, -(-len(states) // columns)
    return Squares(width, rows * step - gap, side, gap, lines, tuple(marks) if is_named else ())


@dataclass(frozen=True, slots=True)
class CurvePaths:
    """The paths of a curve, its horizontal lines with their values, and its ticks: place, moment, anchor."""

    line: str
    area: str
    unseen: str
    grid: tuple[tuple[int, int], ...]
    ticks: tuple[tuple[int, int, str], ...]


def curve(found: Curve, targets: int) -> CurvePaths:
    """How many were down, as steps."""
    top = _round_up(max(1, found.most))
    width = WIDE / len(found.down)
    pieces, unseen = [], []
    for first, last, value in _runs(found.down):
        left, right = round(first * width, 1), round(last * width, 1)
        if value is None and last > found.known:
            unseen.append(f"M{left:g} 0H{right:g}V{HIGH}H{left:g}z")
        elif value is not None:
            y = round(HIGH - (HIGH - 4) * value / top, 1)
            pieces.append((left, right, y))
    line = "".join(
        f"{'L' if place and pieces[place - 1][1] == left else 'M'}{left:g} {y:g}H{right:g}"
        for place, (left, right, y) in enumerate(pieces)
    )
    area = "".join(f"M{left:g} {HIGH}V{y:g}H{right:g}V{HIGH}z" for left, right, y in pieces if y < HIGH)
    grid = tuple(
        (round(HIGH - (HIGH - 4) * value / top), value) for value in ({0, top} if top < 4 else {0, top // 2, top})
    )
    ends = found.starts_at + 60 * (len(found.down) - 1)
    ticks = ((0, ends - 3600, "start"), (WIDE // 2, ends - 1800, "middle"), (WIDE, ends, "end"))
    return CurvePaths(line, area, "".join(unseen), grid, ticks)


def _round_up(value: int) -> int:
    """The next value that is good to read on an axis."""
    for step in (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 30, 40, 50, 60, 80):
        if value <= step:
            return step
    size = int(10 ** (len(str(value)) - 1))
    return -(-value // size) * size


def _runs(values: Sequence[T]) -> Iterator[tuple[int, int, T]]:
    """Equal values in a row: from which place, until before which, and the value."""
    first = 0
    for place in range(1, len(values) + 1):
        if place == len(values) or values[place] != values[first]:
            yield first, place, values[first]
            first = place


def ticks(starts: Sequence[int], hours: Sequence[str]) -> list[tuple[float, str]]:
    """Where the slots lie that begin a fourth hour, in percent, with how these are called."""
    return [
        (round(100 * place / len(starts), 2), hours[place])
        for place in range(len(starts))
        if hours[place].endswith(":00") and int(hours[place][:2]) % 4 == 0 and place < len(starts) - 5
    ]


CHART_WIDTH, CHART_HEIGHT = 920, 168


@dataclass(frozen=True, slots=True)
class ChartPaths:
    """The paths of a target's day, and its horizontal lines with their milliseconds."""

    line: str
    down: str
    unseen: str
    grid: tuple[tuple[int, int], ...]


def chart(found: Chart) -> ChartPaths:
    """Probe times as a line, over bands of what was down and of what nobody saw."""
    values = sorted(value for value in found.points if value is not None)
    top = _round_up(max(4, values[-1] if values else 0))
    width = CHART_WIDTH / len(found.points)
    pieces: list[str] = []
    for place, value in enumerate(found.points):
        if value is not None:
            begins = place == 0 or found.points[place - 1] is None
            y = round(CHART_HEIGHT - (CHART_HEIGHT - 8) * value / top)
            pieces.append(f"{'M' if begins else 'L'}{round((place + 0.5) * width, 1):g} {y}{'h1' if begins else ''}")
    grid = tuple((round(CHART_HEIGHT - (CHART_HEIGHT - 8) * value / top), value) for value in (0, top // 2, top))
    return ChartPaths("".join(pieces), _bands(found, found.down), _bands(found, found.unseen), grid)


def _bands(found: Chart, bands: Sequence[tuple[int, int]]) -> str:
    scale = CHART_WIDTH / (found.ends_at - found.starts_at)
    path = ""
    for first, last in bands:
        left = max(0.0, (first - found.starts_at) * scale)
        right = max(left + 2, (last - found.starts_at) * scale)
        path += f"M{round(left, 1):g} 0H{round(right, 1):g}V{CHART_HEIGHT}H{round(left, 1):g}z"
    return path
