"""Whether this machine's own network works, where no target of the fleet can be reached.

A control is something else near the prober that answers as long as the network does. Where every target that was asked
failed for want of a way to it, and every control failed so, too, the fault is this side's: the sweep says nothing about
any target. It takes one answer to know better, from a target or a control, whatever it is.

Controls are asked in every sweep and at its beginning, and not only once all targets have failed: who looks later looks
at another moment, and would take an interruption of some seconds for the death of all servers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from icwatch.model import HEALTH, PATH_CAUSES, ProbeSpec, Sweep, Target
from icwatch.probing.questions import Question, question_for
from icwatch.probing.verdict import Probe

CUT_OFF = "no control endpoint could be reached either"
"""Why a target is unseen that failed in such a sweep."""

CONTROL = "control"
"""In the place of a metric: a control gives none."""


def control_questions(controls: Sequence[Target], health: ProbeSpec) -> list[Question]:
    """One question a control. It has as long and as many attempts as a target, and whatever it answers is good."""
    spec = ProbeSpec(path="/", timeout=health.timeout, attempts=health.attempts)
    return [question_for(CONTROL, each, spec) for each in controls]


def is_reached(found: Probe) -> bool:
    """Whether a probe shows that the network works: something at the other end answered, or refused to."""
    return not found.unknown and (found.failure is None or found.failure.cause not in PATH_CAUSES)


def is_unreached(found: Probe) -> bool:
    """Whether a probe found no way. One that this machine could not make shows neither."""
    return found.failure is not None and found.failure.cause in PATH_CAUSES


class Network:
    """What is known of this side's network in the course of a sweep. It takes the answers of the controls.

    `reached` is called once, as soon as something is.
    """

    def __init__(self, controls: Sequence[Target], reached: Callable[[], object]) -> None:
        self._controls, self._reached = controls, reached
        self._unanswered: dict[int, Probe] = {}
        self._works = False

    def answered(self, place: int, found: Probe) -> None:
        """A control has."""
        if not is_reached(found):
            self._unanswered[place] = found
        self.learn([found])

    def learn(self, probes: Iterable[Probe]) -> None:
        """Some probes are over."""
        if not self._works and any(map(is_reached, probes)):
            self._works = True
            self._reached()

    @property
    def is_doubtful(self) -> bool:
        """Whether it may be down as far as anybody knows. Without a control nobody asks."""
        return bool(self._controls) and not self._works

    @property
    def is_down(self) -> bool:
        """Whether it is, once every answer is there."""
        unreached = sum(map(is_unreached, self._unanswered.values()))
        return self.is_doubtful and unreached == len(self._controls)

    def useless(self) -> Iterator[str]:
        """The controls that did not answer although the network works, each with why.

        One that is gone, or was never there, would turn an outage of all targets into one of our own network.
        """
        if not self.is_down:
            for place, found in sorted(self._unanswered.items()):
                why = found.unknown if found.failure is None else found.failure.cause
                yield f"control {self._controls[place].authority}: {why}"


def cut_off(sweep: Sweep) -> Sweep:
    """The sweep of a shard whose targets were not seen, because nothing at all could be reached."""
    return replace(
        sweep,
        metrics={HEALTH: {}},
        failures={},
        probe_ms={},
        probe_failures={},
        attempts={},
        unseen={**sweep.unseen, **dict.fromkeys(sweep.failures, CUT_OFF)},
        conclusive=False,
        cut_off=True,
    )
