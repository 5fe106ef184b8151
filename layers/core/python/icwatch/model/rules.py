"""Rules: what is measured, when that is an alarm, and how it is written. Durations are whole seconds."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from icwatch.model.terms import TARGET, Language, Level, Number

Selection = Mapping[str, str]
"""Labels that all have to match; `target` counts as a label of every target."""

COMPARATORS: Mapping[str, Callable[[Number, Number], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
"""What the comparator of a condition says of a value and a threshold."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label. `op` is `=`, `!=`, `=~` or `!~`; a label that is missing is an empty text."""

    label: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step of an expression in postfix order; see `expression.py` for what each does.

    `do` is `select` (`metric`, `matchers`), `number` (`number`), an aggregate (`labels`: by which), an operator, an
    operator with `bool`, `abs`, or `round` (`number`: to a multiple of which).
    """

    do: str
    metric: str = ""
    matchers: tuple[Matcher, ...] = ()
    labels: tuple[str, ...] = ()
    number: Number = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """A level and the threshold at which it holds."""

    level: Level
    threshold: Number


@dataclass(frozen=True, slots=True)
class Breaches:
    """That an alarm is raised by `least` breaches among the last `of` observations."""

    least: int
    of: int


@dataclass(frozen=True, slots=True)
class Override:
    """What differs for the groups that `match` covers; None leaves the rule's own."""

    match: Selection
    bounds: tuple[Bound, ...] | None = None
    duration: int | None = None
    clear_cycle: int | None = None
    resend_interval: int | None = None
    resend_pauses: tuple[int, ...] = ()
    unattended_after: tuple[int, ...] | None = None
    breaches: Breaches | None = None


@dataclass(frozen=True, slots=True)
class Inhibition:
    """No announcements while there is a raised alarm of `rule` that carries the same values of the labels `same`."""

    rule: str
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm is raised, repeated and cleared, and how it is written.

    `expression` is what a person wrote, `program` what is evaluated, and `group_by` the labels by which its values are
    told apart. A value breaches where `value comparator threshold` holds for one of `bounds`, which are in the order
    of levels, worst first. Targets that match one of `exclude` are left out; the first of `overrides` that matches a
    group holds for it. `cycle` is the time from one observation to the next: what the fleet file says, or the
    collection cycle where that is longer; what it says is `written_cycle` then. `resend_pauses` are all pauses
    between two notices where these grow; `resend_interval` is the first then, and the only one for versions that
    know no other. `unattended_after` is how long after it was raised an alarm that nobody acknowledged is escalated
    to others, stage by stage. Where there are `breaches`, these raise the alarm in place of `duration`, which is 0
    then. `display_name`, `summary`, `description`, `recovery` and `runbook` are texts by language, each complete;
    without a `recovery` a cleared alarm is written about as any other.
    """

    name: str
    expression: str
    program: tuple[Instruction, ...]
    comparator: str
    bounds: tuple[Bound, ...]
    duration: int
    cycle: int
    clear_cycle: int
    resend_interval: int
    scope: str
    display_name: Mapping[str, str]
    summary: Mapping[str, str]
    description: Mapping[str, str]
    group_by: tuple[str, ...] = (TARGET,)
    runbook: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[Selection, ...] = ()
    overrides: tuple[Override, ...] = ()
    inhibited_by: tuple[Inhibition, ...] = ()
    enabled: bool = True
    resend_pauses: tuple[int, ...] = ()
    unattended_after: tuple[int, ...] = ()
    written_cycle: int | None = None
    breaches: Breaches | None = None
    recovery: Mapping[str, str] = field(default_factory=dict)

    @property
    def alarm_cycle(self) -> int:
        """The alarm cycle (告警周期) that the fleet file says."""
        return self.cycle if self.written_cycle is None else self.written_cycle

    def collected(self, every: int) -> Rule:
        """The rule where its metrics are collected `every` so many seconds: nothing new is seen sooner."""
        cycle = self.alarm_cycle
        return replace(self, cycle=max(cycle, every), written_cycle=cycle if cycle < every else None)

    @property
    def raised_after(self) -> int:
        """Seconds from the first breach to the raising of an alarm at the earliest."""
        return self.duration if self.breaches is None else (self.breaches.least - 1) * self.cycle

    def pause_after(self, reports: int) -> int:
        """Seconds from the last of so many reports of an alarm to the next: the pauses grow, and the last one stays."""
        pauses = self.resend_pauses or (self.resend_interval,)
        return pauses[min(max(reports, 1), len(pauses)) - 1]

    @property
    def per_target(self) -> bool:
        """Whether each target is a group of its own, so that an alarm is of one target."""
        return self.group_by == (TARGET,)

    def level_of(self, value: Number | None) -> Level | None:
        """The worst level whose bound a value breaches; None where it breaches none, or was filtered out (None)."""
        if value is None:
            return None
        holds = COMPARATORS[self.comparator]
        for bound in self.bounds:
            if holds(value, bound.threshold):
                return bound.level
        return None

    def threshold_of(self, level: Level) -> Number | None:
        """The threshold of a level; None where the rule does not have that level any more."""
        return next((bound.threshold for bound in self.bounds if bound.level is level), None)


def unknown_rule(name: str) -> Rule:
    """How to write about a rule that is gone: under its own name, with what the alarm itself knows."""
    texts = dict.fromkeys(map(str, Language), "${alarm_target} ${alarm_name}")
    return Rule(
        name=name,
        expression="",
        program=(),
        comparator="",
        bounds=(),
        duration=0,
        cycle=0,
        clear_cycle=0,
        resend_interval=0,
        scope="Host",
        display_name=dict.fromkeys(map(str, Language), name),
        summary=texts,
        description=texts,
    )
