"""`icwatch alarms`: the alarms of a deployed stack, what keeps them from being announced, and what is unseen."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from datetime import timezone

from icwatch.duration import spell
from icwatch.evaluation.silences import holds_until
from icwatch.model import DRILL_SHARD, Inventory, Phase, ShardAlarms
from icwatch.notices.variables import shown
from icwatch.storage.codec import encode
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.current_alarms import CurrentAlarm, began, look, read_shards
from icwatch_cli.deployed.monitoring_problems import problems_of
from icwatch_cli.deployed.notes import explained, lasting
from icwatch_cli.deployed.problem_lines import as_json as problem_as_json
from icwatch_cli.deployed.problem_lines import listed as problem_lines
from icwatch_cli.deployed.silences import as_plain, spell_parts
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.terminal.columns import columns, painter
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.times import day_and_time, zone_of

LATE_CYCLES = 3
"""Cycles without an evaluated sweep after which a shard is said to be behind."""


def run(arguments: argparse.Namespace) -> int:
    """List them. What cannot be read is named, and the rest is listed."""
    zone, now = zone_of(arguments), int(time.time())
    with aws_errors():
        stack = stack_of(arguments)
        inventory = stack.inventory().load()
        shards, errors = read_shards(stack.alarms(), (*inventory.all_shards, DRILL_SHARD))
    current = [each for each in look(inventory, shards, now) if arguments.all or each.alarm.phase is not Phase.PENDING]
    problems = problems_of(shards)
    if arguments.json:
        lines = [*map(as_json, current), *map(problem_as_json, problems)]
    else:
        lines = [*listed(current, now, zone), *problem_lines(problems, now, zone)]
    for line in lines:
        say(line)
    say_unreadable(inventory)
    for warning in [*(f"left out: {error}" for error in errors), *behind(inventory, shards, now, zone)]:
        warn(warning)
    return 1 if errors else 0


def listed(current: list[CurrentAlarm], now: int, zone: timezone) -> Iterator[str]:
    """The alarms as columns."""
    head = ("level", "target", "rule", "phase", f"since, {zone}", "for", "value", "cause", "reports", "notices")
    rows = [
        (
            alarm.level,
            alarm.target,
            alarm.rule,
            alarm.phase,
            day_and_time(began(alarm), zone),
            spell(now - began(alarm)),
            shown(alarm.value),
            alarm.failure.cause if alarm.failure else "",
            str(alarm.reports),
            "; ".join(notices(each, now, zone)),
        )
        for each in current
        for alarm in [each.alarm]
    ]
    return columns([head, *rows], painter()) if rows else iter(["there is no current alarm"])


def notices(each: CurrentAlarm, now: int, zone: timezone) -> Iterator[str]:
    """Whether anybody was notified, and what keeps further notices back: by whom, until when and why."""
    if each.alarm.phase is not Phase.PENDING:
        yield "announced" if each.alarm.announced else "not announced"
    if each.alarm.stage:
        yield f"unattended, stage {each.alarm.stage}"
    if each.silence is not None:
        silence = each.silence
        until = day_and_time(holds_until(silence, now), zone)
        parts = f" ({parts})" if (parts := spell_parts(silence, zone)) else ""
        yield f"silence {silence.id} until {until}{parts}{explained(silence.by, silence.comment)}"
    if each.inhibitor is not None:
        yield f"inhibited by {each.inhibitor.key}"
    if each.acknowledgement is not None:
        known = each.acknowledgement
        at = f" at {day_and_time(known.at, zone)}" if known.at else ""
        state = "acknowledged" if known.holds(now) else "was acknowledged"
        yield f"{state}{at}{lasting(known, zone)}{explained(known.by, known.comment)}"


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


def behind(inventory: Inventory, shards: Iterable[ShardAlarms], now: int, zone: timezone) -> Iterator[str]:
    """The shards of which nothing was evaluated for some cycles, so that what is listed may be out of date."""
    for current in (each for each in shards if each.shard != DRILL_SHARD):
        if current.at is None:
            yield f"warning: {current.shard}: no sweep was evaluated yet"
        elif now - current.at > LATE_CYCLES * inventory.every:
            at = f"{day_and_time(current.at, zone)} {zone}"
            age = spell(now - current.at)
            yield f"warning: {current.shard}: the last sweep that was evaluated is of {at}, {age} ago"
