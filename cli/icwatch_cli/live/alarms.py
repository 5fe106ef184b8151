"""The current alarms as lines: what was announced first, what it inhibits folded into it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from icwatch.text import one_line
from icwatch_cli.live.rows import aligned, first, fitted
from icwatch_cli.live.texts import VIEW_TEXTS
from icwatch_cli.page.card import Card
from icwatch_cli.page.overview import Overview
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.terminal.colours import wrapped

MOST_SILENCES = 5
"""Silences in force that are listed."""


def alarm_title(page: Overview, words: RowWords) -> str:
    """How many there are of each kind, so that none goes unnoticed for want of room."""
    view, counts = VIEW_TEXTS[words.language], page.counts
    told = view.announced.format(count=counts.alarms) if counts.alarms else ""
    inhibited = words.texts.plus_inhibited.format(count=counts.inhibited) if counts.inhibited else ""
    quiet = len(page.monitoring.silences)
    parts = [
        told + inhibited,
        view.silences.format(count=quiet) if quiet else "",
        view.pending.format(count=len(page.pending)) if page.pending else "",
    ]
    return " · ".join(filter(None, [words.texts.current, *parts]))


def alarm_lines(page: Overview, words: RowWords, width: int, most: int) -> list[Text]:
    """At most so many lines: one for each alarm, a second one for as many of them as there is room for, silences."""
    cards, rest = page.cards, [*_pending(page, words, width), *_silences(page, words, width)]
    if not cards and not rest:
        return [Text(VIEW_TEXTS[words.language].no_alarm, "dim")][:most]
    spare = max(0, most - len(cards) - len(rest))
    heads = aligned([_head(card, words, page, with_tag=place >= spare) for place, card in enumerate(cards)], width)
    if len(cards) + len(rest) > most:
        return first([*heads, *rest], most, words.texts.more_alarms if len(heads) >= most else _more(words))
    lines = []
    for place, (card, head) in enumerate(zip(cards, heads, strict=True)):
        lines.append(head)
        if place < spare:
            lines.append(fitted(Text("    " + _detail(card, words, page.at), "dim"), width))
    return lines + rest


def most_alarm_lines(page: Overview) -> int:
    """How many lines they would fill."""
    silences = min(MOST_SILENCES, len(page.monitoring.silences))
    return max(1, 2 * len(page.cards) + bool(page.pending) + silences)


def newest_of(cards: Sequence[Card]) -> Card | None:
    """The one that was raised last, of what was announced and still fails where there is any such."""
    announced = [card for card in cards if card.announced]
    failing = [card for card in announced if not card.clearing]
    return max(
        failing or announced or cards, key=lambda card: max(each.raised_at for each in card.alarms), default=None
    )


def newest_title(card: Card, words: RowWords) -> str:
    """Which alarm it is."""
    return VIEW_TEXTS[words.language].newest.format(title=words.title(card))


def newest_lines(card: Card, words: RowWords, page: Overview, width: int) -> list[Text]:
    """Its cause with what to suspect, where to start, and how to take it; nothing of it is cut."""
    texts, suspect, detail = words.texts, words.suspect(card), words.detail(card)
    why = texts.lead.format(why=words.why(card)) + (texts.lead_suspect.format(suspect=suspect) if suspect else "")
    nothing = texts.nothing_to_do.format(time=words.lasted(card.clears_after)) if card.clearing else ""
    start = f"{texts.first} {nothing}" if nothing else words.start(card)
    said = [(why + (f" [{detail}]" if detail else ""), "bold red"), (start, "bold")]
    if card.announced and not card.clearing and not words.is_taken(card, page.at):
        said.append((texts.take + texts.comment.format(text=words.take(card, page.option)), "cyan"))
    return [Text(line, style, no_wrap=True) for text, style in said if text for line in wrapped(text, width)]


def _head(card: Card, words: RowWords, page: Overview, *, with_tag: bool) -> list[Text]:
    """Its mark, level and age, and whom it is about."""
    texts, taken = words.texts, words.is_taken(card, page.at)
    style = "yellow" if card.clearing else "cyan" if taken else "bold red" if card.announced else "dim"
    level = texts.clearing if card.clearing else words.level(card.level)
    title = Text(words.title(card), "" if card.announced else "dim")
    if card.children:
        title.append(texts.plus_inhibited.format(count=len(card.children)), "dim")
    if with_tag:
        title.append(f" · {_tag(card, words, page.at)}", "dim")
    age = Text(words.lasted(page.at - card.began_at))
    return [Text("●" if card.announced else "○", style), Text(level, style), age, title]


def _tag(card: Card, words: RowWords, now: int) -> str:
    """In a word or two how it goes, where there is no second line."""
    if card.silence is not None:
        return words.texts.silenced
    return words.owner(card, now) if words.is_taken(card, now) else words.goes(card)


def _detail(card: Card, words: RowWords, now: int) -> str:
    """Why, who has it or what silences it, how often people were told."""
    lost = "" if card.lost_since is None else words.texts.lost_since.format(at=words.clock(card.lost_since, now))
    return " · ".join(filter(None, [words.goes(card), lost, words.owner(card, now), words.told(card, now)]))


def _pending(page: Overview, words: RowWords, width: int) -> list[Text]:
    if not page.pending:
        return []
    names = words.names([one_line(alarm.target, 64) for alarm in page.pending])
    return [fitted(Text(f"○ {words.texts.pending.format(count=len(page.pending))} {names}", "dim"), width)]


def _silences(page: Overview, words: RowWords, width: int) -> list[Text]:
    lines = []
    for silence in page.monitoring.silences[:MOST_SILENCES]:
        said = words.silenced(silence, page.at)
        lines.append(fitted(Text(f"○ {words.texts.silence}{words.texts.comment.format(text=said)}", "dim"), width))
    return lines


def _more(words: RowWords) -> str:
    return VIEW_TEXTS[words.language].more
