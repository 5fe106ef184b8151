"""What is kept of a sweep: above all how much of what fails, and whether the way there explains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from icwatch.announcements.decision import MOST, decide
from icwatch.announcements.grouping import announcements_of
from icwatch.model import (
    Alarm,
    Cause,
    Decision,
    Failure,
    Inventory,
    Kind,
    Language,
    Level,
    Phase,
    Rule,
    ShardAlarms,
    Share,
    Target,
    Transition,
)
from icwatch.notices import Style, write_notice
from icwatch.notices.context import NoticeContext
from icwatch.notices.email import verdicts
from icwatch.notices.procedure import first_step
from icwatch.notices.steps import Step
from icwatch_cli.fleet import builtin, parse_rule

AT = 1_795_316_400
SHARD = "shard-0001"
RULE = parse_rule(builtin.RULE)
SLOW = {"name": "slow", "expression": "max(ic_server_probe_seconds) by (target)", "comparator": ">", "threshold": 2}
BY_VPC = replace(RULE, name="vpc_connect_failed", group_by=("vpc",))
TIMEOUT = Failure(Cause.CONNECT_TIMEOUT, "no connection within 3s")
REFUSED = Failure(Cause.CONNECTION_REFUSED)
Labels = Mapping[str, str]


def fleet(*parts: tuple[int, Labels]) -> list[Target]:
    """So many targets with these labels, and so many with those."""
    every = [labels for count, labels in parts for _ in range(count)]
    return [Target(f"10.0.{number // 200}.{number % 200}", labels=labels) for number, labels in enumerate(every)]


def inventory(targets: Iterable[Target], elsewhere: Iterable[Target] = (), *rules: Rule) -> Inventory:
    here, there = {each.id: each for each in targets}, {f"x{each.id}": each for each in elsewhere}
    return Inventory(
        targets=here | there,
        shards=dict.fromkeys(here, SHARD) | dict.fromkeys(there, "shard-0002"),
        rules={rule.name: rule for rule in rules or (RULE,)},
    )


def alarm(target: str, labels: Labels, failure: Failure | None = TIMEOUT, rule: Rule = RULE) -> Alarm:
    return Alarm(
        rule=rule.name,
        target=target,
        phase=Phase.ACTIVE,
        since=AT,
        seen=AT,
        level=Level.CRITICAL,
        value=0,
        failure=failure,
        labels=labels,
    )


def raised(of: Alarm, kind: Kind = Kind.RAISED, *, announce: bool = True) -> Transition:
    return Transition(
        rule=of.rule,
        target=of.target,
        kind=kind,
        at=AT,
        raised_at=AT,
        began_at=AT,
        since=AT,
        level=of.level,
        value=0,
        reason="",
        announce=announce,
        notified_levels=() if kind is Kind.RAISED else (of.level,),
        failure=of.failure,
        labels=of.labels,
    )


def sweep(watched: Inventory, alarms: Iterable[Alarm], transitions: Iterable[Transition] | None = None) -> Decision:
    """The decision after which these alarms stand; all of them have just been raised unless said otherwise."""
    current = {each.key: each for each in alarms}
    told = map(raised, current.values()) if transitions is None else transitions
    return decide(watched, ShardAlarms(SHARD, AT, current), tuple(told), "icwatch (cn-shanghai)")


def failing(targets: Iterable[Target], failure: Failure | None = TIMEOUT) -> list[Alarm]:
    return [alarm(each.id, each.labels, failure) for each in targets]


def named(decision: Decision) -> dict[str, Share]:
    """The shares by label and value; that of the whole shard has an empty name."""
    found = {f"{share.label}={share.value}" if share.label else "": share for share in decision.shares}
    assert len(found) == len(decision.shares)
    return found


VPCS = fleet(*((12, {"vpc": f"vpc-{number}", "region": "cn-shanghai"}) for number in range(1, 6)))
VPC_2 = VPCS[12:24]


def test_all_that_a_notice_needs_is_kept() -> None:
    watched = replace(inventory(VPCS), language=Language.ZH_TW, route_by=("vpc",), merge_above=3)
    decision = sweep(watched, failing(VPC_2[:1]))
    assert decision == Decision(
        shard=SHARD,
        at=AT,
        transitions=(raised(alarm(VPC_2[0].id, VPC_2[0].labels)),),
        rules={RULE.name: RULE},
        language=Language.ZH_TW,
        source="icwatch (cn-shanghai)",
        route_by=("vpc",),
        merge_above=3,
        shares=(),
    )


def test_twelve_of_twelve_in_a_vpc_point_to_the_path() -> None:
    shares = named(sweep(inventory(VPCS), failing(VPC_2)))
    assert shares == {
        "": Share(RULE.name, 12, 60),
        "vpc=vpc-2": Share(RULE.name, 12, 12, "vpc", "vpc-2", path=True),
        "region=cn-shanghai": Share(RULE.name, 12, 60, "region", "cn-shanghai"),
    }


@pytest.mark.parametrize("cause", Cause)
def test_the_path_is_suspected_where_it_explains_every_failure(cause: Cause) -> None:
    on_the_way = {Cause.CONNECT_TIMEOUT, Cause.HOST_UNREACHABLE, Cause.NO_ROUTE, Cause.DNS}
    alarms = [*failing(VPC_2[1:]), *failing(VPC_2[:1], Failure(cause))]
    share = named(sweep(inventory(VPCS), alarms))["vpc=vpc-2"]
    assert share.failing == share.of == 12
    assert share.path == (cause in on_the_way)


def test_a_failure_without_a_cause_explains_nothing() -> None:
    alarms = [*failing(VPC_2[1:]), *failing(VPC_2[:1], None)]
    assert not named(sweep(inventory(VPCS), alarms))["vpc=vpc-2"].path


def test_one_that_is_healthy_speaks_for_the_path() -> None:
    share = named(sweep(inventory(VPCS), failing(VPC_2[1:])))["vpc=vpc-2"]
    assert (share.failing, share.of, share.path) == (11, 12, False)


def test_what_stood_already_counts() -> None:
    """Six were down before; the other six of the VPC went down now."""
    alarms = failing(VPC_2)
    share = named(sweep(inventory(VPCS), alarms, map(raised, alarms[:6])))["vpc=vpc-2"]
    assert (share.failing, share.of, share.path) == (12, 12, True)


@pytest.mark.parametrize("phase", [Phase.CLEARING, Phase.PENDING])
def test_what_is_clearing_or_not_yet_raised_does_not_count(phase: Phase) -> None:
    alarms = failing(VPC_2)
    alarms[0] = replace(alarms[0], phase=phase)
    share = named(sweep(inventory(VPCS), alarms, map(raised, alarms[1:])))["vpc=vpc-2"]
    assert (share.failing, share.of, share.path) == (11, 12, False)


def test_alarms_of_other_rules_do_not_count() -> None:
    other = replace(RULE, name="other")
    alarms = failing(VPC_2[:6])
    others = [alarm(each.id, each.labels, rule=other) for each in VPC_2]
    shares = sweep(inventory(VPCS, (), RULE, other), [*alarms, *others], map(raised, alarms)).shares
    assert {share.rule for share in shares} == {RULE.name}
    assert {share.failing for share in shares} == {6}


def test_a_label_value_of_one_target_says_nothing() -> None:
    own = [replace(each, labels={**each.labels, "name": each.id}) for each in VPCS]
    assert "name" not in {share.label for share in sweep(inventory(own), failing(own[12:24])).shares}
    two = fleet((6, {"vpc": "vpc-1"}), (2, {"vpc": "vpc-2"}), (1, {"vpc": "vpc-3"}), (9, {}))
    assert named(sweep(inventory(two), failing(two[:9]))).keys() == {"", "vpc=vpc-1", "vpc=vpc-2"}


def test_a_region_is_named_in_place_of_the_vpcs_that_it_covers() -> None:
    targets = fleet(
        (6, {"vpc": "vpc-1", "region": "a"}), (6, {"vpc": "vpc-2", "region": "a"}), (6, {"vpc": "vpc-3", "region": "b"})
    )
    shares = named(sweep(inventory(targets), failing(targets[:12])))
    assert shares.keys() == {"", "region=a"}
    assert shares["region=a"].path
    assert named(sweep(inventory(targets), failing(targets[:6]))).keys() == {"", "vpc=vpc-1", "region=a"}


def test_of_equals_the_vpc_is_named() -> None:
    targets = fleet((4, {"zone": "z", "vpc": "vpc-1", "rack": "r", "a": "b"}), (4, {"vpc": "vpc-2"}), (4, {}))
    shares = named(sweep(inventory(targets), failing(targets[:8])))
    assert list(shares) == ["", "vpc=vpc-1", "vpc=vpc-2"]


def test_parts_that_overlap_are_both_named() -> None:
    targets = fleet((4, {"vpc": "vpc-1"}), (4, {"vpc": "vpc-1", "rack": "r"}), (4, {"rack": "r"}), (4, {}))
    assert named(sweep(inventory(targets), failing(targets[:12]))).keys() == {"", "vpc=vpc-1", "rack=r"}


def test_where_everything_fails_only_so_much_is_named() -> None:
    """The decision is one item of a table."""
    targets = fleet(*((2 + number, {"vpc": f"vpc-{number:02}"}) for number in range(20)))
    shares = named(sweep(inventory(targets), failing(targets)))
    assert shares.keys() == {"", *(f"vpc=vpc-{number}" for number in range(10, 20))}, "the widest"
    assert len(shares) == MOST + 1
    assert shares[""].path


def test_what_a_storm_has_in_common_is_named_though_not_all_of_it_fails() -> None:
    shares = named(sweep(inventory(VPCS), failing(VPC_2[:6])))
    assert (shares["vpc=vpc-2"].failing, shares["vpc=vpc-2"].of, shares["vpc=vpc-2"].path) == (6, 12, False)


def test_targets_in_other_shards_are_counted() -> None:
    elsewhere = fleet((7, {"vpc": "vpc-2"}), (3, {"vpc": "vpc-1"}))
    shares = named(sweep(inventory(VPCS, elsewhere), failing(VPC_2)))
    assert (shares["vpc=vpc-2"].of, shares["vpc=vpc-2"].elsewhere) == (12, 7)
    assert (shares["region=cn-shanghai"].of, shares["region=cn-shanghai"].elsewhere) == (60, 0)
    assert (shares[""].of, shares[""].elsewhere) == (60, 0)


def test_where_the_whole_shard_fails_the_probing_place_is_suspected_too() -> None:
    shares = named(sweep(inventory(VPCS), failing(VPCS)))
    assert shares == {
        "": Share(RULE.name, 60, 60, path=True),
        "region=cn-shanghai": Share(RULE.name, 60, 60, "region", "cn-shanghai", path=True),
    }
    assert not named(sweep(inventory(VPCS), [*failing(VPCS[1:]), *failing(VPCS[:1], REFUSED)]))[""].path


def test_the_recovery_of_a_storm_has_its_shares() -> None:
    over = [raised(each, Kind.CLEARED) for each in failing(VPC_2)]
    shares = named(sweep(inventory(VPCS), [], over))
    assert shares == {
        "": Share(RULE.name, 0, 60),
        "vpc=vpc-2": Share(RULE.name, 0, 12, "vpc", "vpc-2"),
        "region=cn-shanghai": Share(RULE.name, 0, 60, "region", "cn-shanghai"),
    }


def test_a_storm_and_the_recovery_of_another_one_have_theirs() -> None:
    begins, ends = failing(VPC_2), [raised(each, Kind.CLEARED) for each in failing(VPCS[:12])]
    shares = named(sweep(inventory(VPCS), begins, [*map(raised, begins), *ends]))
    assert shares.keys() == {"", "vpc=vpc-1", "vpc=vpc-2", "region=cn-shanghai"}
    assert [shares[f"vpc=vpc-{number}"].path for number in (1, 2)] == [False, True]


def test_excluded_targets_are_not_part_of_it() -> None:
    rule = replace(RULE, exclude=({"role": "test"},))
    targets = [*VPCS, *fleet(*[(1, {})] * 200, (3, {"vpc": "vpc-2", "role": "test"}))[200:]]
    assert len({each.id for each in targets}) == 63
    share = named(sweep(inventory(targets, (), rule), failing(VPC_2)))["vpc=vpc-2"]
    assert (share.failing, share.of, share.elsewhere, share.path) == (12, 12, 0, True)


def test_alarms_of_what_is_not_watched_any_more_do_not_count() -> None:
    """As while the inventory is being written: they stand until they are closed."""
    gone = alarm("10.9.9.9", {"vpc": "vpc-2"})
    shares = named(sweep(inventory(VPCS), [gone, *failing(VPC_2)]))
    assert (shares[""].failing, shares[""].of) == (12, 60)
    assert (shares["vpc=vpc-2"].failing, shares["vpc=vpc-2"].of) == (12, 12)


def test_groups_of_a_rule_count_as_groups() -> None:
    """Eight VPCs in two regions: all of one fails."""
    targets = fleet(*((3, {"vpc": f"vpc-{number}", "region": "ab"[number > 4]}) for number in range(1, 11)))
    alarms = [
        alarm(f"vpc=vpc-{number}", {"vpc": f"vpc-{number}", "region": "b"}, TIMEOUT, BY_VPC) for number in range(5, 11)
    ]
    shares = named(sweep(inventory(targets, (), BY_VPC), alarms))
    assert shares == {
        "": Share(BY_VPC.name, 6, 10),
        "region=b": Share(BY_VPC.name, 6, 6, "region", "b"),
    }


@pytest.mark.parametrize("rules", [(), (replace(RULE, name="other"),)])
def test_a_rule_that_was_removed_is_kept_by_its_name_and_has_no_shares(rules: tuple[Rule, ...]) -> None:
    closed = [replace(raised(each, Kind.CLOSED), reason="rule_removed") for each in failing(VPC_2)]
    watched = replace(inventory(VPCS), rules={rule.name: rule for rule in rules})
    decision = sweep(watched, [], closed)
    assert decision.shares == ()
    assert decision.rules.keys() == {RULE.name}
    assert decision.rules[RULE.name].expression == ""
    assert decision.rules[RULE.name].display_name == dict.fromkeys(map(str, Language), RULE.name)


def test_where_nothing_is_merged_nothing_is_counted() -> None:
    """The usual decision stays a small item."""
    watched = inventory(VPCS)
    assert sweep(watched, failing(VPC_2[:5])).shares == ()
    assert sweep(watched, failing(VPC_2[:6])).shares != ()
    assert sweep(replace(watched, merge_above=12), failing(VPC_2, REFUSED)).shares == ()
    assert sweep(replace(watched, merge_above=2), failing(VPC_2[:3])).shares != ()


def test_what_is_not_announced_makes_no_storm() -> None:
    alarms = failing(VPC_2)
    told = [raised(each, announce=number < 5) for number, each in enumerate(alarms)]
    assert [*named(sweep(inventory(VPCS), alarms, told))] == ["vpc=vpc-2"], "but the path is suspected"
    told = [raised(each, announce=number < 6) for number, each in enumerate(alarms)]
    assert named(sweep(inventory(VPCS), alarms, told))["vpc=vpc-2"].path, "the silenced ones fail as well"


def test_kinds_are_counted_as_they_are_told() -> None:
    """Three are raised, three repeated: none of that is a storm."""
    alarms = failing(VPC_2[:6])
    told = [raised(each, Kind.RAISED if number < 3 else Kind.REPEATED) for number, each in enumerate(alarms)]
    assert sweep(inventory(VPCS), alarms, told).shares == ()
    late = [replace(each, notified_levels=()) for each in told]
    assert sweep(inventory(VPCS), alarms, late).shares != (), "all of them are first heard of now"


def test_the_same_sweep_gives_the_same_decision() -> None:
    watched = inventory(VPCS)
    assert sweep(watched, failing(VPC_2)) == sweep(watched, failing(VPC_2))
    assert sweep(watched, failing(VPC_2)) == sweep(inventory(VPCS), failing(VPC_2)), "whatever was worked out before"


def test_few_alarms_that_complete_a_vpc_suspect_its_path_as_well() -> None:
    """Eight stood already: the four that are told one by one say that it is all of them now."""
    alarms = failing(VPC_2)
    decision = sweep(inventory(VPCS), alarms, map(raised, alarms[8:]))
    assert named(decision) == {"vpc=vpc-2": Share(RULE.name, 12, 12, "vpc", "vpc-2", path=True)}
    announced = announcements_of(decision)
    assert [each.shares for each in announced] == [decision.shares] * 4
    assert {first_step(each) for each in announced} == {Step.NETWORK}


def test_each_route_is_told_of_its_own_vpc_also_where_the_region_is_down() -> None:
    targets = fleet(*((12, {"vpc": f"vpc-{number}", "region": "cn-shanghai"}) for number in (1, 2)))
    decision = sweep(replace(inventory(targets), route_by=("vpc",)), failing(targets))
    style = Style(Language.EN_US)
    subjects = [write_notice(each, style).subject for each in announcements_of(decision)]
    assert [subject.split(": ")[0] for subject in subjects] == [
        "[Critical] 12 of 12 IC-Servers in vpc-1",
        "[Critical] 12 of 12 IC-Servers in vpc-2",
    ]
    for announcement, vpc in zip(announcements_of(decision), ("vpc-1", "vpc-2"), strict=True):
        suspected = {f"{share.label}={share.value}" for share in announcement.shares if share.path and share.label}
        assert suspected == {f"vpc={vpc}"}


def test_what_all_carry_tells_no_path_from_another() -> None:
    labels = {"app": "ic", "ocp_address": "10.0.0.2", "room": "a"}
    targets = fleet(*((6, {**labels, "vpc": f"vpc-{number}"}) for number in (1, 2)))
    paths = {name for name, share in named(sweep(inventory(targets), failing(targets))).items() if share.path}
    assert paths == {"", "vpc=vpc-1", "vpc=vpc-2"}


def test_the_procedure_begins_with_what_most_of_them_need() -> None:
    """A VPC is out of reach, and more servers elsewhere refuse: the path is told of, and the process comes first."""
    rest = [each for each in VPCS if each not in VPC_2][:13]
    decision = sweep(inventory(VPCS), [*failing(VPC_2), *failing(rest, REFUSED)])
    (announcement,) = announcements_of(decision)
    assert first_step(announcement) is Step.PROCESS
    assert "OCP and vpc-2" in "".join(verdicts(NoticeContext(announcement, Style(Language.EN_US))))
    (announcement,) = announcements_of(sweep(inventory(VPCS), [*failing(VPC_2), *failing(rest[:12], REFUSED)]))
    assert first_step(announcement) is Step.NETWORK


def test_of_what_others_explain_the_path_is_still_told() -> None:
    """The region is down as a whole, but half of it refuses: that says nothing against the path to the other half."""
    targets = fleet((6, {"vpc": "vpc-1", "region": "a"}), (6, {"vpc": "vpc-2", "region": "a"}), (3, {"vpc": "vpc-3"}))
    shares = named(sweep(inventory(targets), [*failing(targets[:6], REFUSED), *failing(targets[6:12])]))
    assert {name for name, share in shares.items() if share.path} == {"vpc=vpc-2"}


def test_what_was_not_seen_now_is_no_evidence() -> None:
    stale = [replace(each, seen=AT - 7200) for each in failing(VPC_2[:1])]
    share = named(sweep(inventory(VPCS), [*stale, *failing(VPC_2[1:])]))["vpc=vpc-2"]
    assert (share.failing, share.of, share.path) == (12, 12, False)


def test_a_rule_about_groups_or_slowness_suspects_no_path() -> None:
    """One server of ten that timed out gives a group its cause, and a slow one may have a cause of another kind."""
    slow = replace(RULE, name="slow", program=parse_rule({**SLOW}).program)
    for rule in (replace(BY_VPC, group_by=("vpc",)), slow):
        alarms = [
            alarm(name, {"region": "r"}, rule=rule)
            for name in ({f"vpc=vpc-{number}" for number in range(1, 6)} if rule.group_by == ("vpc",) else ())
            or [each.id for each in VPC_2]
        ]
        assert not any(share.path for share in sweep(inventory(VPCS, (), rule), alarms).shares)
