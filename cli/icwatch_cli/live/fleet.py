"""The fleet as lines: one a VPC, with its counts and the worst of it; one a target, in the order of numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from icwatch.model import Target
from icwatch.text import one_line
from icwatch_cli.live.rows import aligned, first
from icwatch_cli.live.state import HISTORY, Seen, State
from icwatch_cli.live.texts import VIEW_TEXTS
from icwatch_cli.page.fleet import Place, Server
from icwatch_cli.page.now import State as Health
from icwatch_cli.page.overview import Overview
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.strips import Slot

MARKS = {
    Health.DOWN: ("●", "red"),
    Health.UNSEEN: ("○", "yellow"),
    Health.RECOVERING: ("●", "yellow"),
    Health.GOOD: ("●", "green"),
}

BLOCKS = "▁▂▃▄▅▆▇█"

WIDE, WIDER = 110, 180
"""Columns from which there is room for a day's strip beside the counts, and for all of its quarters of an hour."""

MOST_NAME = 24
"""Columns of the name of a place or of labels."""


def place_lines(page: Overview, words: RowWords, width: int, most: int) -> list[Text]:
    """At most so many lines, the worst place first."""
    listed: list[tuple[Place, Sequence[Server]]] = [(each.place, each.servers) for each in page.places]
    listed += [(place, ()) for place in page.others]
    shown = listed[: most - 1] if len(listed) > most else listed
    lines = aligned([_place(place, servers, words, width) for place, servers in shown], width)
    return first([*lines, *[Text()] * (len(listed) - len(shown))], most, words.texts.other_places)


def _place(place: Place, servers: Sequence[Server], words: RowWords, width: int) -> list[Text]:
    mark, style = MARKS[place.worst]
    unseen = place.count(Health.UNSEEN)
    counts = words.texts.answer.format(good=place.good, of=len(place.states))
    cells = [
        Text(mark, style),
        Text(one_line(words.place(place.name), MOST_NAME), "bold"),
        Text(counts, "" if place.good == len(place.states) else style),
        Text(f"{words.texts.unseen} {unseen}" if unseen else "", "yellow"),
    ]
    if width >= WIDE:
        cells.append(strip(place.strip, 1 if width >= WIDER else 4))
        cells.append(Text(f"{words.percent(place.spans[0].seconds.availability)} %", "dim", justify="right"))
    if width >= WIDER:
        cells.append(Text(f"{words.times(place.times)} ms", "dim"))
    return [*cells, _worst(place, servers, words)]


def _worst(place: Place, servers: Sequence[Server], words: RowWords) -> Text:
    """Which of its targets are worst, and why; that it is silenced."""
    silenced = Text(words.texts.silenced, "dim") if place.silence is not None else Text()
    worst = [server for server in servers if server.state is place.worst]
    if place.worst is Health.GOOD or not worst:
        return silenced
    count = place.count(place.worst)
    names = words.names([server.name for server in worst] + [""] * (count - len(worst)))
    if count == len(place.states) > 1:
        names = words.texts.all_targets.format(servers=words.servers(count))
    how = words.cause(worst[0].failure) if place.worst is Health.DOWN else words.texts.states[place.worst]
    said = Text(names + words.texts.comment.format(text=how), MARKS[place.worst][1])
    return said.append(" · ").append_text(silenced) if silenced else said


def strip(slots: Sequence[Slot], each: int) -> Text:
    """A day: what was down as high as its share, what nobody saw shaded; `each` so many slots are one."""
    line = Text()
    for place in range(0, len(slots), each):
        some = [slot for slot in slots[place : place + each] if slot.known]
        down = max((slot.down for slot in some), default=0)
        if down:
            line.append(BLOCKS[min(7, down * 8 // 101)], "red")
        elif any(slot.unseen >= 50 for slot in some):
            line.append("░", "yellow")
        else:
            line.append("─" if some else " ", "green")
    return line


def sparkline(history: Sequence[int | None]) -> Text:
    """Probe times as blocks, scaled to the slowest; a failure is a red cross."""
    most = max((value for value in history if value is not None), default=0) or 1
    line = Text()
    for value in history:
        if value is None:
            line.append("×", "red")
        else:
            line.append(BLOCKS[min(len(BLOCKS) - 1, value * len(BLOCKS) // (most + 1))], "dim green")
    return line


def target_lines(state: State, page: Overview, words: RowWords, width: int, most: int) -> list[Text]:
    """At most so many lines, as people count; where not all have room, who is not well comes first."""
    targets, seen = state.inventory.targets, state.targets
    names = [*state.order]
    if len(names) > most:
        names.sort(key=lambda name: page.states.get(name, Health.GOOD).rank)
    shown = names[: most - 1] if len(names) > most else names
    samples = min(HISTORY, width // (4 if width >= WIDE else 8))
    rows = [_target(page, targets[name], seen.get(name), words, samples) for name in shown]
    return first([*aligned(rows, width), *[Text()] * (len(names) - len(shown))], most, words.texts.more_servers)


def _target(page: Overview, target: Target, seen: Seen | None, words: RowWords, samples: int) -> list[Text]:
    known = seen or Seen()
    elapsed = "" if known.elapsed_ms is None else f"{known.elapsed_ms} ms"
    labels = " ".join(f"{name}={one_line(value, MOST_NAME)}" for name, value in target.labels.items())
    history = sparkline([*known.history][-samples:])
    mark, how = _state(page.states.get(target.id, Health.GOOD), seen, words)
    return [mark, Text(target.id), Text(f"{elapsed:>7}"), history, Text.assemble(how, (f"  {labels}", "dim"))]


def _state(state: Health, seen: Seen | None, words: RowWords) -> tuple[Text, Text]:
    """Its mark, and how it was at the last sweep."""
    view = VIEW_TEXTS[words.language]
    if seen is None:
        return Text("○", "dim"), Text(view.not_probed, "dim")
    if seen.unseen:
        return Text("○", "yellow"), Text(f"{words.texts.unseen}: {one_line(seen.unseen, 80)}", "yellow")
    if seen.failure is not None:
        cause, detail = words.cause(seen.failure), one_line(seen.failure.detail, 90)
        said = cause if not detail or detail.lower() in cause.lower() else f"{cause}: {detail}"
        return Text("●", "red"), Text(said, "red")
    if seen.further:
        said = ", ".join(f"{one_line(metric, 64)}: {words.cause(why)}" for metric, why in seen.further.items())
        return Text("●", "yellow"), Text(said, "yellow")
    if state is Health.RECOVERING:
        return Text("●", "yellow"), Text(words.texts.states[Health.RECOVERING], "yellow")
    return Text("●", "green"), Text(view.healthy, "green")
