"""One sweep of one shard against the rules: `evaluate` is the whole decision, pure and without a clock.

Deciding the same sweep again is harmless: `at` is then no newer than the shard's, and nothing is decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf

from icwatch.evaluation.closing import reason_to_close
from icwatch.evaluation.inhibition import RuleOrder, first_inhibitor, possible_inhibitors
from icwatch.evaluation.silences import silence_over
from icwatch.evaluation.state_machine import Observation, Step, advance, begin, rests_until
from icwatch.evaluation.transitions import announced, transition_of
from icwatch.model import (
    ENDS,
    Alarm,
    Failure,
    Inventory,
    Kind,
    Level,
    Number,
    Phase,
    Rule,
    ShardAlarms,
    Silence,
    Sweep,
    Transition,
)
from icwatch.model.columns import Column
from icwatch.model.standing import Calm, StandingAlarms
from icwatch.rules.coverage import Part
from icwatch.rules.expression import Vector, has_alternatives, measure, metrics_of, name_of
from icwatch.rules.index import index_of, part_of


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


def evaluate_rules(inventory: Inventory, current: ShardAlarms, sweep: Sweep, *, whole: bool = False) -> Evaluation:
    """Decide one sweep: the shard's alarms afterwards, and the transitions that led there.

    A sweep whose `at` is not newer than the last one evaluated changes nothing at all; an inconclusive one moves
    nothing but `at`. Alarms that nothing can clear any more are closed before the rules are applied, and a rule is
    applied after those that inhibit it. A rule that raises costs itself only: it is named in `failed`, and its alarms
    stay as they are. So do alarms that cannot be read, and nothing else is raised in their place.

    What is decided is what comes of comparing every group with every rule and every alarm, which is what is done where
    it is to be `whole`. Otherwise only what is bad or stands is looked at, which comes to the same: see
    `rules/focus.py`, `state_machine.rests_until` and `model/standing.py`.
    """
    if current.at is not None and sweep.at <= current.at:
        return Evaluation(current)
    if not sweep.conclusive:
        return Evaluation(replace(current, at=sweep.at))
    standing = None if whole else _standing_calm(inventory, current, sweep)
    if standing is not None:
        return Evaluation(ShardAlarms(current.shard, sweep.at, standing, current.monitoring, current.unreadable))
    deciding = _Deciding(inventory, current, sweep, whole=whole)
    transitions = deciding.decide()
    after = ShardAlarms(current.shard, sweep.at, deciding.after(), current.monitoring, current.unreadable)
    return Evaluation(after, tuple(transitions), deciding.failed)


def _standing_calm(inventory: Inventory, current: ShardAlarms, sweep: Sweep) -> StandingAlarms | None:
    """The alarms after a sweep that finds what the last one found, where it is known that nothing comes of that."""
    standing = current.alarms
    if not isinstance(standing, StandingAlarms) or standing.calm is None:
        return None
    found = _found(part_of(inventory, sweep.shard), current, sweep)
    return standing.seen(sweep.at) if standing.calm.holds(found, sweep.at) else None


def _found(part: Part, current: ShardAlarms, sweep: Sweep) -> tuple[object, ...]:
    """All that decides what a sweep does to the alarms of a shard, but for its moment."""
    columns = map(sweep.metrics.get, part.metrics)
    return part, current.unreadable, sweep.failures, sweep.probe_failures, *columns


class _Deciding:
    """One sweep being decided.

    `alarms` are those of the shard, changed as its rules are applied one by one, and `again` those that were seen to
    stay as they are. `failed` are the rules that cannot be evaluated, and those that raised, with what they raised.
    """

    def __init__(self, inventory: Inventory, current: ShardAlarms, sweep: Sweep, *, whole: bool) -> None:
        self._before = StandingAlarms.of(current.alarms)
        self.alarms: dict[str, Alarm] = dict(self._before.kept)
        self.again: set[str] = set()
        self.failed: dict[str, Exception] = dict(index_of(inventory).unusable_rules)
        self._inventory, self._sweep, self._whole = inventory, sweep, whole
        self._part = part_of(inventory, sweep.shard)
        self._current, self._unreadable = current, current.unreadable
        self._until: float = inf
        self._standing: dict[str, list[str]] = {}

    def decide(self) -> list[Transition]:
        """Close what is to be closed, and apply the rules."""
        transitions = self._close() if self.alarms else []
        for alarm in self.alarms.values():
            self._standing.setdefault(alarm.rule, []).append(alarm.target)
        for rule in self._inventory.index(RuleOrder).rules:
            if rule.enabled and rule.name not in self.failed:
                transitions += self._attempt(rule)
        return transitions

    def after(self) -> Mapping[str, Alarm]:
        """The alarms after the sweep."""
        calm = None
        if self.again and len(self.again) == len(self.alarms) and not self.failed and self._part.has_focus:
            found = _found(self._part, self._current, self._sweep)
            if all(isinstance(column, Column) for column in found[-len(self._part.metrics) :]):
                calm = Calm(found, self._until)
        return self._before.after(self.alarms, self.again, self._sweep.at, calm)

    def _close(self) -> list[Transition]:
        """Take out the alarms that nothing can clear any more; a pending one goes silently."""
        closed: list[Transition] = []
        open_keys = frozenset[str]() if self._whole else self._part.alarm_keys
        for key, alarm in [each for each in self.alarms.items() if each[0] not in open_keys]:
            if alarm.rule in self.failed:
                continue
            try:
                reason = reason_to_close(self._inventory, self._sweep.shard, alarm)
            except Exception as error:
                self.failed[alarm.rule] = error
                continue
            if reason is None:
                continue
            del self.alarms[key]
            if alarm.phase is not Phase.PENDING:
                closed.append(self._transition(Step(alarm, Kind.CLOSED, reason, over=True), alarm.value, ()))
        return closed

    def _attempt(self, rule: Rule) -> list[Transition]:
        """Apply a rule. One that raises leaves its alarms as they were and gives no transition."""
        before, again = self.alarms, self.again
        try:
            values = self._values(rule)
            if not values:
                return []
            self.alarms, self.again = dict(before), set(again)
            return list(self._apply(rule, values))
        except Exception as error:
            self.failed[rule.name] = error
            self.alarms, self.again = before, again
            return []

    def _values(self, rule: Rule) -> Vector:
        """What a rule measures of the groups that the sweep saw, and that it is to be compared with."""
        focus = None if self._whole else self._part.focus(rule)
        if focus is None:
            return measure(rule.program, self._part.covered(rule), self._sweep.samples)
        return focus.values(self._sweep.metrics, self._standing.get(rule.name, []))

    def _apply(self, rule: Rule, values: Vector) -> Iterator[Transition]:
        """Compare groups with one rule, by their values."""
        inhibitors = possible_inhibitors(rule, self.alarms.values())
        alternatives, per_target = has_alternatives(rule.program), rule.per_target
        failure_of, targets, at = self._failures(rule), self._part.targets, self._sweep.at
        for group, value in values.items():
            name = name_of(group)
            key = f"{rule.name}:{name}"
            if key in self._unreadable:
                continue
            alarm = self.alarms.get(key)
            valid = self._part.valid(rule, name) if rule.overrides else rule
            level = valid.level_of(value)
            if level is None and alarm is None:
                continue
            if level is None and alternatives and not self._part.saw_all(rule, name, self._sweep.samples):
                continue  # one side is good, the other unseen: neither good nor bad
            failure = None if level is None else failure_of(name)
            labels = targets[name].labels if per_target else self._part.labels(rule, name)
            if alarm is None:
                step = begin(valid, name, labels, Observation(value, level, failure), at)
            elif (
                not self._whole
                and (until := rests_until(valid, alarm, at)) > at
                and _is_as_before(alarm, value, level, failure, labels)
            ):
                self.again.add(key)
                self._until = min(self._until, until)
                continue
            else:
                known = alarm if alarm.labels == labels else replace(alarm, labels=labels)
                step = self._advance(valid, known, Observation(value, level, failure), inhibitors)
            transition = None if step.kind is None else self._transition(step, value, inhibitors)
            if transition is not None:
                yield transition
            if step.over:
                self.alarms.pop(key, None)
            elif transition is not None and transition.announce:
                self.alarms[key] = announced(step.alarm, transition, self._inventory.route_by)
            else:
                self.alarms[key] = step.alarm

    def _advance(self, rule: Rule, alarm: Alarm, seen: Observation, inhibitors: Sequence[Alarm]) -> Step:
        """What the sweep does to an alarm that is there already."""
        suppressed = bool(self._silence(alarm) or first_inhibitor(rule, alarm, inhibitors))
        known = self._inventory.acknowledged.get(alarm.id) if self._inventory.acknowledged else None
        acknowledged = known is not None and known.holds(self._sweep.at)
        return advance(rule, alarm, seen, self._sweep.at, acknowledged=acknowledged, suppressed=suppressed)

    def _failures(self, rule: Rule) -> Callable[[str], Failure | None]:
        """What says why the probes of a group failed, by its name."""
        found = [self._sweep.failures_of(metric) for metric in metrics_of(rule.program)]
        return found[0].get if rule.per_target and len(found) == 1 else partial(self._failure, rule, found)

    def _failure(self, rule: Rule, found: Sequence[Mapping[str, Failure]], name: str) -> Failure | None:
        """Why a probe failed; for a group of several targets, the most frequent cause and how many failed."""
        targets = () if rule.per_target else self._part.groups(rule)[name]
        if not targets:
            return _first_failure(found, name)
        failures = [failure for each in targets if (failure := _first_failure(found, each.id)) is not None]
        if not failures:
            return None
        ((cause, _),) = Counter(failure.cause for failure in failures).most_common(1)
        return Failure(cause, f"{len(failures)} of {len(targets)} targets")

    def _transition(self, step: Step, value: Number | None, inhibitors: Sequence[Alarm]) -> Transition:
        """Write down what was decided. An end is announced exactly if something before it was, silence or not."""
        alarm, rule = step.alarm, self._inventory.rules.get(step.alarm.rule)
        silence = self._silence(alarm)
        inhibitor = None if rule is None else first_inhibitor(rule, alarm, inhibitors)
        return transition_of(
            step,
            value,
            self._sweep.at,
            alarm.scope or ("" if rule is None else rule.scope),
            announce=alarm.announced if step.kind in ENDS else not (silence or inhibitor),
            silence=silence,
            inhibitor=inhibitor,
        )

    def _silence(self, alarm: Alarm) -> Silence | None:
        return silence_over(alarm, self._inventory.silences, self._sweep.at)


def _is_as_before(
    alarm: Alarm, value: Number | None, level: Level | None, failure: Failure | None, labels: Mapping[str, str]
) -> bool:
    """Whether a breach looks as the last one of its alarm did."""
    return (
        alarm.level is level
        and alarm.value == value
        and (alarm.failure is failure or alarm.failure == failure)
        and (alarm.labels is labels or alarm.labels == labels)
    )


def _first_failure(found: Sequence[Mapping[str, Failure]], target: str) -> Failure | None:
    """Why the first of several probes of a target that failed did."""
    for failures in found:
        if target in failures:
            return failures[target]
    return None
