"""`icwatch history`: what was decided in a deployed stack, and why. Memory does not grow with what is read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from datetime import timezone

from rich.cells import cell_len

from icwatch.errors import ItemError
from icwatch.model import (
    Inventory,
    Kind,
    Level,
    Silence,
    Transition,
)
from icwatch.notices.names import said
from icwatch.storage.codec import encode
from icwatch_cli.arguments.kinds import ACKNOWLEDGED
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.events import Event, events, wanted
from icwatch_cli.deployed.notes import target_id
from icwatch_cli.deployed.silences import as_plain
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.terminal.columns import GAP, pad, painter
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.reasons import reason_in
from icwatch_cli.terminal.speech import ENGLISH, Speech, speech_of
from icwatch_cli.terminal.times import LATEST, iso, window_of, zone_of

KINDS = (*map(str, Kind), ACKNOWLEDGED)
"""The kinds that the column is wide enough for; the others are rare."""

WIDEST = 40
"""Characters up to which columns whose content nobody knows beforehand are aligned."""


def run(arguments: argparse.Namespace) -> int:
    """Show what happened in the window."""
    zone, window = zone_of(arguments), window_of(arguments)
    first, last = int(max(window.starts, 0)), int(min(window.ends - 1, LATEST))
    unreadable = _Unreadable(speech_of(arguments))
    target = None if arguments.target is None else _named(arguments.target)
    with aws_errors():
        stack = stack_of(arguments)
        inventory = stack.inventory().load()
        store = stack.transitions()
        silences = {each.id: each for each in inventory.silences}
        write = _json_writer(silences) if arguments.json else line_writer(inventory, zone, speech_of(arguments))
        for event in events(store, inventory, first, last, unreadable):
            if wanted(event, arguments.rule, target, arguments.kind):
                say(write(event))
        say_unreadable(inventory)
    return 1 if unreadable.seen else 0


def _named(target: str) -> str:
    """A target by its id, also where it was written in another way; whatever else it may be, as it is."""
    try:
        return target_id(target)
    except ValueError:
        return target


class _Unreadable:
    """Names what is left out."""

    def __init__(self, speech: Speech) -> None:
        self.seen, self._text = False, speech.texts.alarms.left_out

    def __call__(self, error: ItemError) -> None:
        self.seen = True
        warn(self._text.format(error=error))


def line_writer(inventory: Inventory, zone: timezone, speech: Speech = ENGLISH) -> Callable[[Event], str]:
    """Writes an event as a line: time, kind, level, target, rule, reason. As wide as the inventory's names."""
    targets, rules = (
        min(WIDEST, max(map(cell_len, names), default=0)) for names in (inventory.targets, inventory.rules)
    )
    silences = {each.id: each for each in inventory.silences}
    paint = painter(speech.styles)
    kind_width = max(cell_len(speech.kind(kind)) for kind in KINDS)
    level_width = max(cell_len(speech.level(level)) for level in Level)

    def write(event: Event) -> str:
        level = speech.level(event.transition.level) if event.transition else ""
        cells = (
            iso(event.at, zone),
            pad(speech.kind(event.kind), kind_width),
            paint(pad(level, level_width), level),
            pad(event.target, targets),
            pad(event.rule, rules),
            reason(event, silences, zone, speech),
        )
        return GAP.join(cells).rstrip()

    return write


def reason(event: Event, silences: Mapping[str, Silence], zone: timezone, speech: Speech = ENGLISH) -> str:
    """Why it happened, and why nobody was notified: who wrote the silence and what for, or what inhibited it."""
    texts = speech.texts.history
    if event.acknowledgement is not None:
        known = event.acknowledgement
        return (speech.until(known, zone) + speech.note(known.by, known.comment)).lstrip(": ：，")
    if event.report is not None:
        return texts.since.format(at=iso(event.report.since, zone), reason=said(event.report.reason, speech.language))
    transition = event.transition
    if transition is None:
        return ""
    known_reason = reason_in(transition.reason, speech.language)
    if transition.announce:
        return known_reason
    return texts.not_announced.format(reason=known_reason, why=_why(transition, silences, speech))


def _why(transition: Transition, silences: Mapping[str, Silence], speech: Speech) -> str:
    texts, why = speech.texts, []
    if transition.silenced:
        silence = silences.get(transition.silenced_by)
        known = speech.note(silence.by, silence.comment) if silence else ""
        why.append(texts.history.silence.format(id=transition.silenced_by).rstrip() + known)
    if transition.inhibited_by:
        why.append(texts.alarms.inhibited.format(key=transition.inhibited_by))
    return texts.clauses.join(why) or texts.history.nobody


def _json_writer(silences: Mapping[str, Silence]) -> Callable[[Event], str]:
    def write(event: Event) -> str:
        if event.report is not None:
            known_by = {"at": event.at, "kind": event.kind, "target": event.target}
            line = {**known_by, "since": event.report.since, "reason": event.report.reason}
        elif event.transition is None:
            known = event.acknowledgement
            line = {"rule": event.rule, "target": event.target, "kind": event.kind, **encode(known)}
        else:
            silence = silences.get(event.transition.silenced_by)
            line = {"id": event.transition.id, **encode(event.transition), "silence": as_plain(silence)}
        return json.dumps(line, ensure_ascii=False, default=float)

    return write
