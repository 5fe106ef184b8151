"""One sweep of one shard against the rules: `evaluate` is the whole decision, pure and without a clock.

Deciding the same sweep again is harmless: `at` is then no newer than the shard's, and nothing is decided.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from icwatch.alarm import Observation, Step, advance, begin
from icwatch.model import (
    ENDS,
    HEALTH,
    Alarm,
    Inventory,
    Kind,
    Number,
    Phase,
    Rule,
    ShardAlarms,
    Silence,
    Sweep,
    Transition,
)

COMPARATORS: Mapping[str, Callable[[Number, Number], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
"""How a value is held against a rule's threshold."""


def evaluate(inventory: Inventory, stands: ShardAlarms, sweep: Sweep) -> tuple[ShardAlarms, tuple[Transition, ...]]:
    """Decide one sweep: the shard's alarms afterwards, and the transitions that led there.

    A sweep whose `at` is not newer than the last one evaluated changes nothing at all; an inconclusive one moves
    nothing but `at`. Alarms that lost their target or their rule are closed before the rules are applied.
    """
    if stands.at is not None and sweep.at <= stands.at:
        return stands, ()
    if not sweep.conclusive:
        return replace(stands, at=sweep.at), ()
    alarms = dict(stands.alarms)
    transitions = [*_close(inventory, sweep.shard, alarms, sweep.at)]
    for rule in inventory.rules.values():
        if rule.enabled:
            transitions += _apply(inventory, rule, alarms, sweep)
    return ShardAlarms(sweep.shard, sweep.at, alarms), tuple(transitions)


def _close(inventory: Inventory, shard: str, alarms: dict[str, Alarm], at: int) -> Iterator[Transition]:
    """Take out the alarms that nothing can clear any more; a pending one goes silently."""
    for key, alarm in [*alarms.items()]:
        reason = reason_to_close(inventory, shard, alarm)
        if reason is None:
            continue
        del alarms[key]
        if alarm.phase is not Phase.PENDING:
            yield _transition(inventory, Step(alarm, Kind.CLOSED, reason, over=True), at, alarm.value)


def reason_to_close(inventory: Inventory, shard: str, alarm: Alarm) -> str | None:
    """Why a sweep of `shard` would close its alarm instead of waiting for a recovery; None where it would not."""
    if alarm.target not in inventory.targets and ("target", alarm.target) not in inventory.unreadable:
        return "target_removed"
    if _is_elsewhere(inventory, shard, alarm.target):
        return "target_removed"  # and added again, in another shard, where nothing would end this alarm
    rule = inventory.rules.get(alarm.rule)
    if rule is None:
        return None if ("rule", alarm.rule) in inventory.unreadable else "rule_removed"
    return None if rule.enabled else "rule_disabled"


def _is_elsewhere(inventory: Inventory, shard: str, target: str) -> bool:
    """Whether the target is probed with another shard now."""
    return inventory.shards.get(target, shard) != shard


def _apply(inventory: Inventory, rule: Rule, alarms: dict[str, Alarm], sweep: Sweep) -> Iterator[Transition]:
    """Hold every target that the sweep saw against one rule. Samples of targets that are gone are passed over."""
    for name, seen in _observations(rule, sweep):
        target = inventory.targets.get(name)
        key = f"{rule.name}:{name}"
        alarm = alarms.get(key)
        if target is None or _is_elsewhere(inventory, sweep.shard, name) or (alarm is None and not seen.breached):
            continue
        if alarm is None:
            step = begin(rule, target, seen, sweep.at)
        else:
            alarm = replace(alarm, labels=target.labels)
            step = advance(rule, alarm, seen, sweep.at, acknowledged=alarm.id in inventory.acknowledged)
        after = step.alarm
        if step.kind is not None:
            transition = _transition(inventory, step, sweep.at, seen.value)
            after = replace(after, announced=after.announced or transition.announce)
            yield transition
        if step.over:
            del alarms[key]
        else:
            alarms[key] = after


def _observations(rule: Rule, sweep: Sweep) -> Iterator[tuple[str, Observation]]:
    """What the sweep says about each target it saw. A target is a group of its own, so `min` is its sample."""
    breaches = COMPARATORS[rule.comparator]
    for name, value in sweep.metrics.get(HEALTH, {}).items():
        yield name, Observation(value, breaches(value, rule.threshold), sweep.failures.get(name))


def _transition(inventory: Inventory, step: Step, at: int, value: Number) -> Transition:
    """Write down what was decided. An end is announced exactly if something before it was, silence or not."""
    alarm, kind = step.alarm, step.kind
    assert kind is not None
    silenced = any(_covers(silence, alarm, at) for silence in inventory.silences)
    return Transition(
        rule=alarm.rule,
        target=alarm.target,
        kind=kind,
        at=at,
        raised_at=alarm.raised_at,
        began_at=alarm.began_at,
        since=alarm.since,
        value=value,
        reason=step.reason,
        reports=alarm.reports,
        announce=alarm.announced if kind in ENDS else not silenced,
        silenced=silenced,
        failure=alarm.failure,
        labels=alarm.labels,
    )


def _covers(silence: Silence, alarm: Alarm, at: int) -> bool:
    """Whether the silence is in force and all its labels match. `rule` and `target` count as labels."""
    labels = {**alarm.labels, "rule": alarm.rule, "target": alarm.target}
    return silence.starts_at <= at < silence.ends_at and all(
        labels.get(name) == value for name, value in silence.labels.items()
    )
