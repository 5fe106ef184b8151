"""What `apply` will change, and which shard a target is given."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from icwatch import builtin
from icwatch.config import parse_fleet
from icwatch.model import Fleet, Inventory, Language, ProbeSpec, Target
from icwatch.plan import SHARD_TARGETS, Plan, make_plan


def fleet(*numbers: int, labels: dict[str, str] | None = None) -> Fleet:
    names = [f"10.{number // 62500}.{number // 250 % 250}.{number % 250}" for number in numbers]
    return parse_fleet({"targets": [{"address": name, "labels": labels or {}} for name in ["192.168.0.1", *names]]})


def applied(plan: Plan) -> Inventory:
    """The inventory after a plan."""
    wanted = plan.fleet
    return Inventory(
        version=plan.version + 2,
        language=wanted.language,
        every=wanted.every,
        probe=wanted.probe,
        targets=wanted.targets,
        shards=plan.shards,
        all_shards=tuple(sorted({*plan.all_shards, *plan.shards.values()})),
        rules=wanted.rules,
    )


def test_everything_is_new_at_first() -> None:
    wanted = fleet(1, 2)
    plan = make_plan(Inventory(), wanted)
    assert (plan.added, plan.changed, plan.removed) == (wanted.targets, {}, ())
    assert (plan.rules, plan.removed_rules) == (wanted.rules, ())
    assert plan.settings == ("language", "every", "probe")
    assert not plan.empty


def test_the_same_fleet_again_changes_nothing() -> None:
    plan = make_plan(applied(make_plan(Inventory(), fleet(1, 2))), fleet(1, 2))
    assert plan.empty
    assert plan.unchanged == 3


def test_what_differs_is_told_apart() -> None:
    before = applied(make_plan(Inventory(), fleet(1, 2)))
    wanted = replace(fleet(2, 3), language=Language.EN_US, probe=ProbeSpec("/health"))
    wanted.targets["10.0.0.2"].labels["vpc"] = "vpc-1"  # type: ignore[index]  # a dict in truth
    plan = make_plan(before, wanted)
    assert (set(plan.added), set(plan.changed), plan.removed) == ({"10.0.0.3"}, {"10.0.0.2"}, ("10.0.0.1",))
    assert (plan.unchanged, plan.settings, plan.rules) == (1, ("language", "probe"), {})


def test_rules_that_left_are_removed_and_changed_ones_written() -> None:
    before = applied(make_plan(Inventory(), fleet()))
    rule = before.rules[builtin.NAME]
    plan = make_plan(replace(before, rules={builtin.NAME: replace(rule, duration=60), "old": rule}), fleet())
    assert (plan.rules, plan.removed_rules) == ({builtin.NAME: rule}, ("old",))
    assert not plan.empty


def test_a_target_that_cannot_be_read_is_written_anew_or_removed() -> None:
    before = applied(make_plan(Inventory(), fleet(1, 2)))
    targets = {name: target for name, target in before.targets.items() if name == "192.168.0.1"}
    broken = replace(before, targets=targets, unreadable={("target", "10.0.0.1"): "?", ("target", "10.0.0.2"): "?"})
    plan = make_plan(broken, fleet(1))
    assert (set(plan.added), set(plan.changed), plan.removed) == (set(), {"10.0.0.1"}, ("10.0.0.2",))
    assert plan.shards["10.0.0.1"] == before.shards["10.0.0.1"]


def test_a_port_makes_another_target() -> None:
    before = applied(make_plan(Inventory(), parse_fleet({"targets": ["192.168.0.1"]})))
    plan = make_plan(before, parse_fleet({"targets": ["192.168.0.1:8089"]}))
    assert (plan.added, plan.removed) == ({"192.168.0.1:8089": Target("192.168.0.1", 8089)}, ("192.168.0.1",))


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
