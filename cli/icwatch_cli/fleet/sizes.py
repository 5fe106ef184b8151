"""Whether what is stored of a fleet fits when all of it fails. Pure.

An item of DynamoDB takes 400 KB, and there are three for a shard: its alarms, the decision of a sweep, and the sweep.
The heaviest targets that could share a shard are taken as one whose every target raises the alarm of every rule that
covers it, for the fourth time, and what comes of that is packed as it is stored: what repeats costs next to nothing,
and random texts their full length. Details of failures count as one text for each metric, because what fails together
fails alike; where they do not, `capacity.py` leaves them out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from icwatch.errors import Problem
from icwatch.model import (
    MAX_RECENT_NOTICES,
    Alarm,
    Cause,
    Decision,
    Failure,
    Fleet,
    Inventory,
    Kind,
    Phase,
    RecentNotice,
    Rule,
    ShardAlarms,
    Target,
    Transition,
)
from icwatch.rules.coverage import common_labels, covers, groups_of
from icwatch.storage.capacity import MAX_SQUEEZED_BYTES, stored_size
from icwatch.storage.codec import encode
from icwatch_cli.fleet.bindings import SHARD_TARGETS

ROOM = MAX_SQUEEZED_BYTES * 9 // 10
"""Bytes that the worst case may come to: the tenth is for failures that differ."""

PER_ALARM = 40
"""Bytes of a transition when it is packed, without what it repeats of others: measured, they are 8."""

AT = 1_772_438_400
"""A moment, as good as any."""

FAILURE = Failure(Cause.CONNECT_TIMEOUT, "no connection within the deadline of the probe " * 3)


def too_heavy(fleet: Fleet) -> list[Problem]:
    """That the alarms of a shard could not be stored if all of it failed, with what takes the most."""
    rules = [rule for rule in fleet.rules.values() if rule.enabled]
    targets = _heaviest(fleet)
    if _surely_at_most(rules, targets) <= ROOM:
        return []
    size = worst_size(fleet, rules, targets)
    if size <= ROOM:
        return []
    bare = worst_size(fleet, rules, [_bare(target) for target in targets])
    return [_labels_problem(fleet, targets, size, bare) if size > 2 * bare or bare <= ROOM else _rules_problem(size)]


def worst_size(fleet: Fleet, rules: Sequence[Rule], targets: Sequence[Target]) -> int:
    """The bytes of the larger of a shard's two items when every rule fires for all that it covers of these targets."""
    return max(stored_size(encode(document)) for document in documents(fleet, rules, targets))


def documents(
    watched: Fleet | Inventory, rules: Sequence[Rule], targets: Sequence[Target]
) -> tuple[ShardAlarms, Decision]:
    """A shard's alarms and a decision, when every rule fires for all that it covers of these targets."""
    alarms = [
        _alarm(watched, rule, name, members, number)
        for rule in rules
        for number, (name, members) in enumerate(_groups(watched, rule, targets).items())
    ]
    current = ShardAlarms("shard-0001", AT, {alarm.key: alarm for alarm in alarms})
    transitions = tuple(_transition(alarm) for alarm in alarms)
    written = {rule.name: rule for rule in rules}
    return current, Decision("shard-0001", AT, transitions, written, watched.language, "source", watched.route_by)


def _heaviest(fleet: Fleet) -> list[Target]:
    """As many targets as a shard holds, those with the longest labels: no shard can hold more, however they are put."""
    return sorted(fleet.targets.values(), key=_weight, reverse=True)[:SHARD_TARGETS]


def _weight(target: Target) -> int:
    return len(target.id) + sum(len(name) + len(value.encode()) for name, value in target.labels.items())


def _surely_at_most(rules: Sequence[Rule], targets: Sequence[Target]) -> int:
    """Bytes that the worst case does not come to: every text once, unpacked. This is all that most fleets need.

    What one rule's transitions say is within the packer's window when the next rule's repeat it.
    """
    texts = sum(len(str(encode(rule)).encode()) for rule in rules)
    labels = {label for target in targets for label in target.labels.items()}
    texts += sum(len(name) + len(value.encode()) for name, value in labels) + sum(len(target.id) for target in targets)
    return texts + PER_ALARM * len(rules) * len(targets)


def _groups(watched: Fleet | Inventory, rule: Rule, targets: Sequence[Target]) -> dict[str, list[Target]]:
    return groups_of(rule, (target for target in targets if covers(watched, rule, target)))


def _alarm(watched: Fleet | Inventory, rule: Rule, name: str, members: Sequence[Target], number: int) -> Alarm:
    labels = common_labels(members)
    level = rule.bounds[0].level
    notices = tuple(
        RecentNotice(AT - 60 * ago, Kind.REPEATED, level, FAILURE.cause) for ago in range(MAX_RECENT_NOTICES, 0, -1)
    )
    return Alarm(
        rule.name,
        name,
        Phase.ACTIVE,
        since=AT - number,
        seen=AT,
        level=level,
        value=round(Decimal(number * 7_919 % 10_007) / 10_007, 17),
        failure=FAILURE,
        began_at=AT - number,
        raised_at=AT - number,
        reported_at=AT,
        reports=4,
        notified_levels=(level,),
        labels=labels,
        recent_notices=notices,
        scope=rule.scope,
        routed_labels={label: labels[label] for label in watched.route_by if label in labels},
        notices=3,
        stage=len(rule.unattended_after),
    )


def _transition(alarm: Alarm) -> Transition:
    return Transition(
        alarm.rule,
        alarm.target,
        Kind.REPEATED,
        AT,
        alarm.raised_at,
        alarm.began_at,
        alarm.since,
        alarm.level,
        alarm.value,
        f"value {alarm.value} ({FAILURE.cause}), last reported 60s ago, resend interval 60s",
        alarm.reports,
        notified_levels=alarm.notified_levels,
        failure=alarm.failure,
        labels=alarm.labels,
        recent_notices=alarm.recent_notices,
        scope=alarm.scope,
        routed_labels=alarm.routed_labels,
        notices=alarm.notices,
        stage=alarm.stage,
    )


def _bare(target: Target) -> Target:
    return Target(target.host, target.port, target.scheme, {}, target.probe, target.probes)


def _labels_problem(fleet: Fleet, targets: Sequence[Target], size: int, bare: int) -> Problem:
    """The label that takes the most, at the first target where its value is the longest."""
    taken: Counter[str] = Counter()
    for name, value in {(name, value) for target in targets for name, value in target.labels.items()}:
        taken[name] += len(value.encode())
    worst = max(taken, key=lambda name: (taken[name], name))
    places = [
        (len(target.labels.get(worst, "").encode()), -index) for index, target in enumerate(fleet.targets.values())
    ]
    longest, place = max(places)
    share = max(1, (ROOM - bare) * 100 // max(1, size - bare))
    right = (
        f"shorten the labels to some {share}% of what they take ({worst} takes the most, up to {longest} bytes), "
        "or take out those by which nothing is routed, grouped or silenced"
    )
    return Problem(f"targets[{-place}].labels.{worst}", _wrong(size, len(targets)), right)


def _rules_problem(size: int) -> Problem:
    return Problem(
        "rules", _wrong(size, SHARD_TARGETS), "have fewer rules over the same targets, or shorten their texts"
    )


def _wrong(size: int, count: int) -> str:
    return (
        f"if all failed, the alarms of {count} targets would come to {size // 1024} KB when packed, "
        f"and there is room for {ROOM // 1024} KB"
    )
