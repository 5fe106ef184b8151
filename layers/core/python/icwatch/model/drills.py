"""Drills: artificial alarms that go the whole way of a real one, so that somebody notices where it is broken."""

from __future__ import annotations

from dataclasses import dataclass

DRILL_SHARD = "drill"
"""The shard in which drills are swept and decided, apart from the fleet."""

DRILL_RULE = "icwatch_drill"
"""The rule that raises them. No rule of a fleet is called so."""

DRILL_METRIC = "icwatch_drill"
"""What is sampled of a drill: 0 while it is to be in alarm, and 1 after that."""

CONFIRM_SECONDS = 30 * 60
"""Within which somebody has to confirm a drill, from its beginning."""

DRILL_SECONDS = CONFIRM_SECONDS + 15 * 60
"""For which a drill is swept: a sweep that is late still sees that nobody has confirmed it."""

_PREFIX = "drill-"


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill from `starts_at` on, known by that moment: `id` is its text.

    `by` asked for it. `robot` is the only one that is told of it; empty for all subscribers. `confirmed_by` said at
    `confirmed_at` that it arrived.
    """

    id: str
    starts_at: int
    by: str = ""
    robot: str = ""
    confirmed_at: int | None = None
    confirmed_by: str = ""

    @property
    def target(self) -> str:
        """What its sweeps and notices call it."""
        return f"{_PREFIX}{self.id}"

    def is_in_force(self, at: int) -> bool:
        """Whether it is swept at `at`."""
        return 0 <= at - self.starts_at < DRILL_SECONDS


def drill_of(target: str) -> Drill | None:
    """The drill that a target of the drills' shard is, as far as its name says; None where it is none."""
    name = target.removeprefix(_PREFIX)
    if name == target or not (name.isascii() and name.isdigit()):
        return None
    return Drill(name, int(name))
