"""Bars in groups, as SVG: a group for each column, a bar for each peer, a line for the spread. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 840, 360
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 82, 30

COLOURS = ("#d9480f", "#868e96", "#1864ab", "#2b8a3e", "#862e9c", "#e67700", "#0b7285", "#5c940d", "#364fc7", "#a61e4d")

FONT = 'font-family="system-ui, sans-serif"'


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a group: whose it is (its place among the series), its height, and how far the rounds lie apart."""

    series: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. All values are positive or 0; the axis is logarithmic where they differ widely."""

    title: str
    series: Sequence[str]
    groups: Sequence[tuple[str, Sequence[Bar]]]

    @property
    def _values(self) -> list[float]:
        return [bar.value for _, bars in self.groups for bar in bars if bar.value > 0]

    def draw(self) -> str:
        """The picture."""
        axis = _Axis.of(self._values or [1.0])
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {FONT} font-size="12">',
            f"<title>{escape(self.title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#ffffff"/>',
            _text(LEFT, 20, self.title, size=14, weight="bold"),
            *self._legend(),
            *axis.lines(),
            *self._groups(axis),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _legend(self) -> list[str]:
        parts, x, y = [], float(LEFT), 42
        for place, name in enumerate(self.series):
            width = 30 + sum(12 if ord(letter) > 0x2E80 else 6.6 for letter in name)
            if x + width > WIDTH:
                x, y = float(LEFT), y + 17
            parts.append(f'<rect x="{x:.0f}" y="{y - 10}" width="11" height="11" fill="{_colour(place)}"/>')
            parts.append(_text(x + 15, y, name))
            x += width
        return parts

    def _groups(self, axis: _Axis) -> list[str]:
        parts = []
        room = (WIDTH - LEFT - RIGHT) / max(len(self.groups), 1)
        for place, (name, bars) in enumerate(self.groups):
            left = LEFT + room * place
            width = min(room * 0.86 / max(len(bars), 1), 56)
            first = left + (room - width * len(bars)) / 2
            parts.append(_text(left + room / 2, HEIGHT - 10, name, anchor="middle"))
            for at, bar in enumerate(bars):
                parts += _bar(axis, bar, first + at * width, width)
        return parts


@dataclass(frozen=True, slots=True)
class _Axis:
    """From values to heights. `least` is the foot of the bars."""

    least: float
    most: float
    logarithmic: bool

    @classmethod
    def of(cls, values: Sequence[float]) -> _Axis:
        if max(values) / min(values) > 30:
            return cls(10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values))), True)
        return cls(0.0, max(values) * 1.12, False)

    def y(self, value: float) -> float:
        if self.logarithmic:
            part = math.log(max(value, self.least) / self.least) / math.log(self.most / self.least)
        else:
            part = value / self.most
        return HEIGHT - BOTTOM - min(max(part, 0.0), 1.0) * (HEIGHT - BOTTOM - TOP)

    def lines(self) -> list[str]:
        parts = []
        for mark in self._marks():
            y = self.y(mark)
            parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e9ecef"/>')
            parts.append(_text(LEFT - 6, y + 4, _mark(mark), anchor="end", colour="#868e96"))
        return parts

    def _marks(self) -> list[float]:
        if self.logarithmic:
            first, last = round(math.log10(self.least)), round(math.log10(self.most))
            return [10.0**power for power in range(first, last + 1)]
        step = 10 ** math.floor(math.log10(self.most))
        while self.most / step < 4:
            step /= 2
        return [step * count for count in range(int(self.most / step) + 1)]


def number(value: float, digits: int = 3) -> str:
    """A number with the digits that count, whole ones with marks between thousands."""
    if value == int(value) or value >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{max(0, digits - 1 - math.floor(math.log10(value)))}f}"


def _mark(value: float) -> str:
    """A number beside the axis."""
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _bar(axis: _Axis, bar: Bar, x: float, width: float) -> list[str]:
    y, foot, middle = axis.y(bar.value), HEIGHT - BOTTOM, x + width / 2
    place = f'x="{x + 1:.1f}" y="{y:.1f}" width="{width - 2:.1f}" height="{foot - y:.1f}"'
    parts = [f'<rect {place} fill="{_colour(bar.series)}"/>']
    low, high = axis.y(bar.low), axis.y(bar.high)
    if low - high > 1:
        line = f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{high:.1f}" y2="{low:.1f}"'
        parts.append(f'{line} stroke="#212529" stroke-opacity="0.55"/>')
    parts.append(_text(middle, min(y, high) - 3, number(bar.value), size=9, anchor="middle"))
    return parts


def _text(
    x: float, y: float, text: str, *, size: int = 12, anchor: str = "", weight: str = "", colour: str = ""
) -> str:
    more = f' text-anchor="{anchor}"' if anchor else ""
    more += f' font-weight="{weight}"' if weight else ""
    more += f' font-size="{size}"' if size != 12 else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour or "#212529"}"{more}>{escape(text)}</text>'


def _colour(series: int) -> str:
    return COLOURS[series % len(COLOURS)]
