"""What can become of one call: in the place of its effect, or around it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tests.chaos.machine import Call, Fault, Killed, Machine

READ_SECONDS = 5.0
"""After which a client gives an answer up."""


def failed(machine: Machine, call: Call) -> Any:
    """The service fails before it does anything."""
    raise call.failing()


def refused(machine: Machine, call: Call) -> Any:
    """The service is busy and says so."""
    return call.refused()


def answer_lost(machine: Machine, call: Call) -> Any:
    """The service does it, and nobody hears of that."""
    machine.done(call)
    machine.lost_answer(call)
    machine.sleep(READ_SECONDS)
    raise call.unanswered()


def unanswered(machine: Machine, call: Call) -> Any:
    """The service does nothing and says nothing."""
    machine.sleep(READ_SECONDS)
    raise call.unanswered()


def killed_before(machine: Machine, call: Call) -> Any:
    """The process ends before the call."""
    raise Killed


def killed_after(machine: Machine, call: Call) -> Any:
    """The process ends after the call, before it knows of it."""
    machine.done(call)
    raise Killed


def hung(machine: Machine, call: Call) -> Any:
    """The call does nothing, for longer than the function may take."""
    machine.sleep(math.inf)


def hung_after(machine: Machine, call: Call) -> Any:
    """The same after the effect."""
    machine.done(call)
    machine.sleep(math.inf)


FAULTS: Mapping[str, Fault] = {
    "error before the effect": failed,
    "refused as too much": refused,
    "error after the effect": answer_lost,
    "no effect, no answer": unanswered,
    "killed before": killed_before,
    "killed after": killed_after,
    "hangs before the effect": hung,
    "hangs after the effect": hung_after,
}
