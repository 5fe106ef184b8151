"""`icwatch apply`: make the inventory of a deployed stack match a fleet file. Shows first what changes, then asks."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import boto3

from cli.fleetfile import load_fleet
from cli.stack import StackError, aws_errors, stack_outputs
from icwatch.duration import spell
from icwatch.evaluation import reason_to_close
from icwatch.model import Alarm, Fleet, Inventory, Phase, Target
from icwatch.notice import moment
from icwatch.plan import Plan, carried_out, make_plan
from icwatch.store.dynamodb import DynamoAlarms
from icwatch.store.inventory import DynamoInventory

SHOWN = 20
"""Lines of one kind at the most."""

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file")
    parser.add_argument("--stack", required=True, metavar="NAME", help="the deployed stack, such as icwatch")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.epilog = (
        "Account and region come from the usual AWS settings (AWS_PROFILE, AWS_REGION). "
        "Exit status: 0 done or nothing to do, 1 not confirmed, 2 an error."
    )


def run(arguments: argparse.Namespace) -> int:
    """Plan, ask, write. An apply that was interrupted can simply be run again."""
    fleet = load_fleet(arguments.fleet)
    with aws_errors():
        outputs = stack_outputs(arguments.stack)
        _check_schedule(fleet, outputs.get("Schedule", ""), arguments.stack)
        database = boto3.client("dynamodb")
        table = DynamoInventory(database, outputs["InventoryTable"])
        inventory = table.load()
        plan = make_plan(inventory, fleet)
        print(f"{arguments.fleet} -> stack {arguments.stack}")
        for line in describe(plan, inventory, _closed(plan, inventory, DynamoAlarms(database, outputs["AlarmsTable"]))):
            print(f"  {line}")
        if plan.empty:
            return 0
        if not arguments.yes and not _confirmed():
            print("Nothing was changed.", file=sys.stderr)
            return 1
        table.apply(plan, _Progress(len(plan.added) + len(plan.changed) + len(plan.removed)))
    print("Applied. The next sweep follows it.")
    return 0


def describe(plan: Plan, inventory: Inventory, closed: Collection[Alarm]) -> Iterator[str]:
    """The plan, a line a change: + added, ~ changed, - removed, ! a standing alarm that is closed by it."""
    if plan.empty:
        yield f"nothing to do: {plan.unchanged} targets as they should be"
        return
    yield from _some([f"+ {name}{_labels(target)}" for name, target in plan.added.items()])
    yield from _some([f"~ {name}{_labels(target)}" for name, target in plan.changed.items()])
    yield from _some([f"- {name}{_labels(inventory.targets.get(name))}" for name in plan.removed])
    yield from (f"{'~' if name in inventory.rules else '+'} rule {name}" for name in plan.rules)
    yield from (f"- rule {name}" for name in plan.removed_rules)
    yield from (f"~ {name}" for name in plan.settings)
    yield from _some([f"! closes {alarm.rule} of {alarm.target}, since {moment(alarm.began_at)}" for alarm in closed])
    yield (
        f"{len(plan.added)} added, {len(plan.changed)} changed, {len(plan.removed)} removed, {plan.unchanged} unchanged"
    )


def _closed(plan: Plan, inventory: Inventory, table: DynamoAlarms) -> list[Alarm]:
    """The standing alarms that the next sweep closes once the plan is carried out; only shards it touches are read."""
    after = carried_out(plan, inventory)
    if plan.rules or plan.removed_rules:
        shards = set(inventory.all_shards)
    else:
        shards = {inventory.shards[name] for name in plan.removed if name in inventory.shards}
    return [
        alarm
        for shard in sorted(shards)
        for alarm in table.load(shard).alarms.values()
        if alarm.phase is not Phase.PENDING and reason_to_close(after, shard, alarm) is not None
    ]


def _some(lines: Collection[str]) -> Iterator[str]:
    yield from list(lines)[:SHOWN]
    if len(lines) > SHOWN:
        yield f"  ... and {len(lines) - SHOWN} more"


def _labels(target: Target | None) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in target.labels.items()) if target else ""
    return f" ({labels})" if labels else ""


def _check_schedule(fleet: Fleet, schedule: str, stack: str) -> None:
    """Refuse a fleet whose collection cycle is not that of the stack's schedule; what cannot be compared passes."""
    match = _RATE.fullmatch(schedule)
    if match is None:
        return
    every = int(match[1]) * _SECONDS[match[2]]
    if fleet.every != every:
        raise StackError(
            f"every: {spell(fleet.every)} in the fleet file, but stack {stack} sweeps at {schedule}; "
            f"write every: {every}s, or deploy the stack with another Schedule"
        )


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise StackError("nobody to ask on standard input; add --yes to apply without asking")
    return input("Apply? [y/N] ").strip().lower() in ("y", "yes")


class _Progress:
    """Counts items written, on a terminal only."""

    def __init__(self, items: int) -> None:
        self._items, self._written = items, 0

    def __call__(self, written: int) -> None:
        self._written += written
        if sys.stderr.isatty():
            ends = "\n" if self._written >= self._items else ""
            print(f"\r  {min(self._written, self._items)} of {self._items} targets written", end=ends, file=sys.stderr)
