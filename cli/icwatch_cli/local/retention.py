"""How long a run keeps its sweeps, so that the memory that they take has an end. Pure."""

from __future__ import annotations

from icwatch.model import DAY_SECONDS, Fleet

DAYS = 14
"""As in AWS, where the stack says nothing else."""

MAX_SAMPLES = 4_000_000
"""Targets times sweeps that are kept: some 130 bytes of the backend's memory for each, and as many on the disk."""


def days_of(fleet: Fleet) -> int:
    """The days for which sweeps are kept: at least one, of which the status page shows each sweep."""
    a_day = max(1, len(fleet.targets)) * DAY_SECONDS // fleet.every
    return max(1, min(DAYS, MAX_SAMPLES // max(1, a_day)))
