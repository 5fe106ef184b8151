"""What is kept of a sweep that decided something: all that its notices are written with, so that they need no table.

Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set

from icwatch.cause import PATH_CAUSES
from icwatch.membership import common_labels, part_of
from icwatch.model import (
    Alarm,
    Decision,
    Inventory,
    Language,
    Phase,
    Rule,
    ShardAlarms,
    Share,
    Target,
    Transition,
)

LEAST = 2
"""Targets that share a label value before anything is said of it: what is true of one is said by its own name."""

MOST = 10
"""Label values of which everything fails that are kept: a decision is one item of a table, and a notice is read."""

Label = tuple[str, str]
"""A label with its value."""


def decide(
    inventory: Inventory, stands: ShardAlarms, transitions: tuple[Transition, ...], source: str = ""
) -> Decision:
    """The transitions of one sweep, after which the alarms are `stands`; `source` is where it probed from."""
    assert stands.at is not None
    names = sorted({transition.rule for transition in transitions})
    return Decision(
        shard=stands.shard,
        at=stands.at,
        transitions=transitions,
        rules={name: inventory.rules.get(name) or stand_in(name) for name in names},
        language=inventory.language,
        source=source,
        route_by=inventory.route_by,
        merge_above=inventory.merge_above,
        shares=tuple(_shares(inventory, stands, transitions)),
    )


def _shares(inventory: Inventory, stands: ShardAlarms, transitions: Sequence[Transition]) -> Iterator[Share]:
    """Those of the rules of which more than a few transitions of one kind are announced at once."""
    told: dict[tuple[str, str], list[Transition]] = {}
    for each in transitions:
        if each.announce and each.rule in inventory.rules:
            told.setdefault((each.rule, each.said), []).append(each)
    storms = {key: members for key, members in told.items() if len(members) > inventory.merge_above}
    for rule in sorted({rule for rule, _ in storms}):
        together = [members for (name, _), members in storms.items() if name == rule]
        yield from _shares_of(inventory, stands, inventory.rules[rule], together)


def _shares_of(
    inventory: Inventory, stands: ShardAlarms, rule: Rule, storms: Sequence[Sequence[Transition]]
) -> Iterator[Share]:
    """Of the shard, of the label values that all of a storm carry, and of those of which everything fails."""
    part = part_of(inventory, stands.shard)
    groups = part.groups(rule)
    failing = {
        alarm.target: alarm
        for alarm in stands.alarms.values()
        if alarm.rule == rule.name and alarm.phase is Phase.ACTIVE and alarm.target in groups
    }
    yield Share(rule.name, len(failing), len(groups), path=_is_path(groups.keys(), failing))
    carriers = _carriers(groups)
    common = {label for storm in storms for label in _in_common(storm)}
    down = set(_widest({label: names for label, names in carriers.items() if names <= failing.keys()})[:MOST])
    for label, value in sorted((common & carriers.keys()) | down, key=_preference):
        names = carriers[label, value]
        yield Share(
            rule.name,
            len(names & failing.keys()),
            len(names),
            label,
            value,
            _everywhere(inventory)[label, value] - sum(t.labels.get(label) == value for t in part.targets.values()),
            _is_path(names, failing),
        )


def _carriers(groups: Mapping[str, Sequence[Target]]) -> dict[Label, set[str]]:
    """The groups that carry a label value, of those values that several carry."""
    found: dict[Label, set[str]] = {}
    for name, targets in groups.items():
        for label in common_labels(targets).items():
            found.setdefault(label, set()).add(name)
    return {label: names for label, names in found.items() if len(names) >= LEAST}


def _in_common(storm: Sequence[Transition]) -> Set[Label]:
    return set.intersection(*(set(each.labels.items()) for each in storm))


def _widest(carriers: Mapping[Label, set[str]]) -> list[Label]:
    """Those that no other one covers, widest first: where a whole region is down, its VPCs need no naming."""
    kept: list[Label] = []
    for label in sorted(carriers, key=lambda label: (-len(carriers[label]), _preference(label))):
        if not any(carriers[label] <= carriers[wider] for wider in kept):
            kept.append(label)
    return kept


def _preference(label: Label) -> tuple[int, Label]:
    """VPCs first: they are what OCP reaches its IC-Servers by."""
    name = label[0]
    return ("vpc", "region", name).index(name), label


def _is_path(names: Set[str], failing: Mapping[str, Alarm]) -> bool:
    """Whether all of these fail, and each in a way that the network on the way explains."""
    return len(names) >= LEAST and all(
        name in failing and (failure := failing[name].failure) is not None and failure.cause in PATH_CAUSES
        for name in names
    )


def _everywhere(inventory: Inventory) -> Counter[Label]:
    """How many targets of all shards carry a label value."""
    if "carriers" not in inventory.derived:
        labels = (label for target in inventory.targets.values() for label in target.labels.items())
        inventory.derived["carriers"] = Counter(labels)
    found: Counter[Label] = inventory.derived["carriers"]
    return found


def stand_in(name: str) -> Rule:
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
