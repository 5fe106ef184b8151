"""The overview: all that the first page shows, in its order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from icwatch.model import Alarm
from icwatch.text import natural
from icwatch_cli.page.alarms import cards_of, pending_of
from icwatch_cli.page.card import Card
from icwatch_cli.page.data import PageData
from icwatch_cli.page.fleet import Place, Server, Span, places_of, servers_of, whole_fleet
from icwatch_cli.page.monitoring import Monitoring, monitoring_of
from icwatch_cli.page.now import State, states_of
from icwatch_cli.page.outages import Outage, together
from icwatch_cli.page.strips import Curve, curve_of

MOST_CARDS = 15
MOST_PLACES = 30
MOST_SERVERS, MOST_SERVERS_OF_A_PLACE = 48, 12
MOST_OUTAGES = 12
"""What the first page has room for: it says how many more there are, and leads to them."""

WEEK_SECONDS = 7 * 86_400


class Mood(StrEnum):
    """What the one sentence is about."""

    EMPTY = "empty"
    STARTING = "starting"
    BLIND = "blind"
    CUT_OFF = "cut_off"
    ALARM = "alarm"
    DOWN = "down"
    RECOVERING = "recovering"
    UNSEEN = "unseen"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many IC-Servers there are and how they are, and how many alarms stand.

    `alarms` counts the cards that were announced, `untaken` those of them that nobody has acknowledged, `inhibited`
    the alarms that are folded away.
    """

    targets: int
    down: int
    recovering: int
    unseen: int
    alarms: int
    untaken: int
    inhibited: int

    @property
    def ill(self) -> int:
        """How many servers are not well."""
        return self.down + self.recovering + self.unseen


@dataclass(frozen=True, slots=True)
class Listed:
    """A place on the first page, with those of its targets that there is something to see of.

    `more` are how many of these had no room.
    """

    place: Place
    servers: tuple[Server, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page.

    `watched` are the seconds of all targets, by span. `well_since` is when the last outage ended, None where none is
    known.
    """

    stack: str
    option: str
    at: int
    states: Mapping[str, State]
    mood: Mood
    counts: Counts
    curve: Curve
    cards: tuple[Card, ...]
    pending: tuple[Alarm, ...]
    places: tuple[Listed, ...]
    others: tuple[Place, ...]
    outages: tuple[Outage, ...]
    monitoring: Monitoring
    watched: tuple[Span, ...]
    well_since: int | None

    @property
    def main(self) -> Card | None:
        """The card that the sentence is about."""
        return self.cards[0] if self.mood in (Mood.ALARM, Mood.RECOVERING) else None

    @property
    def all_down(self) -> bool:
        """Whether not one server answers."""
        return self.counts.down == self.counts.targets > 1

    @property
    def scattered(self) -> tuple[Card, ...]:
        """The cards of which only all together say what is down; none where the first one says most of it."""
        failing = tuple(card for card in self.cards if card.announced and card.about_health and not card.clearing)
        return failing if failing and 2 * failing[0].failing < self.counts.down else ()


def overview_of(data: PageData) -> Overview:
    """What the first page shows."""
    states = states_of(data)
    cards = cards_of(data, states)
    monitoring = monitoring_of(data)
    counts = _counts(data, states, cards)
    places = places_of(data, states)
    outages = together(each for each in data.outages if each.ended_at >= data.now - WEEK_SECONDS)
    return Overview(
        stack=data.stack,
        option=data.option,
        at=data.now,
        states=states,
        mood=_mood(data, states, counts, cards, monitoring),
        counts=counts,
        curve=curve_of(data.samples, states.keys(), data.inventory.every, data.now),
        cards=cards,
        pending=pending_of(data),
        places=_listed(data, states, places[:MOST_PLACES]),
        others=places[MOST_PLACES:],
        outages=tuple(outages),
        monitoring=monitoring,
        watched=whole_fleet(places),
        well_since=max((each.ended_at for each in data.outages), default=None),
    )


def _counts(data: PageData, states: Mapping[str, State], cards: Sequence[Card]) -> Counts:
    announced = [card for card in cards if card.announced]
    by_state = [*states.values()]
    return Counts(
        targets=len(states),
        down=by_state.count(State.DOWN),
        recovering=by_state.count(State.RECOVERING),
        unseen=by_state.count(State.UNSEEN),
        alarms=len(announced),
        untaken=sum(not _is_taken(card, data.now) for card in announced),
        inhibited=sum(len(card.children) for card in cards),
    )


def _is_taken(card: Card, now: int) -> bool:
    return card.clearing or (card.acknowledgement is not None and card.acknowledgement.holds(now))


def _mood(
    data: PageData, states: Mapping[str, State], counts: Counts, cards: Sequence[Card], monitoring: Monitoring
) -> Mood:
    if not counts.targets:
        return Mood.EMPTY
    if (lost := _lost(monitoring)) is not None:
        return lost
    if cards and cards[0].announced:
        return Mood.RECOVERING if cards[0].clearing else Mood.ALARM
    if counts.down:
        return Mood.DOWN
    if not any(data.samples.newest(name) for name in states):
        return Mood.STARTING
    return Mood.UNSEEN if counts.unseen else Mood.GOOD


def _lost(monitoring: Monitoring) -> Mood | None:
    """What there is to say where the monitoring itself sees nothing."""
    if monitoring.is_late:
        return Mood.STARTING if monitoring.swept_at is None else Mood.BLIND
    return None if monitoring.cut_off_since is None else Mood.CUT_OFF


def _listed(data: PageData, states: Mapping[str, State], places: Sequence[Place]) -> tuple[Listed, ...]:
    """The places with their targets that are not well, or were not within the day, the worst first."""
    left = MOST_SERVERS
    found: list[Listed] = []
    for place in places:
        troubled = [name for name in place.states if _is_troubled(data, states, name)]
        names = sorted(troubled, key=lambda name: (states[name].rank, natural(name)))
        shown = names[: min(left, MOST_SERVERS_OF_A_PLACE)]
        left -= len(shown)
        found.append(Listed(place, servers_of(data, states, shown), len(names) - len(shown)))
    return tuple(found)


def _is_troubled(data: PageData, states: Mapping[str, State], name: str) -> bool:
    return states[name] is not State.GOOD or data.samples.was_down(name)
