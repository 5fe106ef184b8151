"""What `apply` will change, and which shard a target is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.errors import ConfigError
from icwatch.model import Fleet, Inventory, Language, ProbeSpec, Rule, Target
from icwatch_cli.fleet import bindings, builtin, parse_rule, shards
from icwatch_cli.fleet.bindings import SHARD_TARGETS, bindings_of, too_large
from icwatch_cli.fleet.plan import Plan, carried_out, make_plan

BUILTIN = parse_rule(builtin.RULE)


def rule(name: str, *group_by: str, **fields: object) -> Rule:
    return parse_rule(
        {
            "name": name,
            "expression": "max(ic_server_health{@LABELS}) by (@GBLABELS)",
            "group_by": list(group_by or ("target",)),
            "threshold": 0,
            "level": "Critical",
            **fields,
        }
    )


def fleet_of(targets: Iterable[Target], *rules: Rule) -> Fleet:
    by_name = {each.name: each for each in (*rules, BUILTIN)}
    return Fleet(None, 60, ProbeSpec(), {target.id: target for target in targets}, by_name)


def address(number: int) -> str:
    return f"10.{number // 62500}.{number // 250 % 250}.{number % 250}"


def fleet(*numbers: int, labels: dict[str, str] | None = None) -> Fleet:
    hosts = ["192.168.0.1", *map(address, numbers)]
    return fleet_of(Target(host, labels=dict(labels or {})) for host in hosts)


def labelled(*labels: Mapping[str, str]) -> list[Target]:
    """Targets with these labels, one each."""
    return [Target(address(number), labels=each) for number, each in enumerate(labels)]


def applied(plan: Plan) -> Inventory:
    """The inventory after a plan."""
    wanted = plan.fleet
    return replace(
        carried_out(plan, Inventory()),
        version=plan.version + 2,
        language=wanted.language,
        every=wanted.every,
        route_by=wanted.route_by,
        merge_above=wanted.merge_above,
        all_shards=tuple(sorted({*plan.all_shards, *plan.shards.values()})),
    )


def spans(plan: Plan, *names: str) -> list[set[str]]:
    """For every value of these labels, the shards of the targets that carry it."""
    found: dict[tuple[str, ...], set[str]] = {}
    for name, target in plan.fleet.targets.items():
        found.setdefault(tuple(target.label(each) for each in names), set()).add(plan.shards[name])
    return [*found.values()]


# What changes


def test_everything_is_new_at_first() -> None:
    wanted = fleet(1, 2)
    plan = make_plan(Inventory(), wanted)
    assert (plan.added, plan.changed, plan.moved, plan.removed) == (wanted.targets, {}, {}, ())
    assert (plan.rules, plan.removed_rules) == (wanted.rules, ())
    assert plan.settings == ("language", "every", "route_by", "merge_above", "probe", "probes", "control")
    assert not plan.empty


def test_the_same_fleet_again_changes_nothing() -> None:
    plan = make_plan(applied(make_plan(Inventory(), fleet(1, 2))), fleet(1, 2))
    assert plan.empty
    assert plan.unchanged == 3


def test_what_differs_is_told_apart() -> None:
    before = applied(make_plan(Inventory(), fleet(1, 2)))
    wanted = replace(
        fleet(2, 3), language=Language.EN_US, probe=ProbeSpec("/health"), probes={"ic_server_ready": ProbeSpec("/r")}
    )
    wanted.targets["10.0.0.2"].labels["vpc"] = "vpc-1"  # type: ignore[index]  # a dict in truth
    plan = make_plan(before, wanted)
    assert (set(plan.added), set(plan.changed), plan.removed) == ({"10.0.0.3"}, {"10.0.0.2"}, ("10.0.0.1",))
    assert (plan.unchanged, plan.settings, plan.rules) == (1, ("language", "probe", "probes"), {})
    assert plan.moved == {}


@pytest.mark.parametrize(
    ("change", "setting"), [({"route_by": ("vpc",)}, "route_by"), ({"merge_above": 20}, "merge_above")]
)
def test_how_notices_are_sent_is_a_setting(change: dict[str, Any], setting: str) -> None:
    before = applied(make_plan(Inventory(), fleet(1)))
    changed = replace(fleet(1), **change)
    plan = make_plan(before, changed)
    assert (plan.settings, plan.empty) == ((setting,), False)
    assert make_plan(applied(plan), changed).empty
    assert make_plan(applied(plan), fleet(1)).settings == (setting,)


def test_rules_that_left_are_removed_and_changed_ones_written() -> None:
    before = applied(make_plan(Inventory(), fleet()))
    plan = make_plan(replace(before, rules={builtin.NAME: replace(BUILTIN, duration=60), "old": BUILTIN}), fleet())
    assert (plan.rules, plan.removed_rules) == ({builtin.NAME: BUILTIN}, ("old",))
    assert not plan.empty


def test_a_target_that_cannot_be_read_is_written_anew_or_removed() -> None:
    before = applied(make_plan(Inventory(), fleet(1, 2)))
    targets = {name: target for name, target in before.targets.items() if name == "192.168.0.1"}
    broken = replace(before, targets=targets, unreadable={("target", "10.0.0.1"): "?", ("target", "10.0.0.2"): "?"})
    plan = make_plan(broken, fleet(1))
    assert (set(plan.added), set(plan.changed), plan.removed) == (set(), {"10.0.0.1"}, ("10.0.0.2",))
    assert plan.shards["10.0.0.1"] == before.shards["10.0.0.1"]


def test_what_else_cannot_be_read_is_written_anew_removed_or_left() -> None:
    before = applied(make_plan(Inventory(), fleet()))
    unreadable = {("rule", builtin.NAME), ("rule", "old"), ("silence", "a"), ("silence", "b"), ("fleet", "head.every")}
    torn = frozenset({("silence", "a"), ("rule", "old")})
    plan = make_plan(replace(before, rules={}, unreadable=dict.fromkeys(unreadable, "?"), torn=torn), fleet())
    assert (plan.rules, plan.removed_rules) == ({builtin.NAME: BUILTIN}, ("old",))
    assert (plan.removed_torn, plan.settings) == ((("silence", "a"),), ("every",))


def test_a_port_makes_another_target() -> None:
    before = applied(make_plan(Inventory(), fleet_of([Target("192.168.0.1")])))
    plan = make_plan(before, fleet_of([Target("192.168.0.1", 8089)]))
    assert (plan.added, plan.removed) == ({"192.168.0.1:8089": Target("192.168.0.1", 8089)}, ("192.168.0.1",))


# Which shard a target is given


fleets = st.builds(
    lambda first, count, step: range(first, first + count * step, step),
    st.integers(0, 900),
    st.integers(0, 500),
    st.integers(1, 3),
)


@given(st.lists(fleets, min_size=1, max_size=5))
def test_shards_are_never_too_large_and_targets_stay_where_they_are(wanted: list[range]) -> None:
    have = Inventory()
    for numbers in wanted:
        plan = make_plan(have, fleet(*numbers))
        assert plan.shards.keys() == plan.fleet.targets.keys()
        assert max(Counter(plan.shards.values()).values()) <= SHARD_TARGETS
        kept = have.shards.keys() & plan.shards.keys()
        assert {name: plan.shards[name] for name in kept} == {name: have.shards[name] for name in kept}
        have = applied(plan)
        assert make_plan(have, fleet(*numbers)).empty


def test_shards_that_have_room_are_filled_before_new_ones_are_opened() -> None:
    have = applied(make_plan(Inventory(), fleet(*range(1, 400))))
    assert Counter(have.shards.values()) == {"shard-0001": 200, "shard-0002": 200}
    have = applied(make_plan(have, fleet(*range(201, 400))))
    have = applied(make_plan(have, fleet(*range(201, 600))))
    assert Counter(have.shards.values()) == {"shard-0001": 200, "shard-0002": 200}


def test_a_group_shares_a_shard() -> None:
    wanted = fleet_of(labelled(*({"vpc": f"vpc-{number % 6}"} for number in range(600))), rule("by_vpc", "vpc"))
    plan = make_plan(Inventory(), wanted)
    assert [len(shards) for shards in spans(plan, "vpc")] == [1] * 6
    assert Counter(plan.shards.values()) == {"shard-0001": 200, "shard-0002": 200, "shard-0003": 200}


def test_single_targets_fill_what_groups_leave() -> None:
    targets = labelled(*[{"vpc": "a"}] * 150, *[{"vpc": "b"}] * 150, *[{}] * 101)
    only_vpc = rule("by_vpc", "vpc", expression='max(ic_server_health{vpc!=""}) by (@GBLABELS)')
    plan = make_plan(Inventory(), fleet_of(targets, only_vpc))
    assert Counter(plan.shards.values()) == {"shard-0001": 200, "shard-0002": 200, "shard-0003": 1}


def test_groups_that_share_a_target_share_a_shard() -> None:
    targets = labelled(
        {"vpc": "a", "rack": "1"}, {"vpc": "b", "rack": "1"}, {"vpc": "b", "rack": "2"}, *[{"vpc": "c"}] * 199
    )
    with_rack = rule("by_rack", "rack", expression='max(ic_server_health{rack!=""}) by (@GBLABELS)')
    plan = make_plan(Inventory(), fleet_of(targets, rule("by_vpc", "vpc"), with_rack))
    assert len({plan.shards[target.id] for target in targets[:3]}) == 1
    assert plan.shards[targets[3].id] != plan.shards[targets[0].id]


def test_targets_over_which_a_rule_is_inhibited_share_a_shard() -> None:
    regions = [{"region": f"r{number % 3}"} for number in range(300)]
    targets = labelled(*regions, {}, {}, *[{"region": "r3"}] * 150)
    high = rule("high")
    low = rule("low", inhibited_by=[{"rule": "high", "same": ["region"]}])
    plan = make_plan(Inventory(), fleet_of(targets, high, low))
    assert [len(shards) for shards in spans(plan, "region") if len(shards) > 1] == []
    by_target = rule("low", inhibited_by=[{"rule": "high", "same": ["target"]}])
    plan = make_plan(Inventory(), fleet_of(targets, high, by_target))
    assert [len(shards) for shards in spans(plan, "region") if len(shards) > 1] != []


def test_the_inhibited_and_the_inhibiting_may_be_of_different_targets() -> None:
    high = rule("high", expression='max(ic_server_health{tier="db"}) by (@GBLABELS)')
    low = rule("low", exclude=[{"tier": "db"}], inhibited_by=[{"rule": "high", "same": ["vpc"]}])
    alone = [{"tier": "app", "vpc": f"alone-{number}"} for number in range(250)]
    targets = labelled({"tier": "db", "vpc": "a"}, *alone, {"tier": "app", "vpc": "a"})
    plan = make_plan(Inventory(), fleet_of(targets, high, low))
    assert plan.shards[targets[0].id] == plan.shards[targets[-1].id]


def test_a_label_that_is_missing_inhibits_nothing_and_binds_nothing() -> None:
    low = rule("low", inhibited_by=[{"rule": "high", "same": ["vpc"]}])
    plan = make_plan(Inventory(), fleet_of(labelled(*[{}] * 300), rule("high"), low))
    assert Counter(plan.shards.values()) == {"shard-0001": 200, "shard-0002": 100}


@pytest.mark.parametrize(
    "idle",
    [
        rule("by_vpc", "vpc", enabled=False),
        rule("by_vpc", "vpc", expression='max(ic_server_health{vpc="b"}) by (@GBLABELS)'),
        rule("by_vpc", "vpc", exclude=[{"vpc": "a"}]),
        rule("by_target", "target"),
        rule("low", inhibited_by=[{"rule": "nowhere", "same": ["vpc"]}]),
    ],
)
def test_what_a_rule_does_not_cover_it_does_not_bind(idle: Rule) -> None:
    plan = make_plan(Inventory(), fleet_of(labelled(*[{"vpc": "a"}] * 300), idle))
    assert Counter(plan.shards.values()) == {"shard-0001": 200, "shard-0002": 100}


def test_an_inhibitor_that_is_disabled_binds_nothing() -> None:
    low = rule("low", inhibited_by=[{"rule": "high", "same": ["vpc"]}])
    wanted = fleet_of(labelled(*[{"vpc": "a"}] * 300), low, rule("high", enabled=False))
    assert too_large([*bindings_of(wanted)]) == []


# Targets that move


def spread(*rules: Rule) -> tuple[Inventory, list[Target]]:
    """An inventory of two shards: vpc `a` has 3 targets in the first and 1 in the second, the others are single."""
    alone = [{"vpc": f"alone-{number}"} for number in range(240)]
    targets = labelled(*[{"vpc": "a"}] * 3, *alone, {"vpc": "a"})
    have = applied(make_plan(Inventory(), fleet_of(targets, *rules)))
    assert [have.shards[targets[index].id] for index in (0, 1, 2, -1)] == ["shard-0001"] * 3 + ["shard-0002"]
    return have, targets


def test_a_new_rule_brings_targets_together_where_most_are_and_there_is_room() -> None:
    have, targets = spread()
    fewer = [*targets[:3], *targets[10:]]
    plan = make_plan(have, fleet_of(fewer, rule("by_vpc", "vpc")))
    last = targets[-1]
    assert plan.moved == {last.id: ("shard-0002", "shard-0001")}
    assert plan.changed == {last.id: last}
    assert (plan.unchanged, plan.empty) == (len(fewer) - 1, False)
    assert make_plan(applied(plan), plan.fleet).empty


def test_most_may_be_in_a_later_shard() -> None:
    alone = [{"vpc": f"alone-{number}"} for number in range(199)]
    targets = labelled({"vpc": "a"}, *alone, *[{"vpc": "a"}] * 3)
    have = applied(make_plan(Inventory(), fleet_of(targets)))
    plan = make_plan(have, fleet_of([targets[0], *targets[100:]], rule("by_vpc", "vpc")))
    assert plan.moved == {targets[0].id: ("shard-0001", "shard-0002")}


def test_where_most_are_there_may_be_no_room() -> None:
    have, targets = spread()
    plan = make_plan(have, fleet_of(targets, rule("by_vpc", "vpc")))
    assert plan.moved == {target.id: ("shard-0001", "shard-0002") for target in targets[:3]}


def test_where_there_is_no_room_at_all_a_shard_is_opened() -> None:
    targets = labelled(*({"vpc": "a" if number in (0, 399) else f"alone-{number}"} for number in range(400)))
    have = applied(make_plan(Inventory(), fleet_of(targets)))
    plan = make_plan(have, fleet_of(targets, rule("by_vpc", "vpc")))
    assert plan.moved == {
        targets[0].id: ("shard-0001", "shard-0003"),
        targets[399].id: ("shard-0002", "shard-0003"),
    }


def test_a_group_that_grows_stays_while_its_shard_has_room() -> None:
    by_vpc = rule("by_vpc", "vpc")
    targets = labelled(*[{"vpc": "a"}] * 100, *[{"vpc": "b"}] * 90)
    have = applied(make_plan(Inventory(), fleet_of(targets, by_vpc)))
    assert set(have.shards.values()) == {"shard-0001"}
    grown = labelled(*[{"vpc": "a"}] * 100, *[{"vpc": "b"}] * 90, *[{"vpc": "b"}] * 10)
    have = applied(plan := make_plan(have, fleet_of(grown, by_vpc)))
    assert (plan.moved, len(plan.added), set(plan.shards.values())) == ({}, 10, {"shard-0001"})
    one_more = [*grown, Target(address(999), labels={"vpc": "a"})]
    plan = make_plan(have, fleet_of(one_more, by_vpc))
    assert set(plan.moved.values()) == {("shard-0001", "shard-0002")}
    assert plan.moved.keys() == {target.id for target in grown if target.labels["vpc"] == "a"}


def test_targets_stay_together_when_the_rule_goes() -> None:
    by_vpc = rule("by_vpc", "vpc")
    targets = labelled(*({"vpc": f"vpc-{number % 4}"} for number in range(400)))
    have = applied(make_plan(Inventory(), fleet_of(targets, by_vpc)))
    plan = make_plan(have, fleet_of(targets))
    assert (plan.moved, plan.removed_rules) == ({}, ("by_vpc",))


# What no shard can hold


def test_a_group_that_no_shard_can_hold_is_told_with_the_mend() -> None:
    wanted = fleet_of(labelled(*[{"vpc": "a"}] * 250, *[{"vpc": "b"}] * 201), rule("one"), rule("by_vpc", "vpc"))
    (problem,) = too_large([*bindings_of(wanted)])
    assert str(problem) == (
        "rules[1].group_by: the group vpc=a has 250 targets, more than the 200 of a shard (and 1 more like it); "
        "group by a label that divides it, or exclude some"
    )
    with pytest.raises(ConfigError, match=r"^rules\[1\].group_by: the group vpc=a has 250 targets"):
        make_plan(Inventory(), wanted)


def test_two_hundred_fit() -> None:
    wanted = fleet_of(labelled(*[{"vpc": "a"}] * 200), rule("by_vpc", "vpc"))
    assert too_large([*bindings_of(wanted)]) == []
    assert set(make_plan(Inventory(), wanted).shards.values()) == {"shard-0001"}


def test_targets_that_lack_the_label_are_a_group_of_their_own() -> None:
    (problem,) = too_large([*bindings_of(fleet_of(labelled(*[{}] * 250, {"vpc": "a"}), rule("by_vpc", "vpc")))])
    assert problem.wrong == "the group vpc= has 250 targets, more than the 200 of a shard"
    assert problem.right == 'give its targets the label vpc, or leave them out by vpc!="" in the expression'


def test_what_is_inhibited_together_is_told_at_its_field() -> None:
    high, low = rule("high"), rule("low", inhibited_by=[{"rule": "high", "same": ["vpc"]}])
    (problem,) = too_large([*bindings_of(fleet_of(labelled(*[{"vpc": "a"}] * 250), high, low))])
    assert str(problem) == (
        "rules[1].inhibited_by[0].same: the group vpc=a has 250 targets, more than the 200 of a shard; "
        "inhibit over a label that divides it, or exclude some"
    )


def test_groups_that_are_too_large_only_together_are_explained() -> None:
    labels = [{"vpc": f"vpc-{number // 50}", "rack": f"rack-{number % 10}"} for number in range(250)]
    (problem,) = too_large([*bindings_of(fleet_of(labelled(*labels), rule("by_vpc", "vpc"), rule("by_rack", "rack")))])
    assert str(problem) == (
        "rules[1].group_by: groups that overlap hold 250 targets together, more than the 200 of a shard: "
        "vpc=vpc-0 of by_vpc, rack=rack-0 of by_rack, vpc=vpc-1 of by_vpc, vpc=vpc-2 of by_vpc and 11 more; "
        "group by labels that divide the targets in the same way, or exclude some"
    )


# Whatever the fleets and rules


VPC = rule("by_vpc", "vpc")
ZONE = rule("by_zone", "zone", expression='max(ic_server_health{zone!=""}) by (@GBLABELS)')
BOTH = rule("by_both", "vpc", "zone")
HIGH = rule("high", expression='max(ic_server_health{rack!="1"}) by (@GBLABELS)')
LOW = rule("low", exclude=[{"vpc": "0"}], inhibited_by=[{"rule": "high", "same": ["rack"]}])

some_rules = st.lists(st.sampled_from([VPC, ZONE, BOTH, HIGH, LOW]), unique_by=lambda each: each.name, max_size=3)
some_labels = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from("0123456789abcdef") for name in ("vpc", "zone", "rack")}
)
some_targets = st.tuples(st.integers(0, 20), st.lists(some_labels, min_size=10, max_size=40))
"""The number of the first target, and the labels of all."""


def must_share(wanted: Fleet) -> list[list[str]]:
    """The targets that must share a shard, group by group, worked out apart from the code under test."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, target in wanted.targets.items():
        vpc, zone, rack = (target.labels.get(each, "") for each in ("vpc", "zone", "rack"))
        if "by_vpc" in wanted.rules:
            groups.setdefault(("vpc", vpc), []).append(name)
        if "by_zone" in wanted.rules and zone:
            groups.setdefault(("zone", zone), []).append(name)
        if "by_both" in wanted.rules:
            groups.setdefault(("both", vpc, zone), []).append(name)
        if {"low", "high"} <= wanted.rules.keys() and rack and (rack != "1" or vpc != "0"):
            groups.setdefault(("rack", rack), []).append(name)
    return [*groups.values()]


def joined(groups: list[list[str]], names: Iterable[str]) -> list[set[str]]:
    """Groups that have a target in common, as one; and every other target on its own."""
    parts = [{name} for name in names]
    for group in groups:
        touched = [part for part in parts if part & {*group}]
        parts = [part for part in parts if not part & {*group}] + [set().union(*touched)]
    return parts


@given(st.lists(st.tuples(some_targets, some_rules), min_size=1, max_size=4), st.integers(8, 20))
def test_groups_never_span_shards_and_nothing_moves_that_need_not(
    steps: list[tuple[tuple[int, list[dict[str, str]]], list[Rule]]], limit: int
) -> None:
    have = Inventory()
    with pytest.MonkeyPatch.context() as patch:
        for module in (shards, bindings):  # so that some forty targets have much to be told about
            patch.setattr(module, "SHARD_TARGETS", limit)
        for (first, labels), rules in steps:
            targets = [Target(address(number), labels=each) for number, each in enumerate(labels, first)]
            wanted = fleet_of(targets, *rules)
            parts = joined(must_share(wanted), wanted.targets)
            if any(len(part) > limit for part in parts):
                assert too_large([*bindings_of(wanted)])
                with pytest.raises(ConfigError):
                    make_plan(have, wanted)
                continue
            assert too_large([*bindings_of(wanted)]) == []
            plan = make_plan(have, wanted)
            assert plan == make_plan(have, wanted)
            assert plan.shards.keys() == wanted.targets.keys()
            assert all(count <= limit for count in Counter(plan.shards.values()).values())
            for part in parts:
                assert len({plan.shards[name] for name in part}) == 1
                if len(before := {have.shards.get(name) for name in part}) == 1 and before != {None}:
                    assert not part & plan.moved.keys()
            assert plan.moved == {
                name: (have.shards[name], shard)
                for name, shard in plan.shards.items()
                if name in have.shards and have.shards[name] != shard
            }
            assert plan.moved.keys() <= plan.changed.keys()
            have = applied(plan)
            assert make_plan(have, wanted).empty


def test_ten_thousand_targets_and_twenty_rules_are_planned() -> None:
    labels = [
        {"vpc": f"vpc-{number % 100}", "region": f"r{number % 50}", "rack": f"rack-{number // 20}"}
        for number in range(10_000)
    ]
    groups = [("vpc",), ("region",), ("rack", "region"), ("vpc", "rack")]
    rules = [rule("rule_0", "vpc")]
    for number in range(1, 20):
        inhibitors = [{"rule": f"rule_{number - 1}", "same": ["region"]}]
        rules.append(rule(f"rule_{number}", *groups[number % 4], inhibited_by=inhibitors))
    wanted = fleet_of(labelled(*labels), *rules)
    plan = make_plan(Inventory(), wanted)
    assert len(set(plan.shards.values())) == 50
    assert all(len(shards) == 1 for shards in spans(plan, "region"))
