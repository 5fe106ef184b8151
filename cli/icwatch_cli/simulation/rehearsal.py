"""A notice that a fleet could cause, without an outage: which alarms it reports, and what would be announced. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from icwatch.announcements.decision import decide
from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.errors import IcwatchError
from icwatch.model import (
    HEALTH,
    Cause,
    Failure,
    Fleet,
    Inventory,
    Kind,
    Level,
    Rule,
    ShardAlarms,
    Target,
)
from icwatch.rules.coverage import common_labels, covers, groups_of, rule_for
from icwatch.rules.expression import metrics_of
from icwatch_cli.arguments.preview import NONE
from icwatch_cli.fleet import builtin
from icwatch_cli.fleet.bindings import SHARD_TARGETS
from icwatch_cli.fleet.sample_alarms import Group, decided, failure_of, levels_for
from icwatch_cli.fleet.shards import assign

SOURCE = "preview"
"""What notices call the place that was probed from."""

FIRST_SHARD = "shard-0001"

Members = Mapping[str, Sequence[Target]]
"""The groups of a rule by name, in the order of the fleet file."""


class PreviewError(IcwatchError):
    """The fleet has no such notice."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which notice is wanted. None is left to the fleet."""

    rule: str | None = None
    target: str | None = None
    kind: Kind = Kind.RAISED
    cause: str | None = None
    level: Level | None = None
    count: int = 1


def rehearse(fleet: Fleet, wish: Wish, at: int) -> list[Announcement]:
    """What would be announced at `at`. Raises PreviewError."""
    rule = _rule(fleet, wish.rule)
    members = groups_of(rule, (target for target in fleet.targets.values() if covers(fleet, rule, target)))
    if not members:
        raise PreviewError(f"{rule.name}: covers no target of the fleet file; name another rule, or correct its filter")
    inventory = fleet.as_inventory()
    if len(fleet.targets) > SHARD_TARGETS:
        inventory = replace(inventory, shards=assign(fleet, {}, ()))
    chosen = _choose(fleet, inventory, wish, rule, _from(fleet, wish.target, rule, members))
    found = [
        decided(
            group,
            wish.kind,
            wish.level or levels_for(group.rule, wish.kind)[0],
            _failure(fleet, rule, wish.cause, members[group.name]),
            at,
            route_by=fleet.route_by,
        )
        for group in chosen
    ]
    if wish.kind is Kind.CLOSED:
        gone = {target.id for group in chosen for target in members[group.name]}
        left = {name: target for name, target in inventory.targets.items() if name not in gone}
        inventory = replace(inventory, targets=left)
    current = {key: alarm for _, alarms in found for key, alarm in alarms.items()}
    alarms = ShardAlarms(_shard(inventory, members[chosen[0].name]), at, current)
    return announcements_of(decide(inventory, alarms, tuple(transition for transition, _ in found), SOURCE))


def _rule(fleet: Fleet, name: str | None) -> Rule:
    """The rule that is named, or the one that a person would think of."""
    if name is not None and name not in fleet.rules:
        raise PreviewError(f"--rule {name}: is no rule of the fleet file; {_mend(name, fleet.rules)}")
    ours = fleet.rules[builtin.NAME if name is None else name]
    if name is not None or ours.enabled:
        return ours
    return next((rule for rule in fleet.rules.values() if rule.enabled), ours)


def _from(fleet: Fleet, target: str | None, rule: Rule, members: Members) -> Members:
    """The groups from one on, those before it last. Raises PreviewError where there is no such group."""
    if target is None:
        return members
    if target in members:
        names = [*members]
        start = names.index(target)
        return {name: members[name] for name in names[start:] + names[:start]}
    group = next((name for name, targets in members.items() if any(each.id == target for each in targets)), None)
    if group is not None:
        raise PreviewError(f"--target {target}: the alarms of {rule.name} are of groups; write {group}, which it is in")
    if target in fleet.targets:
        raise PreviewError(f"--target {target}: is not covered by {rule.name}; write one such as {next(iter(members))}")
    raise PreviewError(f"--target {target}: is no target of {rule.name}; {_mend(target, members)}")


def _choose(fleet: Fleet, inventory: Inventory, wish: Wish, rule: Rule, members: Members) -> list[Group]:
    """As many groups as wanted of those that can be reported in this way, all of one shard. Raises PreviewError."""
    groups = (_group(rule, name, targets) for name, targets in members.items())
    suited = (group for group in groups if _suits(wish, group))
    first = _group(rule, *next(iter(members.items()))) if wish.target else next(suited, None)
    if first is None:
        raise _impossible(fleet, wish, rule, rule if wish.level else _group(rule, *next(iter(members.items()))).rule)
    if not _suits(wish, first):
        raise _impossible(fleet, wish, rule, first.rule, f" for {first.name}" if rule.overrides else "")
    shard = _shard(inventory, members[first.name])
    others = (group for group in suited if group.name != first.name and _shard(inventory, members[group.name]) == shard)
    found = [first, *islice(others, wish.count - 1)]
    if len(found) < wish.count:
        noun = "target" if rule.per_target else "group"
        several = f"{len(found)} {noun}s of {rule.name}; write {len(found)} or less"
        one = f"1 {noun} of {rule.name}; write 1"
        raise PreviewError(f"--count {wish.count}: one sweep can report this of {one if len(found) == 1 else several}")
    return found


def _group(rule: Rule, name: str, targets: Sequence[Target]) -> Group:
    labels = common_labels(targets)
    return Group(name, labels, rule_for(rule, name, labels))


def _suits(wish: Wish, group: Group) -> bool:
    levels = levels_for(group.rule, wish.kind)
    return bool(levels) and wish.level in (None, *levels)


def _impossible(fleet: Fleet, wish: Wish, rule: Rule, held: Rule, where: str = "") -> PreviewError:
    """Why there is no notice of this kind and level by a rule as it holds somewhere, and what there is."""
    levels, possible = [bound.level for bound in held.bounds], levels_for(held, wish.kind)
    if not possible:
        lacks, needs, has = f"has one level only{where}, {levels[0]}", "several levels", "several"
        if wish.kind is Kind.UNATTENDED:
            lacks, needs, has = f"has no unattended_after{where}", "unattended_after: [15m, 45m]", "it"
        other = next((each.name for each in fleet.rules.values() if levels_for(each, wish.kind)), None)
        right = f"write {needs} for it" if other is None else f"name a rule that has {has}, such as {other}"
        right = "name another target" if levels_for(rule, wish.kind) else right
        return PreviewError(f"--kind {wish.kind}: {rule.name} {lacks}; {right}")
    if wish.level not in levels:
        return PreviewError(f"--level {wish.level}: is no level of {rule.name}{where}; write {_some(possible)}")
    end = "lowest" if wish.kind is Kind.ESCALATED else "worst"
    wrong = f"is the {end} level of {rule.name}{where}, and no alarm has {wish.kind} to it"
    return PreviewError(f"--level {wish.level}: {wrong}; write {_some(possible)}")


def _failure(fleet: Fleet, rule: Rule, cause: str | None, targets: Sequence[Target]) -> Failure | None:
    """Why the probes failed; of a group, why those of all of its targets did."""
    if cause is None:
        asked = {HEALTH, *fleet.probe_metrics}.intersection(metrics_of(rule.program))
        cause = Cause.CONNECT_TIMEOUT if asked else NONE
    if cause == NONE:
        return None
    failure = failure_of(Cause(cause), (targets[0].probe or fleet.probe).timeout)
    if rule.per_target:
        return failure
    return Failure(failure.cause, f"{len(targets)} of {len(targets)} targets")


def _shard(inventory: Inventory, targets: Sequence[Target]) -> str:
    return inventory.shards.get(targets[0].id, FIRST_SHARD)


def _mend(text: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(text, known, 1)
    return f"did you mean {near[0]}?" if near else f"write one such as {next(iter(known))}"


def _some(levels: Sequence[Level]) -> str:
    return " or ".join(levels)
