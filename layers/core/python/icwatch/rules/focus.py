"""What of a sweep a rule has to be compared with: what is bad or stands, and never the rest. Pure.

A decision about a group depends on its own targets alone, and nothing is decided about a group that is good and has no
alarm. In a fleet that is well, nearly all groups are so. Which they are is known without looking at them:

- Of a target that answered as expected, every metric of a probe is 1 (`columns.USUAL`). What the rule says of a group
  whose targets are all usual is therefore always the same. It is calculated once, for all groups, when the inventory is
  loaded (`coverage.Part.focus`).
- A stored sweep names the targets that are not usual. So what is left is the groups of these, and the groups that have
  an alarm: `Focus.chosen`. A healthy shard has none, and costs a look at an empty set.

The rule is then evaluated over the chosen groups as it would be over all, by the same program, and comes to the same.
Where this does not hold, there is no focus, and a rule is compared with everything: where it is about times or
certificates, which are different for every target; where a group that is well breaches it; and where its expression
puts together what its groups keep apart (`expression.keeps_groups_apart`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import is_

from icwatch.model import PROBE_SECONDS, TLS_DAYS_LEFT, Number, Rule, Target
from icwatch.model.columns import USUAL, Column, Names
from icwatch.rules.expression import Vector, keeps_groups_apart, measure, metrics_of

Metrics = Mapping[str, Mapping[str, Number]]
"""The samples of a sweep: metric → target → value."""


class Focus:
    """The targets and groups of a rule in a shard. `groups` are all of them, with their members."""

    def __init__(self, rule: Rule, covered: Mapping[str, Target], groups: Mapping[str, Sequence[Target]]) -> None:
        self._program, self._per_target = rule.program, rule.per_target
        self._covered, self._groups = covered, groups
        self._metrics = metrics_of(rule.program)
        self._order = {name: number for number, name in enumerate(covered)}
        self._group_of = {target.id: name for name, members in groups.items() for target in members}
        self._names: Names | None = None
        self._not_named: frozenset[str] = frozenset()
        self._last: tuple[Sequence[object], Sequence[str], Vector] = (), (), {}

    def values(self, metrics: Metrics, standing: Sequence[str]) -> Vector:
        """What the rule measures in a sweep of those that are chosen.

        An outage looks the same for minutes, and what is stored of it is the same object then (`storage/sweeps.py`): so
        what was measured last is remembered.
        """
        found = [metrics.get(metric) for metric in self._metrics]
        columns, stood, values = self._last
        if len(columns) == len(found) and all(map(is_, columns, found)) and stood == standing:
            return values
        values = measure(self._program, self.chosen(metrics, standing), lambda metric: metrics.get(metric, {}))
        if all(isinstance(column, Column) for column in found):  # which nobody changes
            self._last = found, standing, values
        return values

    def chosen(self, metrics: Metrics, standing: Collection[str]) -> Mapping[str, Target]:
        """The targets that matter in a sweep, in the order of all: those of groups of which one is unusual, or that are
        named in `standing`.
        """
        unusual = self._unusual(metrics)
        if not unusual and not standing:
            return {}
        if self._per_target:
            chosen = unusual.union(standing) & self._covered.keys()
        else:
            groups = {self._group_of[name] for name in unusual}.union(standing)
            chosen = {target.id for group in groups for target in self._groups.get(group, ())}
        if len(chosen) == len(self._covered):
            return self._covered
        return {name: self._covered[name] for name in sorted(chosen, key=self._order.__getitem__)}

    def _unusual(self, metrics: Metrics) -> set[str]:
        """The covered targets of which a metric of the rule is not as usual, or not there."""
        found: set[str] = set()
        for metric in self._metrics:
            values = metrics.get(metric, {})
            if isinstance(values, Column):
                if values.names is not self._names:
                    self._names = values.names
                    self._not_named = frozenset(self._covered.keys() - values.names.positions.keys())
                if values.unusual or self._not_named:
                    found |= (values.unusual | self._not_named) & self._covered.keys()
            else:
                found.update(name for name in self._covered if values.get(name) != USUAL)
        return found


def can_focus(rule: Rule) -> bool:
    """Whether what a rule says of a group depends on its own targets alone, and these have usual values."""
    differs = {PROBE_SECONDS, TLS_DAYS_LEFT}.intersection(metrics_of(rule.program))
    return not differs and keeps_groups_apart(rule.program)
