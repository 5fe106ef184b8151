"""The page of one target: how it is, its last day as a chart, its outages and what was decided of it. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median_low

from icwatch.model import DAY_SECONDS, Rule, Target
from icwatch.rules.coverage import covers, groups_of
from icwatch_cli.page.card import Card
from icwatch_cli.page.data import PageData
from icwatch_cli.page.fleet import Server, servers_of
from icwatch_cli.page.happenings import Happening
from icwatch_cli.page.now import State
from icwatch_cli.page.outages import Outage, together
from icwatch_cli.page.samples import BAD, UNSEEN, Columns

POINT_SECONDS = 300
"""Of the chart: the median probe time of so long is a point."""

Band = tuple[int, int]
"""From one moment until before another."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A day of one target: its probe times (None: none in that time), and when it was down and unseen."""

    starts_at: int
    ends_at: int
    points: tuple[int | None, ...]
    down: tuple[Band, ...]
    unseen: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class TargetPage:
    """All that is known of one target. `happenings` are what was decided of it and its groups, newest first."""

    target: Target
    server: Server
    url: str
    rules: tuple[Rule, ...]
    cards: tuple[Card, ...]
    chart: Chart
    outages: tuple[Outage, ...]
    happenings: tuple[Happening, ...]


def target_page_of(
    data: PageData,
    states: Mapping[str, State],
    cards: Sequence[Card],
    name: str,
    happenings: Mapping[str, Sequence[Happening]],
) -> TargetPage:
    """The page of a target of the inventory; `happenings` are by target and group."""
    target = data.inventory.targets[name]
    (server,) = servers_of(data, states, [name])
    rules = tuple(
        rule for rule in data.inventory.rules.values() if rule.enabled and covers(data.inventory, rule, target)
    )
    names = names_of(rules, target)
    return TargetPage(
        target=target,
        server=server,
        url=target.url(target.probe or data.inventory.probe),
        rules=rules,
        cards=tuple(card for card in cards if names & {alarm.target for alarm in (*card.alarms, *card.children)}),
        chart=chart_of(data, name),
        outages=tuple(together(each for each in data.outages if names & {*each.targets})),
        happenings=tuple(sorted((row for each in names for row in happenings.get(each, ())), key=lambda row: -row.at)),
    )


def names_of(rules: Sequence[Rule], target: Target) -> set[str]:
    """What alarms that concern a target are called: after itself, or after a group that it is in."""
    return {target.id} | {group for rule in rules for group in groups_of(rule, [target])}


def chart_of(data: PageData, name: str) -> Chart:
    """The last day of a target."""
    starts_at = data.now - DAY_SECONDS
    points: list[int | None] = [None] * (DAY_SECONDS // POINT_SECONDS)
    bands: list[tuple[int, int, int]] = []
    for columns in data.samples.holding(name):
        for point, value in _points(columns, name, starts_at):
            points[point] = value
        bands += _bands(columns, name, starts_at, data.inventory.every, data.now)
    down, unseen = (
        tuple((first, last) for first, last, state in sorted(bands) if state == wanted) for wanted in (BAD, UNSEEN)
    )
    return Chart(starts_at, data.now, tuple(points), down, unseen)


def _points(columns: Columns, name: str, starts_at: int) -> Iterator[tuple[int, int]]:
    start = bisect_left(columns.at, starts_at)
    pairs = ((at, took - 1) for at, took in zip(columns.at[start:], columns.times[name][start:], strict=True) if took)
    for point, found in groupby(pairs, lambda pair: (pair[0] - starts_at) // POINT_SECONDS):
        if point < DAY_SECONDS // POINT_SECONDS:
            yield point, median_low(took for _, took in found)


def _bands(columns: Columns, name: str, starts_at: int, every: int, now: int) -> Iterator[tuple[int, int, int]]:
    """The runs of equal states, gaps between sweeps among them as unseen; from the target's first sample on."""
    start = bisect_left(columns.at, starts_at)
    states = columns.states[name]
    start += len(states[start:]) - len(states[start:].lstrip(b"\0"))
    held = columns.held(start, every, now)
    pieces: list[list[int]] = []
    for place, seconds in enumerate(held, start):
        at, state = columns.at[place], states[place]
        ends = columns.at[place + 1] if place + 1 < len(columns.at) else max(now, at)
        for first, last, each in ((at, at + seconds, state), (at + seconds, ends, UNSEEN)):
            if last > first and pieces and pieces[-1][1] == first and pieces[-1][2] == each:
                pieces[-1][1] = last
            elif last > first:
                pieces.append([first, last, each])
    return ((first, last, state) for first, last, state in pieces)
