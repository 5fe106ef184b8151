"""`icwatch replay`: stored sweeps through the rules as they are now. Memory does not grow with the input."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from cli.fleetfile import load_fleet
from icwatch.codec import encode
from icwatch.errors import IcwatchError, ItemError
from icwatch.evaluation import evaluate
from icwatch.items import read_item
from icwatch.model import Fleet, Inventory, ShardAlarms, Sweep, Transition

DEFAULT_SHARD = "shard-0001"


class ReplayError(IcwatchError):
    """A line of the input that is no sweep."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file with the rules to apply")
    parser.add_argument("sweeps", metavar="SWEEPS.jsonl", help="stored sweeps, a JSON object a line; - reads them here")


def run(arguments: argparse.Namespace) -> int:
    """Write a transition a line. Exit 0; raises ReplayError at the first line that is no sweep."""
    fleet = load_fleet(arguments.fleet)
    if arguments.sweeps == "-":
        _write(replay(fleet, read_sweeps(sys.stdin, "standard input")))
        return 0
    try:
        with Path(arguments.sweeps).open(encoding="utf-8") as lines:
            _write(replay(fleet, read_sweeps(lines, arguments.sweeps)))
    except OSError as error:
        raise ReplayError(f"{arguments.sweeps}: cannot be read ({error.strerror}); name a readable file") from error
    return 0


def read_sweeps(lines: Iterable[str], name: str) -> Iterator[Sweep]:
    """The sweeps of a file, a JSON object a line; empty lines are passed over. Raises ReplayError."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item: Any = json.loads(line, parse_float=Decimal)
            if not isinstance(item, dict):
                raise ItemError("it is no JSON object")
            yield read_item(Sweep, {"shard": DEFAULT_SHARD, **item})
        except (ValueError, ItemError) as error:
            right = 'write {"at": 60, "metrics": {"ic_server_health": {"192.168.0.1": 0}}}'
            raise ReplayError(f"{name}:{number}: {error}; {right}") from error


def replay(fleet: Fleet, sweeps: Iterable[Sweep]) -> Iterator[Transition]:
    """The transitions of a series of sweeps under the rules of `fleet`."""
    inventory = Inventory(targets=fleet.targets, rules=fleet.rules)
    shards: dict[str, ShardAlarms] = {}
    for sweep in sweeps:
        stands = shards.get(sweep.shard) or ShardAlarms(sweep.shard)
        shards[sweep.shard], transitions = evaluate(inventory, stands, sweep)
        yield from transitions


def _write(transitions: Iterable[Transition]) -> None:
    for transition in transitions:
        line = {
            "at": transition.at,
            "rule": transition.rule,
            "target": transition.target,
            "kind": transition.kind,
            "value": encode(transition.value),
            "reason": transition.reason,
        }
        print(json.dumps(line, ensure_ascii=False, default=float))
