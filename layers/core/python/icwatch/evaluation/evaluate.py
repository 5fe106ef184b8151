"""One sweep of one shard against the rules: `evaluate` is the whole decision, pure and without a clock.

Deciding the same sweep again is harmless: `at` is then no newer than the shard's, and nothing is decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from icwatch.errors import ItemError
from icwatch.evaluation.silences import silence_over
from icwatch.evaluation.state_machine import Observation, Step, advance, begin
from icwatch.model import (
    ENDS,
    MAX_RECENT_NOTICES,
    TARGET,
    Alarm,
    Failure,
    Inventory,
    Kind,
    Number,
    Phase,
    RecentNotice,
    Rule,
    ShardAlarms,
    Silence,
    Sweep,
    Transition,
)
from icwatch.rules.arithmetic import COMPARATORS
from icwatch.rules.coverage import Part, common_labels, matches, part_of, rule_for
from icwatch.rules.expression import Group, measure, metrics_of, name_of, names_labels
from icwatch.rules.validation import problem_of_rule

PROBES = frozenset({("fleet", "head.probe"), ("fleet", "head.probes")})
"""What says how targets are asked that have no probe of their own, as `Inventory.unreadable` names it."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The shard's alarms after a sweep, the transitions that led there, and by rule why it could not be applied."""

    current: ShardAlarms
    transitions: tuple[Transition, ...] = ()
    failed: Mapping[str, Exception] = field(default_factory=dict)


def evaluate(inventory: Inventory, current: ShardAlarms, sweep: Sweep) -> tuple[ShardAlarms, tuple[Transition, ...]]:
    """The same as `evaluate_rules`, for rules that can be evaluated. Raises what the first one raises that cannot."""
    found = evaluate_rules(inventory, current, sweep)
    for error in found.failed.values():
        raise error
    return found.current, found.transitions


def evaluate_rules(inventory: Inventory, current: ShardAlarms, sweep: Sweep) -> Evaluation:
    """Decide one sweep: the shard's alarms afterwards, and the transitions that led there.

    A sweep whose `at` is not newer than the last one evaluated changes nothing at all; an inconclusive one moves
    nothing but `at`. Alarms that nothing can clear any more are closed before the rules are applied, and a rule is
    applied after those that inhibit it. A rule that raises costs itself only: it is named in `failed`, and its alarms
    stay as they are. So do alarms that cannot be read, and nothing else is raised in their place.
    """
    if current.at is not None and sweep.at <= current.at:
        return Evaluation(current)
    if not sweep.conclusive:
        return Evaluation(replace(current, at=sweep.at))
    part, occupied = part_of(inventory, sweep.shard), current.unreadable.keys()
    deciding = _Deciding(inventory, sweep, part, dict(current.alarms), occupied, dict(_unsound(inventory)))
    transitions = [*deciding.close()]
    for rule in inhibitors_first(inventory.rules):
        if rule.enabled and rule.name not in deciding.failed:
            transitions += deciding.attempt(rule)
    after = replace(current, at=sweep.at, alarms=deciding.alarms)
    return Evaluation(after, tuple(transitions), deciding.failed)


def _unsound(inventory: Inventory) -> Mapping[str, Exception]:
    """The rules that cannot be evaluated, and why; found before any alarm of theirs is touched."""
    if "unsound" not in inventory.derived:
        problems = {name: problem_of_rule(rule) for name, rule in inventory.rules.items()}
        found = {name: ItemError(f"rule {name}: {problem}") for name, problem in problems.items() if problem}
        inventory.derived["unsound"] = found
    unsound: Mapping[str, Exception] = inventory.derived["unsound"]
    return unsound


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


def _may_be_unreadable(inventory: Inventory, rule: Rule, group: str) -> bool:
    """Whether the group may consist of a stored target that cannot be read: then nobody knows that it has gone.

    Nor does anybody know which metrics targets have where the fleet's own probes cannot be read.
    """
    if not PROBES.isdisjoint(inventory.unreadable):
        return True
    if rule.group_by == (TARGET,):
        return ("target", group) in inventory.unreadable
    return any(kind == "target" for kind, _ in inventory.unreadable)


@dataclass(frozen=True, slots=True)
class _Deciding:
    """One sweep being decided: `alarms` are changed as its rules are applied one by one.

    `occupied` are keys of alarms that cannot be read. `failed` holds the rules that cannot be evaluated, and takes in
    those that raise.
    """

    inventory: Inventory
    sweep: Sweep
    part: Part
    alarms: dict[str, Alarm]
    occupied: Collection[str]
    failed: dict[str, Exception]

    def close(self) -> Iterator[Transition]:
        """Take out the alarms that nothing can clear any more; a pending one goes silently."""
        for key, alarm in [*self.alarms.items()]:
            if alarm.rule in self.failed:
                continue
            try:
                reason = reason_to_close(self.inventory, self.sweep.shard, alarm)
            except Exception as error:
                self.failed[alarm.rule] = error
                continue
            if reason is None:
                continue
            del self.alarms[key]
            if alarm.phase is not Phase.PENDING:
                yield self._transition(Step(alarm, Kind.CLOSED, reason, over=True), alarm.value, ())

    def attempt(self, rule: Rule) -> list[Transition]:
        """Apply a rule. One that raises leaves its alarms as they were and gives no transition."""
        before = dict(self.alarms)
        try:
            return [*self.apply(rule)]
        except Exception as error:
            self.failed[rule.name] = error
            self.alarms.clear()
            self.alarms.update(before)
            return []

    def apply(self, rule: Rule) -> Iterator[Transition]:
        """Hold every group that the sweep saw against one rule."""
        holds = COMPARATORS[rule.comparator]
        inhibitors = self._inhibitors(rule) if rule.inhibited_by else ()
        for group, value in measure(rule.program, self.part.covered(rule), self.sweep.samples).items():
            name = group if isinstance(group, str) else name_of(group)
            key = f"{rule.name}:{name}"
            if key in self.occupied:
                continue
            alarm = self.alarms.get(key)
            valid = rule_for(rule, name, self._labels(rule, group, name)) if rule.overrides else rule
            level = None
            if value is not None:
                level = next((bound.level for bound in valid.bounds if holds(value, bound.threshold)), None)
            if alarm is None and level is None:
                continue
            labels = self._labels(rule, group, name)
            seen = Observation(value, level, None if level is None else self._failure(rule, name))
            if alarm is None:
                step = begin(valid, name, labels, seen, self.sweep.at)
            else:
                alarm = replace(alarm, labels=labels)
                released = not (alarm.announced or self._silence(alarm) or self._inhibitor(alarm, inhibitors))
                acknowledged = alarm.id in self.inventory.acknowledged
                step = advance(valid, alarm, seen, self.sweep.at, acknowledged=acknowledged, released=released)
            yield from self._take(key, step, value, inhibitors)

    def _take(self, key: str, step: Step, value: Number | None, inhibitors: Sequence[Alarm]) -> Iterator[Transition]:
        """Keep the alarm as the step left it, and write down what was decided."""
        after = step.alarm
        if step.kind is not None:
            transition = self._transition(step, value, inhibitors)
            if transition.announce:
                after = _told(after, transition, self.inventory.route_by)
            yield transition
        if step.over:
            self.alarms.pop(key, None)
        else:
            self.alarms[key] = after

    def _labels(self, rule: Rule, group: Group, name: str) -> Mapping[str, str]:
        """Those of the target, or those that all targets of the group have in common."""
        if isinstance(group, str):
            return self.part.targets[group].labels
        return common_labels(self.part.groups(rule)[name])

    def _failure(self, rule: Rule, name: str) -> Failure | None:
        """Why a probe failed; for a group of several targets, the most frequent cause and how many failed."""
        failures = [self.sweep.failures_of(metric) for metric in metrics_of(rule.program)]
        targets = self.part.groups(rule)[name] if rule.group_by != (TARGET,) else ()
        if not targets:
            return next((found[name] for found in failures if name in found), None)
        causes = Counter(
            cause for each in targets if (cause := next((f[each.id].cause for f in failures if each.id in f), None))
        )
        if not causes:
            return None
        return Failure(causes.most_common(1)[0][0], f"{causes.total()} of {len(targets)} targets")

    def _transition(self, step: Step, value: Number | None, inhibitors: Sequence[Alarm]) -> Transition:
        """Write down what was decided. An end is announced exactly if something before it was, silence or not."""
        alarm, kind, at = step.alarm, step.kind, self.sweep.at
        assert kind is not None
        silence = self._silence(alarm)
        inhibitor = self._inhibitor(alarm, inhibitors)
        rule = self.inventory.rules.get(alarm.rule)
        return replace(
            written(step, value, at, alarm.scope or ("" if rule is None else rule.scope)),
            announce=alarm.announced if kind in ENDS else not (silence or inhibitor),
            silenced=silence is not None,
            silenced_by="" if silence is None else silence.id,
            inhibited_by="" if inhibitor is None else inhibitor.key,
        )

    def _silence(self, alarm: Alarm) -> Silence | None:
        return silence_over(alarm, self.inventory.silences, self.sweep.at)

    def _inhibitors(self, rule: Rule) -> list[Alarm]:
        """The standing alarms that may inhibit a rule's, by name: stored alarms come back in any order."""
        return sorted((alarm for alarm in self.alarms.values() if _inhibits(alarm, rule)), key=lambda alarm: alarm.key)

    def _inhibitor(self, alarm: Alarm, inhibitors: Sequence[Alarm]) -> Alarm | None:
        return _first_inhibitor(self.inventory.rules[alarm.rule], alarm, inhibitors) if inhibitors else None


def written(step: Step, value: Number | None, at: int, scope: str) -> Transition:
    """What a step of the state table decided at `at`, as it is kept where nothing keeps it from being announced."""
    alarm = step.alarm
    assert step.kind is not None
    return Transition(
        rule=alarm.rule,
        target=alarm.target,
        kind=step.kind,
        at=at,
        raised_at=alarm.raised_at,
        began_at=alarm.began_at,
        since=alarm.since,
        level=alarm.level,
        value=value,
        reason=step.reason,
        reports=alarm.reports,
        former_level=step.former_level,
        notified_levels=alarm.notified_levels,
        failure=alarm.failure,
        labels=alarm.labels,
        recent_notices=alarm.recent_notices,
        scope=scope,
        routed_labels=alarm.routed_labels,
        notices=alarm.notices,
    )


def _told(alarm: Alarm, transition: Transition, route_by: Sequence[str]) -> Alarm:
    """The alarm after its transition was announced. Its next notices go to whom the first one reached."""
    cause = None if transition.failure is None else transition.failure.cause
    told = RecentNotice(transition.at, transition.notice_kind, transition.level, cause)
    levels = alarm.notified_levels if alarm.level in alarm.notified_levels else (*alarm.notified_levels, alarm.level)
    routed = alarm.routed_labels
    if routed is None:
        routed = {name: alarm.labels[name] for name in route_by if name in alarm.labels}
    return replace(
        alarm,
        recent_notices=(*alarm.recent_notices, told)[-MAX_RECENT_NOTICES:],
        notified_levels=levels,
        scope=transition.scope,
        routed_labels=routed,
        notices=alarm.notices + 1,
    )


def inhibitor_of(inventory: Inventory, current: ShardAlarms, alarm: Alarm) -> Alarm | None:
    """The standing alarm of the same shard that keeps an alarm from being announced."""
    rule = inventory.rules.get(alarm.rule)
    if rule is None:
        return None
    inhibitors = (other for other in current.alarms.values() if _inhibits(other, rule))
    return _first_inhibitor(rule, alarm, sorted(inhibitors, key=lambda other: other.key))


def _first_inhibitor(rule: Rule, alarm: Alarm, inhibitors: Sequence[Alarm]) -> Alarm | None:
    """The first that shares the labels over which it inhibits, in the order in which the rule names inhibitors.

    A label that is missing is none.
    """
    for inhibition in rule.inhibited_by:
        for other in inhibitors:
            if inhibition.rule == other.rule and all(
                (mine := _label(alarm, name)) and mine == _label(other, name) for name in inhibition.same
            ):
                return other
    return None


def _inhibits(alarm: Alarm, rule: Rule) -> bool:
    return alarm.phase is not Phase.PENDING and any(each.rule == alarm.rule for each in rule.inhibited_by)


def _label(alarm: Alarm, name: str) -> str:
    return alarm.target if name == TARGET else alarm.labels.get(name, "")
