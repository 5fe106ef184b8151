"""The status of a stack on one screen of a terminal: the sentence, what stands, the places, the monitoring. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from icwatch.text import one_line
from icwatch_cli.page.card import Card
from icwatch_cli.page.fleet import Place
from icwatch_cli.page.overview import Mood, Overview
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.target_rows import STATE_STYLES
from icwatch_cli.terminal.columns import columns

Line = tuple[str, str]
"""A style of `terminal.colours`, and the text."""

SMALL = (3, 4)
LARGE = (8, 12)
"""How many alarms and places there is room for on 24 lines, and on 40."""

LARGE_LINES = 40


def stands(page: Overview) -> bool:
    """Whether there is something to look after: an alarm, a server that is not well, or the monitoring itself."""
    return page.mood is not Mood.GOOD or bool(page.cards) or not page.monitoring.well


def screen(page: Overview, words: RowWords, lines: int = LARGE_LINES) -> Iterator[Line]:
    """The lines, from the one sentence on; fewer where the terminal has fewer."""
    most_cards, most_places = LARGE if lines >= LARGE_LINES else SMALL
    texts = words.texts
    yield "dim", f"{one_line(page.stack, 64)} · {words.moment(page.at)} {words.zone}"
    yield "good" if page.mood is Mood.GOOD else "bad", words.headline(page)
    if lead := words.lead(page):
        yield "", lead
    yield "", " · ".join(filter(None, [_counts(page, words), words.trend(page.curve)]))
    if page.cards:
        yield "", ""
        yield "title", texts.current
        for number, card in enumerate(page.cards[:most_cards]):
            yield from _card(card, words, page, with_step=not number)
        if len(page.cards) > most_cards:
            yield "dim", "  " + texts.more_alarms.format(count=len(page.cards) - most_cards)
    yield "", ""
    yield from _places(page, words, most_places)
    yield from _monitoring(page, words)


def _counts(page: Overview, words: RowWords) -> str:
    texts, counts = words.texts, page.counts
    inhibited = texts.plus_inhibited.format(count=counts.inhibited) if counts.inhibited else ""
    parts = [
        f"{texts.down} {counts.down:,}/{counts.targets:,}",
        f"{texts.recovering} {counts.recovering:,}" if counts.recovering else "",
        f"{texts.unseen} {counts.unseen:,}" if counts.unseen else "",
        f"{texts.alarms} {counts.alarms:,}{inhibited}" if counts.alarms or counts.inhibited else "",
        f"{texts.untaken} {counts.untaken:,}" if counts.untaken else "",
    ]
    return " · ".join(filter(None, parts))


def _card(card: Card, words: RowWords, page: Overview, *, with_step: bool) -> Iterator[Line]:
    """What stands, for how long and why; who has it and how often it was told; where to start."""
    texts = words.texts
    level = texts.clearing if card.clearing else words.level(card.level)
    style = "warn" if card.clearing else "bad" if card.announced else ""
    yield style, f"  {level}  {words.title(card)} · {words.lasted(page.at - card.began_at)}"
    told = [words.goes(card), words.owner(card, page.at), words.told(card, page.at)]
    yield "", "    " + " · ".join(filter(None, told))
    if with_step and (start := words.start(card)):
        yield "", f"    {start}"
    if card.announced and not card.clearing and not words.is_taken(card, page.at):
        yield "", f"    {texts.take}{texts.comment.format(text=words.take(card, page.option))}"


def _places(page: Overview, words: RowWords, most: int) -> Iterator[Line]:
    """The worst places: how many answer, how available they were, and how fast."""
    texts = words.texts
    places: Sequence[Place] = [*(each.place for each in page.places), *page.others]
    by = texts.by_place if any(place.name for place in places) else texts.all_servers
    rows = [
        (
            f"  {words.place(place.name)}",
            texts.answer.format(good=place.good, of=len(place.states)),
            *(f"{words.percent(span.seconds.availability)} %" for span in place.spans),
            words.times(place.times),
        )
        for place in places[:most]
    ]
    spans = (texts.spans[span.days] for span in places[0].spans) if places else ()
    head = (by, texts.now, *spans, texts.times)
    styles = ["title", *(STATE_STYLES[place.worst] for place in places[:most])]
    yield from zip(styles, columns([head, *rows]), strict=True)
    if len(places) > most:
        yield "dim", "  " + texts.other_places.format(count=len(places) - most)


def _monitoring(page: Overview, words: RowWords) -> Iterator[Line]:
    texts, found = words.texts, page.monitoring
    how = texts.monitoring_well if found.well else texts.monitoring_ill
    yield "title" if found.well else "bad", texts.monitoring + texts.comment.format(text=how)
    if watched := words.watched(page):
        yield "dim", f"  {texts.watched}{texts.comment.format(text=watched)}"
    for name, value, wrong in words.monitoring(found, page.at):
        if wrong and not found.well:
            yield "warn", f"  {name}{texts.comment.format(text=value)}"
