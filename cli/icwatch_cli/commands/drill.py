"""`icwatch drill`: an artificial alarm that goes the whole way, hop by hop, up to somebody who confirms it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from datetime import timezone

from rich.cells import cell_len

from icwatch.duration import parse_duration
from icwatch.model import DRILL_SECONDS, DRILL_SHARD, HOUR_SECONDS, Drill, Inventory
from icwatch.storage.codec import encode
from icwatch_cli.arguments.drill import CONFIRM, LIST, TIMEOUT
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.drill_hops import CONFIRMED, DrillHops
from icwatch_cli.deployed.drill_notes import all_drills, begin, change, confirm, wait_of
from icwatch_cli.deployed.notes import KEPT_SECONDS, Change, NoteError, update, writer
from icwatch_cli.deployed.reachable import how_to_switch_on
from icwatch_cli.deployed.stack import Stack, StackError, aws_errors
from icwatch_cli.terminal.columns import columns, pad, painter
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.speech import ENGLISH, Speech, speech_of
from icwatch_cli.terminal.times import day_and_time, zone_of

LOOK_SECONDS = 1.0
"""Between two looks at the stack."""

HOP_CYCLES, HOP_SECONDS = 3, 60
"""How long a hop that needs nobody may take: so many cycles, and so many seconds beside them."""


def run(arguments: argparse.Namespace) -> int:
    """Begin a drill and follow it; or confirm one, or list them. Raises NoteError for what does not go together."""
    _check(arguments)
    speech = speech_of(arguments)
    with aws_errors():
        stack = stack_of(arguments)
        if arguments.action == CONFIRM:
            say(_confirm(stack, arguments.id, writer(arguments), int(time.time()), speech))
            return 0
        if arguments.action == LIST:
            known = _known(stack, stack.inventory().load(), int(time.time())).values()
            zone = zone_of(arguments)
            for line in map(as_json, reversed([*known])) if arguments.json else listed(known, zone, speech):
                say(line)
            return 0
        patience = _seconds(arguments.timeout or TIMEOUT)
        return _follow(stack, *_begin(stack, writer(arguments), arguments.robot or "", speech), patience, speech)


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what is of no use with an action, all of it at once."""
    useless = [("ID", arguments.id)] if arguments.action == LIST else []
    if arguments.action is not None:
        useless += [("--robot", arguments.robot), ("--timeout", arguments.timeout)]
    found = [f"{name} {value}: is of no use with {arguments.action}; leave it out" for name, value in useless if value]
    if found:
        raise NoteError("\n".join(found))
    if arguments.json and arguments.action != LIST:
        raise NoteError(f"--json: is of use with {LIST} only; leave it out")


def _begin(stack: Stack, by: str, robot: str, speech: Speech) -> tuple[Drill, Inventory]:
    """Write the drill into the inventory, and say for whom it is and who cannot be told of it now."""
    if robot and "MessengerFunction" not in stack.outputs:
        raise StackError(f"{stack.title} has no messenger; {how_to_switch_on(stack)}")
    now = int(time.time())

    def decide(inventory: Inventory) -> tuple[Change, tuple[Drill, Inventory]]:
        drill = begin(inventory, now, by, robot)
        return change(inventory, [drill], now), (drill, inventory)

    drill, inventory = update(stack.inventory(), decide)
    texts = speech.texts.drill
    say(texts.begins.format(id=drill.id, whom=drill.robot or texts.everybody))
    say(f"  icwatch drill confirm {drill.id} {stack.option}")
    for name, each in inventory.robots.items():
        if robot in ("", name) and (seconds := wait_of(each, now)):
            say(f"  {texts.waits.format(name=name, wait=speech.spell(seconds))}")
    return drill, inventory


def _follow(stack: Stack, drill: Drill, inventory: Inventory, patience: float, speech: Speech) -> int:
    """Say each hop as it is passed. Exit 0 where all are, 1 where one is not in time."""
    hops, names = DrillHops(stack, drill, inventory.robots, speech), speech.texts.drill.hops
    width, longest = max(10, *map(cell_len, names.values())), cell_len(f"+{speech.spell(HOUR_SECONDS - 1)}")
    began = last = time.monotonic()
    said: set[str] = set()
    while True:
        passed = hops.look()
        for hop in (each for each in passed.hops if each not in said):
            after = f"+{speech.spell(int(time.time()) - drill.starts_at)}"
            say(f"{pad(names[hop], width)} {pad(after, longest)} {passed.hops[hop]}")
            said.add(hop)
            last = time.monotonic()
        if passed.next is None:
            return 0
        by_itself = HOP_CYCLES * inventory.every + HOP_SECONDS
        late = time.monotonic() - began > patience if passed.next == CONFIRMED else time.monotonic() - last > by_itself
        if late:
            say(passed.lost)
            return 1
        time.sleep(LOOK_SECONDS)


def _confirm(stack: Stack, name: str | None, by: str, now: int, speech: Speech) -> str:
    """Note that a drill arrived; without a name, the last one that began."""

    def decide(inventory: Inventory) -> tuple[Change, str]:
        drills, said = confirm(_known(stack, inventory, now), name, by, now, speech)
        return change(inventory, drills, now), said

    return update(stack.inventory(), decide)


def _known(stack: Stack, inventory: Inventory, now: int) -> dict[str, Drill]:
    """The drills of the last months, by id."""
    decisions = stack.transitions().history(DRILL_SHARD, now - KEPT_SECONDS, now + DRILL_SECONDS)
    return all_drills(inventory, decisions)


def listed(drills: Iterable[Drill], zone: timezone, speech: Speech = ENGLISH) -> Iterator[str]:
    """The drills, oldest first, as columns with the last one first. Pure."""
    texts = speech.texts.drill
    head = tuple(each.format(zone=zone) for each in texts.head)
    rows = [
        (
            each.id,
            day_and_time(each.starts_at, zone),
            each.by,
            each.robot or texts.everybody,
            _confirmed(each, speech),
        )
        for each in reversed([*drills])
    ]
    return columns([head, *rows], painter()) if rows else iter([texts.none])


def as_json(drill: Drill) -> str:
    """A drill as it is stored, as a line. Pure."""
    return json.dumps(encode(drill), ensure_ascii=False, default=float)


def _confirmed(drill: Drill, speech: Speech) -> str:
    texts = speech.texts.drill
    if drill.confirmed_at is None:
        return texts.not_confirmed
    return texts.confirmed.format(name=drill.confirmed_by, lasted=speech.spell(drill.confirmed_at - drill.starts_at))


def _seconds(text: str) -> float:
    try:
        return float(parse_duration(text))
    except ValueError as error:
        raise NoteError(f"--timeout {text}: is no duration; write a number and its unit, such as 30m") from error
