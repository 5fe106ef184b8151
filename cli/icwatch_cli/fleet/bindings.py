"""Which targets the rules bind together, and what of that no shard can hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from icwatch.errors import Problem
from icwatch.model import TARGET, Fleet, Rule, Target
from icwatch.rules.coverage import covers
from icwatch.rules.expression import name_of

SHARD_TARGETS = 200
"""Targets in a shard at the most, so that one item holds what a sweep saw and one evaluation takes little time."""

Labels = tuple[tuple[str, str], ...]
NAMED = 4
"""Groups that a message names at the most."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Targets that have to share a shard: a group of a rule, or those over which a rule is inhibited.

    `rule` is the rule's name, `place` the field in the fleet file that asks for it, `right` how it could ask for less.
    """

    rule: str
    place: str
    group: str
    targets: tuple[str, ...]
    right: str


def bindings_of(fleet: Fleet) -> Iterator[Binding]:
    """All that the rules in force bind together, rule by rule. A group of one target binds nothing."""
    covered = _Covered(fleet)
    for index, rule in enumerate(fleet.rules.values()):
        if not rule.enabled:
            continue
        if TARGET not in rule.group_by:
            place = f"rules[{index}].group_by"
            for group, targets in _alike(rule.group_by, covered.by(rule)).items():
                yield from _binding(rule, place, group, targets, _divide(rule, group))
        for number, inhibition in enumerate(rule.inhibited_by):
            other = fleet.rules.get(inhibition.rule)
            if other is not None and other.enabled and TARGET not in inhibition.same:
                place = f"rules[{index}].inhibited_by[{number}].same"
                right = "inhibit over a label that divides it, or exclude some"
                both = {target.id: target for each in (rule, other) for target in covered.by(each)}
                for group, targets in _alike(inhibition.same, both.values()).items():
                    if all(value for _, value in group):  # a label that is missing inhibits nothing
                        yield from _binding(rule, place, group, targets, right)


def components(bound: Sequence[Binding]) -> list[tuple[str, ...]]:
    """The targets that have to share a shard, directly or by others, each set once and in the order it was met."""
    return [tuple(dict.fromkeys(name for each in parts for name in each.targets)) for parts in _connected(bound)]


class _Covered:
    """The targets that a rule is about. Rules that select and exclude alike are about the same ones."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._known: dict[object, list[Target]] = {}

    def by(self, rule: Rule) -> list[Target]:
        selected = tuple(step for step in rule.program if step.do == "select")
        key = selected, tuple(frozenset(selection.items()) for selection in rule.exclude)
        if key not in self._known:
            every = self._fleet.targets.values()
            self._known[key] = [target for target in every if covers(self._fleet, rule, target)]
        return self._known[key]


def _connected(bound: Sequence[Binding]) -> list[list[Binding]]:
    """The bindings, those that have a target in common taken together."""
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while (parent := parents.setdefault(name, name)) != name:
            parents[name] = parents[parent]  # halves the way for the next that asks
            name = parents[name]
        return name

    for each in bound:
        first = root(each.targets[0])
        for name in each.targets[1:]:
            parents[root(name)] = first
    parts: dict[str, list[Binding]] = {}
    for each in bound:
        parts.setdefault(root(each.targets[0]), []).append(each)
    return list(parts.values())


def too_large(bound: Sequence[Binding]) -> list[Problem]:
    """What no shard can hold of what is bound: for each field the largest such set, and how many more there are."""
    found: dict[str, list[tuple[int, Problem]]] = {}
    for parts in _connected(bound):
        if len({name for each in parts for name in each.targets}) <= SHARD_TARGETS:
            continue
        alone = [each for each in parts if len(each.targets) > SHARD_TARGETS]
        for size, problem in [_alone(each) for each in alone] or [_overlap(parts)]:
            found.setdefault(problem.place, []).append((size, problem))
    problems = []
    for several in found.values():
        _, worst = max(several, key=lambda entry: entry[0])
        others = f" (and {len(several) - 1} more like it)" if len(several) > 1 else ""
        problems.append(Problem(worst.place, worst.wrong + others, worst.right))
    return problems


def _alone(binding: Binding) -> tuple[int, Problem]:
    size = len(binding.targets)
    wrong = f"the group {binding.group} has {size} targets, more than the {SHARD_TARGETS} of a shard"
    return size, Problem(binding.place, wrong, binding.right)


def _overlap(parts: Sequence[Binding]) -> tuple[int, Problem]:
    """Groups that only together are too large; reported for the last rule, without which the others may well do."""
    size = len({name for each in parts for name in each.targets})
    shown = [f"{each.group} of {each.rule}" for each in _sample(parts)]
    more = f" and {len(parts) - len(shown)} more" if len(parts) > len(shown) else ""
    wrong = (
        f"groups that overlap hold {size} targets together, more than the {SHARD_TARGETS} of a shard: "
        f"{', '.join(shown)}{more}"
    )
    right = "group by labels that divide the targets in the same way, or exclude some"
    return size, Problem(parts[-1].place, wrong, right)


def _sample(parts: Sequence[Binding]) -> list[Binding]:
    """A few of the bindings: the largest of each field first, because what overlaps lies in several."""
    largest = sorted(parts, key=lambda each: -len(each.targets))
    first = {each.place: each for each in reversed(largest)}
    chosen = [each for each in largest if first[each.place] is each]
    return [*chosen, *(each for each in largest if first[each.place] is not each)][:NAMED]


def _alike(labels: Sequence[str], targets: Iterable[Target]) -> dict[Labels, list[Target]]:
    """Targets by the values of labels."""
    groups: dict[Labels, list[Target]] = {}
    for target in targets:
        groups.setdefault(tuple([(name, target.labels.get(name, "")) for name in labels]), []).append(target)
    return groups


def _binding(rule: Rule, place: str, group: Labels, targets: Sequence[Target], right: str) -> Iterator[Binding]:
    if len(targets) > 1:
        yield Binding(rule.name, place, name_of(group), tuple([target.id for target in targets]), right)


def _divide(rule: Rule, group: Labels) -> str:
    """How a group becomes smaller. One without any of the labels is seldom meant."""
    if group and not any(value for _, value in group):
        labels, first = " or ".join(rule.group_by), rule.group_by[0]
        return f'give its targets the label {labels}, or leave them out by {first}!="" in the expression'
    return "group by a label that divides it, or exclude some"
