"""What is wrong with the monitoring itself, and what was reported of it."""

from __future__ import annotations

from dataclasses import dataclass

UNSEEN = "unseen"
"""The kind of problem that a target is not seen; its subject is the target's id."""

UNREADABLE = "unreadable"
"""The kind of problem that an item of the inventory cannot be read; its subject is the item's kind and id."""


CUT_OFF = "cut_off"
"""The kind of problem that nothing can be reached, neither a target nor a control; its subject is `WHOLE_FLEET`."""

WHOLE_FLEET = "whole fleet"
"""The subject of a problem of the whole fleet."""

UNCONFIRMED = "unconfirmed"
"""The kind of problem that nobody has confirmed a drill; its subject is what the drill's notices call it."""


@dataclass(frozen=True, slots=True)
class MonitoringProblem:
    """A problem in a shard, whether it was reported yet or not.

    `since` is the first sweep that met it, `at` the last one, and `held` the seconds that it was observed for: what
    lies between two sweeps, but of a gap no more than one cycle. `reason` is one line of limited length.
    """

    kind: str
    subject: str
    since: int
    at: int
    reason: str = ""
    held: int = 0
    reported: bool = False

    @property
    def key(self) -> str:
        """Its name within the shard."""
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True, slots=True)
class MonitoringReport:
    """What is reported to operations of a problem: that it is there, or that it is over and how it ended.

    `ended` is empty where the problem goes on, and otherwise `seen`, `removed` (the target is not the shard's any
    more), `readable` (or the item is gone), `reached`, or `confirmed`.
    """

    kind: str
    subject: str
    since: int
    reason: str = ""
    ended: str = ""

    @property
    def over(self) -> bool:
        """Whether it says that the problem is over."""
        return bool(self.ended)
