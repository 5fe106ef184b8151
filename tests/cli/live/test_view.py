"""The terminal view, drawn into text as a terminal of some size would show it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from icwatch.model import HEALTH, Alarm, Cause, Failure, Language, Level, Phase, ShardAlarms, Silence, Sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.live.fleet import sparkline
from icwatch_cli.live.state import HISTORY, State
from icwatch_cli.live.view import draw, explained
from icwatch_cli.local.watcher import Received
from icwatch_cli.page.overview import overview_of
from icwatch_cli.page.row_words import RowWords
from tests.cli.page.world import NOW, World, an_outage, fleet_of

HOSTILE = "[bold red]no[/] markup"
FAILED = Failure(Cause.HTTP_STATUS, f"HTTP 500 {HOSTILE}", 500)
SLOWLY = {"name": "ic_server_connect_failed", "duration": "10m"}
RULE = {"name": "another_rule", "expression": "max(ic_server_health) by (target) == 0"}
LAST = NOW // 60 * 60
CHINA = timezone(timedelta(hours=8))
EN, ZH, TW = (RowWords(language, CHINA) for language in (Language.EN_US, Language.ZH_CN, Language.ZH_TW))
SIZES = pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])


def shown(state: State, width: int = 118, height: int = 36, words: RowWords = EN) -> list[str]:
    """The lines of the screen, without trailing space."""
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(draw(state, words, width, height))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def part(lines: list[str], title: str) -> list[str]:
    """The lines of one part of the screen, without its title."""
    first = next(place for place, line in enumerate(lines) if line.startswith(f"── {title}")) + 1
    rest = lines[first:-1]
    return rest[: next((place for place, line in enumerate(rest) if line.startswith("── ")), len(rest))]


class Shown:
    """A made-up fleet and the view of it."""

    def __init__(self, document: Mapping[str, Any], world: World | None = None) -> None:
        self.world = world or World.of(document)
        self.state = State(parse_fleet(document), "fleet.yaml", "http://127.0.0.1:4566", "http://localhost:8080/")
        self.names = [*self.world.inventory.targets]

    def sweep(self, left: int, *bad: str, unseen: tuple[str, ...] = (), took: int = 8) -> dict[str, object]:
        """A cycle so many minutes before the last; what became of targets is returned."""
        failing = dict.fromkeys(bad, FAILED)
        self.world.sweep(LAST - 60 * left, failing, unseen, took)
        health = {name: int(name not in bad) for name in self.names if name not in unseen}
        sweep = Sweep("shard-0001", LAST - 60 * left, {HEALTH: health}, failing, dict.fromkeys(health, 3))
        return {**self.state.take(replace(sweep, unseen=dict.fromkeys(unseen, f"forbidden {HOSTILE}")))}

    def follow(self) -> State:
        """The state, once what stands was read."""
        self.state.follow(self.world.inventory, overview_of(self.world.data()))
        return self.state


def of(*targets: object, **more: object) -> Shown:
    """A fleet of these targets."""
    return Shown({"language": "en-US", "targets": list(targets), **more})


@pytest.fixture(scope="module")
def outage() -> State:
    """40 servers in 4 VPCs: one VPC hangs, one server refuses, one answered 500."""
    world = an_outage(by="Wu", comment="called the network team")
    world.silence(Silence("quiet", {"vpc": "vpc-1"}, NOW - 3600, NOW + 3600, by="Li", comment="rack move"))
    seen = Shown(fleet_of({f"vpc-{number}": 10 for number in range(1, 5)}), world)
    return seen.follow()


@SIZES
def test_the_three_that_were_announced_are_shown_first(outage: State, width: int, height: int) -> None:
    lines = shown(outage, width, height)
    assert len(lines) <= height
    assert lines[1] == "vpc-2: all 10 IC-Servers unreachable for 18 min"
    assert part(lines, "Current alarms")[::2][:3] == [
        "●  Stopped     18 min  vpc-2: all 10 IC-Servers unreachable +10 inhibited",
        "●  Critical    30 min  10.3.0.4 unreachable",
        "●  Recovering  19 min  10.4.0.2 unhealthy",
    ]
    assert not [line for line in part(lines, "Current alarms") if "10.2.0." in line], "what is inhibited is folded"
    assert any("3 announced +10 inhibited · silences in force: 1" in line for line in lines)
    assert "connection refused · Nobody has it yet · notified 4 times, next 14:42" in part(lines, "Current alarms")[3]


def test_who_has_it_what_is_silenced_and_where_to_start_have_room_at_80_by_24(outage: State) -> None:
    lines = shown(outage, 80, 24)
    alarms = part(lines, "Current alarms")
    assert "Wu has it since 14:17 until 15:32" in alarms[1]
    assert alarms[-1] == "○ silence: vpc=vpc-1 until 15:32: rack move"
    assert part(lines, "newest alarm: vpc-2: all 10 IC-Servers unreachable") == [
        "Cause: connect timeout; suspect the path between OCP and vpc-2.",
        "First: Check the path between OCP and vpc-2: routes, peering, security groups.",
    ]
    assert part(lines, "By VPC") == [
        "●  vpc-2  0 of 10 answer   all 10 IC-Servers: connect timeout",
        "●  vpc-3  9 of 10 answer   10.3.0.4: connection refused",
        "●  vpc-4  10 of 10 answer  10.4.0.2: recovering",
        "●  vpc-1  10 of 10 answer  silenced",
    ]
    assert lines[-1].startswith("http://localhost:8080/  Ctrl-C ends it")


def test_larger_terminals_show_more(outage: State) -> None:
    wide, wider = shown(outage, 120, 40), shown(outage, 200, 60)
    assert "95.65 %" in part(wide, "By VPC")[0]
    assert "95.65 %  16 / 24 ms" in part(wider, "By VPC")[0]
    assert len(part(wider, "By VPC")[0].split()[6]) == 96, "a day in quarters of an hour"
    assert len(part(wider, "targets")) > len(part(wide, "targets")) > 3


@pytest.mark.parametrize("words", [ZH, TW])
@SIZES
def test_in_other_languages_it_fits_as_well(outage: State, words: RowWords, width: int, height: int) -> None:
    lines = shown(outage, width, height, words)
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width
    assert not [line for line in lines if "targets" in line or "notices" in line]
    assert "vpc-2" in lines[1]


def test_without_names_of_places_the_fleet_is_not_listed_by_them() -> None:
    seen = of("192.168.0.1")
    seen.sweep(0)
    assert not [line for line in shown(seen.follow()) if line.startswith("── By VPC")]


def test_before_the_first_sweep_it_says_what_is_being_started() -> None:
    seen = of("192.168.0.1")
    for step in ("backend", "stack"):
        seen.state.begin(step)
    lines = shown(seen.state)
    assert lines[0] == "icwatch fleet.yaml  every 1 min  not swept yet"
    assert lines[2] == "✓ the tables, streams, topics and queues of the local cloud"
    assert lines[3] == "… starting the stack of template.yaml in it"
    lines = shown(seen.follow())
    assert "The first sweep is on its way" in lines[1]
    assert any("192.168.0.1" in line and "not probed yet" in line for line in lines)


def test_targets_are_in_the_order_of_their_numbers() -> None:
    seen = of(*(f"192.168.0.{number}" for number in (10, 9, 100, 1)))
    seen.sweep(0)
    rows = part(shown(seen.follow()), "targets")
    assert [row.split()[1] for row in rows] == [f"192.168.0.{number}" for number in (1, 9, 10, 100)]


def test_who_is_worst_comes_first_where_not_all_have_room() -> None:
    seen = of(*(f"192.168.0.{number}" for number in range(1, 101)))
    seen.sweep(0, "192.168.0.100", "192.168.0.99", unseen=("192.168.0.98",))
    rows = part(shown(seen.follow(), height=30), "targets")
    assert [row.split()[1] for row in rows[:4]] == [f"192.168.0.{number}" for number in (99, 100, 98, 1)]
    assert rows[-1] == f"  {100 - len(rows) + 1} more"


def test_targets_and_notices_are_shown_as_they_are_written() -> None:
    bad = "[fd00::1]:9000"
    seen = of("192.168.0.1", {"address": "fd00::1", "port": 9000, "labels": {"rack": HOSTILE}})
    for left in (2, 1, 0):
        assert seen.sweep(left, bad).keys() == ({bad, "192.168.0.1"} if left == 2 else set())
    seen.state.receive(Received("[Critical] subject", {"text": "the message\nof two lines\n"}, {"kind": "raised"}))
    lines = shown(seen.follow(), width=180)
    row = next(line for line in part(lines, "targets") if bad in line)
    assert "×××" in row
    assert f"HTTP 500: HTTP 500 {HOSTILE}" in row or f"HTTP 500 {HOSTILE}" in row
    assert f"rack={HOSTILE}" in row
    assert part(lines, "notices")[0].split(maxsplit=1)[1] == "raised  [Critical] subject"
    assert part(lines, "the last notice") == ["the message", "of two lines"]


def test_the_newest_alarm_says_how_to_take_it() -> None:
    seen = of("192.168.0.1", "192.168.0.2")
    seen.sweep(2, "192.168.0.1")
    seen.sweep(1, "192.168.0.1", "192.168.0.2")
    lines = part(shown(seen.follow(), 80, 14), "newest alarm: 192.168.0.2")
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == ["Cause", "First", "Take it"]
    assert "icwatch ack 192.168.0.2 --stack icwatch" in lines[-1]


def test_a_change_is_told_once() -> None:
    seen = of("192.168.0.1")
    changes = [seen.sweep(3 - minute, *bad) for minute, bad in enumerate([(), (), ("192.168.0.1",), ()])]
    assert [change.keys() for change in changes] == [{"192.168.0.1"}, set(), {"192.168.0.1"}, {"192.168.0.1"}]
    assert changes[2]["192.168.0.1"] is not None
    assert changes[3]["192.168.0.1"] is None


def test_an_unseen_target_is_told_once_and_shown_with_the_reason() -> None:
    seen = of("192.168.0.1", "192.168.0.2")
    taken = [seen.sweep(left, unseen=("192.168.0.1",)) for left in (2, 1)]
    assert taken == [{"192.168.0.1": f"forbidden {HOSTILE}", "192.168.0.2": None}, {}]
    lines = shown(seen.follow(), width=180)
    assert any(f"unseen: forbidden {HOSTILE}" in line for line in part(lines, "targets"))
    assert "down 0/2  unseen 1" in lines[0]
    assert seen.sweep(0) == {"192.168.0.1": None}
    assert not [line for line in shown(seen.follow()) if "forbidden" in line]


@given(st.integers(0, 60), st.integers(0, 30), st.integers(0, 20), st.integers(14, 80), st.integers(60, 200))
def test_the_screen_never_grows_beyond_the_terminal(
    targets: int, bad: int, notices: int, height: int, width: int
) -> None:
    seen = of(*(f"192.168.0.{number + 1}" for number in range(targets + 1)))
    seen.sweep(0, *seen.names[:bad])
    for number in range(notices):
        text = {"text": "words " * 500}
        seen.state.receive(Received(f"[Critical] {number} " + "long " * 50, text, {"kind": "raised"}))
    lines = shown(seen.follow(), width, height)
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(
    ("history", "line"),
    [
        ([], ""),
        ([0, 0], "▁▁"),
        ([1, None, 8], "▁×█"),
        ([100] * HISTORY, "█" * HISTORY),
    ],
)
def test_a_sparkline_is_scaled_to_the_slowest(history: list[int | None], line: str) -> None:
    assert sparkline(history).plain == line


def test_a_further_probe_that_fails_is_shown_where_the_server_is_healthy() -> None:
    seen = of("192.168.0.1")
    seen.sweep(0)
    failing = {"vpc_network_health": {"192.168.0.1": Failure(Cause.HTTP_STATUS, "HTTP 404", 404)}}
    sweep = Sweep("shard-0001", LAST, {HEALTH: {"192.168.0.1": 1}}, probe_failures=failing)
    seen.state.take(sweep)
    assert any("vpc_network_health: HTTP 404" in line for line in shown(seen.follow()))
    seen.state.take(replace(sweep, probe_failures={}))
    assert not any("vpc_network_health" in line for line in shown(seen.state))


def test_a_pending_alarm_is_counted_and_named() -> None:
    seen = of("192.168.0.1", rules=[SLOWLY])
    seen.sweep(0, "192.168.0.1")
    lines = shown(seen.follow())
    assert any(line.startswith("── Current alarms · 1 pending") for line in lines)
    assert part(lines, "Current alarms") == ["○ 1 would be raised if they last: 192.168.0.1"]


def test_an_alarm_that_a_silence_keeps_back_is_shown_as_such() -> None:
    seen = of("192.168.0.1")
    seen.world.silence(Silence("s", {"target": "192.168.0.1"}, 0, NOW + 600, by="Li"))
    seen.sweep(0, "192.168.0.1")
    head, detail, silence = part(shown(seen.follow()), "Current alarms")
    assert head.startswith("○  Critical")
    assert "silenced until 14:42, by Li" in detail
    assert silence == "○ silence: target=192.168.0.1 until 14:42"


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize(
    "applied",
    [
        pytest.param({"targets": ["192.168.0.1"]}, id="a rule is gone"),
        pytest.param({"targets": ["192.168.0.2"], "rules": [SLOWLY, RULE]}, id="a target is gone, another is new"),
        pytest.param({"targets": ["192.168.0.1"], "every": "10s", "rules": [SLOWLY, RULE]}, id="another cycle"),
    ],
)
def test_the_view_follows_whatever_is_applied(applied: dict[str, object], phase: Phase) -> None:
    """Alarms, sweeps and inventory are read one after the other, so any of them may know what the others do not."""
    seen = of("192.168.0.1", "192.168.0.3")
    seen.sweep(0, "192.168.0.1")
    alarms = [
        Alarm(rule, target, phase, since, since, Level.ALERT, 0)
        for rule in ("ic_server_connect_failed", "another_rule", "one that is gone")
        for target in ("192.168.0.1", "192.168.0.2", "vpc=vpc-1")
        for since in (LAST - 240,)
    ]
    seen.world.shards["shard-0001"] = ShardAlarms("shard-0001", LAST, {alarm.key: alarm for alarm in alarms})
    inventory = parse_fleet(applied).as_inventory()
    names = tuple(inventory.targets)
    seen.world.inventory = replace(inventory, shards=dict.fromkeys(names, "shard-0001"), all_shards=("shard-0001",))
    lines = shown(seen.follow(), height=60)
    assert part(lines, "Current alarms")
    targets = part(lines, "targets")
    assert [row.split()[1] for row in targets] == [*names]
    assert f"every {'10 s' if 'every' in applied else '1 min'}" in lines[0]


def test_more_alarms_than_there_is_room_for_are_counted() -> None:
    seen = of(*(f"192.168.{number}.1" for number in range(1, 31)), merge_above=30)
    seen.sweep(0, *seen.names)
    lines = shown(seen.follow(), 80, 24)
    alarms = part(lines, "Current alarms")
    assert alarms[0].split()[4] == "192.168.1.1"
    assert alarms[-1] == f"  and {30 - len(alarms) + 1} more alarms"
    assert any(line.startswith("── Current alarms · 30 announced") for line in lines)


def test_what_a_robot_says_in_the_chat_group_is_shown() -> None:
    seen = of("192.168.0.1")
    seen.sweep(0)
    assert not any("a chat group" in line for line in shown(seen.follow()))
    for number in range(5):
        seen.state.hear(f"{HOSTILE} {number}")
    screen = "\n".join(part(shown(seen.state), "a chat group, by a robot"))
    assert [number for number in range(5) if f"{HOSTILE} {number}" in screen] == [2, 3, 4]
    assert len(shown(seen.state, height=24)) <= 24


def test_what_is_wrong_with_the_monitoring_itself_is_shown() -> None:
    seen = of("192.168.0.1")
    seen.sweep(0)
    data = seen.world.data(evaluator=2)
    seen.state.follow(seen.world.inventory, overview_of(data))
    assert "! given up (dead letters): evaluator 2" in shown(seen.state, 80, 24)
    seen.state.tell(f"a stream broke {HOSTILE}")
    assert shown(seen.state, 80, 24)[-1] == f"a stream broke {HOSTILE}"


@pytest.mark.parametrize("words", [EN, ZH, TW])
def test_the_marks_are_explained(words: RowWords) -> None:
    console = Console(file=io.StringIO(), width=80, height=24, color_system=None)
    console.print(explained(words, 80, 24))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert len(lines) <= 24
    assert not [line for line in lines if line.rstrip().endswith("…")], "nothing is cut"


def test_more_places_than_there_is_room_for_are_counted() -> None:
    seen = Shown(fleet_of({f"vpc-{number}": 2 for number in range(1, 41)}))
    seen.sweep(0, seen.names[-1])
    places = part(shown(seen.follow(), 80, 24), "By VPC")
    assert places[0].split()[1] == "vpc-40", "the worst"
    assert [line.split()[1] for line in places[1:3]] == ["vpc-1", "vpc-2"]
    assert places[-1] == f"  {40 - len(places) + 1} more, none of them worse"


@pytest.mark.parametrize("words", [EN, ZH, TW])
def test_on_a_small_screen_a_long_sentence_leaves_room_for_alarms(words: RowWords) -> None:
    seen = Shown(fleet_of({f"{place}, a machine room with a long name": 2 for place in ("north", "south", "east")}))
    seen.sweep(0, *seen.names)
    lines = shown(seen.follow(), 40, 10, words)
    assert len(lines) <= 10
    assert part(lines, words.texts.current)
