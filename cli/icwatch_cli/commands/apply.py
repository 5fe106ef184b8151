"""`icwatch apply`: make the inventory of a stack match a fleet file. Shows first what changes, then asks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator

from icwatch.duration import exact
from icwatch.evaluation.closing import reason_to_close
from icwatch.model import Alarm, Inventory, Language, Phase, Rule, Target
from icwatch.notices.variables import moment
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.commands.plan_cost import cost_lines
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.current_alarms import read_shards
from icwatch_cli.deployed.reachable import is_here, refuse_local, refuse_local_secrets, untold_robots, without_ipv6
from icwatch_cli.deployed.schedule import refuse_another_cycle
from icwatch_cli.deployed.stack import Stack, StackError, aws_errors
from icwatch_cli.deployed.unreadable import say_unreadable
from icwatch_cli.fleet.fleet_file import FleetFile, load_with_warnings
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import Plan, carried_out, make_plan
from icwatch_cli.fleet.repeats import spelled_pauses
from icwatch_cli.terminal.locales import ApplyWords
from icwatch_cli.terminal.output import say, warn
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import ENGLISH, Speech, speech_of

MAX_LINES = 20
"""Lines of one kind at the most."""

MAX_LINE_CHARACTERS = 120
"""Characters up to which a line says what a changed rule said before; beyond, it names the fields only."""

LONG = ("display_name", "summary", "description", "recovery", "runbook", "exclude", "overrides")
"""Fields of a rule that do not fit a line."""


def run(arguments: argparse.Namespace) -> int:
    """Plan, ask, write. An apply that was interrupted can simply be run again."""
    file, speech = load_with_warnings(arguments.fleet), speech_of(arguments)
    texts = speech.texts.apply
    with aws_errors():
        stack = stack_of(arguments)
        _check(file, stack, speech.language)
        table = stack.inventory()
        plan = make_plan(inventory := table.load(), file.fleet)
        print(f"{arguments.fleet} -> {stack.title}")
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


def describe(plan: Plan, inventory: Inventory, closed: Collection[Alarm], speech: Speech = ENGLISH) -> Iterator[str]:
    """The plan, a line a change: + added, ~ changed, > moved, - removed, ! a current alarm that is closed by it."""
    texts = speech.texts.apply
    if plan.empty:
        yield texts.nothing_to_do.format(count=plan.unchanged)
        return
    edited = {name: target for name, target in plan.changed.items() if inventory.targets.get(name) != target}
    moved = (texts.moves.format(name=name, start=start, end=end) for name, (start, end) in plan.moved.items())
    ended = (texts.closes.format(rule=alarm.rule, target=alarm.target, at=moment(alarm.began_at)) for alarm in closed)
    yield from _some([f"+ {name}{_labels(target)}" for name, target in plan.added.items()], texts)
    yield from _some([f"~ {name}{_labels(target)}" for name, target in edited.items()], texts)
    yield from _some([f"> {text}" for text in moved], texts)
    yield from _some([f"- {name}{_labels(inventory.targets.get(name))}" for name in plan.removed], texts)
    yield from (_rule(inventory.rules.get(name), rule, texts) for name, rule in plan.rules.items())
    yield from (f"- {texts.rule.format(name=name)}" for name in plan.removed_rules)
    robots = {name: texts.robot.format(name=name) for name in (*plan.robots, *plan.removed_robots)}
    yield from (f"{'~' if name in inventory.robots else '+'} {robots[name]}" for name in plan.robots)
    yield from (f"- {robots[name]}" for name in plan.removed_robots)
    yield from (f"- {texts.torn.format(kind=kind, name=name)}" for kind, name in plan.removed_torn)
    yield from (f"~ {name}" for name in plan.settings)
    yield from _some([f"! {text}" for text in ended], texts)
    counts = {"added": len(plan.added), "changed": len(plan.changed), "removed": len(plan.removed)}
    yield texts.sums.format(**counts, unchanged=plan.unchanged)


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


def _some(lines: Collection[str], texts: ApplyWords) -> Iterator[str]:
    yield from list(lines)[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"  {texts.more.format(count=len(lines) - MAX_LINES)}"


def _labels(target: Target | None) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in target.labels.items()) if target else ""
    return f" ({labels})" if labels else ""


def _rule(old: Rule | None, new: Rule, texts: ApplyWords) -> str:
    """A rule that is new, or what changes about one: the old and the new words where both are short."""
    name = texts.rule.format(name=new.name)
    if old is None:
        return f"+ {name}"
    before, after = _words(old, texts.nothing), _words(new, texts.nothing)
    changes = {each: f"{each} {before[each]} -> {after[each]}" for each in before if before[each] != after[each]}
    if old.program != new.program and not {"expression", "group_by"} & changes.keys():
        changes["filter"] = "filter"  # what the expression's @LABELS stands for
    changes |= {each: each for each in LONG if getattr(old, each) != getattr(new, each)}
    line = f"~ {name}: {', '.join(changes.values())}"
    return line if len(line) <= MAX_LINE_CHARACTERS else f"~ {name}: {', '.join(changes)}"


def _words(rule: Rule, nothing: str) -> dict[str, str]:
    """What of a rule is said in a word or two."""
    bounds = ", ".join(f"{rule.comparator} {bound.threshold} {bound.level}" for bound in rule.bounds)
    inhibitors = [f"{each.rule} over {' and '.join(each.same)}" for each in rule.inhibited_by]
    return {
        "enabled": str(rule.enabled).lower(),
        "expression": rule.expression,
        "group_by": ", ".join(rule.group_by) or nothing,
        "condition": bounds,
        **{name: exact(getattr(rule, name)) for name in ("duration", "clear_cycle")},
        "cycle": exact(rule.alarm_cycle) + (f" (decided every {exact(rule.cycle)})" if rule.written_cycle else ""),
        "breaches": nothing if rule.breaches is None else f"{rule.breaches.least} of {rule.breaches.of}",
        "resend_interval": spelled_pauses(rule, exact),
        "unattended_after": ", ".join(map(exact, rule.unattended_after)) or nothing,
        "scope": rule.scope,
        "inhibited_by": ", ".join(inhibitors) or nothing,
    }


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
