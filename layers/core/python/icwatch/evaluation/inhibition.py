"""Which alarms keep others from being announced, by what the rules say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from icwatch.model import TARGET, Alarm, Inventory, Phase, Rule, ShardAlarms


def inhibitors_first(rules: Mapping[str, Rule]) -> Sequence[Rule]:
    """The rules, each after those that inhibit it; otherwise in their order. A circle is cut where it closes."""
    ordered: list[Rule] = []
    begun: set[str] = set()

    def take(rule: Rule) -> None:
        if rule.name not in begun:
            begun.add(rule.name)
            for inhibition in rule.inhibited_by:
                if inhibition.rule in rules:
                    take(rules[inhibition.rule])
            ordered.append(rule)

    for rule in rules.values():
        take(rule)
    return ordered


class RuleOrder:
    """The rules of an inventory in the order in which a sweep is compared with them; `Inventory.index` keeps it."""

    def __init__(self, inventory: Inventory) -> None:
        self.rules = inhibitors_first(inventory.rules)


def inhibitor_of(inventory: Inventory, current: ShardAlarms, alarm: Alarm) -> Alarm | None:
    """The alarm of the same shard that keeps an alarm from being announced; None where none does."""
    rule = inventory.rules.get(alarm.rule)
    return None if rule is None else first_inhibitor(rule, alarm, possible_inhibitors(rule, current.alarms.values()))


def possible_inhibitors(rule: Rule, alarms: Iterable[Alarm]) -> list[Alarm]:
    """The raised alarms of rules that inhibit `rule`, by name: stored alarms come back in any order."""
    if not rule.inhibited_by:
        return []
    names = {inhibition.rule for inhibition in rule.inhibited_by}
    found = (alarm for alarm in alarms if alarm.rule in names and alarm.phase is not Phase.PENDING)
    return sorted(found, key=lambda alarm: alarm.key)


def first_inhibitor(rule: Rule, alarm: Alarm, inhibitors: Sequence[Alarm]) -> Alarm | None:
    """The first that shares the labels over which it inhibits, in the order in which the rule names inhibitors."""
    for inhibition in rule.inhibited_by:
        for other in inhibitors:
            if inhibition.rule == other.rule and all(_share(alarm, other, name) for name in inhibition.same):
                return other
    return None


def _share(alarm: Alarm, other: Alarm, label: str) -> bool:
    """Whether both carry the same value of a label. Two alarms without the label share nothing."""
    value = _label(alarm, label)
    return bool(value) and value == _label(other, label)


def _label(alarm: Alarm, name: str) -> str:
    return alarm.target if name == TARGET else alarm.labels.get(name, "")
