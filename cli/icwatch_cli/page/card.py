"""What stands of alarms that people look at as one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from icwatch.model import Acknowledgement, Alarm, Cause, Failure, Level, Number, Rule, Silence
from icwatch.notices.steps import STEPS, Step
from icwatch_cli.page.outages import is_of_path


@dataclass(frozen=True, slots=True)
class Card:
    """What stands of one alarm, or of those of several targets of a place at once, which the worst stands for.

    `children` are the alarms that it inhibits. Of `of` IC-Servers that it is about, `failing` fail now, by `causes`;
    where it is not about health, of none. `held` of `clears_after` seconds have been good where it is clearing.
    `next_notice` and `next_stage` are when it would be announced again and escalated, None where it would not.
    `lost_since` is when it was seen last, where that is some cycles ago.
    """

    alarms: tuple[Alarm, ...]
    children: tuple[Alarm, ...]
    rule: Rule
    place: str
    about_health: bool
    failing: int
    of: int
    causes: Mapping[Cause, int]
    failure: Failure | None
    level: Level
    clearing: bool
    began_at: int
    held: int
    clears_after: int
    silence: Silence | None
    acknowledgement: Acknowledgement | None
    next_notice: int | None
    next_stage: int | None
    lost_since: int | None = None

    @property
    def worst(self) -> Alarm:
        """The first of its alarms."""
        return self.alarms[0]

    @property
    def anchor(self) -> str:
        """A short name of it, the same on every page for as long as it stands."""
        return f"{crc32(self.worst.id.encode()):x}"

    @property
    def group(self) -> bool:
        """Whether its alarm is of a group of targets."""
        return not self.rule.per_target

    @property
    def many(self) -> bool:
        """Whether it is about more than one IC-Server."""
        return self.group or len(self.alarms) > 1

    @property
    def announced(self) -> bool:
        """Whether anybody was notified of it, and is not spared it by a silence."""
        return self.silence is None and any(alarm.announced for alarm in self.alarms)

    @property
    def notices(self) -> int:
        """How many notices of it went out, of one of its alarms the most."""
        return max(alarm.notices for alarm in self.alarms)

    @property
    def stage(self) -> int:
        """How often it was escalated as unattended."""
        return max(alarm.stage for alarm in self.alarms)

    @property
    def value(self) -> Number:
        """The value of the worst of its alarms."""
        return self.worst.value

    @property
    def cause(self) -> Cause | None:
        """The most frequent cause."""
        return next(iter(self.causes), None)

    @property
    def suspects_path(self) -> bool:
        """Whether all that it is about fail in ways that the network explains."""
        several = self.many and self.failing == self.of
        return bool(self.causes) and several and all(is_of_path(cause, several=True) for cause in self.causes)

    @property
    def step(self) -> Step | None:
        """Where OCP's procedure starts; None where it is not about health."""
        if not self.about_health:
            return None
        step = Step.HOST if self.cause is None else STEPS[self.cause]
        return Step.NETWORK if self.suspects_path or (step is Step.HOST and self.group) else step
