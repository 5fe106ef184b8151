"""Alarms as they stand, and what was decided about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from icwatch.model.probing import Failure
from icwatch.model.rules import Rule
from icwatch.model.terms import ENDS, Kind, Language, Level, Number, Phase


@dataclass(frozen=True, slots=True)
class Alarm:
    """One (rule, group) that is not inactive.

    `target` is the group's name: a target's id, or labels as `vpc=vpc-2`. `since` is the first sweep of the unbroken
    run that the phase counts, `seen` the last sweep that observed the group. `began_at` is where the breach that raised
    it began; `reported_at` and `reports` are when it was last reported (raised, repeated, escalated or eased) and how
    often so far; `told_levels` are those at which anybody was told. `level`, `value` and `failure` are what the last
    breach looked like. `labels` are those of the target, or those that all targets of the group have in common.
    """

    rule: str
    target: str
    phase: Phase
    since: int
    seen: int
    level: Level
    value: Number
    failure: Failure | None = None
    began_at: int = 0
    raised_at: int = 0
    reported_at: int = 0
    reports: int = 0
    told_levels: tuple[Level, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def announced(self) -> bool:
        """Whether anybody was told of it."""
        return bool(self.told_levels)

    @property
    def key(self) -> str:
        """Its name within the shard."""
        return f"{self.rule}:{self.target}"

    @property
    def id(self) -> str:
        """Its name for good: the same until it is inactive again."""
        return f"{self.key}:{self.raised_at}"


@dataclass(frozen=True, slots=True)
class ShardAlarms:
    """A shard's alarms as they stand after the sweep at `at` (None: no sweep was evaluated yet)."""

    shard: str
    at: int | None = None
    alarms: Mapping[str, Alarm] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """What was decided about an alarm at `at`, with everything that a notice needs to say.

    The breach began at `began_at`. `since` is where the run began that was decided on: of good samples for cleared, of
    breaches otherwise. `level` is that of the last breach, `former_level` the one before it where it changed. `value`
    is what was seen (None: the expression filtered it out), `failure` why the last breach came about, `reports` how
    often the alarm was reported. A notice goes out where `announce` holds; it is the `first` where nobody was told of
    the alarm before, and `told_levels` are the levels at which somebody was. `silenced` says that a silence covered it,
    `silenced_by` the id of the first one, and `inhibited_by` which standing alarm inhibited it.
    """

    rule: str
    target: str
    kind: Kind
    at: int
    raised_at: int
    began_at: int
    since: int
    level: Level
    value: Number | None
    reason: str
    reports: int = 1
    announce: bool = True
    silenced: bool = False
    inhibited_by: str = ""
    former_level: Level | None = None
    told_levels: tuple[Level, ...] = ()
    failure: Failure | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    silenced_by: str = ""

    @property
    def first(self) -> bool:
        """Whether it is the first that anybody is told of the alarm."""
        return self.announce and not self.told_levels and self.kind not in ENDS

    @property
    def id(self) -> str:
        """Known by (rule, group, raised_at, kind, at): deciding twice gives the same id."""
        return f"{self.rule}:{self.target}:{self.raised_at}:{self.kind}:{self.at}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The transitions of one sweep, with the rules and the language to write them in: log, outbox and history."""

    shard: str
    at: int
    transitions: tuple[Transition, ...]
    rules: Mapping[str, Rule]
    language: Language | None = None
