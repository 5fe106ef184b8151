"""`icwatch apply`: make the inventory of a deployed stack match a fleet file. Shows first what changes, then asks."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.fleetfile import load_fleet
from icwatch.duration import spell
from icwatch.errors import IcwatchError
from icwatch.model import Fleet, Inventory, Target
from icwatch.plan import Plan, make_plan
from icwatch.store.inventory import DynamoInventory

SHOWN = 20
"""Lines of one kind at the most."""

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


class StackError(IcwatchError):
    """The stack cannot be used."""


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
    try:
        outputs = _outputs(arguments.stack)
        _check_schedule(fleet, outputs.get("Schedule", ""), arguments.stack)
        table = DynamoInventory(boto3.client("dynamodb"), outputs["InventoryTable"])
        inventory = table.load()
        plan = make_plan(inventory, fleet)
        print(f"{arguments.fleet} -> stack {arguments.stack}")
        for line in describe(plan, inventory):
            print(f"  {line}")
        if plan.empty:
            return 0
        if not arguments.yes and not _confirmed():
            print("Nothing was changed.", file=sys.stderr)
            return 1
        table.apply(plan, _Progress(len(plan.added) + len(plan.changed) + len(plan.removed)))
    except KeyError as error:
        raise StackError(f"stack {arguments.stack} has no output {error}; is it a stack of icwatch?") from error
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"AWS refused: {error}") from error
    print("Applied. The next sweep follows it.")
    return 0


def describe(plan: Plan, inventory: Inventory) -> Iterator[str]:
    """The plan, a line a change: + added, ~ changed, - removed."""
    if plan.empty:
        yield f"nothing to do: {plan.unchanged} targets as they should be"
        return
    yield from _some([f"+ {name}{_labels(target)}" for name, target in plan.added.items()])
    yield from _some([f"~ {name}{_labels(target)}" for name, target in plan.changed.items()])
    yield from _some([f"- {name}{_labels(inventory.targets.get(name))}" for name in plan.removed])
    yield from (f"{'~' if name in inventory.rules else '+'} rule {name}" for name in plan.rules)
    yield from (f"- rule {name}" for name in plan.removed_rules)
    yield from (f"~ {name}" for name in plan.settings)
    yield (
        f"{len(plan.added)} added, {len(plan.changed)} changed, {len(plan.removed)} removed, {plan.unchanged} unchanged"
    )


def _some(lines: Collection[str]) -> Iterator[str]:
    yield from list(lines)[:SHOWN]
    if len(lines) > SHOWN:
        yield f"  ... and {len(lines) - SHOWN} more"


def _labels(target: Target | None) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in target.labels.items()) if target else ""
    return f" ({labels})" if labels else ""


def _outputs(stack: str) -> dict[str, str]:
    client: Any = boto3.client("cloudformation")
    (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}


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
