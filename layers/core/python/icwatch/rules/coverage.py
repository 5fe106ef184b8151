"""Which targets a rule is about, which groups they form, and what holds for a group. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from icwatch.model import HEALTH, TARGET, Fleet, Inventory, Number, Rule, Selection, Sweep, Target, collects
from icwatch.model.columns import USUAL, Column, Names
from icwatch.rules.expression import Samples, fits, group_of, measure, metrics_of, name_of, selects
from icwatch.rules.focus import Focus, can_focus


class Part:
    """What of an inventory concerns one shard; a target without a shard is in all of them.

    What a rule covers there is looked up once.
    """

    def __init__(self, inventory: Inventory, shard: str) -> None:
        self._inventory = inventory
        self.targets = {
            name: each for name, each in inventory.targets.items() if inventory.shards.get(name, shard) == shard
        }
        self._covered: dict[str, Mapping[str, Target]] = {}
        self._groups: dict[str, Mapping[str, Sequence[Target]]] = {}
        self._labels: dict[tuple[str, str], Mapping[str, str]] = {}
        self._valid: dict[tuple[str, str], Rule] = {}
        self._names: Names | None = None
        self._are_named = False
        self._focuses: dict[str, Focus | None] = {}

    def covered(self, rule: Rule) -> Mapping[str, Target]:
        """The targets that a rule is about, by id."""
        if rule.name not in self._covered:
            found = {name: target for name, target in self.targets.items() if covers(self._inventory, rule, target)}
            self._covered[rule.name] = found
        return self._covered[rule.name]

    def groups(self, rule: Rule) -> Mapping[str, Sequence[Target]]:
        """The groups that a rule forms, by name."""
        if rule.name not in self._groups:
            self._groups[rule.name] = groups_of(rule, self.covered(rule).values())
        return self._groups[rule.name]

    def labels(self, rule: Rule, group: str) -> Mapping[str, str]:
        """Those of the target, or those that all targets of the group have in common."""
        if rule.per_target:
            return self.targets[group].labels
        if (rule.name, group) not in self._labels:
            self._labels[rule.name, group] = common_labels(self.groups(rule)[group])
        return self._labels[rule.name, group]

    def valid(self, rule: Rule, group: str) -> Rule:
        """The rule as it holds for a group."""
        if not rule.overrides:
            return rule
        if (rule.name, group) not in self._valid:
            self._valid[rule.name, group] = rule_for(rule, group, self.labels(rule, group))
        return self._valid[rule.name, group]

    @cached_property
    def alarm_keys(self) -> frozenset[str]:
        """The keys of alarms that there can be here: of each enabled rule and its groups, where these can be told."""
        keys: set[str] = set()
        for rule in self._inventory.rules.values():
            if rule.enabled:
                with suppress(Exception):  # it costs itself only, where it is applied
                    keys.update(f"{rule.name}:{group}" for group in self.groups(rule))
        return frozenset(keys)

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of all rules that are applied."""
        rules = (rule for rule in self._inventory.rules.values() if rule.enabled)
        return tuple(dict.fromkeys(metric for rule in rules for metric in metrics_of(rule.program)))

    @cached_property
    def has_focus(self) -> bool:
        """Whether there is a focus of every rule that is applied."""
        return all(self.focus(rule) is not None for rule in self._inventory.rules.values() if rule.enabled)

    def is_seen_by(self, sweep: Sweep) -> bool:
        """Whether a sweep has the health of all targets."""
        health = sweep.metrics.get(HEALTH, {})
        if not isinstance(health, Column):
            return sweep.conclusive and self.targets.keys() <= health.keys()
        if health.names is not self._names:
            self._names, self._are_named = health.names, self.targets.keys() <= health.names.positions.keys()
        return sweep.conclusive and self._are_named and self.targets.keys().isdisjoint(health.absent)

    def focus(self, rule: Rule) -> Focus | None:
        """What tells which groups a rule has to be compared with; None: with all."""
        if rule.name not in self._focuses:
            quiet = can_focus(rule) and not self._breaches_where_all_is_usual(rule)
            self._focuses[rule.name] = Focus(rule, self.covered(rule), self.groups(rule)) if quiet else None
        return self._focuses[rule.name]

    def _breaches_where_all_is_usual(self, rule: Rule) -> bool:
        covered = self.covered(rule)
        usual: Mapping[str, Number] = dict.fromkeys(covered, USUAL)
        values = measure(rule.program, covered, lambda metric: usual)
        return any(self.valid(rule, name_of(group)).level_of(value) is not None for group, value in values.items())

    def saw_all(self, rule: Rule, group: str, samples: Samples) -> bool:
        """Whether a group was seen in each metric of the rule that its targets collect; for `or`, which is good only
        where all of its sides are."""
        members = self.groups(rule).get(group, ())
        for step in rule.program:
            if step.do == "select":
                seen = samples(step.metric)
                asked = [each for each in members if fits(step.matchers, each)]
                collected = [each for each in asked if collects(self._inventory, each, step.metric)]
                if collected and not any(each.id in seen for each in collected):
                    return False
        return True


def covers(watched: Inventory | Fleet, rule: Rule, target: Target) -> bool:
    """Whether a rule can say anything about a target: it is selected, not excluded, and a metric can come from it."""
    return (
        not any(matches(selection, target.labels, target.id) for selection in rule.exclude)
        and selects(rule.program, target)
        and any(collects(watched, target, metric) for metric in metrics_of(rule.program))
    )


def groups_of(rule: Rule, targets: Iterable[Target]) -> dict[str, list[Target]]:
    """The groups that targets form under a rule, by name."""
    groups: dict[str, list[Target]] = {}
    for target in targets:
        groups.setdefault(name_of(group_of(rule.group_by, target)), []).append(target)
    return groups


def common_labels(targets: Sequence[Target]) -> dict[str, str]:
    """The labels that all targets carry with the same value."""
    first = targets[0]
    return {
        name: value for name, value in first.labels.items() if all(other.labels.get(name) == value for other in targets)
    }


def matches(selection: Selection, labels: Mapping[str, str], target: str) -> bool:
    """Whether all labels of a selection have the values given; `target` counts as a label."""
    return all((target if name == TARGET else labels.get(name)) == value for name, value in selection.items())


def rule_for(rule: Rule, group: str, labels: Mapping[str, str]) -> Rule:
    """The rule as it holds for a group: the first override that matches, laid over it."""
    for override in rule.overrides:
        if matches(override.match, labels, group):
            raised = override.duration is not None or override.breaches is not None
            return replace(
                rule,
                breaches=override.breaches if raised else rule.breaches,
                bounds=rule.bounds if override.bounds is None else override.bounds,
                duration=(override.duration or 0) if raised else rule.duration,
                clear_cycle=rule.clear_cycle if override.clear_cycle is None else override.clear_cycle,
                resend_interval=rule.resend_interval if override.resend_interval is None else override.resend_interval,
                resend_pauses=rule.resend_pauses if override.resend_interval is None else override.resend_pauses,
                unattended_after=(
                    rule.unattended_after if override.unattended_after is None else override.unattended_after
                ),
            )
    return rule


def inhibitors_of(name: str, rules: Mapping[str, Rule]) -> set[str]:
    """A rule and all that inhibit it, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found and each in rules:
            found.add(each)
            waiting += [inhibition.rule for inhibition in rules[each].inhibited_by]
    return found
