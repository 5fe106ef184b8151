"""Outages that ended: what people were told of, or would have been but for a silence. Pure.

An outage lasted from its first bad sample to the first of the good run that ended it, as its notice says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from icwatch.model import ENDS, PATH_CAUSES, TARGET, Cause, Decision, Failure, Kind, Level, Rule, Transition
from icwatch.notices.procedure import is_about_health
from icwatch.notices.steps import STEPS, Step
from icwatch.text import natural

TOGETHER_SECONDS = 300
"""Outages of a place by one cause that began within so long of each other are one."""

PLACES = ("vpc", "region")
"""The labels that say where a target is, the closest first."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage of a target, of a group, or of several targets of a place at once. `group` is the alarm's own group.

    `told` says whether anybody was notified, and `closed` that its alarm was closed before it was over.
    """

    rule: str
    targets: tuple[str, ...]
    place: str
    level: Level
    began_at: int
    ended_at: int
    failure: Failure | None = None
    group: bool = False
    told: bool = True
    closed: bool = False

    @property
    def seconds(self) -> int:
        """How long it lasted."""
        return self.ended_at - self.began_at

    @property
    def network(self) -> bool:
        """Whether the network is to be suspected rather than a host or its process."""
        cause = self.failure.cause if self.failure else None
        return cause is not None and is_of_path(cause, several=self.group or len(self.targets) > 1)


def is_of_path(cause: Cause, *, several: bool) -> bool:
    """Whether the path is to be suspected: of several servers, also where a cause alone would mean a host."""
    return STEPS[cause] is Step.NETWORK or (several and cause in PATH_CAUSES)


def place_of(labels: Mapping[str, str]) -> str:
    """Where a target is, by its labels; an empty text where none says."""
    return next((labels[name] for name in PLACES if labels.get(name)), "")


@dataclass(slots=True)
class OutageLog:
    """The outages of the decisions that it was given, oldest first."""

    ended: list[Outage] = field(default_factory=list)
    _inhibited: set[str] = field(default_factory=set)

    def add(self, decision: Decision) -> None:
        """Take a decision in that is newer than those before it."""
        for transition in decision.transitions:
            rule = decision.rules.get(transition.rule)
            if rule is None or not is_about_health(rule):
                continue
            if transition.inhibited_by:
                self._inhibited.add(transition.alarm_id)
            if transition.kind in ENDS:
                inhibited = transition.alarm_id in self._inhibited
                self._inhibited.discard(transition.alarm_id)
                if transition.announce or not inhibited:
                    self.ended.append(_outage(transition, rule))

    def forget(self, before: int) -> None:
        """Leave out those that ended before a moment."""
        self.ended[:] = [each for each in self.ended if each.ended_at >= before]


def _outage(transition: Transition, rule: Rule) -> Outage:
    closed = transition.kind is Kind.CLOSED
    return Outage(
        rule=transition.rule,
        targets=(transition.target,),
        place=place_of(transition.labels),
        level=transition.level,
        began_at=transition.began_at,
        ended_at=transition.over_at,
        failure=transition.failure,
        group=TARGET not in rule.group_by,
        told=transition.announce,
        closed=closed,
    )


def together(ended: Iterable[Outage]) -> list[Outage]:
    """The same with those of one place, rule and cause that began together as one; newest first.

    What a target has again is another outage: between the two it was good.
    """
    found: dict[object, list[dict[tuple[str, ...], Outage]]] = {}
    for each in sorted(ended, key=lambda each: (each.began_at, natural(each.targets[0]))):
        cause = each.failure.cause if each.failure else None
        alone = each.targets if each.group or not each.place else ""
        clusters = found.setdefault((each.rule, each.place, cause, each.told, alone), [])
        if clusters and _belongs(each, clusters[-1]):
            clusters[-1][each.targets] = each
        else:
            clusters.append({each.targets: each})
    merged = (_merged([*members.values()]) for clusters in found.values() for members in clusters)
    return sorted(merged, key=lambda each: (-each.ended_at, natural(each.targets[0])))


def _belongs(outage: Outage, members: Mapping[tuple[str, ...], Outage]) -> bool:
    """Whether it began together with these, and none of them is of the same target."""
    first = next(iter(members.values()))
    return outage.targets not in members and outage.began_at - first.began_at <= TOGETHER_SECONDS


def _merged(members: Sequence[Outage]) -> Outage:
    first = members[0]
    if len(members) == 1:
        return first
    return Outage(
        rule=first.rule,
        targets=tuple(dict.fromkeys(name for each in members for name in each.targets)),
        place=first.place,
        level=min((each.level for each in members), key=lambda level: level.rank),
        began_at=first.began_at,
        ended_at=max(each.ended_at for each in members),
        failure=first.failure,
        told=first.told,
        closed=all(each.closed for each in members),
    )


def named(outages: Iterable[Outage], members: Mapping[str, frozenset[str]]) -> Iterator[Outage]:
    """Those that a target had a part in. `members` are the targets of groups, by the group's name."""
    wanted = {name for names in members.values() for name in names}
    return (each for each in outages if wanted & {*each.targets})
