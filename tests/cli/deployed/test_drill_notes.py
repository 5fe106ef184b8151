"""Drills as operators write them: begun, confirmed, looked back at."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC

import pytest

from icwatch.model import Drill, Hours, Inventory, Level, Robot, RobotKind
from icwatch_cli.commands.drill import listed
from icwatch_cli.deployed.drill_hops import DELIVERED, PUBLISHED, Passed
from icwatch_cli.deployed.drill_notes import all_drills, begin, change, confirm, wait_of
from icwatch_cli.deployed.notes import KEPT_SECONDS, NoteError
from icwatch_cli.main import main
from tests.evaluation.test_drills import raised_by

NOON = 20_778 * 86_400 + 12 * 3600
"""Of a day in UTC."""

OFFICE = Hours(9 * 60, 18 * 60)
NIGHT = Hours(18 * 60, 9 * 60)
ROBOTS = {
    "dba": Robot("dba", RobotKind.DINGTALK, ""),
    "office": Robot("office", RobotKind.WECOM, "", hours=OFFICE),
    "night": Robot("night", RobotKind.SLACK, "", hours=NIGHT),
    "always": Robot("always", RobotKind.SLACK, "", hours=replace(NIGHT, always=(Level.CRITICAL,))),
}
FLEET = Inventory(robots=ROBOTS, every=30)


@pytest.mark.parametrize("robot", ["", "dba", "office", "always"])
def test_it_begins_now_and_keeps_how_long_it_is_in_alarm(robot: str) -> None:
    assert begin(FLEET, NOON, "Wu", robot) == Drill(str(NOON), NOON, by="Wu", robot=robot, bad_seconds=60)


@pytest.mark.parametrize(
    ("robot", "words"),
    [
        ("dbb", "--robot dbb: is no robot of the fleet; did you mean dba?"),
        ("night", "--robot night: is told nothing for another 6h; begin the drill within its hours"),
    ],
)
def test_a_robot_that_cannot_be_told_is_refused(robot: str, words: str) -> None:
    with pytest.raises(NoteError, match=f"^{re.escape(words)}$"):
        begin(FLEET, NOON, "Wu", robot)


@pytest.mark.parametrize(("robot", "seconds"), [("dba", 0), ("office", 0), ("always", 0), ("night", 6 * 3600)])
def test_a_robot_waits_for_its_hours(robot: str, seconds: int) -> None:
    assert wait_of(ROBOTS[robot], NOON) == seconds


def test_two_that_begin_at_once_are_two() -> None:
    first = begin(FLEET, NOON, "Wu", "")
    second = begin(replace(FLEET, drills={first.id: first}), NOON, "Li", "")
    assert {first.id, second.id} == {str(NOON), str(NOON + 1)}


OLD, NEW = Drill("100", 100, by="Wu"), Drill("200", 200, by="Wu")
DONE = replace(NEW, confirmed_at=260, confirmed_by="Li")


@pytest.mark.parametrize(
    ("known", "name", "written", "said"),
    [
        (
            [OLD, NEW],
            None,
            [replace(NEW, confirmed_at=290, confirmed_by="He")],
            "drill 200 is confirmed by He, after 1m 30s",
        ),
        (
            [OLD, NEW],
            "100",
            [replace(OLD, confirmed_at=290, confirmed_by="He")],
            "drill 100 is confirmed by He, after 3m 10s",
        ),
        ([OLD, DONE], None, [], "drill 200 was confirmed before, by Li"),
    ],
)
def test_it_is_confirmed_once(known: list[Drill], name: str | None, written: list[Drill], said: str) -> None:
    assert confirm({each.id: each for each in known}, name, "He", 290) == (written, said)


@pytest.mark.parametrize(
    ("known", "name", "words"),
    [
        ([OLD, NEW], "210", "210: is no drill; did you mean 200?"),
        ([OLD], "x", "x: is no drill; icwatch drill list shows them"),
        ([], None, "there is no drill to be confirmed; icwatch drill begins one"),
    ],
)
def test_what_is_no_drill_cannot_be_confirmed(known: list[Drill], name: str | None, words: str) -> None:
    with pytest.raises(NoteError, match=f"^{re.escape(words)}$"):
        confirm({each.id: each for each in known}, name, "He", 290)


def test_writing_one_deletes_what_nobody_looks_back_at() -> None:
    inventory = replace(FLEET, drills={each.id: each for each in (OLD, NEW)})
    assert change(inventory, [DONE], KEPT_SECONDS + 150).delete == [OLD]
    nothing = change(inventory, [], KEPT_SECONDS + 150)
    assert (*nothing.put, *nothing.delete) == ()


def test_the_weekly_ones_are_known_by_what_was_decided() -> None:
    weekly = raised_by(Drill("150", 150))
    inventory = replace(FLEET, drills={each.id: each for each in (NEW, OLD)})
    found = all_drills(inventory, [weekly, raised_by(OLD)])
    assert [(name, each.by) for name, each in found.items()] == [("100", "Wu"), ("150", "weekly"), ("200", "Wu")]
    assert [line.split()[0] for line in listed(found.values(), UTC)] == ["drill", "200", "150", "100"]


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (Passed({}, ()), "lost at tick; look at the schedule"),
        (Passed(dict.fromkeys(("tick", "sweep", "decision"), ""), ()), "lost at published; look at the log"),
        (
            Passed(dict.fromkeys(("tick", "sweep", "decision", PUBLISHED), ""), ("dba", "office")),
            f"lost at {DELIVERED}, for dba, office; look at icwatch robot list",
        ),
    ],
)
def test_it_is_said_where_and_for_whom_it_is_lost(passed: Passed, words: str) -> None:
    assert passed.lost.startswith(words)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["list", "5"], ["ID 5: is of no use with list; leave it out"]),
        (
            ["confirm", "--robot", "dba", "--timeout", "5m"],
            [
                "--robot dba: is of no use with confirm; leave it out",
                "--timeout 5m: is of no use with confirm; leave it out",
            ],
        ),
    ],
)
def test_what_does_not_go_together_is_refused_at_once(
    call: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["drill", *call, "--stack", "icwatch"]) == 2
    err = capsys.readouterr().err
    assert all(each in err for each in words)
