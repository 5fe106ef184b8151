"""Deciding about drills, in the way of every sweep: through a batch and the store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.evaluation.batch import evaluate_batch
from icwatch.evaluation.drills import inventory_of_drills
from icwatch.model import (
    CONFIRM_SECONDS,
    DRILL_RULE,
    DRILL_SHARD,
    UNCONFIRMED,
    Decision,
    Drill,
    Inventory,
    Kind,
    MonitoringReport,
    Robot,
    RobotKind,
    ShardAlarms,
    Silence,
    Sweep,
    Target,
)
from icwatch.probing.drills import sweep_of_drills
from icwatch.robots.filters import concerning
from icwatch_cli.fleet import builtin, parse_rule
from tests.memory import MemoryAlarms

AT = 1_795_316_400
DRILL = Drill(str(AT), AT, by="Wu")
CONFIRMED = replace(DRILL, confirmed_at=AT + 90, confirmed_by="Li")
FLEET = Inventory(
    targets={"10.0.0.1": Target("10.0.0.1")},
    shards={"10.0.0.1": "shard-0001"},
    rules={
        builtin.NAME: parse_rule(builtin.RULE),
        "any": parse_rule({"name": "any", "expression": "count(icwatch_drill == 0) > 0"}),
    },
    silences=(Silence("s", {"by": "Wu"}, AT - 1, AT + 10**6),),
)


def sweep(seconds: int, *drills: Drill) -> Sweep:
    found = sweep_of_drills(drills or (DRILL,), 60, AT + seconds, "here")
    assert found is not None
    return found


def run(inventory: Inventory, *seconds: int, store: MemoryAlarms | None = None) -> list[tuple[str, str, int, bool]]:
    """What is decided by the sweeps at these moments, delivered twice."""
    sweeps = [sweep(each) for each in seconds]
    outcome = evaluate_batch(store or MemoryAlarms(), inventory, [*sweeps, *sweeps])
    assert not outcome.failed_rules
    assert all(each.rule == DRILL_RULE for each in outcome.transitions)
    told = [(each.target, str(each.kind), each.at - AT, each.announce) for each in outcome.transitions]
    return told + [(each.subject, each.ended or each.kind, 0, True) for each in outcome.reports]


def test_it_is_raised_once_and_cleared_and_nothing_of_the_fleet_touches_it() -> None:
    inventory = replace(FLEET, drills={DRILL.id: CONFIRMED})
    assert run(inventory, 0, 60, 120, 180, 240) == [
        (DRILL.target, "raised", 0, True),
        (DRILL.target, "cleared", 180, True),
    ]


def test_one_lost_tick_loses_no_drill() -> None:
    assert [each[1] for each in run(FLEET, 60, 180, 240)] == ["raised", "cleared"]


@pytest.mark.parametrize(
    ("confirmed_at", "reports"),
    [
        (None, [UNCONFIRMED]),
        (90, []),
    ],
)
def test_who_nobody_confirms_in_time_is_reported_once(confirmed_at: int | None, reports: list[str]) -> None:
    drill = replace(DRILL, confirmed_at=confirmed_at)
    inventory = replace(FLEET, drills={DRILL.id: drill})
    told = run(inventory, 0, 120, CONFIRM_SECONDS - 60, CONFIRM_SECONDS, CONFIRM_SECONDS + 60, CONFIRM_SECONDS + 120)
    assert [each[1] for each in told if each[1] not in ("raised", "cleared")] == reports


def test_one_that_is_confirmed_late_is_reported_to_be_so() -> None:
    store = MemoryAlarms()
    evaluate_batch(store, FLEET, [sweep(0), sweep(120), sweep(CONFIRM_SECONDS)])
    late = replace(FLEET, drills={DRILL.id: CONFIRMED})
    outcome = evaluate_batch(store, late, [sweep(CONFIRM_SECONDS + 60), sweep(CONFIRM_SECONDS + 120)])
    assert [(each.subject, each.ended) for each in outcome.reports] == [(DRILL.target, "confirmed")]
    assert not store.load(DRILL_SHARD).monitoring


def test_the_weekly_one_is_unconfirmed_as_any_other() -> None:
    """Nobody wrote it into the inventory."""
    outcome = evaluate_batch(MemoryAlarms(), FLEET, [sweep(CONFIRM_SECONDS)])
    assert outcome.reports == [MonitoringReport(UNCONFIRMED, DRILL.target, AT, "nobody has confirmed it")]


def test_another_drill_says_nothing_of_the_one_before() -> None:
    """Not while that is swept now and then only, and not when it is forgotten after a day."""
    store = MemoryAlarms()
    evaluate_batch(store, FLEET, [sweep(0), sweep(120), sweep(180), sweep(CONFIRM_SECONDS)])
    later = Drill(str(AT + 10_000), AT + 10_000)
    outcome = evaluate_batch(store, FLEET, [sweep(10_000, later)])
    assert not outcome.reports
    assert [(each.target, each.kind) for each in outcome.transitions] == [(later.target, Kind.RAISED)]
    assert [each.subject for each in store.load(DRILL_SHARD).monitoring.values()] == [DRILL.target]
    next_day = evaluate_batch(store, FLEET, [sweep(10_000 + 86_400, Drill(str(AT + 96_400), AT + 96_400))])
    assert [each.kind for each in next_day.transitions if each.target == DRILL.target] == [], "it had been cleared"
    assert not store.load(DRILL_SHARD).monitoring


def test_its_end_is_told_by_a_sweep_of_hours_later() -> None:
    """The evaluator stood still for as long; another drill that begins meanwhile does not close it."""
    store = MemoryAlarms()
    other = Drill(str(AT + 2700), AT + 2700)
    assert [each.kind for each in evaluate_batch(store, FLEET, [sweep(0)]).transitions] == [Kind.RAISED]
    begun = evaluate_batch(store, FLEET, [sweep(2700, other)])
    assert [(each.target, each.kind) for each in begun.transitions] == [(other.target, Kind.RAISED)]
    late = evaluate_batch(store, FLEET, [sweep(4 * 3600, DRILL, other), sweep(4 * 3600 + 60, DRILL, other)])
    ends = sorted((each.target, each.kind) for each in late.transitions)
    assert ends == [(DRILL.target, Kind.CLEARED), (other.target, Kind.CLEARED)]


def test_drills_are_never_merged() -> None:
    """Each is confirmed by its own id, and one may be for a single robot."""
    drills = [Drill(str(AT - number), AT - number, robot="dba" if number else "") for number in range(12)]
    store = MemoryAlarms()
    inventory = replace(FLEET, merge_above=1, drills={each.id: each for each in drills})
    evaluate_batch(store, inventory, [sweep(0, *drills)])
    (decision,) = store.decisions.values()
    found = announcements_of(decision)
    assert {each.worst.target: each.only_robot for each in found} == {each.target: each.robot for each in drills}


def raised_by(drill: Drill) -> Decision:
    """What is decided as it begins."""
    begins = sweep_of_drills([drill], 60, drill.starts_at, "here")
    assert begins is not None
    store = MemoryAlarms()
    evaluate_batch(store, replace(FLEET, drills={drill.id: drill}), [begins])
    (decision,) = store.decisions.values()
    return decision


def announced(robot: str) -> Announcement:
    (found,) = announcements_of(raised_by(replace(DRILL, robot=robot)))
    return found


@pytest.mark.parametrize(("robot", "told"), [("", {"dba", "lead"}), ("dba", {"dba"}), ("gone", set())])
def test_it_is_for_all_robots_or_one_whatever_they_filter_by(robot: str, told: set[str]) -> None:
    robots = [
        Robot("dba", RobotKind.DINGTALK, "", only={"vpc": ("vpc-9",)}),
        Robot("lead", RobotKind.FEISHU, "", only={"stage": ("2",)}),
    ]
    announcement = announced(robot)
    assert announcement.drill
    assert {each.name for each in robots if concerning(each, announcement, ())} == told


def test_an_inventory_of_drills_has_nothing_of_the_fleet() -> None:
    watched = inventory_of_drills(FLEET, ShardAlarms(DRILL_SHARD), sweep(0))
    assert [*watched.targets] == [DRILL.target]
    assert [*watched.rules] == [DRILL_RULE]
    assert watched.silences == ()
