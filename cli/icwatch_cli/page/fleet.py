"""The fleet by place: how each server is now, how the last day was, and how available it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from icwatch.evaluation.silences import covers, holds
from icwatch.model import DAY_SECONDS, Failure, Inventory, Silence, Target
from icwatch.rules.coverage import common_labels
from icwatch.text import natural, one_line
from icwatch_cli.page.data import PageData
from icwatch_cli.page.now import State
from icwatch_cli.page.outages import PLACES, place_of
from icwatch_cli.page.samples import Seconds
from icwatch_cli.page.strips import Slot, slot_starts, strip_of

Times = tuple[int | None, int | None]
"""Probe times in milliseconds: the median, and what 95 of 100 do not exceed."""


@dataclass(frozen=True, slots=True)
class Span:
    """How available something was over the last `days`."""

    days: int
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Server:
    """One target: how it is now and why, its last day, and how long it was down and unseen in it."""

    name: str
    labels: Mapping[str, str]
    state: State
    failure: Failure | None
    unseen: str
    strip: tuple[Slot, ...]
    spans: tuple[Span, ...]
    times: Times

    @property
    def troubled(self) -> bool:
        """Whether there is something to see of it."""
        return self.state is not State.GOOD or any(slot.down for slot in self.strip)


@dataclass(frozen=True, slots=True)
class Place:
    """A VPC, or whatever the targets of a fleet are told apart by: its targets by state, and all of them together.

    `name` is empty for those that carry no such label. `detail` are the other labels that all of them share.
    """

    name: str
    detail: tuple[str, ...]
    states: Mapping[str, State]
    strip: tuple[Slot, ...]
    spans: tuple[Span, ...]
    times: Times
    silence: Silence | None = None

    def count(self, state: State) -> int:
        """How many of its targets are in a state."""
        return sum(each is state for each in self.states.values())

    @property
    def good(self) -> int:
        """How many of them answer."""
        return self.count(State.GOOD) + self.count(State.RECOVERING)

    @property
    def worst(self) -> State:
        """The worst of their states."""
        return min(self.states.values(), key=lambda state: state.rank)


def place_label(inventory: Inventory) -> str:
    """The label by which the fleet is shown: the closest that any target carries; empty where none does."""
    targets = inventory.targets.values()
    return next((name for name in PLACES if any(each.labels.get(name) for each in targets)), "")


def places_of(data: PageData, states: Mapping[str, State]) -> tuple[Place, ...]:
    """All places, the worst first: by the share of them that is down, then unseen, then by their last day."""
    members: dict[str, list[Target]] = {}
    for target in data.inventory.targets.values():
        members.setdefault(place_of(target.labels), []).append(target)
    starts = slot_starts(data.now)
    found = [_place(data, states, starts, name, targets) for name, targets in members.items()]
    return tuple(sorted(found, key=_badness))


def _place(
    data: PageData, states: Mapping[str, State], starts: Sequence[int], name: str, targets: Sequence[Target]
) -> Place:
    names = [target.id for target in targets]
    common = common_labels(targets)
    detail = tuple(one_line(value, 64) for label, value in sorted(common.items()) if value != name and label in PLACES)
    return Place(
        name=name,
        detail=detail,
        states={each: states[each] for each in names},
        strip=strip_of(data.samples, names, starts, data.inventory.every, data.now),
        spans=spans_of(data, names),
        times=times_of(data, names),
        silence=next((each for each in data.inventory.silences if _is_silenced(each, targets, data.now)), None),
    )


def _is_silenced(silence: Silence, targets: Sequence[Target], now: int) -> bool:
    """Whether a silence in force covers all of them, by any rule."""
    return holds(silence, now) and all(covers(silence, target.labels, target.id) for target in targets)


def _badness(place: Place) -> tuple[object, ...]:
    whole = len(place.states)
    day = place.spans[0].seconds.availability
    down, unseen, recovering = (place.count(each) for each in (State.DOWN, State.UNSEEN, State.RECOVERING))
    return -down / whole, -unseen / whole, -recovering, 1.0 if day is None else day, natural(place.name)


def servers_of(data: PageData, states: Mapping[str, State], names: Sequence[str]) -> tuple[Server, ...]:
    """Some targets, each with its last day."""
    starts = slot_starts(data.now)
    return tuple(_server(data, states[name], starts, data.inventory.targets[name]) for name in names)


def _server(data: PageData, state: State, starts: Sequence[int], target: Target) -> Server:
    name = target.id
    columns = data.samples.newest(name)
    return Server(
        name=name,
        labels=target.labels,
        state=state,
        failure=columns.failures.get(name) if columns else None,
        unseen=columns.unseen.get(name, "") if columns else "",
        strip=strip_of(data.samples, [name], starts, data.inventory.every, data.now),
        spans=spans_of(data, [name]),
        times=times_of(data, [name]),
    )


def spans_of(data: PageData, names: Sequence[str]) -> tuple[Span, ...]:
    """How available some targets were together over the last day, and over all longer spans that are known."""
    day = Span(1, data.samples.seconds(names, data.now - DAY_SECONDS, data.inventory.every, data.now))
    longer = (
        Span(days, sum((found[name] for name in names if name in found), Seconds()))
        for days, found in sorted(data.longer.items())
    )
    return (day, *longer)


def whole_fleet(places: Sequence[Place]) -> tuple[Span, ...]:
    """The spans of all places as one: those of the whole fleet."""
    return tuple(
        Span(spans[0].days, sum((span.seconds for span in spans), Seconds()))
        for spans in zip(*(place.spans for place in places), strict=True)
    )


def times_of(data: PageData, names: Sequence[str]) -> Times:
    """The probe times of the last day."""
    p50, p95 = data.samples.quantiles(names, (0.5, 0.95), data.now - DAY_SECONDS)
    return p50, p95
