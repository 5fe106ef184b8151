"""`icwatch rebuild-totals`: the hourly and daily totals of a stack, made again of its stored sweeps."""

from __future__ import annotations

import argparse
import sys
import time

from icwatch.errors import ItemError
from icwatch.storage.totals import DynamoTotals
from icwatch.text import counted
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.rebuilding import Rebuilding
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.times import bounds, spell_moment, window_of


def run(arguments: argparse.Namespace) -> int:
    """Make them, and say how many changed: exit 1 where a sweep cannot be read and counts as unseen."""
    first, last = bounds(window_of(arguments))
    unreadable = 0

    def note(error: ItemError) -> None:
        nonlocal unreadable
        unreadable += 1
        progress.clear()
        print(f"left out: {error}", file=sys.stderr)

    with Progress() as progress, aws_errors():
        stack = stack_of(arguments)
        totals = DynamoTotals(stack.database, stack.output("TotalsTable"))
        inventory = stack.inventory().load()
        shards = inventory.all_shards
        rebuilding = Rebuilding(stack.sweeps, totals, inventory.every, int(time.time()), note)
        for number, shard in enumerate(shards):
            for hour in rebuilding.shard(shard, first, last + 1):
                progress.show(f"{shard}, {spell_moment(hour)}", number, len(shards))
    found = rebuilding.rebuilt
    looked_at = f"{counted(found.hours, 'hour')} and {counted(found.days, 'day')} of {counted(len(shards), 'shard')}"
    say(f"{looked_at}: {counted(found.written_hours, 'hour')} and {counted(found.written_days, 'day')} written")
    if found.left:
        say(f"left as it is, because its sweeps expire: {counted(found.left, 'hour')}")
    return 1 if unreadable else 0
