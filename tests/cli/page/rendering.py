"""Pages as they are rendered, and what a parser finds in them."""

from __future__ import annotations

from datetime import timedelta, timezone
from html.parser import HTMLParser

from icwatch.model import Language
from icwatch_cli.page.data import PageData
from icwatch_cli.page.happenings import Filter, Happening, filtered, happening_of
from icwatch_cli.page.overview import overview_of
from icwatch_cli.page.pages import Pages
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.site import HISTORY, INDEX, Site, place_path, target_path
from tests.cli.page.world import World

CHINA = timezone(timedelta(hours=8))
MONTH = "2026-11"
VOID = frozenset({"meta", "link", "br", "input"})


def pages_of(data: PageData, language: Language = Language.EN_US, refresh: int | None = None) -> Pages:
    """The pages of a language."""
    return Pages(data, overview_of(data), RowWords(language, CHINA), refresh)


def all_pages(world: World, data: PageData, target: str, place: str, language: Language) -> dict[str, str]:
    """One of each page, by its path."""
    pages = pages_of(data, language)
    rows = filtered(map(happening_of, world.events()), Filter(told=False))
    by_target: dict[str, list[Happening]] = {}
    for row in rows:
        by_target.setdefault(row.target, []).append(row)
    report = f"reports/{MONTH}.html"
    return {
        INDEX: pages.overview(Site(INDEX, language)),
        HISTORY: pages.history(Site(HISTORY, language), rows, Filter(told=False, text=target), cut=False),
        target_path(target): pages.target(Site(target_path(target), language), target, by_target),
        place_path(place): pages.place(Site(place_path(place), language), place),
        report: pages.report(Site(report, language), MONTH, data.outages, {}),
    }


class Parsed(HTMLParser):
    """The elements of a page with their attributes, its text, and what is not closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.scripts.append(data)
        else:
            self.text += data
