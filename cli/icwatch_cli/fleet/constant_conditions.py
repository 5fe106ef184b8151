"""Conditions that hold for every value that can be, or for none: an alarm that is never raised, or never cleared. Pure.

Which values can be follows from what each metric can be, for each target and with its own probe's timeout, and from
what the expression makes of them. Where that is too wide nothing is said; what is said is so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from icwatch.errors import Problem
from icwatch.model import (
    HEALTH,
    PROBE_SECONDS,
    TARGET,
    TLS_DAYS_LEFT,
    Bound,
    Fleet,
    Instruction,
    Rule,
    Target,
    collects,
)
from icwatch.notices.variables import shown
from icwatch.rules.arithmetic import AGGREGATES, SET_OPERATORS
from icwatch.rules.coverage import common_labels, covers, groups_of, matches
from icwatch.rules.expression import Group, fits, members_of, metrics_of, name_of
from icwatch_cli.fleet.intervals import absolutes, aggregated, intersected, joined, multiples, subtracted, united
from icwatch_cli.fleet.ranges import ANY, INFINITE, TRUTH, Range, always, between, hull, never

MOST_DAYS = 3_000_000
"""Days until a certificate expires that is valid up to the last moment that can be written, the end of 9999."""

Ranges = Mapping[Group, Range]


def range_of(fleet: Fleet, target: Target, metric: str) -> Range | None:
    """What a sample of a metric can be for a target; None where there is none. Of a stranger, it can be anything."""
    if not collects(fleet, target, metric):
        return None
    if metric == HEALTH or metric in fleet.probe_metrics:
        return TRUTH
    if metric == PROBE_SECONDS:
        return between(0, (target.probe or fleet.probe).timeout)
    return between(0, MOST_DAYS) if metric == TLS_DAYS_LEFT else ANY


def ranges_of(fleet: Fleet, program: Sequence[Instruction], targets: Mapping[str, Target]) -> Ranges:
    """What the values of an expression can be, by group. It mirrors `expression.values_of`."""
    stack: list[Ranges | Range] = []
    for step in program:
        if step.do == "select":
            stack.append(_select(fleet, step, targets))
        elif step.do == "number":
            stack.append(between(step.number, step.number))
        elif step.do in AGGREGATES:
            stack.append(_aggregate(step, targets, _vector(stack.pop())))
        elif step.do in ("abs", "round"):
            stack.append(_seen({group: _function(step, each) for group, each in _vector(stack.pop()).items()}))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_combine(step.do, left, right))
    (result,) = stack
    return _vector(result)


def _vector(operand: Ranges | Range) -> Ranges:
    assert not isinstance(operand, Range), "a checked program keeps numbers and vectors apart"
    return operand


def _select(fleet: Fleet, step: Instruction, targets: Mapping[str, Target]) -> Ranges:
    found = {name: range_of(fleet, each, step.metric) for name, each in targets.items() if fits(step.matchers, each)}
    return {name: each for name, each in found.items() if each is not None}


def _aggregate(step: Instruction, targets: Mapping[str, Target], vector: Ranges) -> Ranges:
    if TARGET in step.labels:
        return {target: aggregated(step.do, [each]) for target, each in vector.items()}
    members = members_of(step.labels, targets, vector)
    return {group: aggregated(step.do, ranges) for group, ranges in members.items()}


def _function(step: Instruction, values: Range) -> Range:
    return absolutes(values) if step.do == "abs" else multiples(values, step.number)


def _combine(do: str, left: Ranges | Range, right: Ranges | Range) -> Ranges:
    if do in SET_OPERATORS:
        return _combine_sets(do, _vector(left), _vector(right))
    if isinstance(left, Range):
        return _seen({group: joined(do, left, b, passes_left=False) for group, b in _vector(right).items()})
    if isinstance(right, Range):
        return _seen({group: joined(do, a, right) for group, a in left.items()})
    return _seen({group: joined(do, a, right[group]) for group, a in left.items() if group in right})


def _combine_sets(do: str, left: Ranges, right: Ranges) -> Ranges:
    if do == "or":
        return {**right, **{group: united(a, right.get(group)) for group, a in left.items()}}
    if do == "unless":
        return {group: subtracted(a) if group in right else a for group, a in left.items()}
    return {group: intersected(a, right[group]) for group, a in left.items() if group in right}


def _seen(vector: Ranges) -> Ranges:
    """Without groups that never have a value and are never filtered either: nobody sees them."""
    return {group: each for group, each in vector.items() if not each.is_empty or each.filtered}


@dataclass(frozen=True, slots=True)
class _Case:
    """A bound of a rule or of one of its overrides (None: the rule's own), and the values of the groups it is for."""

    override: int | None
    bound: Bound
    ranges: tuple[Range, ...]


def unchanging(fleet: Fleet, written: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Iterator[Problem]:
    """The conditions of a fleet that never change, by the place of each rule in the file and what is written there.

    A condition that can change for one of the groups that it is for is passed over.
    """
    for rule in fleet.rules.values():
        place, fields = written.get(rule.name, ("rules", {}))
        targets = {name: each for name, each in fleet.targets.items() if rule.enabled and covers(fleet, rule, each)}
        ranges = ranges_of(fleet, rule.program, targets)
        if targets and not ranges:
            wrong = f"{rule.name} never has a value: a part of its expression selects nothing, or divides by zero"
            yield Problem(f"{place}.expression", wrong, "correct it, or write enabled: false")
        for case in _cases(rule, targets, ranges):
            problem = _judged(rule, case)
            if problem is not None:
                yield Problem(_place(place, fields, case.override), *problem)


def _cases(rule: Rule, targets: Mapping[str, Target], ranges: Ranges) -> Iterator[_Case]:
    """The bounds by which groups are judged, as far as they can have values."""
    by_name = {name_of(group): each for group, each in ranges.items()}
    by_override: dict[int | None, list[Range]] = {}
    for name, members in groups_of(rule, targets.values()).items():
        if name in by_name:
            by_override.setdefault(_override_of(rule, name, members), []).append(by_name[name])
    for index, found in by_override.items():
        bounds = (None if index is None else rule.overrides[index].bounds) or rule.bounds
        for bound in bounds:
            yield _Case(index, bound, tuple(found))


def _override_of(rule: Rule, group: str, members: Sequence[Target]) -> int | None:
    """The override that holds for a group, where that has bounds of its own."""
    if not rule.overrides:
        return None
    labels = common_labels(members)
    found = next((index for index, each in enumerate(rule.overrides) if matches(each.match, labels, group)), None)
    return None if found is None or rule.overrides[found].bounds is None else found


def _judged(rule: Rule, case: _Case) -> tuple[str, str] | None:
    """What is wrong with a bound that never changes, and what would be right."""
    threshold = between(case.bound.threshold, case.bound.threshold)
    condition = f"{rule.comparator} {case.bound.threshold}"
    values = _spelled(hull(case.ranges))
    if PROBE_SECONDS in metrics_of(rule.program):
        values += ", because no probe takes longer than its timeout"
    if all(never(each, rule.comparator, threshold) for each in case.ranges):
        right = "write a condition that one of them fulfils, or the alarm is never raised"
        return f"{condition} never holds: {values}", right
    if all(always(each, rule.comparator, threshold) and not each.filtered for each in case.ranges):
        right = "write a condition that one of them does not fulfil, or the alarm never clears"
        return f"{condition} always holds: {values}", right
    return None


def _spelled(values: Range) -> str:
    """The values in words."""
    if values.is_empty:
        return "there is no value, because the comparison within leaves none"
    if values.is_point:
        return f"the value is always {shown(values.least)}"
    if values.whole and values.most - values.least == 1:
        return f"the values are {shown(values.least)} and {shown(values.most)}"
    kind = "the values are whole numbers" if values.whole else "the values are numbers"
    low = "" if values.least == -INFINITE else f" from {shown(values.least)}"
    high = "" if values.most == INFINITE else f" to {shown(values.most)}"
    return kind + low + high


def _place(place: str, fields: Mapping[str, Any], override: int | None) -> str:
    """Where a condition is written."""
    if override is not None:
        place, fields = f"{place}.overrides[{override}]", fields["overrides"][override]
    name = next((name for name in ("levels", "threshold", "comparator", "expression") if name in fields), None)
    return place if name is None else f"{place}.{name}"
