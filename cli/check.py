"""`icwatch check`: every problem of a fleet file at once, or a summary where there is none."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from cli.fleetfile import load_fleet
from icwatch.duration import spell
from icwatch.model import Fleet
from icwatch.plan import SHARD_TARGETS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("fleet", type=Path, metavar="FLEET.yaml", help="the fleet file to check")


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 with a summary; problems are raised as FileError."""
    fleet = load_fleet(arguments.fleet)
    print(f"{arguments.fleet}: good")
    for line in summary(fleet):
        print(f"  {line}")
    return 0


def summary(fleet: Fleet) -> list[str]:
    """What a fleet comes to, a line a subject."""
    count = len(fleet.targets)
    shards = -(-count // SHARD_TARGETS)
    lines = [f"{count} target{'s'[: count != 1]} in {shards} shard{'s'[: shards != 1]}, every {spell(fleet.every)}"]
    labels = Counter(name for target in fleet.targets.values() for name in target.labels)
    if labels:
        lines.append("labels: " + ", ".join(f"{name} on {number}" for name, number in labels.items()))
    statuses = ", ".join(map(str, fleet.probe.expect_status))
    lines.append(f"probe: {fleet.probe.path} within {fleet.probe.timeout}s, healthy on {statuses}")
    for rule in fleet.rules.values():
        state = "" if rule.enabled else " (disabled)"
        lines.append(
            f"rule {rule.name}{state}: {rule.level}, duration {spell(rule.duration)}, cycle {spell(rule.cycle)}, "
            f"clear cycle {spell(rule.clear_cycle)}, resend interval {spell(rule.resend_interval)}"
        )
    return lines
