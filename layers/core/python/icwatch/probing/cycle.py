"""What a collection cycle has time for: how late its tick may come, and how long its probes may take. Pure."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, Decimal

FUNCTION_SECONDS = 55
"""The prober's time limit, as `template.yaml` sets it."""

RESERVE_SECONDS = 3
"""Of an invocation, and of a cycle: kept for saving and reporting what was probed."""

PRECISION_SECONDS = 60
"""EventBridge Scheduler sends a tick at any moment of its minute."""

MINUTE_SECONDS = 60
"""The shortest cycle that EventBridge Scheduler has; shorter ones exist only in `icwatch run`."""


def longest_delay(every: int) -> int:
    """Seconds after its moment at which a tick is still worth a sweep: one cycle.

    A schedule of minutes adds its own precision. One of seconds is our own, and is exact.
    """
    return every + PRECISION_SECONDS if every >= MINUTE_SECONDS else every


def seconds_for_probes(every: int) -> Decimal:
    """Seconds within which all probes of a sweep have to end.

    What is left of the cycle saves: 3 seconds, and of a cycle of less than 9 seconds a third. Whatever the cycle, the
    function's own time limit holds.
    """
    reserve = min(Decimal(RESERVE_SECONDS), Decimal(every) / 3)
    return min(every - reserve, Decimal(FUNCTION_SECONDS - RESERVE_SECONDS))


def longest_timeout(every: int) -> Decimal:
    """The longest timeout in seconds, to a tenth, with which one target's probe fits into a cycle."""
    return seconds_for_probes(every).quantize(Decimal("0.1"), ROUND_DOWN)


def shortest_cycle(timeout: Decimal) -> int:
    """The shortest cycle, in whole seconds, into which a probe with this timeout fits.

    The timeout is one that some cycle has time for: at most FUNCTION_SECONDS - RESERVE_SECONDS.
    """
    every = math.ceil(timeout)
    while seconds_for_probes(every) < timeout:
        every += 1
    return every
