"""`icwatch silence` against a stack of the template."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from datetime import UTC, timedelta, timezone
from pathlib import Path

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import HEALTH, Daily, Inventory, ShardAlarms, Silence, Sweep, Weekly
from icwatch_cli.commands.silence import outdated
from icwatch_cli.deployed.notes import KEPT_SECONDS, NoteError
from icwatch_cli.deployed.silence_list import as_json, doubts, in_order, listed, state
from icwatch_cli.deployed.silences import (
    NO_MINUTE,
    as_plain,
    read_daily,
    read_days,
    read_labels,
    read_parts,
    spell_daily,
    spell_days,
    spell_parts,
)
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.local.stack import Stack
from icwatch_cli.main import main

CHINA = timezone(timedelta(hours=8))
AT = 1_772_438_400
"""2026-03-02 08:00:00 UTC, 16:00:00 in China."""

FLEET = """\
targets:
  - {address: 10.1.0.7, labels: {vpc: vpc-1, region: cn}}
  - {address: 10.2.0.1, labels: {vpc: vpc-2, region: cn}}
rules:
  - {name: by_vpc, expression: max(ic_server_health) by (vpc) == 0}
"""


@pytest.fixture
def inventory(stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> InventoryWriter:
    """The inventory of a stack that watches the fleet."""
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET)
    assert main(["apply", str(path), "--stack", "icwatch", "--yes"]) == 0
    capsys.readouterr()
    return InventoryWriter(boto3.client("dynamodb"), stack.outputs["InventoryTable"])


def silence(*arguments: str) -> int:
    action, *rest = arguments
    return main(["silence", action, "--stack", "icwatch", *rest])


ADD = ("add", "--comment", "rack move", "--by", "Li")


def test_a_silence_is_added_listed_and_ended(inventory: InventoryWriter, capsys: pytest.CaptureFixture[str]) -> None:
    before = int(time.time())
    assert silence(*ADD, "--label", "vpc=vpc-2", "--label", "rule=by_vpc", "--for", "2h", "--utc-offset", "+08:00") == 0
    told = capsys.readouterr()
    assert told.err == ""
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    line = rf"silence (\w{{6}}) of vpc=vpc-2, rule=by_vpc: {moment} to {moment} \(2h\), UTC\+08:00\n"
    match = re.fullmatch(line, told.out)
    assert match is not None, told.out
    (added,) = inventory.load().silences
    assert (added.id, added.labels) == (match[1], {"vpc": "vpc-2", "rule": "by_vpc"})
    assert (added.by, added.comment, added.daily) == ("Li", "rack move", None)
    assert before <= added.starts_at == added.created_at <= time.time()
    assert added.ends_at == added.starts_at + 7200

    next_sweep = Sweep("shard-0001", int(time.time()) + 1, {HEALTH: {"10.1.0.7": 0, "10.2.0.1": 0}})
    transitions = evaluate(inventory.load(), ShardAlarms("shard-0001"), next_sweep)[1]
    assert {each.target: each.announce for each in transitions} == {
        "10.1.0.7": True,
        "10.2.0.1": True,
        "vpc=vpc-1": True,
        "vpc=vpc-2": False,
    }

    assert silence("list") == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["id", "state", "labels"]
    assert row.startswith(f"{added.id}  active  vpc=vpc-2, rule=by_vpc  ")
    assert row.endswith("  Li  rack move")

    wrong = added.id[:-1] + ("2" if added.id[-1] != "2" else "3")
    assert silence("expire", wrong) == 2
    assert f"{wrong}: is no silence of stack icwatch; did you mean {added.id}?" in capsys.readouterr().err
    assert silence("expire", added.id) == 0
    assert capsys.readouterr().out == f"silence {added.id} is over\n"
    (ended,) = inventory.load().silences
    assert ended.ends_at <= time.time()
    assert silence("expire", added.id, "--utc-offset", "+00:00") == 0
    assert re.fullmatch(rf"silence {added.id} was over at {moment} UTC already\n", capsys.readouterr().out)
    assert silence("list") == 0
    assert capsys.readouterr().out == "no silences\n"
    assert silence("list", "--all") == 0
    assert f"{added.id}  over " in capsys.readouterr().out


def test_a_silence_to_come_in_a_part_of_each_day(
    inventory: InventoryWriter, capsys: pytest.CaptureFixture[str]
) -> None:
    span = ("--from", "2099-03-02T08:00:00Z", "--until", "2099-03-09T08:00:00Z")
    assert silence(*ADD, "--label", "target=vpc=vpc-2", *span, "--daily", "01:00-03:00", "--utc-offset", "+08:00") == 0
    told = capsys.readouterr()
    assert (
        "of target=vpc=vpc-2: 2099-03-02 16:00:00 to 2099-03-09 16:00:00 (7d), daily 01:00-03:00, UTC+08:00" in told.out
    )
    assert told.err == ""
    (added,) = inventory.load().silences
    assert added.daily == Daily(17 * 60, 19 * 60)
    assert silence("list", "--utc-offset", "+00:00") == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert "  coming  target=vpc=vpc-2  2099-03-02 08:00:00  2099-03-09 08:00:00  17:00-19:00  Li  rack move" in row
    assert silence("expire", added.id) == 0
    (ended,) = inventory.load().silences
    assert ended.starts_at == ended.ends_at <= time.time()


def test_a_silence_of_two_values_on_weekends(inventory: InventoryWriter, capsys: pytest.CaptureFixture[str]) -> None:
    span = ("--from", "2099-03-02T16:00", "--until", "2099-03-09", "--days", "Sat,Sun", "--utc-offset", "+08:00")
    assert silence(*ADD, "--label", "vpc=vpc-2", "--label", "vpc=vpc-1", *span) == 0
    told = capsys.readouterr()
    said = "of vpc=vpc-2 or vpc=vpc-1: 2099-03-02 16:00:00 to 2099-03-09 00:00:00 (6d 8h), on Sat,Sun, UTC+08:00"
    assert said in told.out
    assert told.err == ""
    (added,) = inventory.load().silences
    assert (added.labels, added.others) == ({"vpc": "vpc-2"}, {"vpc": ("vpc-1",)})
    assert (added.daily, added.weekly) == (NO_MINUTE, Weekly((4, 5), 960, 1440))
    assert silence("list", "--utc-offset", "+08:00") == 0
    assert "  vpc=vpc-2 or vpc=vpc-1  2099-03-02 16:00:00  2099-03-09 00:00:00  Sat,Sun  Li" in capsys.readouterr().out
    assert silence("list", "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["state"] == "coming"


def test_a_typing_error_is_told_and_the_silence_added(
    inventory: InventoryWriter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert silence(*ADD, "--label", "vpc=vpc2", "--for", "2h") == 0
    assert "warning: no alarm carries vpc=vpc2; did you mean vpc-2?\n" in capsys.readouterr().err
    assert len(inventory.load().silences) == 1


def test_what_has_been_over_for_long_goes_with_the_next(inventory: InventoryWriter) -> None:
    now = int(time.time())
    old, younger = (
        Silence(name, {"vpc": "a"}, 0, now - KEPT_SECONDS + off) for name, off in (("old", -60), ("younger", 60))
    )
    inventory.note(inventory.load(), [old, younger])
    assert silence(*ADD, "--label", "vpc=vpc-2", "--for", "2h") == 0
    kept = {each.id for each in inventory.load().silences}
    assert "younger" in kept
    assert "old" not in kept
    assert len(kept) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--label", "vpc", "--for", "2h"], "--label vpc: is no label; write its name and value, such as vpc=vpc-2"),
        (
            ["--label", "vpc!=a", "--for", "2h"],
            "--label vpc!=a: vpc! is no name of a label, and values are matched exactly; write small letters, digits "
            "and _ before one =, such as vpc=vpc-2",
        ),
        (
            ["--label", "vpc=~a|b", "--for", "2h"],
            "--label vpc=~a|b: values are matched exactly, not by a regular expression; write vpc=VALUE once for each "
            "value that is meant",
        ),
        (["--label", "vpc!~a=b", "--for", "2h"], "vpc!~a is no name of a label"),
        (["--label", "VPC=a", "--for", "2h"], "VPC is no name of a label"),
        (["--label", "=a", "--for", "2h"], "--label =a: is no label"),
        (["--label", "vpc=", "--for", "2h"], "--label vpc=: is no label"),
        (["--label", "target=10.0.0.300", "--for", "2h"], "'10.0.0.300' is no IPv4 or IPv6 address and no host name"),
        (
            ["--label", "target=li:secret@ic.test", "--for", "2h"],
            "--label target: the address has a user name or password",
        ),
        (["--label", "target=10.0.0.1:99999", "--for", "2h"], "port 99999 is out of range"),
        (
            ["--label", "a=1", "--for", "2h", "--days", "Mo"],
            "--days Mo: Mo is no day; write days such as Mon-Fri or Sat,Sun",
        ),
        (["--label", "a=1", "--for", "2h", "--days", "Mon-Tue-Wed"], "Mon-Tue-Wed is no day"),
        (["--label", "a=1", "--for", "2h", "--days", "Mon,"], "--days Mon,: nothing is no day"),
        (["--label", "a=1", "--from", "2099-03-02", "--until", "2099-03-03", "--days", "Tue"], "never be in force"),
        (
            ["--label", "a=1", "--until", "2026-03-02T16:00"],
            "would never be in force: it ends at 2026-03-02 16:00:00 UTC+08:00",
        ),
        (["--label", "a=1", "--for", "2"], "--for 2: is no duration"),
        (["--label", "a=1", "--for", "0s"], "would never be in force"),
        (
            ["--label", "a=1", "--until", "2026-03-02"],
            "would never be in force: it ends at 2026-03-02 00:00:00 UTC+08:00",
        ),
        (
            ["--label", "a=1", "--from", "2099-01-01T00:00Z", "--for", "2h", "--daily", "12:00-13:00"],
            "never be in force",
        ),
        (["--label", "a=1", "--for", "2h", "--daily", "1-3"], "--daily 1-3: is no part of a day; write two times"),
        (["--label", "a=1", "--for", "2h", "--daily", "00:00-24:00"], "leave it out for whole days"),
        (["--label", "a=1", "--for", "999999999d"], "--for 999999999d: ends after the year 9999"),
        (["--label", "a=1", "--for", "2h", "--comment", "a\nb"], "--comment: is empty, too long or no plain line"),
        (["--label", "a=1", "--for", "2h", "--by", " "], "--by: is empty"),
        (["--label", "a=1", "--for", "2h", "--utc-offset", "8"], "--utc-offset 8: is no offset"),
    ],
)
def test_what_is_no_silence_is_refused(
    arguments: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything of the stack is asked for."""
    assert silence(*ADD, "--utc-offset", "+08:00", *arguments) == 2
    assert message in (told := capsys.readouterr().err)
    assert "secret" not in told


@pytest.mark.parametrize(
    "arguments", [["--label", "a=1"], ["--for", "2h"], ["--label", "a=1", "--for", "2h", "--until", "9"]]
)
def test_a_silence_has_labels_and_one_end(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        silence(*ADD, *arguments)
    assert exit_.value.code == 2
    assert "required" in (err := capsys.readouterr().err) or "not allowed with" in err


@pytest.mark.parametrize(
    ("text", "daily"),
    [
        ("01:00-03:00", (1020, 1140)),
        ("22:00-06:00", (840, 1320)),
        ("7:30-24:00", (1410, 960)),
        ("08:00-09:00", (0, 60)),
    ],
)
def test_a_part_of_the_day_is_kept_in_utc(text: str, daily: tuple[int, int]) -> None:
    assert read_daily(text, CHINA) == Daily(*daily)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(-14 * 60, 14 * 60))
def test_a_part_of_the_day_is_shown_as_it_was_written(starts: int, ends: int, ahead: int) -> None:
    zone = timezone(timedelta(minutes=ahead))
    text = "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (starts, ends))
    if starts == ends:
        with pytest.raises(NoteError):
            read_daily(text, zone)
    else:
        assert spell_daily(read_daily(text, zone), zone) == text


@pytest.mark.parametrize(
    ("text", "days", "again"),
    [
        ("Mon-Fri", [0, 1, 2, 3, 4], "Mon-Fri"),
        ("Sat,Sun", [5, 6], "Sat,Sun"),
        ("Sat-Sun", [5, 6], "Sat,Sun"),
        ("Fri-Mon", [4, 5, 6, 0], "Fri-Mon"),
        ("sunday , MON-tue", [6, 0, 1], "Sun-Tue"),
        ("Wed", [2], "Wed"),
        ("Wed-Wed", [2], "Wed"),
        ("Mon,Wed,Fri", [0, 2, 4], "Mon,Wed,Fri"),
        ("Mon-Sun", [0, 1, 2, 3, 4, 5, 6], "Mon-Sun"),
        ("Tue-Mon", [0, 1, 2, 3, 4, 5, 6], "Mon-Sun"),
    ],
)
def test_days_of_the_week(text: str, days: list[int], again: str) -> None:
    assert read_days(text) == {*days}
    assert spell_days(days) == again


@given(st.sets(st.integers(0, 6), min_size=1))
def test_days_are_read_as_they_are_spelled(days: set[int]) -> None:
    assert read_days(spell_days(days)) == days


PARTS = [
    # In China, Saturday 00:00 is Friday 16:00 UTC.
    (None, "Sat,Sun", CHINA, Weekly((4, 5), 960, 1440), "Sat,Sun"),
    ("01:00-03:00", "Mon-Fri", CHINA, Weekly((0, 1, 2, 3, 6), 1020, 120), "Mon-Fri 01:00-03:00"),
    ("22:00-06:00", "Fri", CHINA, Weekly((4,), 840, 480), "Fri 22:00-06:00"),
    ("22:00-24:00", "Sun", timezone(timedelta(hours=-5)), Weekly((0,), 180, 120), "Sun 22:00-00:00"),
    ("20:00-21:00", "Mon", UTC, Weekly((0,), 1200, 60), "Mon 20:00-21:00"),
]


@pytest.mark.parametrize(("daily", "days", "zone", "weekly", "again"), PARTS)
def test_parts_of_a_week_are_kept_in_utc(
    daily: str | None, days: str, zone: timezone, weekly: Weekly, again: str
) -> None:
    assert read_parts(daily, days, zone) == (NO_MINUTE, weekly)
    assert spell_parts(Silence("s", {}, 0, 1, NO_MINUTE, weekly=weekly), zone) == again


@pytest.mark.parametrize("days", ["Mon-Sun", None])
def test_all_days_are_no_restriction(days: str | None) -> None:
    assert read_parts(None, days, CHINA) == (None, None)
    assert read_parts("01:00-03:00", days, CHINA) == (Daily(1020, 1140), None)


def test_a_label_is_split_at_its_first_sign() -> None:
    assert read_labels(["target=vpc=vpc-2", "a=b=c", "a=b=c"]) == {"target": ("vpc=vpc-2",), "a": ("b=c",)}


def test_a_label_can_have_several_values() -> None:
    assert read_labels(["vpc=b", "rule=r", "vpc=a", "vpc=b"]) == {"vpc": ("b", "a"), "rule": ("r",)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LOCALHOST", "localhost"),
        ("ic.Example.com", "ic.example.com"),
        ("10.0.0.1:8088", "10.0.0.1"),
        ("10.0.0.1:8089", "10.0.0.1:8089"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("[2001:DB8::1]:8088", "2001:db8::1"),
        ("[2001:DB8::1]:8089", "[2001:db8::1]:8089"),
        ("ic[.]example[.]com", "ic.example.com"),
        ("ic.example.com.", "ic.example.com"),
        ("all", "all"),
        ("vpc=VPC-2", "vpc=VPC-2"),
        ('vpc="a,b"', 'vpc="a,b"'),
    ],
)
def test_a_target_is_named_as_the_fleet_names_it(text: str, name: str) -> None:
    assert read_labels([f"target={text}"]) == {"target": (name,)}
    if "=" not in text and text != "all":
        written = text.replace("[.]", ".")
        assert [*parse_fleet({"targets": [written]}).targets] == [name]


WATCHED = parse_fleet(
    {
        "targets": [
            {"address": "10.1.0.7", "labels": {"vpc": "vpc-1", "region": "cn", "room": "1"}},
            {"address": "10.2.0.1", "labels": {"vpc": "vpc-2", "region": "cn", "room": "2"}},
        ],
        "rules": [{"name": "by_vpc", "expression": "max(ic_server_health) by (region) == 0"}],
    }
).as_inventory()


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({"vpc": "vpc-1"}, []),
        ({"region": "cn", "rule": "by_vpc"}, []),
        ({"target": "region=cn"}, []),
        ({"target": "10.2.0.1", "vpc": "vpc-2"}, []),
        ({"vpc": "vpc_1"}, ["no alarm carries vpc=vpc_1; did you mean vpc-1?"]),
        ({"vcp": "vpc-1"}, ["no alarm carries a label vcp; did you mean vpc?"]),
        ({"rule": "by_vcp"}, ["no alarm carries rule=by_vcp; did you mean by_vpc?"]),
        ({"target": "10.2.0.9", "x_y": "1"}, [
            "no alarm carries target=10.2.0.9; did you mean 10.2.0.1?", "no alarm carries a label x_y"]),
        ({"vpc": "vpc-1", "target": "10.2.0.1"}, ["no alarm carries all of these labels together"]),
        ({"rule": "by_vpc", "room": "1"}, ["no alarm carries all of these labels together"]),
    ],
)  # fmt: skip
def test_labels_that_match_nothing_are_doubted(labels: dict[str, str], told: list[str]) -> None:
    assert [*doubts(WATCHED, {name: (value,) for name, value in labels.items()})] == told


def test_each_of_several_values_is_doubted() -> None:
    assert [*doubts(WATCHED, {"vpc": ("vpc-1", "vpc-2")})] == []
    assert [*doubts(WATCHED, {"vpc": ("vpc-1", "vpc_2")})] == ["no alarm carries vpc=vpc_2; did you mean vpc-2?"]
    told = [*doubts(WATCHED, {"vpc": ("vpc-1", "vpc-2"), "target": ("10.2.0.1",), "room": ("1",)})]
    assert told == ["no alarm carries all of these labels together"]


def test_nothing_is_watched_yet() -> None:
    assert [*doubts(Inventory(), {"vpc": ("vpc-1",)})] == ["no alarm carries a label vpc"]


def test_columns_are_aligned_also_in_chinese() -> None:
    silences = [
        Silence("late22", {"vpc": "vpc-1"}, AT + 60, AT + 3600, None, "Li", "x"),
        Silence("over22", {"vpc": "vpc-1"}, AT - 60, AT, None, "Li", "over"),
        Silence("now222", {"target": "10.1.0.7"}, AT, AT + 3600, None, "李丽", "机架搬迁"),
        Silence("day222", {"vpc": "v"}, AT - 60, AT + 99_999, Daily(1320, 360), "Wu", "at night"),
        Silence("two222", {"vpc": "a"}, AT - 50, AT + 99_999, None, "Wu", "x", others={"vpc": ("b",)}),
        Silence("week22", {"vpc": "v"}, AT, AT + 9**6, NO_MINUTE, "Wu", "x", weekly=Weekly((4, 5), 960, 1440)),
    ]
    in_force_first = in_order(silences, AT)
    assert [*listed(in_force_first[:-1], AT, CHINA)] == [
        "id      state   labels           from, UTC+08:00      until, UTC+08:00     only         by    comment",
        "two222  active  vpc=a or vpc=b   2026-03-02 15:59:10  2026-03-03 19:46:39               Wu    x",
        "now222  active  target=10.1.0.7  2026-03-02 16:00:00  2026-03-02 17:00:00               李丽  机架搬迁",
        "day222  coming  vpc=v            2026-03-02 15:59:00  2026-03-03 19:46:39  06:00-14:00  Wu    at night",
        "week22  coming  vpc=v            2026-03-02 16:00:00  2026-03-08 19:37:21  Sat,Sun      Wu    x",
        "late22  coming  vpc=vpc-1        2026-03-02 16:01:00  2026-03-02 17:00:00               Li    x",
    ]
    assert in_force_first[-1].id == "over22"


def test_programs_read_what_is_stored() -> None:
    weekly = Silence(
        "w", {"vpc": "a"}, AT, AT + 60, NO_MINUTE, "Li", "x", AT, {"vpc": ("b",)}, Weekly((4, 5), 960, 1440)
    )
    assert json.loads(as_json(weekly, AT)) == {
        "state": "over",
        "id": "w",
        "labels": {"vpc": "a"},
        "others": {"vpc": ["b"]},
        "starts_at": AT,
        "ends_at": AT + 60,
        "daily": None,
        "weekly": {"days": [4, 5], "starts": 960, "minutes": 1440},
        "by": "Li",
        "comment": "x",
        "created_at": AT,
    }
    assert as_plain(None) is None


@pytest.mark.parametrize(("off", "expected"), [(-1, "coming"), (0, "active"), (59, "active"), (60, "over")])
def test_a_state_is_that_of_the_moment(off: int, expected: str) -> None:
    assert state(Silence("s", {}, AT, AT + 60), AT + off) == expected


def test_only_what_is_long_over_is_outdated() -> None:
    silences = [Silence(str(off), {}, 0, AT - KEPT_SECONDS + off) for off in (-1, 0, 1)]
    assert [each.id for each in outdated(silences, AT)] == ["-1"]
