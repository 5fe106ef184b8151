"""What a subscriber is owed, whatever it filters by: a problem that it was told of ends once, and no end comes alone.

Fleets, outages and what operators do meanwhile are drawn at random: silences, acknowledgements that end, inhibition,
other labels, rules that are changed, disabled or removed, targets that leave. All of it goes through the code of
evaluator and notifier, up to the attributes that SNS filters by and the JSON that a program reads; and through the
outboxes of robots with filters, hours and a limit, by which notices become digests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from icwatch.announcements.decision import decide
from icwatch.announcements.grouping import Announcement, announcements_of
from icwatch.evaluation.evaluate import evaluate
from icwatch.model import (
    HEALTH,
    PROBE_SECONDS,
    Acknowledgement,
    Cause,
    Failure,
    Hours,
    Inventory,
    Language,
    Level,
    Number,
    Robot,
    RobotKind,
    Rule,
    ShardAlarms,
    Silence,
    Sweep,
    Target,
)
from icwatch.notices import Style, write_notice
from icwatch.robots.filters import concerning
from icwatch.robots.outbox import Outbox, Waiting, accept, after, next_message
from icwatch.robots.vendors import Answer, Limit, Verdict
from icwatch_cli.fleet import builtin, parse_rule
from tests.examples import examples

SHARD = "shard-0001"
CYCLE = 60
STYLE = Style(Language.EN_US)
Policy = Mapping[str, Sequence[Any]]

DOWN = parse_rule(
    {
        **builtin.RULE,
        "clear_cycle": "2m",
        "overrides": [{"match": {"vpc": "vpc-2"}, "level": "Alert"}],
        "unattended_after": ["2m", "4m"],
        "inhibited_by": [{"rule": "vpc_connect_failed", "same": ["vpc"]}],
    }
)
SLOW = parse_rule(
    {
        "name": "ic_server_slow",
        "expression": "max(ic_server_probe_seconds) by (target)",
        "comparator": ">",
        "levels": [
            {"level": "Critical", "threshold": 3},
            {"level": "Alert", "threshold": 2},
            {"level": "Caution", "threshold": 1},
        ],
        "clear_cycle": "2m",
        "resend_interval": "2m",
        "unattended_after": ["1m", "3m", "5m"],
    }
)
VPC = parse_rule(
    {
        "name": "vpc_connect_failed",
        "expression": "max(ic_server_health{@LABELS}) by (@GBLABELS)",
        "group_by": ["vpc"],
        "threshold": 0,
        "level": "Down",
        "clear_cycle": "2m",
    }
)
RULES = (DOWN, SLOW, VPC)
ROUTES = (("vpc",), ("vpc", "room"), ("room", "vpc"), ())
LABELS = ({"vpc": "vpc-1", "room": "a"}, {"vpc": "vpc-2", "room": "a"}, {"vpc": "vpc-2", "room": "b"}, {"vpc": "vpc-3"})


def matches(policy: Policy, attributes: Mapping[str, str | tuple[str, ...]]) -> bool:
    """Whether SNS lets a message through: every name is there, and one of its values is among those that are wanted."""
    return all(
        name in attributes and any(_fits(wanted, value) for value in _values(attributes[name]) for wanted in patterns)
        for name, patterns in policy.items()
    )


def _values(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _fits(wanted: Any, value: str) -> bool:
    return value not in wanted["anything-but"] if isinstance(wanted, dict) else bool(value == wanted)


@dataclass(slots=True)
class View:
    """What one subscriber knows: the alarms that it was told of, and those of which it heard the end."""

    policy: Policy
    told: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def receive(self, attributes: Mapping[str, str | tuple[str, ...]], body: Mapping[str, Any]) -> None:
        """Take a notice in, if it comes through the filter."""
        if not matches(self.policy, attributes):
            return
        for alarm in body["alarms"]:
            if "target" in self.policy and alarm["target"] not in self.policy["target"]:
                continue  # a merged notice names others, too
            name = alarm["id"]
            assert name not in self.ended, f"{self.policy}: {body['kind']} of {name} after its end"
            if body["status"] == "Active":
                self.told.add(name)
            else:
                assert name in self.told, f"{self.policy}: an end without a problem: {body['kind']} of {name}"
                self.ended.add(name)


@dataclass(slots=True)
class Chat:
    """What the people in one chat know, who are told by a robot: it has limits and hours, and fails now and then."""

    robot: Robot
    box: Outbox = field(default_factory=lambda: Outbox("dba"))
    told: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def receive(self, announcement: Announcement, at: int) -> None:
        """Accept a notice, as the messenger does."""
        concerned = concerning(self.robot, announcement, self.box.expected)
        if concerned is not None:
            alarms = tuple(each.alarm_id for each in concerned.transitions)
            level = concerned.worst.level
            new = Waiting(SHARD, at, announcement.id, announcement.kind, level, alarms)
            self.box = accept(self.box, new, at)

    def look(self, now: int, answer: Answer) -> None:
        """Send what may be sent, one message, which may be a digest."""
        message = next_message(self.box, self.robot.hours, LIMIT, now)
        if not message:
            return
        self.box = after(self.box, message, answer, LIMIT, now)
        for each in message if answer.verdict is Verdict.TAKEN else ():
            for name in each.alarms:
                assert each.over or name not in self.ended, f"{self.robot.only}: {each.kind} of {name} after its end"
                if each.over:
                    assert name in self.told, f"{self.robot.only}: an end without a problem: {name}"
                    assert name not in self.ended, f"{self.robot.only}: two ends of {name}"
                (self.ended if each.over else self.told).add(name)


@dataclass(slots=True)
class House:
    """An inventory, its alarms, and the subscribers of its notices."""

    inventory: Inventory
    views: list[View]
    chats: list[Chat] = field(default_factory=list)
    current: ShardAlarms = field(default_factory=lambda: ShardAlarms(SHARD))
    ids: set[str] = field(default_factory=set)
    at: int = 0

    def sweep(self, seen: Mapping[str, tuple[int, Number, Cause] | None]) -> None:
        """Evaluate a sweep: health, seconds and cause of each target that was seen; announce what was decided."""
        there = {name: each for name, each in seen.items() if each is not None}
        sweep = Sweep(
            SHARD,
            self.at,
            {
                HEALTH: {name: health for name, (health, _, _) in there.items()},
                PROBE_SECONDS: {name: seconds for name, (health, seconds, _) in there.items() if health},
            },
            {name: Failure(cause) for name, (health, _, cause) in there.items() if not health},
        )
        self.at += CYCLE
        self.current, transitions = evaluate(self.inventory, self.current, sweep)
        decision = decide(self.inventory, self.current, transitions)
        announced = announcements_of(decision)
        assert sorted(each.id for one in announced for each in one.transitions) == sorted(
            each.id for each in transitions if each.announce
        )
        for announcement in announced:
            notice = write_notice(announcement, STYLE)
            assert notice.id not in self.ids
            self.ids.add(notice.id)
            assert len(notice.attributes) <= 10
            for view in self.views:
                view.receive(notice.attributes, json.loads(notice.body))
            for chat in self.chats:
                chat.receive(announcement, decision.at)

    def change(self, **fields: Any) -> None:
        """Apply a fleet, or write a note."""
        self.inventory = replace(self.inventory, version=self.inventory.version + 1, **fields)


NO_REPEATS: Policy = {"kind": [{"anything-but": ["repeated"]}]}
POLICIES: tuple[Policy, ...] = tuple(
    {**where, **how}
    for where in (
        {},
        *({"level": [str(level)]} for level in Level),
        *({"vpc": [vpc]} for vpc in ("vpc-1", "vpc-2", "vpc-3")),
        {"level": ["Alert", "Down"], "vpc": ["vpc-2"]},
        {"room": ["a"]},
        {"scope": ["Host"]},
        {"scope": ["Service"]},
        {"rule": ["ic_server_slow"]},
        {"stage": ["1"]},
        {"stage": ["2", "3"]},
        {"stage": ["1"], "level": ["Critical"]},
        {"stage": ["2"], "level": ["Alert", "Caution"]},
        {"stage": ["1", "2"], "vpc": ["vpc-2"]},
        {"target": ["10.0.0.0"]},
        {"target": ["10.0.0.1", "vpc=vpc-2"], "level": ["Critical"]},
    )
    for how in ({}, NO_REPEATS)
)
"""What a subscriber may reasonably ask for. Whoever lets `raised` through and not `cleared` wants no ends."""

NIGHT = Hours(5, 1435, (Level.DOWN,))  # begins five minutes after the story does
LIMIT = Limit(1, 1)
FAILED = Answer(Verdict.TRANSIENT, "down")


def chats() -> list[Chat]:
    """A chat for each filter and manner, at any time and at night only."""
    plain = [policy for policy in POLICIES if "kind" not in policy]
    return [
        Chat(Robot("dba", RobotKind.DINGTALK, "", only={name: tuple(each) for name, each in policy.items()}, **manner))
        for policy in plain
        for manner in ({}, {"repeats": False}, {"hours": NIGHT})
    ]


states = st.none() | st.tuples(
    st.sampled_from([0, 1, 1]), st.integers(0, 4), st.sampled_from([Cause.CONNECT_TIMEOUT, Cause.CONNECTION_REFUSED])
)


@st.composite
def silences(draw: st.DrawFn, at: int) -> Silence:
    labels = draw(st.sampled_from([{"vpc": "vpc-1"}, {"vpc": "vpc-2"}, {"room": "a"}, {"target": "10.0.0.0"}]))
    return Silence("s", labels, at, at + draw(st.integers(1, 6)) * CYCLE)


def _rule_changes(rules: Mapping[str, Rule], draw: st.DrawFn) -> dict[str, Rule]:
    """The rules after one of them was changed, disabled, enabled or removed."""
    name = draw(st.sampled_from(sorted(rules)))
    rule = rules[name]
    changed = draw(st.sampled_from([None, replace(rule, enabled=not rule.enabled), replace(rule, scope="Cluster")]))
    return {key: each for key, each in {**rules, name: changed}.items() if each is not None}


def _something_happens(house: House, draw: st.DrawFn) -> None:
    """One thing that an operator does between two sweeps."""
    inventory = house.inventory
    what = draw(
        st.sampled_from(["nothing", "nothing", "silence", "expire", "ack", "labels", "leave", "rules", "routes"])
    )
    note(f"{house.at}: {what}")
    match what:
        case "silence":
            house.change(silences=(*inventory.silences, draw(silences(house.at))))
        case "expire":
            house.change(silences=())
        case "ack":
            ids = [alarm.id for alarm in house.current.alarms.values()]
            ends_at = draw(st.sampled_from([None, house.at, house.at + 2 * CYCLE]))
            house.change(acknowledged={name: Acknowledgement(name, ends_at=ends_at) for name in ids[::2]})
        case "labels" if inventory.targets:
            name = draw(st.sampled_from(sorted(inventory.targets)))
            moved = replace(inventory.targets[name], labels=draw(st.sampled_from(LABELS)))
            house.change(targets={**inventory.targets, name: moved})
        case "leave" if len(inventory.targets) > 1:
            left = draw(st.sampled_from(sorted(inventory.targets)))
            house.change(targets={name: each for name, each in inventory.targets.items() if name != left})
        case "routes":
            house.change(route_by=draw(st.sampled_from(ROUTES)), merge_above=draw(st.integers(1, 5)))
        case "rules" if inventory.rules:
            house.change(rules=_rule_changes(inventory.rules, draw))
        case _:
            pass


def _outage(draw: st.DrawFn, before: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """What one sweep sees: often what the last one saw, often the same of all, as in a storm."""
    what = draw(st.sampled_from(["same", "same", "together", "each"]))
    together = draw(states) if what == "together" else None
    for name in names:
        if what == "same" and name in before:
            yield name, before[name]
        else:
            yield name, together if what == "together" else draw(states)


@examples(few=50, many=1000)
@given(st.data())
def test_a_problem_told_ends_exactly_once_for_every_subscriber(data: st.DataObject) -> None:
    draw: Any = data.draw
    labels = draw(st.lists(st.sampled_from(LABELS), min_size=1, max_size=8), label="labels")
    targets = {f"10.0.0.{number}": Target(f"10.0.0.{number}", labels=each) for number, each in enumerate(labels)}
    inventory = Inventory(
        targets=targets,
        rules={rule.name: rule for rule in draw(st.sampled_from([RULES, (DOWN,), (SLOW,), (DOWN, VPC)]))},
        route_by=draw(st.sampled_from(ROUTES), label="route_by"),
        merge_above=draw(st.integers(1, 5), label="merge_above"),
    )
    house = House(inventory, [View(policy) for policy in POLICIES], chats())
    seen: dict[str, Any] = {}
    for _ in range(draw(st.integers(1, 16), label="sweeps")):
        _something_happens(house, draw)
        seen = dict(_outage(draw, seen, [*house.inventory.targets]))
        house.sweep(seen)
        answer = draw(st.sampled_from([Answer(Verdict.TAKEN), Answer(Verdict.TAKEN), FAILED]))
        for chat in house.chats:
            chat.look(house.at, answer)
    for _ in range(5):  # all is well for longer than any clear cycle
        house.sweep(dict.fromkeys(house.inventory.targets, (1, 0, Cause.RESET)))
    assert not house.current.alarms
    for view in house.views:
        assert view.told == view.ended, f"{view.policy}: never heard the end"
    for chat in house.chats:
        for hour in range(1, 30):
            chat.look(house.at + 3600 * hour, Answer(Verdict.TAKEN))
        assert chat.told == chat.ended, f"{chat.robot.only}: never heard the end"


@pytest.mark.parametrize(
    ("policy", "through"),
    [
        ({}, True),
        ({"level": ["Critical"]}, True),
        ({"level": ["Alert"]}, True),
        ({"level": ["Down"]}, False),
        ({"vpc": ["vpc-2"], "level": ["Alert", "Down"]}, True),
        ({"vpc": ["vpc-1"], "level": ["Alert"]}, False),
        ({"room": ["a"]}, False),
        ({"kind": [{"anything-but": ["repeated"]}]}, True),
        ({"kind": [{"anything-but": ["raised"]}]}, False),
    ],
)
def test_the_filter_here_is_that_of_sns(policy: Policy, through: bool) -> None:
    """As `tests/functions/test_routing.py` has it from real subscriptions."""
    assert matches(policy, {"kind": "raised", "level": ("Critical", "Alert"), "vpc": "vpc-2"}) is through
