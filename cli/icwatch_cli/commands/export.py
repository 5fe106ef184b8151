"""`icwatch export`: the stored sweeps of a deployed stack, as `icwatch replay` reads them. Memory does not grow."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from icwatch.errors import ItemError
from icwatch.model import DRILL_SHARD, Sweep
from icwatch.storage.items import write_item
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.commands.where import stack_of
from icwatch_cli.deployed.stack import StackError, aws_errors
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import speech_of
from icwatch_cli.terminal.times import bounds, window_of

STEP = 100
"""Sweeps between two words of progress."""


def run(arguments: argparse.Namespace) -> int:
    """Write the sweeps. One that cannot be read is left out and named, as the evaluator gives it up, too."""
    window, texts = window_of(arguments), speech_of(arguments).texts.stacks
    written = unreadable = 0
    with Progress(streams=True) as progress, aws_errors():
        stack = stack_of(arguments)
        shards = stack.inventory().load().all_shards
        for shard in _chosen(shards, arguments.shard, stack.title):
            for item in stack.sweeps(shard, *bounds(window)):
                try:
                    line = as_line(read_sweep(item))
                except ItemError as error:
                    unreadable += 1
                    progress.clear()
                    print(texts.left_out.format(error=error), file=sys.stderr)
                    continue
                print(line)
                written += 1
                if not written % STEP:
                    progress.show(texts.exported.format(count=written, shard=shard))
    return 1 if unreadable else 0


def as_line(sweep: Sweep) -> str:
    """A sweep as `icwatch replay` reads it."""
    return json.dumps(write_item(sweep), ensure_ascii=False, default=float)


def _chosen(shards: Sequence[str], shard: str | None, stack: str) -> Sequence[str]:
    if shard is None:
        return shards
    known = (*shards, DRILL_SHARD)
    if shard not in known:
        raise StackError(f"--shard {shard}: is no shard of {stack}; write one of: {', '.join(known)}")
    return [shard]
