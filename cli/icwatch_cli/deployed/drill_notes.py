"""Drills as operators write them into the inventory: begun, confirmed and looked back at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from icwatch.duration import spell
from icwatch.errors import ItemError
from icwatch.model import DRILL_LEVEL, Decision, Drill, Inventory, Kind, Robot, bad_seconds, drill_of
from icwatch.robots.filters import opens_in
from icwatch_cli.deployed.notes import KEPT_SECONDS, MOST_AT_ONCE, Change, NoteError
from icwatch_cli.terminal.near import near
from icwatch_cli.terminal.speech import ENGLISH, Speech


def begin(inventory: Inventory, now: int, by: str, robot: str) -> Drill:
    """A drill that begins now, for one robot or, where that is empty, for all subscribers.

    Two that begin within a second are of two seconds. Raises NoteError where the robot is unknown, or is told nothing
    at this time of day.
    """
    if robot and robot not in inventory.robots:
        raise NoteError(f"--robot {robot}: is no robot of the fleet{near(robot, inventory.robots)}")
    if robot and (seconds := wait_of(inventory.robots[robot], now)):
        raise NoteError(
            f"--robot {robot}: is told nothing for another {spell(seconds)}; begin the drill within its hours"
        )
    while str(now) in inventory.drills:
        now += 1
    return Drill(str(now), now, by=by, robot=robot, bad_seconds=bad_seconds(inventory.every))


def wait_of(robot: Robot, now: int) -> int:
    """Seconds until a robot can be told of a drill; 0 where it can be now."""
    return 0 if robot.hours is None or DRILL_LEVEL in robot.hours.always else opens_in(robot.hours, now)


def confirm(
    known: Mapping[str, Drill], name: str | None, by: str, now: int, speech: Speech = ENGLISH
) -> tuple[Sequence[Drill], str]:
    """What is to be written of a drill that arrived, and what is said; without a name, of the last one that began.

    Raises NoteError where there is no such drill.
    """
    if name is not None and name not in known:
        raise NoteError(f"{name}: is no drill{near(name, known) or '; icwatch drill list shows them'}")
    if not known:
        raise NoteError("there is no drill to be confirmed; icwatch drill begins one")
    drill = known[max(known, key=lambda each: known[each].starts_at) if name is None else name]
    if drill.confirmed_at is not None:
        return [], speech.texts.drill.confirmed_before.format(id=drill.id, name=drill.confirmed_by)
    lasted = speech.spell(max(0, now - drill.starts_at))
    said = speech.texts.drill.confirms.format(id=drill.id, name=by, lasted=lasted)
    return [replace(drill, confirmed_at=now, confirmed_by=by)], said


def change(inventory: Inventory, drills: Sequence[Drill], now: int) -> Change:
    """Writes these, and deletes what is so old that nobody looks back at it. Nothing where there are none."""
    if not drills:
        return Change()
    old = [each for each in inventory.drills.values() if each.starts_at < now - KEPT_SECONDS]
    return Change(drills, old[:MOST_AT_ONCE])


def all_drills(inventory: Inventory, decisions: Iterable[Decision | ItemError]) -> dict[str, Drill]:
    """Those that were written, and those of the weekly schedule, which only what was decided knows; oldest first."""
    found = dict(inventory.drills)
    for decision in decisions:
        for each in () if isinstance(decision, ItemError) else decision.transitions:
            drill = drill_of(each.target)
            if each.kind is Kind.RAISED and drill is not None:
                found.setdefault(drill.id, replace(drill, by="weekly"))
    return dict(sorted(found.items(), key=lambda item: item[1].starts_at))
