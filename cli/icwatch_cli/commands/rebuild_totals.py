"""`icwatch rebuild-totals`: the hourly and daily totals of a stack, made again of its stored sweeps."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from icwatch.errors import ItemError
from icwatch.storage.totals import DynamoTotals
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.rebuilding import Rebuilding, Rebuilt
from icwatch_cli.deployed.stack import aws_errors
from icwatch_cli.terminal.output import say
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import Speech, counted, speech_of
from icwatch_cli.terminal.times import bounds, spell_moment, window_of


def run(arguments: argparse.Namespace) -> int:
    """Make them, and say how many changed: exit 1 where a sweep cannot be read and counts as unseen."""
    speech, (first, last) = speech_of(arguments), bounds(window_of(arguments))
    unreadable = 0

    def note(error: ItemError) -> None:
        nonlocal unreadable
        unreadable += 1
        progress.clear()
        print(speech.texts.stacks.left_out.format(error=error), file=sys.stderr)

    with Progress() as progress, aws_errors():
        stack = stack_of(arguments)
        totals = DynamoTotals(stack.database, stack.output("TotalsTable"))
        inventory = stack.inventory().load()
        shards = inventory.all_shards
        rebuilding = Rebuilding(stack.sweeps, totals, inventory.every, int(time.time()), note)
        for number, shard in enumerate(shards):
            for hour in rebuilding.shard(shard, first, last + 1):
                progress.show(f"{shard}, {spell_moment(hour)}", number, len(shards))
    for line in lines(rebuilding.rebuilt, len(shards), speech):
        say(line)
    return 1 if unreadable else 0


def lines(found: Rebuilt, shards: int, speech: Speech) -> Iterator[str]:
    """What was looked at, written and left. Pure."""
    texts = speech.texts.stacks.rebuild
    yield texts.sums.format(
        hours=counted(found.hours, texts.hours),
        days=counted(found.days, texts.days),
        shards=counted(shards, speech.texts.files.check.shards),
        written_hours=counted(found.written_hours, texts.hours),
        written_days=counted(found.written_days, texts.days),
    )
    if found.left:
        yield texts.left.format(hours=counted(found.left, texts.hours))
