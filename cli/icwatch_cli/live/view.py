"""What `icwatch run` shows on a terminal: what stands first, the fleet by VPC, and notices as they arrive. Pure.

The order, the folding and the words are those of the status page (`icwatch_cli.page`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from icwatch.text import one_line
from icwatch_cli.live.alarms import (
    alarm_lines,
    alarm_title,
    most_alarm_lines,
    newest_lines,
    newest_of,
    newest_title,
)
from icwatch_cli.live.fleet import place_lines, target_lines
from icwatch_cli.live.news import chat_lines, message_lines, notice_lines
from icwatch_cli.live.rows import fitted, shares, titled
from icwatch_cli.live.state import State
from icwatch_cli.live.texts import VIEW_TEXTS
from icwatch_cli.page.card import Card
from icwatch_cli.page.fleet import Place
from icwatch_cli.page.overview import Mood, Overview
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.terminal.colours import wrapped

MESSAGE = 14
"""Lines of the last notice that are shown."""

TROUBLES = 2
"""Lines of what is wrong with the monitoring itself."""

SENTENCE_SHARE = 4
"""The sentence above all has one line in so many: on a small screen alarms have to have room below it."""

ALARMS, PLACES, TARGETS, NOTICES = 4, 4, 6, 2
"""Lines that each part has before any gets more; all there are where fewer."""


def draw(state: State, words: RowWords, width: int, height: int) -> RenderableType:
    """The screen, in at most `height` lines of `width` characters."""
    with state.lock:
        if state.overview is None:
            return starting(state, words, width, height)
        return Group(*_lines(state, state.overview, words, width, height)[:height])


def starting(state: State, words: RowWords, width: int, height: int) -> RenderableType:
    """What is being started, and what is running already."""
    view = VIEW_TEXTS[words.language]
    lines = [_head(state, words, width), Text()]
    for step in state.steps:
        is_last = step == state.steps[-1]
        mark, style = ("…", "bold yellow") if is_last else ("✓", "green")
        text = view.starting + " " if is_last else ""
        lines.append(fitted(Text.assemble((f"{mark} ", style), text, view.steps.get(step, step)), width))
    foot = fitted(Text(f"{view.keys if state.keys else view.stop}", "dim"), width)
    return Group(*lines[: height - 1], foot)


def explained(words: RowWords, width: int, height: int) -> RenderableType:
    """What the marks mean, and which command does what."""
    lines = VIEW_TEXTS[words.language].help[: height - 1]
    return Group(titled("icwatch run", width), *(fitted(Text(line), width) for line in lines))


def _lines(state: State, page: Overview, words: RowWords, width: int, height: int) -> list[Text]:
    newest = newest_of(page.cards)
    sentence = _sentence(page, words, width, newest)[: max(1, height // SENTENCE_SHARE)]
    top = [_head(state, words, width), *sentence, *_troubles(page, words, width)]
    first_aid = newest_lines(newest, words, page, width) if newest else []
    given = shares(height - len(top) - 1, _wants(state, page, len(first_aid)))
    view, notices = VIEW_TEXTS[words.language], [*state.notices]
    nothing = [Text(view.no_alarm, "dim")]
    parts: dict[str, tuple[str, Callable[[int], list[Text]]]] = {
        "alarms": (alarm_title(page, words), lambda most: alarm_lines(page, words, width, most)),
        "newest": (newest_title(newest, words) if newest else "", lambda most: first_aid[:most]),
        "places": (words.texts.by_place, lambda most: place_lines(page, words, width, most)),
        "targets": (view.targets, lambda most: target_lines(state, page, words, width, most)),
        "notices": (view.notices, lambda most: notice_lines(notices, words, width, most) or nothing),
        "said": (view.chat, lambda most: chat_lines([*state.said], words, width, most)),
        "message": (view.last_notice, lambda most: message_lines(notices[-1][1], width, most)),
    }
    body = [
        line
        for name, (title, lines) in parts.items()
        if name in given
        for line in (titled(title, width), *lines(given[name]))
    ]
    return [*top, *body, _foot(state, words, width)]


def _wants(state: State, page: Overview, newest: int) -> list[tuple[str, int]]:
    """How many lines each part would have, what matters most first."""
    alarms, notices, targets = most_alarm_lines(page), max(1, len(state.notices)), len(state.inventory.targets)
    places = len(page.places) + len(page.others) if _has_names(page) else 0
    return [
        ("alarms", min(ALARMS, max(1, len(page.cards)))),
        ("newest", newest),
        ("places", min(PLACES, places)),
        ("alarms", min(2 * ALARMS, alarms)),
        ("notices", min(NOTICES, notices)),
        ("targets", min(TARGETS, targets)),
        ("said", min(1, len(state.said))),
        ("alarms", alarms),
        ("places", places),
        ("notices", notices),
        ("said", len(state.said)),
        ("targets", targets),
        ("message", MESSAGE if state.notices else 0),
    ]


def _has_names(page: Overview) -> bool:
    """Whether the fleet is told apart at all."""
    names: Sequence[Place] = [*(each.place for each in page.places), *page.others]
    return any(place.name for place in names)


def _head(state: State, words: RowWords, width: int) -> Text:
    page, view = state.overview, VIEW_TEXTS[words.language]
    line = Text.assemble(("icwatch ", "bold"), (one_line(state.name, 40), "cyan"))
    if page is not None:
        counts = page.counts
        line.append(f"  {words.texts.down} {counts.down:,}/{counts.targets:,}", "bold red" if counts.down else "green")
        for name, count in ((words.texts.recovering, counts.recovering), (words.texts.unseen, counts.unseen)):
            line.append(f"  {name} {count:,}" if count else "", "yellow")
    swept, texts = words.moment(state.at)[-8:], words.texts
    at = texts.swept.format(at=swept) if state.at else texts.never_swept
    every = view.every.format(every=words.lasted(state.inventory.every))
    return fitted(line.append(f"  {every}  {at}", "dim"), width)


def _sentence(page: Overview, words: RowWords, width: int, newest: Card | None) -> list[Text]:
    """The one sentence, with what to suspect where that is not said of the newest alarm anyway."""
    style = {Mood.GOOD: "bold green", Mood.RECOVERING: "bold yellow", Mood.STARTING: "bold"}.get(page.mood, "bold red")
    said = [(words.headline(page), style)]
    if page.scattered or page.main is None or page.main is not newest:
        said.append((words.lead(page), ""))
    return [Text(line, style, no_wrap=True) for text, style in said if text for line in wrapped(text, width)]


def _troubles(page: Overview, words: RowWords, width: int) -> list[Text]:
    """What is wrong with the monitoring itself, once there is any."""
    if page.mood in (Mood.STARTING, Mood.EMPTY) or page.monitoring.well:
        return []
    wrong = [(name, text) for name, text, is_wrong in words.monitoring(page.monitoring, page.at) if is_wrong]
    return [
        fitted(Text(f"! {name}{words.texts.comment.format(text=text)}", "yellow"), width)
        for name, text in wrong[:TROUBLES]
    ]


def _foot(state: State, words: RowWords, width: int) -> Text:
    if state.trouble:
        return fitted(Text(one_line(state.trouble, 400), "yellow"), width)
    view = VIEW_TEXTS[words.language]
    keys = Text(view.keys if state.keys else view.stop, "dim")
    return fitted(Text.assemble((state.page, "cyan"), "  ", keys, (f"  AWS API {state.endpoint}", "dim")), width)
