"""`icwatch apply`: make the inventory of a stack match a fleet file. Shows first what changes, then asks."""

from __future__ import annotations

import argparse
import sys

from icwatch.evaluation.closing import reason_to_close
from icwatch.model import Alarm, Inventory, Language, Phase
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.commands.plan_cost import cost_lines
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.current_alarms import read_shards
from icwatch_cli.deployed.plan_lines import describe
from icwatch_cli.deployed.reachable import is_here, refuse_local, refuse_local_secrets, untold_robots, without_ipv6
from icwatch_cli.deployed.schedule import refuse_another_cycle
from icwatch_cli.deployed.stack import Stack, StackError, aws_errors
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.fleet.fleet_file import FleetFile, load_with_warnings
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import Plan, carried_out, make_plan
from icwatch_cli.terminal.locales import ApplyWords
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import Speech, speech_of


def run(arguments: argparse.Namespace) -> int:
    """Plan, ask, write. An apply that was interrupted can simply be run again."""
    file, speech = load_with_warnings(arguments.fleet), speech_of(arguments)
    texts = speech.texts.apply
    with aws_errors():
        stack = stack_of(arguments)
        _check(file, stack, speech.language)
        table = stack.inventory()
        plan = make_plan(inventory := table.load(), file.fleet)
        print((texts.head_local if stack.local else texts.head).format(file=arguments.fleet, name=stack.name))
        say_unreadable(inventory)
        for line in describe(plan, inventory, _closed(plan, inventory, stack.alarms(), speech), speech):
            say(f"  {line}")
        if plan.empty:
            return 0
        for line in cost_lines(plan, inventory, stack, speech.language):
            say(f"  {line}")
        if not arguments.yes and not _confirmed(texts):
            print(texts.unchanged, file=sys.stderr)
            return 1
        _write(table, plan, texts)
    print(texts.applied)
    return 0


def _check(file: FleetFile, stack: Stack, language: Language) -> None:
    """Warn of what may not be meant. Raises FileError and StackError for what the stack cannot watch."""
    if not is_here(stack.database.meta.endpoint_url):
        refuse_local(file)
        refuse_local_secrets(file)
    ipv6 = () if stack.local else without_ipv6(file, stack.outputs, stack.name)  # this machine has what it has
    for line in file.warn((*ipv6, *untold_robots(file, stack), *file.warnings)):
        print(line.said(language), file=sys.stderr)
    if not stack.local:  # whose schedule follows the fleet
        refuse_another_cycle(file.fleet.every, stack.outputs, stack.name)


def _closed(plan: Plan, inventory: Inventory, table: DynamoAlarms, speech: Speech) -> list[Alarm]:
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
        warn(speech.texts.apply.unclosed.format(error=error))
    return [
        alarm
        for current in known
        for alarm in current.alarms.values()
        if alarm.phase is not Phase.PENDING and reason_to_close(after, current.shard, alarm) is not None
    ]


def _confirmed(texts: ApplyWords) -> bool:
    if not sys.stdin.isatty():
        raise StackError("nobody to ask on standard input; add --yes to apply without asking")
    return input(texts.ask).strip().lower() in ("y", "yes")


def _write(table: InventoryWriter, plan: Plan, texts: ApplyWords) -> None:
    """Write the plan, and show how far it is."""
    items = len(plan.added) + len(plan.changed) + len(plan.removed)
    written = 0
    with Progress() as progress:

        def count(more: int) -> None:
            nonlocal written
            written += more
            progress.show(texts.written.format(done=min(written, items), all=items), written, items)

        table.apply(plan, count)
