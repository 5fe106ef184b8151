"""What lies at an address: a page, `status.json`, or the way to one of them."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone

from icwatch.model import DAY_SECONDS, Language
from icwatch_cli.page.data import PageData
from icwatch_cli.page.exposition import exposed, wanted
from icwatch_cli.page.happenings import DEFAULT_DAYS, MOST_ROWS, SPANS, Filter, Happening, filtered, happening_of
from icwatch_cli.page.metrics import metrics_of
from icwatch_cli.page.outages import Outage, OutageLog
from icwatch_cli.page.overview import Overview, overview_of
from icwatch_cli.page.pages import Pages, months_known
from icwatch_cli.page.report import month_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.samples import Seconds
from icwatch_cli.page.site import HISTORY, INDEX, METRICS, REPORTS, STATUS, Site, place_path, target_path
from icwatch_cli.serving.reader import OUTAGE_DAYS, StackReader

MAX_TEXT = 120
"""Characters of a filter."""

AFTER_SECONDS = 7 * DAY_SECONDS
"""How long after a month an outage may end that belongs to it."""

HTML, JSON = "text/html; charset=utf-8", "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What lies at an address; with `location`, only the way to where it lies."""

    body: str = ""
    kind: str = HTML
    location: str = ""


@dataclass
class Made:
    """What was made of what was read at one moment: pages by language, and rows by shard and target."""

    data: PageData
    overview: Overview
    pages: dict[Language, Pages] = field(default_factory=dict)
    rows: dict[str, Mapping[str, list[Happening]]] = field(default_factory=dict)

    @functools.cached_property
    def targets(self) -> Mapping[str, str]:
        """The targets by the paths of their pages."""
        return {target_path(name): name for name in self.data.inventory.targets}


class Content:
    """The pages of a stack by their addresses, in the words of each language and by one clock.

    Those that are not `live` are files: nobody answers a query. `refresh` are the seconds after which one that is
    written again and again is to be asked for again.
    """

    def __init__(
        self,
        reader: StackReader,
        zone: timezone = timezone(timedelta(0)),
        language: Language | None = None,
        languages: Sequence[Language] = tuple(Language),
        *,
        live: bool = True,
        refresh: int | None = None,
    ) -> None:
        self._reader, self._zone, self._language, self._live = reader, zone, language, live
        self._refresh = refresh
        self._languages = tuple(languages)
        self._made: Made | None = None

    @property
    def reader(self) -> StackReader:
        """What it is made of; whoever asks for pages holds its lock."""
        return self._reader

    def language(self) -> Language:
        """The language of who names none: the one that was chosen, or that of the fleet's notices."""
        return self._language or self._reader.data.inventory.language or Language.EN_US

    def status(self) -> str:
        """`status.json`."""
        status = self._pages(self.language()).status()
        return json.dumps(status, ensure_ascii=False, separators=(",", ":")) + "\n"

    def metrics(self, kind: str) -> str:
        """`/metrics`, in one of the forms of `page.exposition`."""
        made = self._known()
        return exposed(metrics_of(made.data, made.overview), kind)

    def at(self, path: str, query: Mapping[str, str], accept: str = "") -> Answer | None:
        """What lies at a path below the root, in the form that a header Accept asks for; None where nothing does."""
        if path in ("", INDEX):
            return Answer(location=f"{self.language()}/{INDEX}")
        if path == STATUS:
            return Answer(self.status(), JSON)
        if path == METRICS:
            return Answer(self.metrics(kind := wanted(accept)), kind)
        folder, _, rest = path.partition("/")
        if folder not in self._languages:
            return None
        body = self.page(Site(rest or INDEX, Language(folder), self._languages), query)
        return None if body is None else Answer(body)

    def page(self, site: Site, query: Mapping[str, str]) -> str | None:
        """A page of a language; None where there is none of that name."""
        data, pages, path = self._reader.data, self._pages(site.language), site.path
        if path == INDEX:
            return pages.overview(site)
        if path == HISTORY:
            wanted = filter_of(query) if self._live else Filter(days=OUTAGE_DAYS)
            rows, cut = self._history(data.now, wanted if self._live else replace(wanted, told=False))
            return pages.history(site, rows, wanted, cut=cut)
        if target := self._known().targets.get(path):
            return pages.target(site, target, self._rows(target))
        for place in pages.places():
            if place_path(place) == path:
                return pages.place(site, place)
        for month in self.months():
            if path == f"{REPORTS}/{month}.html":
                return pages.report(site, month, self._ended(month, data), self._seconds(month))
        return None

    def paths(self) -> list[str]:
        """The paths of all pages of a language."""
        data = self._reader.data
        return [
            INDEX,
            HISTORY,
            *map(target_path, data.inventory.targets),
            *map(place_path, self._pages(self.language()).places()),
            *(f"{REPORTS}/{month}.html" for month in self.months()),
        ]

    def months(self) -> list[str]:
        """The months that have a report, the current one first."""
        return months_known(self._reader.data, self._zone)

    def _pages(self, language: Language) -> Pages:
        made = self._known()
        if language not in made.pages:
            refresh = max(2, min(15, made.data.inventory.every // 4)) if self._live else self._refresh
            made.pages[language] = Pages(made.data, made.overview, RowWords(language, self._zone), refresh)
        return made.pages[language]

    def _known(self) -> Made:
        data = self._reader.data
        if self._made is None or self._made.data is not data:
            self._made = Made(data, overview_of(data))
        return self._made

    def _history(self, now: int, wanted: Filter) -> tuple[list[Happening], bool]:
        """The newest rows that are asked for, and whether there are more: read backwards, ever longer stretches."""
        first, last, stretch = now - wanted.days * DAY_SECONDS, now, DAY_SECONDS
        rows: list[Happening] = []
        while last >= first and len(rows) <= MOST_ROWS:
            begins = max(first, last - stretch)
            rows += filtered(map(happening_of, self._reader.events(begins, last)), wanted)
            last, stretch = begins - 1, stretch * 2
        return rows[:MOST_ROWS], len(rows) > MOST_ROWS

    def _rows(self, target: str) -> Mapping[str, list[Happening]]:
        """All that happened lately in the shard of a target, newest first, by target and group."""
        made = self._known()
        shard, now = made.data.inventory.shards.get(target, ""), made.data.now
        if shard not in made.rows:
            found = self._reader.events(now - OUTAGE_DAYS * DAY_SECONDS, now, shard)
            rows: dict[str, list[Happening]] = {}
            for row in filtered(map(happening_of, found), Filter(told=False)):
                rows.setdefault(row.target, []).append(row)
            made.rows[shard] = rows
        return made.rows[shard]

    def _seconds(self, name: str) -> Mapping[str, Seconds]:
        """How long every target was good, bad and unseen in a month."""
        month = month_of(name, self._zone)
        return self._reader.seconds(month.starts_at, month.ends_at)

    def _ended(self, name: str, data: PageData) -> list[Outage]:
        """The outages that ended in a month or soon after it."""
        month, log = month_of(name, self._zone), OutageLog()
        for decision in self._reader.decisions(month.starts_at, min(data.now, month.ends_at + AFTER_SECONDS)):
            log.add(decision)
        return log.ended


def filter_of(query: Mapping[str, str]) -> Filter:
    """What a query asks of the history; what makes no sense is passed over."""
    days = query.get("days", "")
    return Filter(
        days=int(days) if days in {*map(str, SPANS)} else DEFAULT_DAYS,
        kind=query.get("kind", "")[:MAX_TEXT],
        rule=query.get("rule", "")[:MAX_TEXT],
        text=query.get("text", "").strip()[:MAX_TEXT],
        told=query.get("all") != "1",
    )
