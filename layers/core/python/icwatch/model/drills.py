"""Drills: artificial alarms that go the whole way of a real one, so that somebody notices where it is broken."""

from __future__ import annotations

from dataclasses import dataclass

from icwatch.model.terms import Level

DRILL_SHARD = "drill"
"""The shard in which drills are swept and decided, apart from the fleet."""

DRILL_RULE = "icwatch_drill"
"""The rule that raises them. No rule of a fleet is called so."""

DRILL_METRIC = "icwatch_drill"
"""What is sampled of a drill: 0 while it is to be in alarm, and 1 after that."""

DRILL_LEVEL = Level.CRITICAL
"""That of its alarm, which decides whether a robot is told of it outside its hours."""

CONFIRM_SECONDS = 30 * 60
"""Within which somebody has to confirm a drill, from its beginning."""

DRILL_SECONDS = CONFIRM_SECONDS + 15 * 60
"""For which a drill is swept at every tick: a sweep that is late still sees that nobody has confirmed it."""

LOOK_BACK_SECONDS, LOOK_BACK_EVERY_SECONDS = 86_400, 15 * 60
"""For which a drill is swept now and then after that, and how often: what went wrong for hours with its end, or with
the report that nobody has confirmed it, is made up for, and whoever confirms it late is heard."""

BAD_CYCLES, BAD_SECONDS = 2, 5
"""For which a drill is in alarm, whichever is longer. One cycle would do, but a tick may be lost, or be under way."""

_PREFIX = "drill-"


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill from `starts_at` on, known by that moment: `id` is its text.

    It is in alarm for `bad_seconds`, which are kept with it: a change of `every` meanwhile neither ends it nor
    begins it again. `by` asked for it. `robot` is the only one that is told of it; empty for all subscribers.
    `confirmed_by` said at `confirmed_at` that it arrived.
    """

    id: str
    starts_at: int
    by: str = ""
    robot: str = ""
    bad_seconds: int = BAD_CYCLES * 60
    confirmed_at: int | None = None
    confirmed_by: str = ""

    @property
    def target(self) -> str:
        """What its sweeps and notices call it."""
        return f"{_PREFIX}{self.id}"

    def is_bad(self, at: int) -> bool:
        """Whether it is in alarm at `at`."""
        return 0 <= at - self.starts_at < self.bad_seconds

    def is_recent(self, at: int) -> bool:
        """Whether it has begun, and something of it may still be to be said at `at`."""
        return 0 <= at - self.starts_at < LOOK_BACK_SECONDS

    def is_due(self, at: int, every: int) -> bool:
        """Whether it is swept at `at`, where the fleet is swept every so many seconds."""
        age = at - self.starts_at
        return self.is_recent(at) and (age < DRILL_SECONDS or age % LOOK_BACK_EVERY_SECONDS < 2 * every)


def bad_seconds(every: int) -> int:
    """For how long a drill is in alarm that begins where the fleet is swept every so many seconds."""
    return max(BAD_CYCLES * every, BAD_SECONDS)


def drill_of(target: str) -> Drill | None:
    """The drill that a target of the drills' shard is, as far as its name says; None where it is none."""
    name = target.removeprefix(_PREFIX)
    if name == target or not (name.isascii() and name.isdigit()):
        return None
    return Drill(name, int(name))
