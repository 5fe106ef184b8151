"""Expressions: PromQL's instant vectors over one sweep, as a checked program in postfix order. Pure.

`fleet/expressions.py` of the command makes a program of what a person writes; a function only evaluates it. A series is
known by its target, because each target has one sample of a metric a sweep; so a result that keeps the label `target`
is told apart by the target alone, and any other by the labels that an aggregate left.

A comparison filters, as in PromQL. What it leaves out is not forgotten but has no value: that group was seen and is not
breached, which is something else than unseen. Where it leaves nothing of a group, `count` and `sum` are 0.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from icwatch.model import TARGET, Instruction, Matcher, Number, Target
from icwatch.model.columns import Column
from icwatch.regex import matches
from icwatch.rules.arithmetic import (
    AGGREGATES,
    SET_OPERATORS,
    Emptied,
    Value,
    absolute,
    aggregated,
    changed,
    intersected,
    is_number,
    joined,
    number_of,
    rounded,
    subtracted,
    united,
)
from icwatch.rules.arithmetic import plain as plain_number

Group = str | tuple[tuple[str, str], ...]
"""What a value is of: a target's id, or the values of the labels that an aggregate left."""

Vector = dict[Group, Number | None]
"""Values by group; None was seen and filtered out."""

Samples = Callable[[str], Mapping[str, Number]]
"""The values of a metric by target."""

T = TypeVar("T")

_Values = Mapping[Group, Value]


def measure(program: Sequence[Instruction], targets: Mapping[str, Target], samples: Samples) -> Vector:
    """The values of an expression by group. Samples of targets that are not among `targets` are passed over."""
    values = values_of(program, targets, samples)
    return {group: number_of(value) for group, value in values.items()}


def values_of(program: Sequence[Instruction], targets: Mapping[str, Target], samples: Samples) -> Mapping[Group, Value]:
    """The same, with the values that Prometheus does not have marked as such."""
    stack: list[_Values | Number] = []
    for step in program:
        if step.do == "select":
            stack.append(_select(step, targets, samples(step.metric)))
        elif step.do == "number":
            stack.append(step.number)
        elif step.do in AGGREGATES:
            stack.append(_aggregate(step, targets, _vector(stack.pop())))
        elif step.do in ("abs", "round"):
            stack.append(_each(step, _vector(stack.pop())))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_combine(step.do, left, right))
    (result,) = stack
    return _vector(result)


def selects(program: Sequence[Instruction], target: Target) -> bool:
    """Whether a series of the target takes part in the expression."""
    return any(step.do == "select" and fits(step.matchers, target) for step in program)


def has_alternatives(program: Sequence[Instruction]) -> bool:
    """Whether it is good only where several things are: there is an `or` in it."""
    return any(step.do == "or" for step in program)


def keeps_groups_apart(program: Sequence[Instruction]) -> bool:
    """Whether a value depends on the targets of its own group alone: no aggregate groups by a label that the one within
    it has dropped, as `min(count(m) by (vpc)) by (region)` does.
    """
    stack: list[set[str] | None] = []
    for step in program:
        if step.do == "number":
            stack.append(None)
        elif step.do == "select":
            stack.append({TARGET})
        elif step.do in AGGREGATES:
            if TARGET not in step.labels:
                before, labels = stack.pop() or set(), {*step.labels}
                if TARGET not in before and not labels <= before:
                    return False
                stack.append(labels)
        elif step.do not in ("abs", "round"):
            right, left = stack.pop(), stack.pop()
            stack.append(right if left is None else left)
    return True


def metrics_of(program: Sequence[Instruction]) -> tuple[str, ...]:
    """The names of the metrics that it reads, in order."""
    return tuple(dict.fromkeys(step.metric for step in program if step.do == "select"))


def group_of(labels: Sequence[str], target: Target) -> Group:
    """The group of a target where values are told apart by these labels."""
    if TARGET in labels:
        return target.id
    return tuple([(name, target.labels.get(name, "")) for name in labels])


def name_of(group: Group) -> str:
    """A group's name for people, and within its rule: `192.168.0.1`, `vpc=vpc-2`, `region=cn,vpc=vpc-2`, `all`."""
    if isinstance(group, str):
        return group
    given = [(name, value) for name, value in group if value] or group
    return ",".join(f"{name}={_quoted(value)}" for name, value in given) or "all"


def names_labels(group: str) -> bool:
    """Whether a group's name is one of labels and not of a target: no address has a `=` in it."""
    return "=" in group or group == "all"


def _quoted(value: str) -> str:
    plain = not any(char in ',="\\' or char.isspace() for char in value)
    return value if plain else json.dumps(value, ensure_ascii=False)


def _vector(operand: _Values | Number) -> _Values:
    assert isinstance(operand, Mapping), "a checked program keeps numbers and vectors apart"
    return operand


def _select(step: Instruction, targets: Mapping[str, Target], samples: Mapping[str, Number]) -> _Values:
    matchers = step.matchers
    return {
        name: value for name, value in _samples_of(targets, samples) if not matchers or fits(matchers, targets[name])
    }


def _samples_of(targets: Mapping[str, Target], samples: Mapping[str, Number]) -> Iterable[tuple[str, Number]]:
    """The samples of these targets, in the order of the sweep; of few, without a look at all others."""
    if isinstance(samples, Column) and len(targets) < len(samples.names):
        values = samples.plain
        found = sorted(targets.keys() & values.keys(), key=samples.names.positions.__getitem__)
        return [(name, values[name]) for name in found]
    return [each for each in samples.items() if each[0] in targets]


def fits(matchers: Sequence[Matcher], target: Target) -> bool:
    """Whether a series of the target has the labels that a selector asks for."""
    return all(_holds(matcher, target.label(matcher.label)) for matcher in matchers)


def _holds(matcher: Matcher, value: str) -> bool:
    found = matches(matcher.value, value) if matcher.op.endswith("~") else matcher.value == value
    return found is not matcher.op.startswith("!")


def _aggregate(step: Instruction, targets: Mapping[str, Target], vector: _Values) -> _Values:
    if TARGET in step.labels:  # each series is a group of its own
        if step.do not in ("count", "sum"):
            return vector
        return {target: aggregated(step.do, (value,)) for target, value in vector.items()}
    members = members_of(step.labels, targets, vector)
    return _finite((group, aggregated(step.do, values)) for group, values in members.items())


def members_of(labels: Sequence[str], targets: Mapping[str, Target], vector: Mapping[Group, T]) -> dict[Group, list[T]]:
    """The values of a vector by the groups that an aggregate by these labels forms of them."""
    groups: dict[Group, list[T]] = {}
    for key, value in vector.items():
        carried = targets[key].labels if isinstance(key, str) else dict(key)
        groups.setdefault(tuple([(name, carried.get(name, "")) for name in labels]), []).append(value)
    return groups


def _each(step: Instruction, vector: _Values) -> _Values:
    """`abs` or `round` of every value."""
    change = absolute if step.do == "abs" else functools.partial(rounded, multiple=step.number)
    return _finite((group, changed(change, value)) for group, value in vector.items())


def _combine(do: str, left: _Values | Number, right: _Values | Number) -> _Values:
    """An operator between a vector and a number, or between two vectors by their groups."""
    if do in SET_OPERATORS:
        return _combine_sets(do, _vector(left), _vector(right))
    if not isinstance(left, Mapping):
        return _finite((group, joined(do, left, b, b)) for group, b in _vector(right).items())
    if not isinstance(right, Mapping):
        return _finite((group, joined(do, a, right, a)) for group, a in left.items())
    return _finite((group, joined(do, a, right[group], a)) for group, a in left.items() if group in right)


def _combine_sets(do: str, left: _Values, right: _Values) -> _Values:
    """A set operator between two vectors by their groups.

    What one side does not see is Prometheus's empty side: `and` has no value there, `or` that of the other side, and
    `unless` the left one. `Part.saw_all` says where `or` found nothing because it did not see everything.
    """
    if do == "or":
        return {**right, **{group: united(a, right.get(group)) for group, a in left.items()}}
    if do == "unless":
        return {group: subtracted(a, right.get(group)) for group, a in left.items()}
    return {group: intersected(a, right[group]) for group, a in left.items() if group in right}


def _finite(values: Iterable[tuple[Group, Value]]) -> _Values:
    """Whole numbers as such, and without what is no number, such as a quotient by zero."""
    return {group: _plain(value) for group, value in values if (found := number_of(value)) is None or is_number(found)}


def _plain(value: Value) -> Value:
    if isinstance(value, Emptied):
        return replace(value, number=plain_number(value.number))
    return None if value is None else plain_number(value)
