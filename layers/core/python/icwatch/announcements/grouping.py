"""What one notice reports: a transition, or those of one sweep, rule and kind where there are many at once.

Pure, and made of the decision alone: whoever publishes it, be it again or from the dead-letter queue, makes the same
notices with the same ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from icwatch.model import DRILL_RULE, ENDS, Decision, Kind, Level, Rule, Share, Transition
from icwatch.model.rules import unknown_rule

LEVEL, SCOPE, STAGE, DRILL = "level", "scope", "stage", "drill"

RESERVED = ("notice_id", "rule", "kind", LEVEL, SCOPE, "target", STAGE, DRILL)
"""Message attributes that a notice can have, so that no label can be one under these names."""

MAX_ROUTES = 3
"""Labels that can be message attributes beside them: SQS's raw delivery drops a message with more than ten. A drill has
neither a stage nor such labels."""

CHANGES = frozenset({Kind.ESCALATED, Kind.EASED, *ENDS})
"""The kinds of which those who were called at a stage are notified as well."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Transitions that one notice reports, worst first, with what it says of them together.

    `route` is what subscribers filter by beside rule, kind and target, the same for all of them. `shares` are those of
    their rule that they are in; where it is one alone, only those to which the path is suspected. `left_out` names what
    of the decision there was no room for.
    """

    transitions: tuple[Transition, ...]
    rule: Rule
    shard: str
    source: str
    route: Mapping[str, tuple[str, ...]]
    shares: tuple[Share, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """That of its transition; of several, of the first and how many more."""
        more = len(self.transitions) - 1
        return f"{self.worst.id}+{more}" if self.merged else self.worst.id

    @property
    def merged(self) -> bool:
        """Whether it is of several transitions."""
        return len(self.transitions) > 1

    @property
    def worst(self) -> Transition:
        """The first of the transitions, which stands for all in what they share."""
        return self.transitions[0]

    @property
    def kind(self) -> Kind:
        """The kind of notice that it is."""
        return self.worst.notice_kind

    @property
    def over(self) -> bool:
        """Whether it reports an end."""
        return self.kind in ENDS

    @property
    def drill(self) -> bool:
        """Whether it is of a drill, behind which there is no problem."""
        return self.rule.name == DRILL_RULE

    @property
    def only_robot(self) -> str:
        """The only robot that is told of a drill; empty where all subscribers are."""
        return self.worst.labels.get("robot", "") if self.drill else ""

    @property
    def status(self) -> str:
        """OCP's term for whether they are active."""
        return self.worst.status

    @property
    def labels(self) -> dict[str, str]:
        """The labels that all of them have in common."""
        common = set.intersection(*(set(each.labels.items()) for each in self.transitions))
        return dict(sorted(common))


def announcements_of(decision: Decision) -> list[Announcement]:
    """The notices that a decision means, in the order in which they go out.

    More transitions of a rule and kind than `merge_above` are merged, except where a filter could tell them apart: who
    is notified of a problem by a merged notice must be sent its end as well, which may come alone.
    """
    by_kind: dict[tuple[str, Kind], list[Transition]] = {}
    for transition in decision.transitions:
        if transition.announce:
            by_kind.setdefault((transition.rule, transition.notice_kind), []).append(transition)
    return [_announce(decision, members) for alike in by_kind.values() for members in _together(decision, alike)]


def _together(decision: Decision, transitions: Sequence[Transition]) -> list[list[Transition]]:
    """What is one notice each. Drills are never merged: each has its own reader, and is confirmed by its own id."""
    if len(transitions) > decision.merge_above and transitions[0].rule != DRILL_RULE:
        return _alike(decision, transitions)
    return [[each] for each in transitions]


def _alike(decision: Decision, transitions: Sequence[Transition]) -> list[list[Transition]]:
    """The transitions by what subscribers filter by, and by why they were closed."""
    routes: dict[object, list[Transition]] = {}
    for each in transitions:
        why = each.reason if each.kind is Kind.CLOSED else ""
        routes.setdefault((why, *_route(decision, each).items()), []).append(each)
    return [sorted(members, key=_badness) for members in routes.values()]


def _badness(transition: Transition) -> tuple[int, int]:
    """Worst first: by level, then by how long it lasts. Equals keep their order, which is that of the fleet."""
    return transition.level.rank, transition.began_at


def _announce(decision: Decision, members: Sequence[Transition]) -> Announcement:
    worst = members[0]
    rule = decision.rules.get(worst.rule) or unknown_rule(worst.rule)
    about = (share for share in decision.shares if share.rule == worst.rule and _concerns(share, members))
    shares = tuple(share for share in about if share.path or len(members) > 1)
    return Announcement(
        tuple(members),
        rule,
        decision.shard,
        decision.source,
        _route(decision, worst),
        shares,
        decision.left_out,
    )


def _concerns(share: Share, members: Sequence[Transition]) -> bool:
    """Whether any of the members is in the part that a share is of: others have a notice of their own."""
    return any(is_in(each, share) for each in members)


def is_in(transition: Transition, share: Share) -> bool:
    """Whether what a transition is about is in the part that a share is of."""
    return not share.label or transition.labels.get(share.label) == share.value


def _route(decision: Decision, transition: Transition) -> dict[str, tuple[str, ...]]:
    """What subscribers filter by: the levels, the scope, and the labels that the fleet chose."""
    labels = transition.routed_labels
    if labels is None:
        labels = {name: transition.labels.get(name, "") for name in decision.route_by[:MAX_ROUTES]}
    rule = decision.rules.get(transition.rule) or unknown_rule(transition.rule)
    # An item of an earlier version may be routed by a label that is called as an attribute is now.
    routed = [(name, value) for name, value in sorted(labels.items()) if name not in RESERVED]
    chosen = {name: (value,) for name, value in routed[:MAX_ROUTES] if value}
    route = {LEVEL: tuple(map(str, levels_of(transition))), SCOPE: (transition.scope or rule.scope,)}
    if stages := stages_of(transition):
        route[STAGE] = tuple(map(str, stages))
    return route | chosen


def attributes_of(announcement: Announcement, transition: Transition) -> dict[str, tuple[str, ...]]:
    """What a robot's filter can be about: the message attributes of the notice, and all labels of the alarm."""
    return {
        **{name: (value,) for name, value in transition.labels.items() if name not in RESERVED},
        **announcement.route,
        "rule": (transition.rule,),
        "kind": (str(announcement.kind),),
        "target": (transition.target,),
    }


def levels_of(transition: Transition) -> tuple[Level, ...]:
    """The levels that a notice concerns, its own first: who filters by one is notified when it is left, and its end.

    An end concerns those at which somebody was notified, and no other; so does a stage, of which who filters by level
    and stage is notified as well.
    """
    own, notified = transition.level, transition.notified_levels
    if transition.kind not in {*ENDS, Kind.UNATTENDED}:
        before = transition.last_level
        return (own,) if before is None or before is own else (own, before)
    return tuple(sorted({*notified} or {own}, key=lambda level: (level is not own, level.rank)))


def stages_of(transition: Transition) -> tuple[int, ...]:
    """The stages that a notice concerns, so that who filters by one is notified of it, of what changes, and of the end.

    An unattended alarm's is the one that it has come to; a change of level and an end concern all before.
    """
    kind = transition.notice_kind
    if kind is Kind.UNATTENDED:
        return (transition.stage,)
    return tuple(range(1, transition.stage + 1)) if kind in CHANGES else ()
