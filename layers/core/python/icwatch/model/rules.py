"""Rules: what is measured, when that is an alarm, and how it is written. Durations are whole seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from icwatch.model.terms import TARGET, Level, Number

Selection = Mapping[str, str]
"""Labels that all have to match; `target` counts as a label of every target."""


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
class Override:
    """What differs for the groups that `match` covers; None leaves the rule's own."""

    match: Selection
    bounds: tuple[Bound, ...] | None = None
    duration: int | None = None
    clear_cycle: int | None = None
    resend_interval: int | None = None


@dataclass(frozen=True, slots=True)
class Inhibition:
    """No announcements while an alarm of `rule` stands that carries the same values of the labels `same`."""

    rule: str
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alarm is raised, repeated and cleared, and how it is written.

    `expression` is what a person wrote, `program` what is evaluated, and `group_by` the labels by which its values are
    told apart. A value breaches where `value comparator threshold` holds for one of `bounds`, which are in the order
    of levels, worst first. Targets that match one of `exclude` are left out; the first of `overrides` that matches a
    group holds for it. `display_name`, `summary`, `description` and `runbook` are texts by language, each complete.
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


@dataclass(frozen=True, slots=True)
class Daily:
    """A part of every day, from the minute `starts` of the day in UTC until before the minute `ends`.

    Where it ends before it starts, it goes over midnight.
    """

    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Weekly:
    """Parts of a week: on each of `days` in UTC (0 is Monday) from its minute `starts` on, for `minutes`.

    They are a day long at most, and may go over midnight.
    """

    days: tuple[int, ...]
    starts: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Silence:
    """No announcements for alarms that carry all of `labels`, from `starts_at` until before `ends_at`.

    `others` are further values of labels, of which an alarm may have any one instead. With `daily` it holds in that
    part of each day only, with `weekly` in those of a week. `by` wrote it at `created_at`, and `comment` says why.

    A version that knows neither `others` nor `weekly` passes them over. It then has to silence less and not more:
    `labels` holds the first value of each label, and beside `weekly` stands a `daily` without a minute.
    """

    id: str
    labels: Selection
    starts_at: int
    ends_at: int
    daily: Daily | None = None
    by: str = ""
    comment: str = ""
    created_at: int = 0
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weekly: Weekly | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody knows of the alarm with the id `id`: `by` said so at `at`. The alarm is not repeated any more."""

    id: str
    by: str = ""
    comment: str = ""
    at: int = 0
