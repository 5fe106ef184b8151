"""Robots whose filter no alarm of the fleet can match. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from icwatch.announcements.grouping import RESERVED, STAGE
from icwatch.errors import Problem
from icwatch.model import TARGET, Bound, Fleet, Rule
from icwatch_cli.fleet.quoting import listed

MAX_LISTED = 10

Values = Mapping[str, Set[str]]
"""By attribute or label, the values that alarms can have."""


def robots_told_nothing(fleet: Fleet) -> Iterator[Problem]:
    """What no alarm can have of what a robot asks for, with what there is."""
    rules = [rule for rule in fleet.rules.values() if rule.enabled]
    values = _values(fleet, rules)
    for index, robot in enumerate(fleet.robots.values()):
        for name, wanted in robot.only.items():
            if name == "kind" or {*wanted} & values.get(name, set()):
                continue
            if name == TARGET and any(not rule.per_target for rule in rules):
                continue  # may be a group's name
            wrong, right = _problem(name, values)
            yield Problem(f"robots[{index}].only.{name}", f"{wrong}, so {robot.name} is told nothing", right)


def _values(fleet: Fleet, rules: list[Rule]) -> Values:
    found: dict[str, set[str]] = {}
    for target in fleet.targets.values():
        for label, value in target.labels.items():
            if label not in RESERVED:
                found.setdefault(label, set()).add(value)
    stages = range(1, max(map(_most_stages, rules), default=0) + 1)
    return {
        **found,
        TARGET: {*fleet.targets},
        "level": {str(bound.level) for rule in rules for bounds in _bounds(rule) for bound in bounds},
        "scope": {rule.scope for rule in rules},
        "rule": {rule.name for rule in rules},
        STAGE: {*map(str, stages)},
    }


def _problem(name: str, values: Values) -> tuple[str, str]:
    if name == STAGE and not values[STAGE]:
        return "no rule has unattended_after", "give a rule unattended_after, such as [15m, 45m]"
    if name not in values and name in RESERVED:
        return f"no alarm can be chosen by {name}", "leave it out"
    if name not in values:
        return f"no target carries the label {name}", "write one that targets carry"
    return "no alarm has any of these", f"write one of {listed(sorted(values[name])[:MAX_LISTED])}"


def _bounds(rule: Rule) -> Iterator[tuple[Bound, ...]]:
    yield rule.bounds
    yield from (each.bounds for each in rule.overrides if each.bounds)


def _most_stages(rule: Rule) -> int:
    return max(map(len, [rule.unattended_after, *(each.unattended_after or () for each in rule.overrides)]))
