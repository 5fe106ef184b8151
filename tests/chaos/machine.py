"""What runs and what time it is: processes of functions, every call they make, with a number, and the fault it meets.

Time is virtual: it passes where somebody sleeps or hangs, and nowhere else. So a run is the same each time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Killed(BaseException):
    """The process is gone, without a word."""


@dataclass(slots=True)
class Process:
    """An execution environment of a function: what it is wired to, which it remembers from call to call.

    `unnoted` is what it gave away and has no note of yet: of what it dies with there, nobody can know. `claimed` are
    the receipts that it claimed; where it could not, because their table was in trouble, it does without.
    """

    function: str
    wiring: Any = None
    deadline: float = math.inf
    unnoted: set[str] = field(default_factory=set)
    claimed: set[str] = field(default_factory=set)
    in_trouble: bool = False


@dataclass(slots=True)
class Call:
    """One call of boto3 or httpx. `effect` does what it is for and gives the answer.

    `failing` makes the error of a service that could not, `refused` what comes of one that is busy, which may be an
    answer, and `unanswered` the error of an answer that did not come. `gives` names what somebody else has by it;
    `notes` says of what was given away before whether the effect is a note of it. `claim` is the receipt that it
    claims or needs.
    """

    what: str
    effect: Callable[[], Any]
    failing: Callable[[], Exception]
    refused: Callable[[], Any]
    unanswered: Callable[[], Exception]
    gives: str = ""
    notes: Callable[[str], bool] = lambda given: False
    claim: str = ""


Fault = Callable[["Machine", Call], Any]
"""What becomes of a call in the place of its effect."""


class Machine:
    """The clock, the process that runs, and its calls. `plan` has the faults by the number of the call; `is_down` says
    of what is called whether it fails at a moment.
    """

    def __init__(self, now: float, plan: Mapping[int, Fault] | None = None) -> None:
        self.now, self.plan = now, plan or {}
        self.process: Process | None = None
        self.calls: list[str] = []
        self.invocations: list[tuple[str, int]] = []
        self.uncertain: Counter[str] = Counter()
        self.turn: Callable[[float], None] | None = None
        self.injected = 0
        self.is_down: Callable[[str, float], bool] = lambda what, now: False

    def call(self, call: Call) -> Any:
        """Let a process make a call. What nobody of the deployed system asks for has no number and no fault."""
        process = self.process
        if process is None:
            return call.effect()
        self._yield(self.now)
        self.calls.append(f"{process.function} {call.what}")
        fault = self.plan.get(len(self.calls))
        if fault is None:
            if not self.is_down(call.what, self.now):
                return self.done(call)
            fault = _down
        self.injected += 1
        process.in_trouble |= "Receipts" in call.what
        return fault(self, call)

    def done(self, call: Call) -> Any:
        """The effect, and what the process has given away or noted by it."""
        answer, process = call.effect(), self.process
        assert process is not None
        if call.gives:
            process.unnoted.add(call.gives)
            self.uncertain[call.gives] += bool(call.claim and process.in_trouble and call.claim not in process.claimed)
        elif call.claim:
            process.claimed.add(call.claim)
        process.unnoted -= {*filter(call.notes, process.unnoted)}
        return answer

    def sleep(self, seconds: float) -> None:
        """Let time pass, and others work meanwhile. Raises Killed where the time of the process is over."""
        deadline = math.inf if self.process is None else self.process.deadline
        until = self.now + max(seconds, 0)
        if until > self.now:
            self._yield(min(until, deadline))
        self.now = max(self.now, min(until, deadline))
        if until >= deadline:
            raise Killed

    def lost_answer(self, call: Call) -> None:
        """What was given away by a call whose answer is lost may come twice."""
        if call.gives:
            self.uncertain[call.gives] += 1

    def buried(self, process: Process) -> None:
        """What a dead process gave away without a note of it may come twice."""
        self.uncertain.update(process.unnoted)

    def _yield(self, until: float) -> None:
        if self.turn is not None:
            self.turn(until)
            process = self.process
            if process is not None and self.now >= process.deadline:
                raise Killed


def _down(machine: Machine, call: Call) -> Any:
    """It fails for as long as it is down; what is given away meanwhile cannot be noted."""
    assert machine.process is not None
    machine.buried(machine.process)
    raise call.failing()
