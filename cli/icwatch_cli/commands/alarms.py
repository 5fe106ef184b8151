"""`icwatch alarms`: the alarms of a deployed stack, what keeps them from being announced, and what is unseen."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from datetime import timezone

from icwatch.evaluation.silences import holds_until
from icwatch.model import DRILL_SHARD, Inventory, Phase, ShardAlarms
from icwatch.notices.variables import shown
from icwatch.storage.codec import encode
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.current_alarms import CurrentAlarm, began, look, read_shards
from icwatch_cli.deployed.monitoring_problems import problems_of
from icwatch_cli.deployed.problem_lines import as_json as problem_as_json
from icwatch_cli.deployed.problem_lines import listed as problem_lines
from icwatch_cli.deployed.silences import as_plain, spell_parts
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.terminal.columns import columns, painter
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.speech import ENGLISH, Speech, speech_of
from icwatch_cli.terminal.times import day_and_time, zone_of

LATE_CYCLES = 3
"""Cycles without an evaluated sweep after which a shard is said to be behind."""


def run(arguments: argparse.Namespace) -> int:
    """List them. What cannot be read is named, and the rest is listed."""
    zone, now, speech = zone_of(arguments), int(time.time()), speech_of(arguments)
    with aws_errors():
        stack = stack_of(arguments)
        inventory = stack.inventory().load()
        shards, errors = read_shards(stack.alarms(), (*inventory.all_shards, DRILL_SHARD))
    current = [each for each in look(inventory, shards, now) if arguments.all or each.alarm.phase is not Phase.PENDING]
    problems = problems_of(shards)
    if arguments.json:
        lines = [*map(as_json, current), *map(problem_as_json, problems)]
    else:
        lines = [*listed(current, now, zone, speech), *problem_lines(problems, now, zone, speech)]
    for line in lines:
        say(line)
    say_unreadable(inventory)
    left_out = (speech.texts.alarms.left_out.format(error=error) for error in errors)
    for warning in [*left_out, *behind(inventory, shards, now, zone, speech)]:
        warn(warning)
    return 1 if errors else 0


def listed(current: list[CurrentAlarm], now: int, zone: timezone, speech: Speech = ENGLISH) -> Iterator[str]:
    """The alarms as columns."""
    texts = speech.texts.alarms
    head = tuple(each.format(zone=zone) for each in texts.head)
    rows = [
        (
            speech.level(alarm.level),
            alarm.target,
            alarm.rule,
            texts.phases[alarm.phase],
            day_and_time(began(alarm), zone),
            speech.spell(now - began(alarm)),
            shown(alarm.value),
            speech.cause(alarm.failure),
            str(alarm.reports),
            speech.texts.clauses.join(notices(each, now, zone, speech)),
        )
        for each in current
        for alarm in [each.alarm]
    ]
    return columns([head, *rows], painter(speech.styles)) if rows else iter([texts.none])


def notices(each: CurrentAlarm, now: int, zone: timezone, speech: Speech = ENGLISH) -> Iterator[str]:
    """Whether anybody was notified, and what keeps further notices back: by whom, until when and why."""
    texts, notes = speech.texts.alarms, speech.texts.notes
    if each.alarm.phase is not Phase.PENDING:
        yield texts.announced if each.alarm.announced else texts.not_announced
    if each.alarm.stage:
        yield texts.unattended.format(stage=each.alarm.stage)
    if each.silence is not None:
        silence = each.silence
        until = day_and_time(holds_until(silence, now), zone)
        parts = texts.parts.format(parts=speech.days(found)) if (found := spell_parts(silence, zone)) else ""
        note = speech.note(silence.by, silence.comment)
        yield texts.silence.format(id=silence.id, until=until, parts=parts, note=note)
    if each.inhibitor is not None:
        yield texts.inhibited.format(key=each.inhibitor.key)
    if each.acknowledgement is not None:
        known = each.acknowledgement
        at = notes.at.format(at=day_and_time(known.at, zone)) if known.at else ""
        state = texts.acknowledged if known.holds(now) else texts.was_acknowledged
        yield state.format(note=at + speech.until(known, zone) + speech.note(known.by, known.comment))


def as_json(each: CurrentAlarm) -> str:
    """An alarm as it is stored, with its id, its shard and what keeps notices back."""
    line = {
        "id": each.alarm.id,
        "shard": each.shard,
        **encode(each.alarm),
        "announced": each.alarm.announced,
        "silence": as_plain(each.silence),
        "inhibited_by": None if each.inhibitor is None else each.inhibitor.key,
        "acknowledged": encode(each.acknowledgement),
    }
    return json.dumps(line, ensure_ascii=False, default=float)


def behind(
    inventory: Inventory, shards: Iterable[ShardAlarms], now: int, zone: timezone, speech: Speech = ENGLISH
) -> Iterator[str]:
    """The shards of which nothing was evaluated for some cycles, so that what is listed may be out of date."""
    texts = speech.texts.alarms
    for current in (each for each in shards if each.shard != DRILL_SHARD):
        if current.at is None:
            yield texts.never_evaluated.format(shard=current.shard)
        elif now - current.at > LATE_CYCLES * inventory.every:
            at = f"{day_and_time(current.at, zone)} {zone}"
            yield texts.behind.format(shard=current.shard, at=at, age=speech.spell(now - current.at))
