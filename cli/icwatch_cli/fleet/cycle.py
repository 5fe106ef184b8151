"""Collection cycles that only `icwatch run` can have, on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from icwatch.duration import spell
from icwatch.errors import Problem
from icwatch.model import Fleet
from icwatch.probing.cycle import DEPLOYABLE


def local_cycle(fleet: Fleet) -> Iterator[Problem]:
    """The fleet's cycle, where no deployed stack sweeps at it."""
    if fleet.every not in DEPLOYABLE:
        wrong = f"no deployed stack sweeps every {spell(fleet.every)}, only icwatch run does"
        yield Problem("every", wrong, f"choose one of {', '.join(map(spell, DEPLOYABLE))} for a stack")
