"""Which transitions make one notice: storms are merged, except where a filter could tell their members apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.announcements.grouping import MAX_ROUTES, RESERVED, Announcement, announcements_of, levels_of
from icwatch.model import ENDS, MERGE_ABOVE, Decision, Kind, Level, RecentNotice, Share, Transition
from icwatch_cli.fleet import builtin, parse_rule

AT = 1_795_316_400
RULE = parse_rule(builtin.RULE)
OTHER = replace(RULE, name="other", scope="Service")
RULES = {rule.name: rule for rule in (RULE, OTHER)}


def transition(number: int = 1, kind: Kind = Kind.RAISED, **differs: object) -> Transition:
    """One of many. Where somebody must have been told before, somebody was."""
    before = () if kind is Kind.RAISED else (Level.CRITICAL,)
    found = Transition(
        rule=RULE.name,
        target=f"192.168.0.{number}",
        kind=kind,
        at=AT,
        raised_at=AT,
        began_at=AT,
        since=AT,
        level=Level.CRITICAL,
        value=0,
        reason="",
        notified_levels=before,
        labels={"vpc": "vpc-1"},
    )
    return replace(found, **differs)  # type: ignore[arg-type]


def many(count: int, kind: Kind = Kind.RAISED, first: int = 1, **differs: object) -> list[Transition]:
    return [transition(number, kind, **differs) for number in range(first, first + count)]


def decision(
    transitions: Sequence[Transition], *, route_by: tuple[str, ...] = (), merge_above: int = MERGE_ABOVE
) -> Decision:
    return Decision("shard-0001", AT, tuple(transitions), RULES, route_by=route_by, merge_above=merge_above)


def sizes(announcements: Sequence[Announcement]) -> list[int]:
    return [len(each.transitions) for each in announcements]


@pytest.mark.parametrize(
    ("count", "merge_above", "expected"),
    [
        (1, 5, [1]),
        (5, 5, [1, 1, 1, 1, 1]),
        (6, 5, [6]),
        (200, 5, [200]),
        (2, 2, [1, 1]),
        (3, 2, [3]),
        (2, 1, [2]),
        (1, 1, [1]),
        (1, 0, [1]),
        (20, 20, [1] * 20),
        (21, 20, [21]),
    ],
)
def test_more_than_a_number_become_one(count: int, merge_above: int, expected: list[int]) -> None:
    assert sizes(announcements_of(decision(many(count), merge_above=merge_above))) == expected


def test_five_are_still_told_one_by_one() -> None:
    assert MERGE_ABOVE == 5


def test_what_is_not_announced_neither_counts_nor_goes_out() -> None:
    silent = many(40, first=100, announce=False)
    assert announcements_of(decision(silent)) == []
    assert sizes(announcements_of(decision([*silent, *many(5)]))) == [1] * 5
    assert announcements_of(decision([*silent, *many(6)])) == announcements_of(decision(many(6)))


def test_rules_and_kinds_are_told_apart() -> None:
    raised, cleared = many(6), many(6, Kind.CLEARED, first=20)
    other = many(4, first=40, rule="other")
    announcements = announcements_of(decision([*cleared, *raised, *other]))
    assert [(each.rule.name, each.kind, len(each.transitions)) for each in announcements] == [
        (RULE.name, Kind.CLEARED, 6),
        (RULE.name, Kind.RAISED, 6),
        *[("other", Kind.RAISED, 1)] * 4,
    ]


def test_what_counts_is_the_kind_as_it_is_told() -> None:
    """Three that were raised and three that were decided as repeated, but of which nobody was notified yet."""
    late = many(3, Kind.REPEATED, first=10, notified_levels=())
    (together,) = announcements_of(decision([*many(3), *late]))
    assert together.kind is Kind.RAISED
    assert sizes(announcements_of(decision([*many(3), *many(3, Kind.REPEATED, first=10)]))) == [1] * 6


@pytest.mark.parametrize(
    ("kind", "differs"),
    [
        (Kind.RAISED, {"level": Level.ALERT}),
        (Kind.REPEATED, {"level": Level.ALERT, "notified_levels": (Level.ALERT,)}),
        (Kind.CLEARED, {"notified_levels": (Level.CRITICAL, Level.ALERT)}),
        (Kind.CLEARED, {"notified_levels": (Level.ALERT,)}),
        (Kind.CLOSED, {"reason": "rule_disabled"}),
        (Kind.RAISED, {"scope": "Cluster"}),
        (Kind.RAISED, {"labels": {"vpc": "vpc-2"}}),
        (Kind.RAISED, {"labels": {}}),
        (Kind.REPEATED, {"routed_labels": {"vpc": "vpc-2"}}),
        (Kind.CLEARED, {"routed_labels": {}}),
    ],
)
def test_what_a_filter_could_tell_apart_is_not_merged(kind: Kind, differs: dict[str, object]) -> None:
    """Who was told of a problem by a notice for several must be sent its end, which may come alone."""
    alike, different = many(5, kind), many(3, kind, first=10, **differs)
    announcements = announcements_of(decision([*different[:1], *alike, *different[1:]], route_by=("vpc",)))
    assert sorted(sizes(announcements)) == [3, 5], "also where each part for itself is not above the number"
    by_target = {each.target: found.route for found in announcements for each in found.transitions}
    assert all(by_target[each.target] == by_target[alike[0].target] for each in alike)


@pytest.mark.parametrize(
    ("kind", "differs"),
    [
        (Kind.RAISED, {"labels": {"vpc": "vpc-1", "rack": "7"}}),
        (Kind.RAISED, {"scope": "Host"}),
        (Kind.REPEATED, {"routed_labels": {"vpc": "vpc-1"}, "labels": {"vpc": "vpc-2"}}),
        (Kind.RAISED, {"reason": "value 1 > 0"}),
        (Kind.CLEARED, {"notified_levels": (Level.CRITICAL, Level.CRITICAL)}),
        (Kind.CLEARED, {"reason": "other"}),
    ],
)
def test_what_no_filter_could_tell_apart_is_merged(kind: Kind, differs: dict[str, object]) -> None:
    both = [*many(3, kind), *many(3, kind, first=10, **differs)]
    assert sizes(announcements_of(decision(both, route_by=("vpc",)))) == [6]


def test_a_label_that_no_one_filters_by_splits_nothing() -> None:
    both = [*many(3), *many(3, first=10, labels={"vpc": "vpc-2"})]
    (together,) = announcements_of(decision(both))
    assert together.labels == {}
    assert together.route == {"level": ("Critical",), "scope": ("Host",)}


def test_only_so_many_labels_are_filtered_by() -> None:
    names = ("a", "b", "c", "d")
    labels = dict.fromkeys(names, "1")
    both = [*many(3, labels=labels), *many(3, first=10, labels={**labels, "d": "2"})]
    (together,) = announcements_of(decision(both, route_by=names))
    assert together.route.keys() == {"level", "scope", "a", "b", "c"}
    assert MAX_ROUTES + len({*RESERVED} - {"drill"}) == 10, "a drill has no such labels"


def test_worst_first_and_equals_in_their_order() -> None:
    """The worst of equal level is what lasts longest."""
    began = [AT - 60, AT, AT - 600, AT, AT - 60, AT]
    members = [transition(9 - number, began_at=at) for number, at in enumerate(began)]
    (storm,) = announcements_of(decision(members))
    assert [each.target for each in storm.transitions] == [f"192.168.0.{n}" for n in (7, 9, 5, 8, 6, 4)]
    assert storm.worst is storm.transitions[0]


def test_ids() -> None:
    """A single one is known by its transition; several by the first and how many more."""
    (single,) = announcements_of(decision(many(1)))
    assert single.id == transition(1).id
    (storm,) = announcements_of(decision(many(6)))
    assert storm.id == f"{transition(1).id}+5"


def test_what_is_true_of_all() -> None:
    members = many(5, labels={"vpc": "vpc-1", "region": "r", "rack": "1"})
    (storm,) = announcements_of(decision([*members, transition(9, labels={"vpc": "vpc-1", "rack": "2", "x": "y"})]))
    assert storm.labels == {"vpc": "vpc-1"}
    assert (storm.status, storm.over) == ("Active", False)
    for kind in ENDS:
        (end,) = announcements_of(decision(many(6, kind)))
        assert (end.status, end.over, end.kind) == ("Inactive", True, kind)


def test_shares_are_told_of_several_where_they_are_in() -> None:
    shares = (
        Share(RULE.name, 9, 60),
        Share(RULE.name, 6, 12, "vpc", "vpc-1"),
        Share(RULE.name, 3, 3, "vpc", "vpc-3"),
        Share("other", 1, 60),
    )
    given = replace(decision(many(6)), shares=shares)
    (storm,) = announcements_of(given)
    assert storm.shares == shares[:2]
    (single,) = announcements_of(replace(given, transitions=given.transitions[:1]))
    assert single.shares == ()
    split = replace(given, transitions=(*many(5), transition(9, labels={"vpc": "vpc-3"})), route_by=("vpc",))
    assert [each.shares for each in announcements_of(split)] == [shares[:2], ()], "one alone is told as one"


def test_a_rule_that_is_gone_is_told_by_its_name() -> None:
    (gone,) = announcements_of(replace(decision([transition(rule="gone")]), rules={}))
    assert gone.rule.name == "gone"
    assert gone.route["scope"] == ("Host",)


@pytest.mark.parametrize(
    ("kind", "level", "told", "expected"),
    [
        (Kind.RAISED, "Critical", [], ["Critical"]),
        (Kind.REPEATED, "Critical", [], ["Critical"]),
        (Kind.REPEATED, "Critical", ["Critical"], ["Critical"]),
        (Kind.ESCALATED, "Critical", ["Info"], ["Critical", "Info"]),
        (Kind.EASED, "Info", ["Caution", "Down"], ["Info", "Down"]),
        (Kind.CLEARED, "Info", ["Info", "Down"], ["Info", "Down"]),
        (Kind.CLEARED, "Info", ["Down"], ["Down"]),
        (Kind.CLOSED, "Info", ["Caution", "Down"], ["Down", "Caution"]),
        (Kind.CLEARED, "Info", [], ["Info"]),
    ],
)
def test_levels(kind: Kind, level: str, told: list[str], expected: list[str]) -> None:
    """Its own first, and who heard of another one hears when it is left. An end concerns whom somebody told."""
    given = transition(kind=kind, level=Level(level), notified_levels=tuple(map(Level, told)))
    assert list(levels_of(given)) == expected


NOBODY: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("kind", "level", "told", "said"),
    [
        (Kind.RAISED, "Critical", NOBODY, Kind.RAISED),
        (Kind.REPEATED, "Critical", NOBODY, Kind.RAISED),
        (Kind.ESCALATED, "Critical", NOBODY, Kind.RAISED),
        (Kind.EASED, "Critical", NOBODY, Kind.RAISED),
        (Kind.REPEATED, "Critical", ("Critical",), Kind.REPEATED),
        (Kind.REPEATED, "Critical", ("Alert",), Kind.ESCALATED),
        (Kind.REPEATED, "Critical", ("Down",), Kind.EASED),
        (Kind.ESCALATED, "Critical", ("Alert",), Kind.ESCALATED),
        (Kind.ESCALATED, "Critical", ("Critical",), Kind.REPEATED),
        (Kind.ESCALATED, "Critical", ("Down",), Kind.EASED),
        (Kind.EASED, "Alert", ("Critical",), Kind.EASED),
        (Kind.EASED, "Alert", ("Alert",), Kind.REPEATED),
        (Kind.EASED, "Alert", ("Info",), Kind.ESCALATED),
        (Kind.EASED, "Alert", ("Info", "Critical"), Kind.EASED),
        (Kind.EASED, "Alert", ("Critical", "Info"), Kind.ESCALATED),
        (Kind.RAISED, "Critical", ("Critical",), Kind.REPEATED),
        (Kind.CLEARED, "Critical", NOBODY, Kind.CLEARED),
        (Kind.CLEARED, "Critical", ("Info",), Kind.CLEARED),
        (Kind.CLOSED, "Critical", NOBODY, Kind.CLOSED),
        (Kind.CLOSED, "Critical", ("Down",), Kind.CLOSED),
    ],
)
def test_the_kind_of_a_notice_is_against_the_last_one(
    kind: Kind, level: str, told: tuple[str, ...], said: Kind
) -> None:
    levels = tuple(map(Level, told))
    given = transition(kind=kind, level=Level(level), notified_levels=levels)
    assert given.notice_kind is said
    notices = tuple(RecentNotice(AT, Kind.RAISED, each) for each in levels)
    assert replace(given, recent_notices=notices).notice_kind is said


def test_the_last_notice_is_the_one_that_is_remembered_as_such() -> None:
    """The levels may name one that was told earlier last; the notices are in their order."""
    told = (
        RecentNotice(AT, Kind.RAISED, Level.INFO),
        RecentNotice(AT, Kind.ESCALATED, Level.DOWN),
        RecentNotice(AT, Kind.EASED, Level.INFO),
    )
    given = transition(
        kind=Kind.REPEATED, level=Level.INFO, recent_notices=told, notified_levels=(Level.INFO, Level.DOWN)
    )
    assert given.last_level is Level.INFO
    assert given.notice_kind is Kind.REPEATED


levels = st.sampled_from([Level.CRITICAL, Level.ALERT])
few_labels = st.fixed_dictionaries({}, optional={"vpc": st.sampled_from(["1", "2"]), "rack": st.just("7")})
some = st.builds(
    transition,
    kind=st.sampled_from([Kind.RAISED, Kind.REPEATED, Kind.CLEARED, Kind.CLOSED]),
    rule=st.sampled_from([RULE.name, "other", "gone"]),
    announce=st.sampled_from([True, True, True, False]),
    level=levels,
    notified_levels=st.lists(levels, max_size=2, unique=True).map(tuple),
    scope=st.sampled_from(["", "Host", "Cluster"]),
    reason=st.sampled_from(["target_removed", "rule_removed"]),
    began_at=st.sampled_from([AT, AT - 60]),
    labels=few_labels,
    routed_labels=st.none() | few_labels,
)
sweeps = st.lists(some, max_size=30).map(
    lambda found: [replace(each, target=f"10.0.0.{number}") for number, each in enumerate(found)]
)


@given(sweeps, st.integers(1, 8), st.sampled_from([(), ("vpc",), ("vpc", "rack")]))
def test_everything_announced_is_told_once_and_nothing_else(
    transitions: list[Transition], merge_above: int, route_by: tuple[str, ...]
) -> None:
    given = decision(transitions, route_by=route_by, merge_above=merge_above)
    announcements = announcements_of(given)
    told = [each.id for announcement in announcements for each in announcement.transitions]
    assert sorted(told) == sorted(each.id for each in transitions if each.announce)
    ids = [announcement.id for announcement in announcements]
    assert len(set(ids)) == len(ids)
    for announcement in announcements:
        alone = [announcements_of(replace(given, transitions=(each,)))[0] for each in announcement.transitions]
        assert all(each.route == announcement.route for each in alone), "what one is filtered by holds for all"
        assert len({(each.rule.name, each.kind, each.status) for each in alone}) == 1
        if announcement.kind is Kind.CLOSED:
            assert len({each.reason for each in announcement.transitions}) == 1
        ranks = [(each.level.rank, each.began_at) for each in announcement.transitions]
        assert ranks == sorted(ranks)


@given(st.data(), sweeps, st.integers(1, 8))
def test_who_reads_the_decision_again_makes_the_same_notices(
    data: st.DataObject, transitions: list[Transition], merge_above: int
) -> None:
    """And in whatever order the transitions are, the same ones are told together."""
    given = decision(transitions, route_by=("vpc",), merge_above=merge_above)
    announcements = announcements_of(given)
    assert announcements_of(replace(given)) == announcements
    other = data.draw(st.permutations(transitions))
    again = announcements_of(replace(given, transitions=tuple(other)))

    def parts(found: Sequence[Announcement]) -> set[frozenset[str]]:
        return {frozenset(each.id for each in announcement.transitions) for announcement in found}

    assert parts(again) == parts(announcements)


def test_an_alarm_that_was_routed_by_a_label_of_that_name_keeps_its_stage() -> None:
    """Items of earlier versions may be routed by it; who is called as the second line filters by the attribute."""
    unattended = transition(kind=Kind.UNATTENDED, stage=2, routed_labels={"stage": "prod", "vpc": "vpc-1"})
    (announcement,) = announcements_of(decision([unattended]))
    assert announcement.route["stage"] == ("2",)
    assert announcement.route["vpc"] == ("vpc-1",)
