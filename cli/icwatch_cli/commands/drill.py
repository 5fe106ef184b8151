"""`icwatch drill`: an artificial alarm that goes the whole way, hop by hop, up to somebody who confirms it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timezone

from icwatch.duration import parse_duration, spell
from icwatch.errors import ItemError
from icwatch.model import DRILL_SECONDS, DRILL_SHARD, Drill, Inventory, Kind, drill_of
from icwatch_cli.commands.where import add_stack, stack_of
from icwatch_cli.deployed.drill_hops import CONFIRMED, LOOK_AT, DrillHops
from icwatch_cli.deployed.notes import KEPT_SECONDS, MOST_AT_ONCE, Change, NoteError, add_writer, near, update, writer
from icwatch_cli.deployed.reachable import how_to_switch_on
from icwatch_cli.deployed.stack import Stack, StackError, aws_errors
from icwatch_cli.terminal.columns import columns, painter
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.times import add_utc_offset, day_and_time, zone_of

CONFIRM, LIST = "confirm", "list"

LOOK_SECONDS = 1.0
"""Between two looks at the stack."""

HOP_CYCLES, HOP_SECONDS = 3, 60
"""How long a hop that needs nobody may take: so many cycles, and so many seconds beside them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "action", nargs="?", choices=(CONFIRM, LIST), help="confirm that one arrived, or list the last ones"
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="of confirm: which drill (default: the last one)")
    add_stack(parser)
    parser.add_argument("--robot", metavar="NAME", help="tell this chat robot only (default: all subscribers)")
    parser.add_argument(
        "--timeout", default="30m", metavar="30m", help="how long somebody has to confirm it (default: 30m)"
    )
    add_writer(parser)
    add_utc_offset(parser)
    parser.epilog = (
        "Nothing is broken by it; its notices are marked [DRILL]. Exit status: 0 it went the whole way, 1 it was lost, "
        "and at which hop, 2 an error. Examples: icwatch drill --stack icwatch; whoever receives it: icwatch drill "
        "confirm --stack icwatch."
    )


def run(arguments: argparse.Namespace) -> int:
    """Begin a drill and follow it; or confirm one, or list them."""
    if arguments.action != CONFIRM and arguments.id is not None:
        raise NoteError(f"{arguments.id}: is of no use here; write it after confirm")
    with aws_errors():
        stack = stack_of(arguments)
        if arguments.action == CONFIRM:
            say(_confirm(stack, arguments.id, writer(arguments), int(time.time())))
            return 0
        if arguments.action == LIST:
            for line in listed(_all(stack, int(time.time())), zone_of(arguments)):
                say(line)
            return 0
        return _follow(stack, *_begin(stack, arguments), _seconds(arguments.timeout))


def _begin(stack: Stack, arguments: argparse.Namespace) -> tuple[Drill, Inventory]:
    """Write the drill into the inventory."""
    now = int(time.time())
    drill = Drill(str(now), now, by=writer(arguments), robot=arguments.robot or "")

    def decide(inventory: Inventory) -> tuple[Change, Inventory]:
        if drill.robot and drill.robot not in inventory.robots:
            raise NoteError(f"--robot {drill.robot}: is no robot of the fleet{near(drill.robot, inventory.robots)}")
        if drill.robot and "MessengerFunction" not in stack.outputs:
            raise StackError(f"{stack.title} has no messenger; {how_to_switch_on(stack.name)}")
        return Change([drill], outdated(inventory, now)), inventory

    inventory = update(stack.inventory(), decide)
    say(f"drill {drill.id} begins, for {drill.robot or 'all subscribers'}: icwatch drill confirm, once it arrives")
    return drill, inventory


def _follow(stack: Stack, drill: Drill, inventory: Inventory, patience: float) -> int:
    """Say each hop as it is passed. Exit 0 where all are, 1 where one is not in time."""
    hops = DrillHops(stack, drill, inventory.robots)
    began = last = time.monotonic()
    said: set[str] = set()
    while True:
        passed = hops.look()
        for hop in (each for each in passed.hops if each not in said):
            say(f"{hop:<10} +{spell(int(time.time()) - drill.starts_at):<8} {passed.hops[hop]}")
            said.add(hop)
            last = time.monotonic()
        if passed.next is None:
            return 0
        by_itself = HOP_CYCLES * inventory.every + HOP_SECONDS
        late = time.monotonic() - began > patience if passed.next == CONFIRMED else time.monotonic() - last > by_itself
        if late:
            say(f"lost at {passed.next}; look at {LOOK_AT[passed.next]}")
            return 1
        time.sleep(LOOK_SECONDS)


def _confirm(stack: Stack, name: str | None, by: str, now: int) -> str:
    """Note that a drill arrived; without a name, the last one that began."""

    def decide(inventory: Inventory) -> tuple[Change, str]:
        known = {each.id: each for each in _all(stack, now)}
        if name is not None and name not in known:
            raise NoteError(f"{name}: is no drill{near(name, known) or '; icwatch drill list shows them'}")
        if not known:
            raise NoteError("there is no drill to be confirmed; icwatch drill begins one")
        drill = known[max(known, key=lambda each: known[each].starts_at) if name is None else name]
        if drill.confirmed_at is not None:
            return Change(), f"drill {drill.id} was confirmed before, by {drill.confirmed_by}"
        confirmed = replace(drill, confirmed_at=now, confirmed_by=by)
        took = spell(now - drill.starts_at)
        return Change([confirmed], outdated(inventory, now)), f"drill {drill.id} is confirmed by {by}, after {took}"

    return update(stack.inventory(), decide)


def _all(stack: Stack, now: int) -> list[Drill]:
    """The drills of the last months: those that were written, and those of the weekly schedule that were raised."""
    inventory = stack.inventory().load()
    found = dict(inventory.drills)
    for decision in stack.transitions().history(DRILL_SHARD, now - KEPT_SECONDS, now + DRILL_SECONDS):
        for each in () if isinstance(decision, ItemError) else decision.transitions:
            drill = drill_of(each.target)
            if each.kind is Kind.RAISED and drill is not None:
                found.setdefault(drill.id, replace(drill, by="weekly"))
    return sorted(found.values(), key=lambda each: each.starts_at)


def outdated(inventory: Inventory, now: int) -> list[Drill]:
    """Those that are so old that nobody looks back at them."""
    return [each for each in inventory.drills.values() if each.starts_at < now - KEPT_SECONDS][:MOST_AT_ONCE]


def listed(drills: list[Drill], zone: timezone) -> Iterator[str]:
    """The drills as columns, the last one first. Pure."""
    head = ("drill", f"began, {zone}", "by", "for", "confirmed")
    rows = [
        (each.id, day_and_time(each.starts_at, zone), each.by, each.robot or "all subscribers", _confirmed(each))
        for each in reversed(drills)
    ]
    return columns([head, *rows], painter()) if rows else iter(["there was no drill"])


def _confirmed(drill: Drill) -> str:
    if drill.confirmed_at is None:
        return "no"
    return f"by {drill.confirmed_by} after {spell(drill.confirmed_at - drill.starts_at)}"


def _seconds(text: str) -> float:
    try:
        return float(parse_duration(text))
    except ValueError as error:
        raise NoteError(f"--timeout {text}: is no duration; write a number and its unit, such as 30m") from error
