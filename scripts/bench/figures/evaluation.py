"""What it takes to decide one cycle: from the stream's event to the decisions, beside Prometheus's rules.

The event is parsed already, as Lambda hands it over; alarms are loaded from memory and saved to it. What is bad was bad
before, and nothing is due. Prometheus has scraped the same series from this machine and evaluates one rule over them
every second. The two take turns.

Then a backlog: a day of 500 targets of which one in a hundred fails for some minutes every hour, in batches as Lambda
delivers them. All is packed and unpacked as for the tables, and the totals of the hours are summed up; only the calls
to AWS are not made.
"""

from __future__ import annotations

import cProfile
import gc
import json
import random
import statistics
import time
from collections.abc import Iterator, Mapping

from icwatch.evaluation.batch import evaluate_batch
from icwatch.evaluation.hours import HourEnds
from icwatch.model import Inventory
from icwatch.storage.stream import read_records
from scripts.bench.bench import Bench
from scripts.bench.figures.cycles import AT, PackedStore, PackedTotals, Store, cycle, event_of, fleet_of
from scripts.bench.figures.probing import shares
from scripts.bench.peers.prometheus import NAME, Prometheus
from scripts.bench.processes import BenchError
from scripts.bench.rows import OURS, Measured, Row

HEALTHY, ONE, FIVE, ALL = SUBJECTS = ("healthy", "1 % bad", "5 % bad", "all bad")
SHARES: Mapping[str, float] = dict(zip(SUBJECTS, (0.0, 0.01, 0.05, 1.0), strict=True))
BACKLOG = "backlog"

TARGETS, BATCH, ROUNDS = 10_000, 100, 5
BACKLOG_TARGETS, BACKLOG_MINUTES = 500, 1440
TURN = 4
WARM_UP = 2
"""Cycles that are not counted: the first one raises what is bad."""


def measure(bench: Bench) -> Measured:
    """Cycles, then a backlog."""
    measured = Measured()
    inventory = fleet_of(TARGETS)
    names = [*inventory.targets]
    bad = {case: {*random.Random(2).sample(names, int(len(names) * part))} for case, part in SHARES.items()}  # noqa: S311
    labels = {name: target.labels for name, target in inventory.targets.items()}
    health = {str(at): {name: int(name not in bad[case]) for name in names} for at, case in enumerate(SUBJECTS)}
    bench.say(f"starting {NAME}, which scrapes {len(SUBJECTS)} times {TARGETS:,} series")
    with Prometheus.started(health, labels) as prometheus:
        for at, subject in enumerate(SUBJECTS):
            bench.say(f"{subject}, {TARGETS:,} targets: {OURS} and {NAME}")
            if prometheus is not None:
                prometheus.use(str(at))
            measured.rows += _in_turn(subject, inventory, bad[subject], prometheus, bench.rounds(ROUNDS))
    measured.missing = [] if prometheus else [NAME]
    bench.say(f"a backlog of a day, {BACKLOG_TARGETS} targets")
    days = tuple(_backlog() for _ in range(bench.rounds(3)))
    measured.rows.append(Row(BACKLOG, OURS, BACKLOG_TARGETS, "cpu", "s", days))
    measured.profile = _profile(inventory, {*names[::20]})
    return measured


def decided(
    store: Store | PackedStore, inventory: Inventory, event: object, hour_ends: HourEnds | None = None
) -> float:
    """Milliseconds of CPU from an event to its decisions."""
    gc.collect()
    began = time.process_time()
    sweeps = (record.sweep() for record in read_records(event))
    outcome = evaluate_batch(store, inventory, sweeps, hour_ends=hour_ends)
    took = time.process_time() - began
    if outcome.failed_at is not None or outcome.failed_rules or outcome.failed_totals:
        raise BenchError(f"it failed: {outcome}")
    return took * 1000


def _in_turn(
    subject: str, inventory: Inventory, bad: set[str], prometheus: Prometheus | None, rounds: int
) -> Iterator[Row]:
    """Our milliseconds and Prometheus's, each the mean of a turn of some cycles, and the size of an event in KB."""
    store, mine, theirs = Store(), [], []
    took: list[float] = []
    for minute in range(rounds * TURN + WARM_UP):
        event = event_of(cycle(inventory, AT + 60 * minute, bad))
        took.append(decided(store, inventory, event))
        if minute >= WARM_UP and (minute - WARM_UP) % TURN == TURN - 1:
            mine.append(statistics.mean(took[-TURN:]))
            theirs += [] if prometheus is None else [prometheus.evaluate(TURN)]
    yield Row(subject, OURS, TARGETS, "cpu", "ms", tuple(mine))
    yield Row(subject, OURS, TARGETS, "event", "KB", (len(json.dumps(event)) / 1024,))
    if theirs:
        yield Row(subject, NAME, TARGETS, "cpu", "ms", tuple(theirs))


def _backlog() -> float:
    """Seconds of CPU to catch up with a day."""
    inventory = fleet_of(BACKLOG_TARGETS)
    dice, names = random.Random(1), [*inventory.targets]  # noqa: S311 - who fails
    bad: set[str] = set()
    items = []
    for minute in range(BACKLOG_MINUTES):
        if minute % 60 in (20, 27):
            bad = set() if bad else {*dice.sample(names, BACKLOG_TARGETS // 100)}
        items += cycle(inventory, AT + 60 * minute, bad)
    store = PackedStore(items)
    events = [event_of(items[first : first + BATCH]) for first in range(0, len(items), BATCH)]
    hour_ends = HourEnds(store, PackedTotals())
    return sum(decided(store, inventory, event, hour_ends) for event in events) / 1000


def _profile(inventory: Inventory, bad: set[str]) -> list[tuple[str, float]]:
    """Where the time of cycles with one in twenty bad goes."""
    store = Store()
    events = [event_of(cycle(inventory, AT + 60 * minute, bad)) for minute in range(10)]
    for event in events[:WARM_UP]:
        decided(store, inventory, event)
    profiler = cProfile.Profile()
    for event in events[WARM_UP:]:
        sweeps = (record.sweep() for record in read_records(event))
        profiler.runcall(evaluate_batch, store, inventory, sweeps)
    return shares(profiler)
