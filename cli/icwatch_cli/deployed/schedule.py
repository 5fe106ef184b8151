"""The collection cycle of a deployed stack, which its parameters Schedule and SweepsPerMinute make."""

from __future__ import annotations

import re
from collections.abc import Mapping

from icwatch.duration import spell
from icwatch.probing.cycle import DEPLOYABLE, MINUTE_SECONDS
from icwatch_cli.deployed.stack import StackError

_RATE = re.compile(r"rate\((\d+) minutes?\)")


def cycle_of(outputs: Mapping[str, str]) -> int | None:
    """Seconds between two sweeps of the stack with these outputs; None where they do not say it."""
    match = _RATE.fullmatch(outputs.get("Schedule", ""))
    return None if match is None else int(match[1]) * MINUTE_SECONDS // int(outputs.get("SweepsPerMinute", "1"))


def refuse_another_cycle(every: int, outputs: Mapping[str, str], stack: str) -> None:
    """Refuse a fleet whose collection cycle is not the stack's; what cannot be compared passes. Raises StackError."""
    cycle = cycle_of(outputs)
    if cycle is None or every == cycle:
        return
    wrong = f"every: {spell(every)} in the fleet file, but stack {stack} sweeps every {spell(cycle)}"
    right = f"write every: {spell(cycle)}"
    if every not in DEPLOYABLE:
        raise StackError(f"{wrong}; {right}, or a cycle that a stack can have: {', '.join(map(spell, DEPLOYABLE))}")
    minutes, parts = max(every // MINUTE_SECONDS, 1), max(MINUTE_SECONDS // every, 1)
    rate = f"rate({minutes} minute{'' if minutes == 1 else 's'})"
    raise StackError(f"{wrong}; {right}, or deploy the stack with Schedule={rate} and SweepsPerMinute={parts}")
