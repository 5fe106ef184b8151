"""All of it: each fault at each call, two workers at each pair of calls, and faults by chance. Prints a table.

`make chaos` runs it. It fails where something was lost, came twice without need, or is wrong; and where a mistake that
is made on purpose is not found.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

os.environ["POWERTOOLS_TRACE_DISABLED"] = "true"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "icwatch"
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"

from tests.chaos.faults import FAULTS
from tests.chaos.mutants import MUTANTS
from tests.chaos.points import Point, explore, faults, outages, pairs, second_workers
from tests.chaos.results import COUNTS, Differences, differences, undisturbed
from tests.chaos.scenario import play
from tests.chaos.watched import ALL

ALWAYS = (
    "error before the effect",
    "error after the effect",
    "killed before",
    "killed after",
    "hangs before the effect",
)
"""The faults that are tried at every call; the others, which differ from one of these in time only, at some."""

SOME = 6

LINES = 20
"""Of what went wrong, that are printed."""


def chance(seed: int) -> Differences:
    """A whole run with some faults and some pairs of workers, drawn by lot."""
    lot = random.Random(seed)
    plan = {lot.randint(1, 800): FAULTS[lot.choice([*FAULTS])] for _ in range(lot.randint(1, 12))}
    taken = {lot.randint(0, 45): (lot.randint(1, 30), lot.randint(1, 30)) for _ in range(lot.randint(0, 3))}
    return differences(0, play(plan, taken), rebuilt=True)


def chosen(step: int) -> dict[str, list[Point]]:
    """What is done, by its name; every so manieth of each."""
    points = {name: [*faults(name)][:: step if name in ALWAYS else step * SOME] for name in FAULTS}
    for each in ([*second_workers()][::step], [*pairs()][::step], [*outages()][::step]):
        points[each[0].name] = each
    return points


def table(rows: Sequence[tuple[str, int, Differences]]) -> str:
    """A line for each fault: how often, and what came of it."""
    heads = ["fault", "injected", *(name.replace("_", " ") for name in COUNTS)]
    cells = [
        heads,
        *([name, str(times), *(str(getattr(found, each)) for each in COUNTS)] for name, times, found in rows),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )


def cpu_seconds() -> float:
    """Of this process and of those that it started."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="try only every so manieth point")
    parser.add_argument("--seeds", type=int, default=100, help="whole runs with faults by chance")
    options = parser.parse_args()
    began, workers = time.time(), os.cpu_count() or 1
    rows: list[tuple[str, int, Differences]] = []
    for name, points in chosen(options.step).items():
        total = Differences()
        for point, found in zip(points, explore(points, workers), strict=True):
            total.add(found, f"{name}, cycle {point.cycle}, {point.number} {point.turns or ''}")
        rows.append((name, len(points), total))
        print(f"{time.time() - began:6.1f} s  {name}: {len(points)}", file=sys.stderr)
    undisturbed(0, ALL)
    total = Differences()
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        for seed, found in enumerate(pool.map(chance, range(options.seeds))):
            total.add(found, f"seed {seed}")
        rows.append(("runs with faults by chance", options.seeds, total))
        missed = [
            each.name for each, found in zip(MUTANTS, pool.map(_found, range(len(MUTANTS))), strict=True) if not found
        ]
    said = [each for *_, found in rows for each in found.said]
    print(table(rows))
    done = sum(times for _, times, _ in rows)
    print(f"\n{done} points in {time.time() - began:.0f} s, {cpu_seconds():.0f} s of CPU.")
    print("Sweeps lost are those of a tick that failed, and said so; uncertain are messages that came twice because")
    print("nobody could know whether the first was taken.")
    print(f"{len(MUTANTS) - len(missed)} of {len(MUTANTS)} mistakes made on purpose were found.")
    print(*said[:LINES], *(f"not found: {each}" for each in missed), sep="\n")
    return 1 if said or missed else 0


def _found(number: int) -> str:
    return MUTANTS[number].found(7)


if __name__ == "__main__":
    sys.exit(main())
