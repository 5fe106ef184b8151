"""Which alarms nothing can clear any more: their rule or their targets are gone. Pure."""

from __future__ import annotations

from icwatch.model import Alarm, Inventory, Rule
from icwatch.rules.coverage import Part, matches
from icwatch.rules.expression import names_labels
from icwatch.rules.index import part_of

PROBES = frozenset({("fleet", "head.probe"), ("fleet", "head.probes")})
"""What says how targets are asked that have no probe of their own, as `Inventory.unreadable` names it."""


def reason_to_close(inventory: Inventory, shard: str, alarm: Alarm) -> str | None:
    """Why a sweep of `shard` would close its alarm instead of waiting for a recovery; None where it would not."""
    part, rule = part_of(inventory, shard), inventory.rules.get(alarm.rule)
    if rule is None:
        return None if ("rule", alarm.rule) in inventory.unreadable else "rule_removed"
    if alarm.target in part.groups(rule) or _may_be_unreadable(inventory, rule, alarm.target):
        return None if rule.enabled else "rule_disabled"
    if alarm.target not in part.targets and not _has_members(part, alarm):
        return "target_removed"
    return "target_excluded" if rule.enabled else "rule_disabled"


def _has_members(part: Part, alarm: Alarm) -> bool:
    """Whether targets that the rule may not cover any more still form the alarm's group, by whatever it groups now."""
    return names_labels(alarm.target) and any(
        matches(alarm.labels, target.labels, target.id) for target in part.targets.values()
    )


def _may_be_unreadable(inventory: Inventory, rule: Rule, group: str) -> bool:
    """Whether the group may consist of a stored target that cannot be read: then nobody knows that it has gone.

    Nor does anybody know which metrics targets have where the fleet's own probes cannot be read.
    """
    if not PROBES.isdisjoint(inventory.unreadable):
        return True
    if rule.per_target:
        return ("target", group) in inventory.unreadable
    return any(kind == "target" for kind, _ in inventory.unreadable)
