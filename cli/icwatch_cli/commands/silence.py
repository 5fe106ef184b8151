"""`icwatch silence`: keep alarms from being announced for a while, list what is kept, and end it."""

from __future__ import annotations

import argparse
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timezone

from icwatch.evaluation.silences import next_start, values_of
from icwatch.model import Inventory, Silence
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.notes import (
    KEPT_SECONDS,
    MOST_AT_ONCE,
    Change,
    NoteError,
    end_after,
    one_line,
    update,
    writer,
)
from icwatch_cli.deployed.silence_list import as_json, doubts, in_order, listed, state
from icwatch_cli.deployed.silences import read_labels, read_parts, spell_labels, spell_parts
from icwatch_cli.deployed.stack import Stack, aws_errors
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.terminal.near import near
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.speech import Speech, speech_of
from icwatch_cli.terminal.times import day_and_time, parse_moment, zone_of

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Of an id; without those that look like others."""

ID_LENGTH = 6


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for."""
    zone, now, speech = zone_of(arguments), int(time.time()), speech_of(arguments)
    with aws_errors():
        if arguments.action == "add":
            _add(_read(arguments, zone, now), stack_of(arguments), zone, speech)
        elif arguments.action == "expire":
            _expire(arguments.id, stack_of(arguments), zone, now, speech)
        else:
            _list(stack_of(arguments).inventory().load(), now, zone, arguments)
    return 0


def _add(silence: Silence, stack: Stack, zone: timezone, speech: Speech) -> None:
    def decide(inventory: Inventory) -> tuple[Change, tuple[Silence, Inventory]]:
        taken = {each.id for each in inventory.silences}
        name = next(name for name in _ids() if name not in taken)
        named = replace(silence, id=name)
        return Change([named], outdated(inventory.silences, silence.created_at)), (named, inventory)

    added, inventory = update(stack.inventory(), decide)
    starts, ends = (day_and_time(at, zone) for at in (added.starts_at, added.ends_at))
    parts, texts = speech.days(spell_parts(added, zone)), speech.texts.silence
    print(
        texts.added.format(
            id=added.id,
            labels=spell_labels(added, speech),
            starts=starts,
            ends=ends,
            lasts=speech.spell(added.ends_at - added.starts_at),
            only=(texts.daily if added.weekly is None else texts.weekly).format(parts=parts) if parts else "",
            zone=zone,
        )
    )
    for warning in doubts(inventory, values_of(added), speech):
        warn(texts.warning.format(text=warning))


def _list(inventory: Inventory, now: int, zone: timezone, arguments: argparse.Namespace) -> None:
    shown = [each for each in in_order(inventory.silences, now) if arguments.all or state(each, now) != "over"]
    speech = speech_of(arguments)
    for line in (as_json(each, now) for each in shown) if arguments.json else listed(shown, now, zone, speech):
        say(line)
    say_unreadable(inventory)


def _expire(name: str, stack: Stack, zone: timezone, now: int, speech: Speech) -> None:
    texts = speech.texts.silence

    def decide(inventory: Inventory) -> tuple[Change, str]:
        silences = {each.id: each for each in inventory.silences}
        if ("silence", name) in inventory.unreadable:
            return Change(delete=[Silence(name, {}, 0, 0)]), texts.deleted.format(id=name)
        if name not in silences:
            raise NoteError(f"{name}: is no silence of {stack.title}{near(name, silences)}")
        silence = silences[name]
        if silence.ends_at <= now:
            at = day_and_time(silence.ends_at, zone)
            return Change(), texts.over_already.format(id=name, at=at, zone=zone)
        return Change([ended(silence, now)], outdated(inventory.silences, now)), texts.over.format(id=name)

    print(update(stack.inventory(), decide))


def _ids() -> Iterator[str]:
    while True:
        yield "".join(secrets.choice(LETTERS) for _ in range(ID_LENGTH))


def ended(silence: Silence, now: int) -> Silence:
    """The silence as it is where it ends now; one that was to come has then never been in force."""
    return replace(silence, starts_at=min(silence.starts_at, now), ends_at=now)


def outdated(silences: Sequence[Silence], now: int) -> list[Silence]:
    """Those that have been over for so long that nobody looks back at them."""
    return [each for each in silences if each.ends_at < now - KEPT_SECONDS][:MOST_AT_ONCE]


def _read(arguments: argparse.Namespace, zone: timezone, now: int) -> Silence:
    """The silence that the options say, still without an id. Raises NoteError."""
    starts = now if arguments.starts is None else parse_moment("--from", arguments.starts, zone)
    ends = _end(arguments, starts, zone)
    labels = read_labels(arguments.label)
    daily, weekly = read_parts(arguments.daily, arguments.days, zone)
    silence = Silence(
        id="",
        labels={name: values[0] for name, values in labels.items()},
        others={name: values[1:] for name, values in labels.items() if len(values) > 1},
        starts_at=starts,
        ends_at=ends,
        daily=daily,
        weekly=weekly,
        by=writer(arguments),
        comment=one_line("--comment", arguments.comment),
        created_at=now,
    )
    if next_start(silence, now) is None:
        raise NoteError(
            f"the silence would never be in force: it ends at {day_and_time(ends, zone)} {zone}; let it end later"
        )
    return silence


def _end(arguments: argparse.Namespace, starts: int, zone: timezone) -> int:
    if arguments.until is not None:
        return parse_moment("--until", arguments.until, zone)
    return end_after("--for", arguments.lasts, starts)
