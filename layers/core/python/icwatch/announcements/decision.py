"""What is kept of a sweep that decided something: all that its notices are written with, so that they need no table.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.model import (
    OCP_ADDRESS,
    PATH_CAUSES,
    PROBE_SECONDS,
    TLS_DAYS_LEFT,
    Alarm,
    Decision,
    Inventory,
    Kind,
    MonitoringReport,
    Phase,
    Rule,
    ShardAlarms,
    Share,
    Target,
    Transition,
)
from icwatch.model.rules import unknown_rule
from icwatch.rules.coverage import common_labels
from icwatch.rules.expression import metrics_of
from icwatch.rules.index import index_of, part_of

LEAST = 2
"""Targets that share a label value before anything is said of it: what is true of one is said by its own name."""

MOST = 10
"""Label values of which everything fails that are kept: a decision is one item of a table, and a notice is read."""

Label = tuple[str, str]
"""A label with its value."""


def decide(
    inventory: Inventory,
    current: ShardAlarms,
    transitions: tuple[Transition, ...],
    source: str = "",
    reports: tuple[MonitoringReport, ...] = (),
) -> Decision:
    """The transitions of one sweep, after which the alarms are `current`; `source` is where it probed from.

    `reports` are what is reported to operations about the monitoring itself.
    """
    assert current.at is not None
    names = sorted({transition.rule for transition in transitions})
    decision = Decision(
        shard=current.shard,
        at=current.at,
        transitions=transitions,
        rules={name: inventory.rules.get(name) or unknown_rule(name) for name in names},
        language=inventory.language,
        source=source,
        route_by=inventory.route_by,
        merge_above=inventory.merge_above,
        monitoring=reports,
    )
    states: dict[str, _State] = {}
    found: dict[tuple[str, str, str], Share] = {}
    for announcement in announcements_of(decision):
        rule = announcement.rule
        if announcement.kind is not Kind.CLOSED:  # what is closed is often not there any more
            if rule.name not in states:
                states[rule.name] = _State(inventory, current, rule)
            for share in states[rule.name].shares(announcement):
                key = share.rule, share.label, share.value
                found[key] = share if share.path else found.get(key, share)
    return replace(decision, shares=tuple(found.values()))


class _State:
    """The state of a rule in the shard after the sweep; worked out once for all that is announced of it."""

    def __init__(self, inventory: Inventory, current: ShardAlarms, rule: Rule) -> None:
        self._inventory, self._rule = inventory, rule
        self._part = part_of(inventory, current.shard)
        self._groups = self._part.groups(rule)
        self._carriers = _carriers(self._groups)
        self._failing = {
            alarm.target: alarm
            for alarm in current.alarms.values()
            if alarm.rule == rule.name and alarm.phase is Phase.ACTIVE and alarm.target in self._groups
        }
        seen = {name: alarm for name, alarm in self._failing.items() if alarm.seen == current.at and _tells_paths(rule)}
        self._all_down = _is_path(self._groups.keys(), seen)
        self._down = self._paths_down(seen)

    def shares(self, announcement: Announcement) -> Iterator[Share]:
        """What a notice says of the shard: of all of it and of the labels in common where it reports several, and the
        parts of which everything fails in a way that the network explains."""
        several, name = announcement.merged, self._rule.name
        suspects = self._suspects(announcement)
        if several or self._all_down:
            yield Share(name, len(self._failing), len(self._groups), path=self._all_down)
        common = self._carriers.keys() & announcement.labels.items() if several else set()
        for label in sorted(common | suspects, key=_preference):
            names = self._carriers[label]
            failing = len(names & self._failing.keys())
            yield Share(name, failing, len(names), *label, self._elsewhere(label), label in suspects)

    def _paths_down(self, seen: Mapping[str, Alarm]) -> dict[Label, set[str]]:
        """The label values of which everything fails so, with what carries them.

        A label that the whole shard carries distinguishes no path from another, unless it is one that means a place.
        """
        places = {"vpc", "region", *self._inventory.route_by}
        return {
            label: names
            for label, names in self._carriers.items()
            if label[0] != OCP_ADDRESS
            and (label[0] in places or len(names) < len(self._groups))
            and _is_path(names, seen)
        }

    def _suspects(self, announcement: Announcement) -> set[Label]:
        """Those of them that are reported now. Where all that are reported are in one VPC, it is that one."""
        reported = {each.target for each in announcement.transitions}
        down = {label: names for label, names in self._down.items() if names & reported}
        own = {label for label in down if label[0] == "vpc"} & announcement.labels.items()
        return own or set(_widest(down)[:MOST])

    def _elsewhere(self, label: Label) -> int:
        """How many targets of other shards carry a label value."""
        here = sum(label in target.labels.items() for target in self._part.targets.values())
        return index_of(self._inventory).targets_by_label[label] - here


def _carriers(groups: Mapping[str, Sequence[Target]]) -> dict[Label, set[str]]:
    """The groups that carry a label value, of those values that several carry."""
    found: dict[Label, set[str]] = {}
    for name, targets in groups.items():
        for label in common_labels(targets).items():
            found.setdefault(label, set()).add(name)
    return {label: names for label, names in found.items() if len(names) >= LEAST}


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


def _tells_paths(rule: Rule) -> bool:
    """Whether an alarm of the rule says that one server did not answer, and not something else or of a group."""
    return rule.per_target and not {PROBE_SECONDS, TLS_DAYS_LEFT} & {*metrics_of(rule.program)}
