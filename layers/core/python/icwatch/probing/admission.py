"""How many probes may be under way at once, in which order they begin, and how long they all take at worst. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

LIVELY_PROBES = 32
"""Probes at once. More falsify what they measure: on a small function healthy servers turn into timeouts."""

SLOW_AFTER_SECONDS = 0.150
"""After so long a probe counts as slow, and gives up its place among the lively ones."""

MAX_PROBES = 900
"""Probes at once, slow ones included: a function has 1,024 file descriptors, and each probe holds one."""

FULL_CIRCLE = 2**64

GOLDEN = 0x9E3779B97F4A7C15
"""A full circle divided by the golden ratio. Its multiples spread most evenly over a circle, however many are taken."""


def rotated(asked: Sequence[T], turn: int) -> list[T]:
    """The same in the same order, beginning elsewhere at each turn.

    Whatever part of a sweep has no time, it is another one at the next.
    """
    angle = turn * GOLDEN % FULL_CIRCLE
    start = angle * len(asked) // FULL_CIRCLE
    return [*asked[start:], *asked[:start]]


def worst_ends(timeouts: Iterable[float]) -> list[float]:
    """Seconds after which each of these probes ends, in the order of their admission, where all take their whole time.

    A probe waits for room among all, then for a place among the lively ones, which it gives up once it is slow.
    """
    room, places = [0.0] * MAX_PROBES, [0.0] * LIVELY_PROBES
    ends = []
    for timeout in timeouts:
        begins = max(room[0], places[0])
        heapq.heapreplace(places, begins + min(timeout, SLOW_AFTER_SECONDS))
        heapq.heapreplace(room, begins + timeout)
        ends.append(begins + timeout)
    return ends
