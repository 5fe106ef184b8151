"""`icwatch apply`: make the inventory of a stack match a fleet file. Shows first what changes, then asks."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Iterator

from icwatch.duration import exact, spell
from icwatch.evaluation.closing import reason_to_close
from icwatch.model import Alarm, Fleet, Inventory, Phase, Rule, Target
from icwatch.notices.variables import moment
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.commands.plan_cost import cost_lines
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.current_alarms import read_shards
from icwatch_cli.deployed.reachable import is_here, refuse_local, refuse_local_secrets, untold_robots, without_ipv6
from icwatch_cli.deployed.stack import Stack, StackError, aws_errors
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.fleet.fleet_file import FleetFile, load_with_warnings
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import Plan, carried_out, make_plan
from icwatch_cli.fleet.repeats import spelled_pauses
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.progress import Progress

MAX_LINES = 20
"""Lines of one kind at the most."""

MAX_LINE_CHARACTERS = 120
"""Characters up to which a line says what a changed rule said before; beyond, it names the fields only."""

LONG = ("display_name", "summary", "description", "recovery", "runbook", "exclude", "overrides")
"""Fields of a rule that do not fit a line."""

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


def run(arguments: argparse.Namespace) -> int:
    """Plan, ask, write. An apply that was interrupted can simply be run again."""
    file = load_with_warnings(arguments.fleet)
    fleet = file.fleet
    with aws_errors():
        stack = stack_of(arguments)
        _check(file, stack)
        table = stack.inventory()
        inventory = table.load()
        plan = make_plan(inventory, fleet)
        print(f"{arguments.fleet} -> {stack.title}")
        say_unreadable(inventory)
        for line in describe(plan, inventory, _closed(plan, inventory, stack.alarms())):
            say(f"  {line}")
        if plan.empty:
            return 0
        for line in cost_lines(plan, inventory, stack):
            say(f"  {line}")
        if not arguments.yes and not _confirmed():
            print("Nothing was changed.", file=sys.stderr)
            return 1
        _write(table, plan)
    print("Applied. The next sweep follows it.")
    return 0


def _check(file: FleetFile, stack: Stack) -> None:
    """Warn of what may not be meant. Raises FileError and StackError for what the stack cannot watch."""
    if not is_here(stack.database.meta.endpoint_url):
        refuse_local(file)
        refuse_local_secrets(file)
    ipv6 = () if stack.local else without_ipv6(file, stack.outputs, stack.name)  # this machine has what it has
    for line in file.warn((*ipv6, *untold_robots(file, stack), *file.warnings)):
        print(line, file=sys.stderr)
    if not stack.local:  # whose schedule follows the fleet
        _check_schedule(file.fleet, stack.outputs.get("Schedule", ""), stack.name)


def describe(plan: Plan, inventory: Inventory, closed: Collection[Alarm]) -> Iterator[str]:
    """The plan, a line a change: + added, ~ changed, > moved, - removed, ! a current alarm that is closed by it."""
    if plan.empty:
        yield f"nothing to do: {plan.unchanged} targets as they should be"
        return
    yield from _some([f"+ {name}{_labels(target)}" for name, target in plan.added.items()])
    edited = {name: target for name, target in plan.changed.items() if inventory.targets.get(name) != target}
    yield from _some([f"~ {name}{_labels(target)}" for name, target in edited.items()])
    yield from _some([f"> {name} moves from {start} to {end}" for name, (start, end) in plan.moved.items()])
    yield from _some([f"- {name}{_labels(inventory.targets.get(name))}" for name in plan.removed])
    yield from (_rule(inventory.rules.get(name), rule) for name, rule in plan.rules.items())
    yield from (f"- rule {name}" for name in plan.removed_rules)
    yield from (f"{'~' if name in inventory.robots else '+'} robot {name}" for name in plan.robots)
    yield from (f"- robot {name}" for name in plan.removed_robots)
    yield from (f"- {kind} {name}, which is torn" for kind, name in plan.removed_torn)
    yield from (f"~ {name}" for name in plan.settings)
    yield from _some([f"! closes {alarm.rule} of {alarm.target}, since {moment(alarm.began_at)}" for alarm in closed])
    yield (
        f"{len(plan.added)} added, {len(plan.changed)} changed, {len(plan.removed)} removed, {plan.unchanged} unchanged"
    )


def _closed(plan: Plan, inventory: Inventory, table: DynamoAlarms) -> list[Alarm]:
    """The current alarms that the next sweep closes once the plan is carried out; only shards it touches are read.

    A target touches the shard that it is in now, whether it leaves it or only the groups that it formed there.
    """
    after = carried_out(plan, inventory)
    if plan.rules or plan.removed_rules or "probes" in plan.settings:
        shards = set(inventory.all_shards)
    else:
        shards = {inventory.shards[name] for name in (*plan.removed, *plan.changed) if name in inventory.shards}
    known, errors = read_shards(table, sorted(shards))
    for error in errors:
        warn(f"left out of what is closed: {error}")
    return [
        alarm
        for current in known
        for alarm in current.alarms.values()
        if alarm.phase is not Phase.PENDING and reason_to_close(after, current.shard, alarm) is not None
    ]


def _some(lines: Collection[str]) -> Iterator[str]:
    yield from list(lines)[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"  ... and {len(lines) - MAX_LINES} more"


def _labels(target: Target | None) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in target.labels.items()) if target else ""
    return f" ({labels})" if labels else ""


def _rule(old: Rule | None, new: Rule) -> str:
    """A rule that is new, or what changes about one: the old and the new words where both are short."""
    if old is None:
        return f"+ rule {new.name}"
    before, after = _words(old), _words(new)
    changes = {name: f"{name} {before[name]} -> {after[name]}" for name in before if before[name] != after[name]}
    if old.program != new.program and not {"expression", "group_by"} & changes.keys():
        changes["filter"] = "filter"  # what the expression's @LABELS stands for
    changes |= {name: name for name in LONG if getattr(old, name) != getattr(new, name)}
    line = f"~ rule {new.name}: {', '.join(changes.values())}"
    return line if len(line) <= MAX_LINE_CHARACTERS else f"~ rule {new.name}: {', '.join(changes)}"


def _words(rule: Rule) -> dict[str, str]:
    """What of a rule is said in a word or two."""
    bounds = ", ".join(f"{rule.comparator} {bound.threshold} {bound.level}" for bound in rule.bounds)
    inhibitors = [f"{each.rule} over {' and '.join(each.same)}" for each in rule.inhibited_by]
    return {
        "enabled": str(rule.enabled).lower(),
        "expression": rule.expression,
        "group_by": ", ".join(rule.group_by) or "nothing",
        "condition": bounds,
        **{name: exact(getattr(rule, name)) for name in ("duration", "clear_cycle")},
        "cycle": exact(rule.alarm_cycle) + (f" (decided every {exact(rule.cycle)})" if rule.written_cycle else ""),
        "breaches": "nothing" if rule.breaches is None else f"{rule.breaches.least} of {rule.breaches.of}",
        "resend_interval": spelled_pauses(rule, exact),
        "unattended_after": ", ".join(map(exact, rule.unattended_after)) or "nothing",
        "scope": rule.scope,
        "inhibited_by": ", ".join(inhibitors) or "nothing",
    }


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


def _write(table: InventoryWriter, plan: Plan) -> None:
    """Write the plan, and show how far it is."""
    items = len(plan.added) + len(plan.changed) + len(plan.removed)
    written = 0
    with Progress() as progress:

        def count(more: int) -> None:
            nonlocal written
            written += more
            progress.show(f"{min(written, items)} of {items} targets written", written, items)

        table.apply(plan, count)
