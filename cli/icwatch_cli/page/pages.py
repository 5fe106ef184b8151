"""Each page: of what is known, in the words of a language. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timezone

from icwatch.model import Kind
from icwatch.text import natural
from icwatch_cli.arguments.kinds import ACKNOWLEDGED, REPORTED
from icwatch_cli.page import charts
from icwatch_cli.page.card import Card
from icwatch_cli.page.data import PageData
from icwatch_cli.page.fleet import place_label, places_of, servers_of
from icwatch_cli.page.happenings import MOST_ROWS, SPANS, Filter, Happening
from icwatch_cli.page.outages import Outage, place_of
from icwatch_cli.page.overview import MOST_CARDS, MOST_OUTAGES, Overview
from icwatch_cli.page.render import Frame, render
from icwatch_cli.page.report import month_of, months_until, report_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.samples import Seconds
from icwatch_cli.page.site import Site
from icwatch_cli.page.status import status_of
from icwatch_cli.page.status_fields import StatusFields
from icwatch_cli.page.strips import slot_starts
from icwatch_cli.page.target import target_page_of

MOST_SERVERS = 400
"""Servers on the page of a place."""

MOST_NAMES = 24
"""Alarms that are named where several are folded into one."""

MOST_REPORTED = 500
"""Outages in a report."""

MONTHS = 4
"""Months that have a report in any case, the current one among them: transitions are kept for 90 days by default."""


class Pages:
    """The pages of what is known at one moment, in one language; `overview` is of the same. `refresh` as in `Frame`."""

    def __init__(self, data: PageData, overview: Overview, words: RowWords, refresh: int | None = None) -> None:
        self._data, self._overview, self._words, self._refresh = data, overview, words, refresh
        self._states = overview.states

    def overview(self, site: Site) -> str:
        """The first page."""
        return self._render(
            "overview.html",
            site,
            o=self._overview,
            by_place=bool(place_label(self._data.inventory)),
            most_cards=MOST_CARDS,
            most_outages=MOST_OUTAGES,
        )

    def status(self) -> StatusFields:
        """The same for programs."""
        return status_of(self._overview)

    def places(self) -> list[str]:
        """The names of all places."""
        return [each.place.name for each in self._overview.places] + [each.name for each in self._overview.others]

    def target(self, site: Site, name: str, happenings: Mapping[str, Sequence[Happening]]) -> str:
        """The page of a target of the inventory."""
        page = target_page_of(self._data, self._states, self._overview.cards, name, happenings)
        return self._render(
            "target.html",
            site,
            page=page,
            place_label=place_label(self._data.inventory),
            name_quoted=shlex.quote(name),
        )

    def place(self, site: Site, name: str) -> str:
        """The page of a place, with all that is in it."""
        (place,) = [each for each in places_of(self._data, self._states) if each.name == name]
        names = sorted(place.states, key=lambda each: (place.states[each].rank, natural(each)))
        servers = servers_of(self._data, self._states, names[:MOST_SERVERS])
        return self._render("place.html", site, place=place, servers=servers, more=len(names) - len(servers))

    def history(self, site: Site, rows: Sequence[Happening], wanted: Filter, *, cut: bool) -> str:
        """What happened; `cut` says that there is more of it."""
        return self._render(
            "history.html",
            site,
            rows=rows[:MOST_ROWS],
            cut=cut or len(rows) > MOST_ROWS,
            filter=wanted,
            all_days=SPANS,
            kinds=[*map(str, Kind), ACKNOWLEDGED, *REPORTED],
            rules=[*self._data.inventory.rules.values()],
        )

    def report(self, site: Site, month: str, ended: Sequence[Outage], seconds: Mapping[str, Seconds]) -> str:
        """The report of a month, of the outages that ended within it or later, and of how long each target was good,
        bad and unseen in it, where that is known. Raises ValueError for no month.
        """
        zone, now = self._words.zone, self._data.now
        standing = standing_of(self._overview.cards, now)
        report = report_of(month_of(month, zone), [*ended, *standing], self._sizes(), self._by_place(seconds), now)
        months = months_known(self._data, zone)
        listed = bool(report.outages) or month not in months[MONTHS:]
        return self._render("report.html", site, report=report, listed=listed, months=months, most=MOST_REPORTED)

    def _by_place(self, seconds: Mapping[str, Seconds]) -> Mapping[str, Seconds]:
        found: dict[str, Seconds] = {}
        for name, each in seconds.items():
            if name in self._data.inventory.targets:
                place = place_of(self._data.inventory.targets[name].labels)
                found[place] = found.get(place, Seconds()) + each
        return found

    def _sizes(self) -> Mapping[str, int]:
        return Counter(place_of(target.labels) for target in self._data.inventory.targets.values())

    def _render(self, template: str, site: Site, **matter: object) -> str:
        data, words = self._data, self._words
        starts = slot_starts(data.now)
        hours = [f"{datetime.fromtimestamp(at, UTC).astimezone(words.zone):%H:%M}" for at in starts]
        frame = Frame(
            stack=data.stack,
            option=data.option,
            now=data.now,
            mood=self._overview.mood,
            swept_at=data.samples.last,
            every=data.inventory.every,
            source=data.samples.source,
            month=words.machine(data.now)[:7],
            known=frozenset(data.inventory.targets),
            refresh=self._refresh,
        )
        more = {
            "spans": (1, *sorted(data.longer)),
            "most_names": MOST_NAMES,
            "sizes": self._sizes(),
            "ticks": charts.ticks(starts, hours),
        }
        return render(template, words, site, frame, **more, **matter)


def months_known(data: PageData, zone: timezone) -> list[str]:
    """The months that have a report, the current one first: back to the first that totals say anything of."""
    return months_until(data.now, zone, data.now if data.since is None else data.since, MONTHS)


def standing_of(cards: Sequence[Card], now: int) -> list[Outage]:
    """The outages that go on, until now."""
    return [
        Outage(
            rule=card.worst.rule,
            targets=tuple(alarm.target for alarm in card.alarms),
            place=card.place,
            level=card.level,
            began_at=card.began_at,
            ended_at=now,
            failure=card.failure,
            group=card.group,
            told=card.announced,
        )
        for card in cards
        if card.about_health
    ]
