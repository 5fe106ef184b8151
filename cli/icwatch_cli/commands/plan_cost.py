"""What a plan of `icwatch apply` costs a month, in a line. It comes beside the plan, and stops no apply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from icwatch.model import Inventory, Language
from icwatch_cli.deployed.reachable import is_here
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.fleet.plan import Plan, carried_out
from icwatch_cli.terminal.output import warn


def cost_lines(plan: Plan, inventory: Inventory, stack: Stack, language: Language) -> Iterator[str]:
    """The line, where the plan makes a difference in a region whose prices are known; none for what runs here."""
    if stack.local or is_here(stack.database.meta.endpoint_url):
        return
    try:
        from icwatch_cli.cost.difference import difference  # noqa: PLC0415 - the prices are read only where they count

        now = replace(inventory, every=plan.fleet.every)  # the stack's own cycle, also before its first fleet
        yield from difference(now, carried_out(plan, now), stack.region, stack.parameters, language)
    except Exception as error:
        warn(f"what it costs cannot be said: {error}")
