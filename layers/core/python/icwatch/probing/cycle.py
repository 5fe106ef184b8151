"""What a collection cycle has time for: how late its tick may come, and how long its probes may take. Pure."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, Decimal

FUNCTION_SECONDS = 63
"""The prober's time limit, as `template.yaml` sets it: a minute, which it may sweep in parts, and the reserve."""

SWEEP_SECONDS = 55
"""What a sweep takes at the most, whatever the cycle, so that two of them seldom overlap."""

RESERVE_SECONDS = 3
"""Of an invocation, and of a cycle: kept for saving and reporting what was probed."""

PRECISION_SECONDS = 60
"""EventBridge Scheduler sends a tick at any moment of its minute."""

MINUTE_SECONDS = 60
"""The shortest cycle that EventBridge Scheduler has. A shorter one is a part of it (SWEEPS_PER_MINUTE)."""

SWEEPS_PER_MINUTE = (1, 2, 4, 6, 12)
"""How often an invocation can sweep, as `template.yaml` allows it: cycles of 60, 30, 15, 10 and 5 seconds."""

DEPLOYABLE = (*(MINUTE_SECONDS // each for each in reversed(SWEEPS_PER_MINUTE)), 120, 180, 240)
"""The collection cycles, in seconds, that a deployed stack can have. `icwatch run` takes any."""


def longest_delay(every: int) -> int:
    """Seconds after its moment at which a tick is still worth a sweep: one cycle.

    A schedule of minutes adds its own precision. One of seconds is our own, and is exact.
    """
    return every + PRECISION_SECONDS if every >= MINUTE_SECONDS else every


def seconds_for_probes(every: int) -> Decimal:
    """Seconds within which all probes of a sweep have to end.

    What is left of the cycle saves: 3 seconds, and of a cycle of less than 9 seconds a third. A sweep
    takes 55 seconds at the most.
    """
    return min(every - _reserve(every), Decimal(SWEEP_SECONDS - RESERVE_SECONDS))


def longest_sweep(every: int, late: float) -> float:
    """Seconds that a sweep has for its probes where it begins `late` seconds after its moment.

    So that it ends before the next one begins, what it is late by is taken from them; but half of what is kept for
    saving goes first, because the hiccup of a moment must not make the last probe of a full cycle inconclusive.
    """
    return min(float(seconds_for_probes(every)), every - late - float(_reserve(every)) / 2)


def _reserve(every: int) -> Decimal:
    return min(Decimal(RESERVE_SECONDS), Decimal(every) / 3)


def longest_timeout(every: int) -> Decimal:
    """The longest timeout in seconds, to a tenth, with which one target's probe fits into a cycle."""
    return seconds_for_probes(every).quantize(Decimal("0.1"), ROUND_DOWN)


def shortest_cycle(timeout: Decimal) -> int:
    """The shortest cycle, in whole seconds, into which a probe with this timeout fits.

    The timeout is one that some cycle has time for: at most SWEEP_SECONDS - RESERVE_SECONDS.
    """
    every = math.ceil(timeout)
    while seconds_for_probes(every) < timeout:
        every += 1
    return every
