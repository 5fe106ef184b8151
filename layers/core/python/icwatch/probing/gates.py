"""Admission to the network in two gates: how many probes are under way at once, as `admission.py` has it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from icwatch.probing.admission import LIVELY_PROBES, MAX_PROBES, SLOW_AFTER_SECONDS
from icwatch.probing.loop import Loop, Timer
from icwatch.probing.probe import Probing
from icwatch.probing.questions import Question
from icwatch.probing.transport import Transport
from icwatch.probing.verdict import TIMEOUTS, Probe

NO_TIME = "too little time was left for it in the sweep"
"""Why a target is unseen whose probe came too late to begin, or to be given its whole timeout."""


class Asker(Protocol):
    """Who asks a question, and takes its answer."""

    def answered(self, place: int, found: Probe) -> None:
        """What the probe found that was asked for at this place."""


Asked = tuple[Question, Asker, int]
"""A question, who asks it, and at which place its answer belongs."""


class Gates:
    """Lets probes begin in their order, as long as there is room and a place among the lively ones.

    All end by `ends`, by the loop's clock: a late one has the time that is left.
    """

    def __init__(self, loop: Loop, transport: Transport, ends: float, asked: Iterable[Asked]) -> None:
        self.loop, self.transport, self.ends = loop, transport, ends
        self._waiting = deque(asked)
        self._under_way = 0
        self._places, self._room = LIVELY_PROBES, MAX_PROBES
        self._admitting = False

    def open(self) -> None:
        """Let all of them in, and wait for the last one to end."""
        if self._waiting:
            self.due()
            self.loop.run()

    def due(self) -> None:
        """Let in whom there is room for, but not so many in one go that those under way would have to wait."""
        if self._admitting:
            return  # one that ended at once: whoever lets probes in goes on
        self._admitting = True
        begun = 0
        while self._waiting and self._places and self._room:
            if begun == LIVELY_PROBES:
                self.loop.at(self.loop.time(), self)
                break
            begun += 1
            self._places -= 1
            self._room -= 1
            self._under_way += 1
            _Admitted(self, self._waiting.popleft()).begin()
        self._admitting = False
        if not self._waiting and not self._under_way:
            self.loop.stop()

    def give_up_place(self) -> None:
        """One has turned out slow."""
        self._places += 1
        self.due()

    def leave(self, *, has_place: bool) -> None:
        """One has ended."""
        self._places += has_place
        self._room += 1
        self._under_way -= 1
        self.due()


class _Admitted:
    """A probe that was let in."""

    __slots__ = ("_asked", "_gates", "_slow", "_timeout")

    def __init__(self, gates: Gates, asked: Asked) -> None:
        self._gates, self._asked, self._timeout = gates, asked, 0.0
        self._slow: Timer | None = None

    def begin(self) -> None:
        """Ask, if there is time."""
        gates, question = self._gates, self._asked[0]
        spec = question.spec
        now = gates.loop.time()
        left = gates.ends - now
        self._slow = gates.loop.at(now + SLOW_AFTER_SECONDS, self)
        if question.request is None:
            self.probed(Probe(0, unknown=question.problem))
        elif left <= 0:
            self.probed(Probe(0, unknown=NO_TIME))
        else:
            self._timeout = min(float(spec.timeout), left)
            Probing(gates.loop, gates.transport, question.request, spec, self._timeout, owner=self).begin()

    def due(self) -> None:
        """It is slow."""
        self._slow = None
        self._gates.give_up_place()

    def probed(self, found: Probe) -> None:
        """It has ended."""
        slow, (question, asker, place) = self._slow, self._asked
        if slow is not None:
            self._gates.loop.cancel(slow)
        if found.failure and found.failure.cause in TIMEOUTS and self._timeout < float(question.spec.timeout):
            found = Probe(found.elapsed_ms, unknown=NO_TIME)
        asker.answered(place, found)
        self._gates.leave(has_place=slow is not None)
