"""Which targets a rule is about, which groups they form, and what holds for a group. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from icwatch.model import TARGET, Fleet, Inventory, Rule, Selection, Target, collects
from icwatch.rules.expression import Samples, fits, group_of, metrics_of, name_of, selects


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
