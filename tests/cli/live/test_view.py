"""The terminal view, drawn into text as a terminal of some size would show it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import HEALTH, Alarm, Cause, Failure, Inventory, Level, Phase, ShardAlarms, Silence, Sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.live.state import HISTORY, State
from icwatch_cli.live.view import draw, sparkline
from icwatch_cli.local.subscriber import Received

HOSTILE = "[bold red]no[/] markup"
RULE = {"name": "another_rule", "expression": "max(ic_server_health) by (target) == 0"}
SLOWLY = {"name": "ic_server_connect_failed", "duration": "10m"}


def shown(state: State, width: int = 118, height: int = 36) -> list[str]:
    """The lines of the screen, without trailing space."""
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(draw(state, width, height))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def state_of(*targets: object) -> State:
    """What is shown of a fleet before its first sweep."""
    fleet = parse_fleet({"language": "en-US", "targets": list(targets)})
    return State(fleet, "fleet.yaml", "http://127.0.0.1:4566")


def sweep(state: State, minute: int, *bad: str) -> Sweep:
    """A sweep over the whole fleet in which some targets fail."""
    return Sweep(
        shard="shard-0001",
        at=minute * 60,
        metrics={HEALTH: {name: int(name not in bad) for name in state.fleet.targets}},
        failures={name: Failure(Cause.HTTP_STATUS, f"HTTP 500 {HOSTILE}", 500) for name in bad},
        probe_ms=dict.fromkeys(state.fleet.targets, 3),
    )


def test_before_the_first_sweep() -> None:
    lines = shown(state_of("192.168.0.1"))
    assert "1 target every 1m  sweep 0 at none yet" in lines[0]
    assert any("192.168.0.1" in line and "not probed yet" in line for line in lines)
    assert any("AWS APIs at http://127.0.0.1:4566" in line for line in lines)


def test_targets_alarms_and_notices_are_shown() -> None:
    state = state_of("192.168.0.1", {"address": "fd00::1", "port": 9000, "labels": {"vpc": HOSTILE}})
    bad = "[fd00::1]:9000"
    current = ShardAlarms("shard-0001")
    inventory = Inventory(targets=state.fleet.targets, rules=state.fleet.rules)
    for minute in (1, 2, 3):
        assert state.take(sweep(state, minute, bad)).keys() == ({bad, "192.168.0.1"} if minute == 1 else set())
        current, _ = evaluate(inventory, current, sweep(state, minute, bad))
    state.alarms = list(current.alarms.values())
    state.receive(Received("[Critical] subject", {"text": "the message\nof two lines\n"}, {"kind": "raised"}))
    text = "\n".join(shown(state, width=180))
    assert "sweep 3 at " in text
    assert "1 unhealthy" in text
    row = next(line for line in text.splitlines() if f"vpc={HOSTILE}" in line)
    assert bad in row
    assert "http_status: HTTP 500 [bold red]" in row
    assert row.rstrip(" │").endswith("×××")
    alarm = next(line for line in text.splitlines() if "reported 3×" in line)
    assert bad in alarm
    assert "for 2m" in alarm
    assert "raised   [Critical] subject" in text
    assert "│ the message " in text
    assert "│ of two lines " in text


def test_a_change_is_told_once() -> None:
    state = state_of("192.168.0.1")
    changes = [state.take(sweep(state, minute, *bad)) for minute, bad in enumerate([(), (), ("192.168.0.1",), ()], 1)]
    assert [change.keys() for change in changes] == [{"192.168.0.1"}, set(), {"192.168.0.1"}, {"192.168.0.1"}]
    assert changes[2]["192.168.0.1"] is not None
    assert changes[3]["192.168.0.1"] is None


def test_an_unseen_target_is_told_once_and_shown_with_the_reason() -> None:
    state = state_of("192.168.0.1", "192.168.0.2")

    def missing(minute: int, why: str) -> Sweep:
        seen = {"192.168.0.2": 1}
        return replace(sweep(state, minute), metrics={HEALTH: seen}, unseen={"192.168.0.1": why})

    taken = [state.take(missing(1, f"forbidden {HOSTILE}")), state.take(missing(2, f"too late {HOSTILE}"))]
    assert taken == [{"192.168.0.1": f"forbidden {HOSTILE}", "192.168.0.2": None}, {}]
    text = "\n".join(shown(state, width=180))
    assert f"unseen: too late {HOSTILE}" in text
    assert "0 unhealthy, 1 unseen" in text
    assert state.take(sweep(state, 3)) == {"192.168.0.1": None}
    assert "unseen" not in "\n".join(shown(state))


def test_who_fails_comes_before_who_is_unseen_where_not_all_have_room() -> None:
    state = state_of(*(f"192.168.0.{number}" for number in range(1, 101)))
    partly = {name: 1 for name in state.fleet.targets if name != "192.168.0.98"}
    taken = replace(sweep(state, 1, "192.168.0.99"), unseen={"192.168.0.98": "forbidden"})
    state.take(replace(taken, metrics={HEALTH: {**partly, "192.168.0.99": 0}}))
    rows = [line for line in shown(state, height=30) if "192.168.0." in line]
    assert ["192.168.0.99" in rows[0], "192.168.0.98" in rows[1]] == [True, True]


def test_unhealthy_targets_come_first_where_not_all_have_room() -> None:
    state = state_of(*(f"192.168.0.{number}" for number in range(1, 101)))
    state.take(sweep(state, 1, "192.168.0.99"))
    lines = shown(state, height=30)
    rows = [line for line in lines if "192.168.0." in line]
    assert "192.168.0.99" in rows[0]
    assert any("more" in line for line in lines)


@given(st.integers(0, 60), st.integers(0, 30), st.integers(0, 20), st.integers(14, 80), st.integers(60, 200))
def test_the_screen_never_grows_beyond_the_terminal(
    targets: int, bad: int, notices: int, height: int, width: int
) -> None:
    state = state_of(*(f"192.168.0.{number + 1}" for number in range(targets + 1)))
    names = list(state.fleet.targets)[:bad]
    current, _ = evaluate(
        Inventory(targets=state.fleet.targets, rules=state.fleet.rules),
        ShardAlarms("shard-0001"),
        sweep(state, 1, *names),
    )
    state.take(sweep(state, 1, *names))
    state.alarms = list(current.alarms.values())
    for number in range(notices):
        state.receive(Received(f"[Critical] {number} " + "long " * 50, {"text": "words " * 500}, {"kind": "raised"}))
    assert len(shown(state, width, height)) <= height


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
    state = state_of("192.168.0.1")
    failure = Failure(Cause.HTTP_STATUS, "HTTP 404", 404)
    state.take(replace(sweep(state, 1), probe_failures={"vpc_network_health": {"192.168.0.1": failure}}))
    assert any("vpc_network_health: http_status" in line for line in shown(state))
    state.take(sweep(state, 2))
    assert not any("vpc_network_health" in line for line in shown(state))


def test_a_pending_alarm_says_since_when_it_is_seen() -> None:
    state = State(parse_fleet({"targets": ["192.168.0.1"], "rules": [SLOWLY]}), "fleet.yaml", "http://127.0.0.1:4566")
    current = ShardAlarms("shard-0001")
    for minute in (29_900_000, 29_900_002):
        current, _ = evaluate(state.fleet.as_inventory(), current, seen := sweep(state, minute, "192.168.0.1"))
        state.take(seen)
    state.alarms = [*current.alarms.values()]
    (line,) = (line for line in shown(state) if "pending" in line)
    assert "for 0s" in line, "two minutes without a sweep: the run starts anew"
    assert "pending: held 0s of 10m" in line


def test_an_alarm_that_was_kept_back_is_shown_as_such() -> None:
    state = state_of("192.168.0.1")
    inventory = replace(state.fleet.as_inventory(), silences=(Silence("s", {"target": "192.168.0.1"}, 0, 90),))
    current = ShardAlarms("shard-0001")
    for minute, words in ((1, "not announced"), (2, "reported 2×")):
        current, _ = evaluate(inventory, current, sweep(state, minute, "192.168.0.1"))
        state.alarms = [*current.alarms.values()]
        assert any("192.168.0.1" in line and words in line for line in shown(state)), minute


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
    state = state_of("192.168.0.1", "192.168.0.3")
    state.take(sweep(state, 5, "192.168.0.1"))
    alarms = [
        Alarm(rule, target, phase, since, since, Level.ALERT, 0)
        for rule in ("ic_server_connect_failed", "another_rule", "one that is gone")
        for target in ("192.168.0.1", "192.168.0.2", "vpc=vpc-1")
        for since in (240, 900)
    ]
    state.follow(parse_fleet(applied).as_inventory(), alarms)
    lines = shown(state, height=60)
    assert any(f"current alarms ({len(alarms)}" in line for line in lines)
    assert any(str(applied["targets"]).strip("[]'") in line for line in lines)
    assert not any("192.168.0.3" in line for line in lines)
    assert f"1 target every {applied.get('every', '1m')}" in lines[0]


def test_what_a_robot_says_in_the_chat_group_is_shown() -> None:
    state = state_of("192.168.0.1")
    assert not any("a chat group" in line for line in shown(state))
    for number in range(5):
        state.hear(f"{HOSTILE} {number}")
    screen = "\n".join(shown(state))
    assert "a chat group, by a robot" in screen
    assert [number for number in range(5) if f"{HOSTILE} {number}" in screen] == [2, 3, 4]
    assert len(shown(state, height=24)) <= 24
