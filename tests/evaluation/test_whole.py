"""Looking only at what is bad or stands decides what looking at everything does: the one is held against the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.evaluation.evaluate import evaluate_rules
from icwatch.evaluation.monitoring import monitor
from icwatch.model import (
    HEALTH,
    TLS_DAYS_LEFT,
    Acknowledgement,
    Alarm,
    Cause,
    Failure,
    Inventory,
    Level,
    Phase,
    ShardAlarms,
    Silence,
    Sweep,
    UnreadableAlarm,
)
from icwatch.model.standing import StandingAlarms
from icwatch.rules.coverage import Part
from icwatch.storage.items import read_alarms, write_alarms
from icwatch.storage.packing import pack, unpack
from icwatch.storage.sweep_packing import pack_sweep
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.fleet import parse_fleet
from tests.examples import examples

AT = 1_795_316_400
SHARD = "shard-0001"
PLACES = [("vpc-1", "cn"), ("vpc-1", "cn"), ("vpc-1", "us"), ("vpc-2", "cn"), ("vpc-2", "us"), ("", "cn")]
TARGETS = [f"10.0.0.{number}" for number in range(len(PLACES))]

EXPRESSIONS: Mapping[str, bool] = {
    "ic_server_health == 0": True,
    "min(ic_server_health{@LABELS}) by (@GBLABELS) == 0": True,
    "max(ic_server_health) by (vpc) == 0": True,
    "avg(ic_server_health) by (vpc, region) < 0.8": True,
    "count(ic_server_health == 0) by (vpc) > 1": True,
    "count(ic_server_health == 1) by (region) < 2": True,
    "sum(ic_server_health == bool 0) by (vpc) / count(ic_server_health) by (vpc) > 0.4": True,
    "min(count(ic_server_health == 1) by (vpc, region)) by (vpc) < 1": True,
    "sum(ic_server_health) < 3": True,
    "ic_server_health == 0 and disk == 0": True,
    "ic_server_health == 0 or disk == 0": True,
    "disk == 0 unless ic_server_health == 0": True,
    'max(disk{vpc=~"vpc.*"}) by (vpc) == 0 or max(ic_server_health{vpc="vpc-1"}) by (vpc) == 0': True,
    "disk - ic_server_health != 0": True,
    "1 / (ic_server_health - 1) < 0": True,
    "ic_server_probe_seconds > 1": False,
    "ic_server_tls_days_left < 10": False,
    "ic_server_health >= 0": False,
    "count(disk) by (vpc) > 0": False,
}
"""What a rule may say, and whether only what is bad or stands has to be looked at for it."""

TIMINGS: list[dict[str, Any]] = [
    {},
    {"resend_interval": "10m"},
    {"resend_interval": "10m", "duration": "1m"},
    {"resend_interval": ["1m", "5m"], "clear_cycle": "1m"},
    {"resend_interval": "10m", "breaches": "2 of 3"},
    {"resend_interval": "1h", "unattended_after": ["2m", "5m"]},
]
OTHERS: list[dict[str, Any]] = [
    {},
    {},
    {"overrides": [{"match": {"vpc": "vpc-1"}, "clear_cycle": "2m"}]},
    {"exclude": [{"vpc": "vpc-2"}]},
    {"exclude": ["10.0.0.1"]},
]


def fleet(rules: list[dict[str, Any]]) -> Inventory:
    found = parse_fleet(
        {
            "targets": [
                {"address": name, "labels": {"vpc": vpc, "region": region} if vpc else {"region": region}}
                for name, (vpc, region) in zip(TARGETS, PLACES, strict=True)
            ],
            "probe": {"scheme": "https"},
            "probes": {"disk": {"path": "/disk"}},
            "rules": rules,
        }
    )
    return replace(found.as_inventory(), shards=dict.fromkeys(TARGETS, SHARD), all_shards=(SHARD,))


def rule_of(number: int, expression: str, timing: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    inhibited = {"inhibited_by": [{"rule": "r0", "same": ["region"]}]} if number else {}
    return {"name": f"r{number}", "expression": expression, "level": "Alert", **timing, **other, **inhibited}


def rules_of(some: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> list[dict[str, Any]]:
    return [rule_of(number, *each) for number, each in enumerate(some)]


rule_lists = st.lists(
    st.tuples(st.sampled_from([*EXPRESSIONS]), st.sampled_from(TIMINGS), st.sampled_from(OTHERS)),
    min_size=1,
    max_size=3,
).map(rules_of)

marks = st.sampled_from([".x", ".xX", ".x-_", ".xXd_-uts", ".-"]).flatmap(
    lambda alphabet: st.text(alphabet, min_size=len(TARGETS), max_size=len(TARGETS))
)
"""What a sweep sees of each target: good, bad in two ways, a bad disk, unseen, nothing, no disk, slow, or expiring."""

events = st.lists(
    st.tuples(
        marks,
        st.integers(1, 4),
        st.sampled_from([60, 60, 60, 60, 30, 120, 240]),
        st.sampled_from(["", "", "", "again", "inconclusive", "silence", "acknowledge", "removed", "stored", "back"]),
    ),
    max_size=7,
)
"""What sweeps see, how many in a row, how far apart, and what happens before each."""


def sweep_of(at: int, seen: str, *, packed: bool) -> Sweep:
    of = dict(zip(TARGETS, seen, strict=True))
    refused, reset = Failure(Cause.CONNECTION_REFUSED, "Connection refused"), Failure(Cause.RESET)
    failures = {name: refused if mark == "x" else reset for name, mark in of.items() if mark in "xX"}
    sweep = Sweep(
        SHARD,
        at,
        {
            HEALTH: {name: int(mark not in "xX") for name, mark in of.items() if mark not in "_-"} | {"10.9.9.9": 0},
            "disk": {name: int(mark not in "xXd") for name, mark in of.items() if mark not in "_-u"},
            TLS_DAYS_LEFT: {name: Decimal("5.25") if mark == "s" else 80 for name, mark in of.items() if mark in ".s"},
        },
        failures=failures,
        probe_ms={name: 1500 if mark == "t" else 20 for name, mark in of.items() if mark not in "_-"},
        probe_failures={"disk": failures},
        unseen={name: "no socket" for name, mark in of.items() if mark == "_"},
        every=60,
    )
    return read_sweep(pack_sweep(sweep, at)) if packed else sweep


def changed(inventory: Inventory, event: str, at: int, current: ShardAlarms) -> Inventory:
    """The inventory after an event."""
    if event == "silence":
        return replace(inventory, silences=(Silence("s", {"vpc": "vpc-1"}, at, at + 180),))
    if event == "acknowledge":
        known = {alarm.id: Acknowledgement(alarm.id, at=at) for alarm in current.alarms.values()}
        return replace(inventory, acknowledged=known)
    if event == "removed":
        without = {name: target for name, target in inventory.targets.items() if name != TARGETS[1]}
        return replace(inventory, targets=without)
    if event == "stricter":
        stricter = {name: replace(rule, resend_interval=60, resend_pauses=()) for name, rule in inventory.rules.items()}
        return replace(inventory, rules=stricter)
    return inventory


long_outages = st.lists(
    st.tuples(
        st.sampled_from(["x.....", "x.....", "X.....", "xx....", "xxxxxx", "x.d...", "x_...."]),
        st.integers(1, 9),
        st.sampled_from([60, 60, 60, 120]),
        st.sampled_from(["", "", "", "stricter", "acknowledge", "silence", "removed", "again", "back"]),
    ),
    min_size=1,
    max_size=6,
)
calm_rules = st.lists(
    st.tuples(
        st.sampled_from([expression for expression, focused in EXPRESSIONS.items() if focused][:9]),
        st.sampled_from([each for each in TIMINGS if each and "breaches" not in each]),
        st.sampled_from(OTHERS[:1]),
    ),
    min_size=1,
    max_size=2,
).map(rules_of)


@examples(few=150, many=3000)
@given(rule_lists, events, st.booleans())
def test_what_is_bad_or_stands_decides_what_everything_does(
    rules: list[dict[str, Any]], events: list[tuple[str, int, int, str]], packed: bool
) -> None:
    compare(fleet(rules), events, packed=packed)


@examples(few=150, many=3000)
@given(calm_rules, long_outages)
def test_an_outage_that_goes_on_decides_what_everything_does(
    rules: list[dict[str, Any]], outage: list[tuple[str, int, int, str]]
) -> None:
    inventory = fleet(rules)
    built_in = {name: replace(rule, resend_interval=600) for name, rule in inventory.rules.items() if name[0] != "r"}
    compare(replace(inventory, rules={**inventory.rules, **built_in}), outage, packed=True)


def compare(inventory: Inventory, events: list[tuple[str, int, int, str]], *, packed: bool) -> None:
    """Decide each sweep in both ways."""
    everything = inventory
    at = AT
    torn = {"r0:10.0.0.3": UnreadableAlarm("of a later version", {})}
    fast = whole = ShardAlarms(SHARD, unreadable=torn)
    for seen, times, seconds, event in events:
        inventory = everything if event == "back" else changed(inventory, event, at, fast)
        if event == "stored":
            fast = replace(read_alarms(unpack(pack(write_alarms(fast)))), unreadable=torn)
        for _ in range(times):
            at += seconds
            sweep = replace(sweep_of(at, seen, packed=packed), conclusive=event != "inconclusive")
            for _ in range(2 if event == "again" else 1):
                mine = evaluate_rules(inventory, fast, sweep)
                theirs = evaluate_rules(inventory, whole, sweep, whole=True)
                assert mine == theirs
                assert {*mine.current.alarms} == {*theirs.current.alarms}
                assert not isinstance(theirs.current.alarms, StandingAlarms)
                if mine.current is not fast:
                    fast, whole = (monitor(inventory, each.current, sweep)[0] for each in (mine, theirs))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_which_rules_are_compared_with_what_is_bad_or_stands(expression: str) -> None:
    inventory = fleet([{"name": "r0", "expression": expression, "level": "Alert"}])
    assert (Part(inventory, SHARD).focus(inventory.rules["r0"]) is not None) is EXPRESSIONS[expression]


def test_a_healthy_shard_is_not_looked_at() -> None:
    inventory = fleet([{"name": "r0", "expression": "max(disk) by (vpc) == 0", "level": "Alert"}])
    part = Part(inventory, SHARD)
    focuses = {name: part.focus(rule) for name, rule in inventory.rules.items()}
    for packed in (True, False):
        good = sweep_of(AT, "." * len(TARGETS), packed=packed).metrics
        bad_disk = sweep_of(AT, "..d...", packed=packed).metrics
        for name, focus in focuses.items():
            assert focus is not None
            assert focus.chosen(good, ()) == {}
            stands = [*focus.chosen(good, ["10.0.0.4", "vpc=vpc-2"])]
            assert stands == (["10.0.0.3", "10.0.0.4"] if name == "r0" else ["10.0.0.4"])
            assert [*focus.chosen(bad_disk, ())] == (TARGETS[:3] if name == "r0" else [])


def test_an_alarm_that_stays_as_it_is_costs_no_new_object_and_was_seen() -> None:
    inventory = fleet([{"name": "r0", "expression": "disk == 0", "level": "Alert", "resend_interval": "1h"}])
    inventory = replace(inventory, rules={"r0": inventory.rules["r0"]})
    first = evaluate_rules(inventory, ShardAlarms(SHARD), sweep_of(AT, "d.d...", packed=True)).current
    current = first
    for minute in range(1, 5):
        current = evaluate_rules(inventory, current, sweep_of(AT + 60 * minute, "d.d...", packed=True)).current
        assert isinstance(current.alarms, StandingAlarms)
        assert all(alarm is first.alarms[key] for key, alarm in current.alarms.kept.items())
    assert {key: alarm.seen for key, alarm in current.alarms.items()} == dict.fromkeys(first.alarms, AT + 240)
    assert isinstance(current.alarms, StandingAlarms)
    assert current.alarms.calm is not None
    assert current.alarms.calm.until == AT + 3600
    later = evaluate_rules(inventory, current, sweep_of(AT + 300, "d._...", packed=True)).current
    assert {alarm.target: alarm.seen for alarm in later.alarms.values()} == {"10.0.0.0": AT + 300, "10.0.0.2": AT + 240}
    why = {"disk": dict.fromkeys(["10.0.0.0", "10.0.0.2"], Failure(Cause.RESET))}
    other = evaluate_rules(inventory, current, replace(sweep_of(AT + 300, "d.d...", packed=True), probe_failures=why))
    assert {alarm.failure for alarm in other.current.alarms.values()} == {Failure(Cause.RESET)}
    blind = evaluate_rules(inventory, later, replace(sweep_of(AT + 360, "d.d...", packed=True), conclusive=False))
    assert blind.current.alarms == later.alarms


def test_alarms_that_stand_are_a_mapping_like_any_other() -> None:
    def alarm(name: str, seen: int) -> Alarm:
        return Alarm("r", name, Phase.ACTIVE, AT, seen, Level.ALERT, 0)

    kept = {f"r:{name}": alarm(name, AT) for name in "abc"}
    standing = StandingAlarms(kept, {"r:b"}, AT + 60)
    plain = {**kept, "r:b": alarm("b", AT + 60)}
    assert standing == plain
    assert plain == standing
    assert ([*standing], len(standing), "r:b" in standing, "r:d" in standing) == ([*plain], 3, True, False)
    assert ([*standing.keys()], [*standing.values()]) == ([*plain], [*plain.values()])
    assert (standing["r:b"], standing.get("r:d"), repr(standing)) == (plain["r:b"], None, repr(plain))
    assert read_alarms(unpack(pack(write_alarms(ShardAlarms(SHARD, AT + 60, standing))))).alarms == plain
