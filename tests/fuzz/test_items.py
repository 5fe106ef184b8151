"""Stored items of any content: none raises, none takes another with it, and what was read can be worked with."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from icwatch.evaluation.evaluate import evaluate_rules
from icwatch.model import (
    HEALTH,
    Acknowledgement,
    Alarm,
    Decision,
    Inventory,
    Kind,
    Level,
    Phase,
    RecentNotice,
    ShardAlarms,
    Silence,
    Sweep,
    Transition,
)
from icwatch.storage.inventory_head import read_head
from icwatch.storage.inventory_items import read_inventory
from icwatch.storage.items import read_alarms, read_history, write_alarms, write_item
from icwatch.storage.packing import pack, unpack
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.plan import make_plan

AT = 1_795_316_400
FLEET = parse_fleet(
    {
        "probe": {"path": "/health", "body_pattern": "ok"},
        "probes": {"disk": {"path": "/disk"}},
        "targets": [{"address": f"10.0.0.{number}", "labels": {"vpc": f"vpc-{number % 2}"}} for number in (1, 2, 3)],
        "rules": [
            {
                "name": "by_vpc",
                "expression": 'avg(ic_server_health{vpc=~"vpc.*"}) by (vpc) * 2 < 1',
                "overrides": [{"match": {"vpc": "vpc-1"}, "duration": "1m"}],
            },
            {"name": "disk", "expression": "disk == 0", "inhibited_by": [{"rule": "by_vpc", "same": ["vpc"]}]},
        ],
    }
)
HEAD = {
    "kind": "fleet",
    "id": "head",
    "version": 4,
    "complete": True,
    "language": "en-US",
    "every": 60,
    "route_by": ["vpc"],
    "merge_above": 5,
    "probe": write_item(FLEET.probe),
    "probes": {name: write_item(spec) for name, spec in FLEET.probes.items()},
    "shards": ["s"],
}
ITEMS = [
    *(write_item(target, kind="target", id=name, shard="s") for name, target in FLEET.targets.items()),
    *(write_item(rule, kind="rule", id=name) for name, rule in FLEET.rules.items()),
    write_item(Silence("k3m9xz", {"vpc": "vpc-1"}, AT, AT + 7200), kind="silence"),
    write_item(Acknowledgement("r:t:1", "Li"), kind="acknowledgement"),
]
RAISED = Alarm(
    "ic_server_connect_failed",
    "10.0.0.1",
    Phase.ACTIVE,
    AT,
    AT,
    Level.CRITICAL,
    0,
    recent_notices=(RecentNotice(AT, Kind.RAISED, Level.DOWN),),
)
STANDS = ShardAlarms(
    "s", AT, {RAISED.key: RAISED, "disk:10.0.0.2": Alarm("disk", "10.0.0.2", Phase.PENDING, 1, 1, Level.INFO, 0)}
)
TRANSITION = Transition("disk", "10.0.0.2", Kind.RAISED, AT, AT, AT, AT, Level.INFO, 0, "why")
DECISION = Decision("s", AT, (TRANSITION, TRANSITION), {"disk": FLEET.rules["disk"]})
SWEEP = Sweep("s", AT + 60, {HEALTH: {"10.0.0.1": 0, "10.0.0.2": 1, "10.0.0.3": 0}, "disk": {"10.0.0.2": 0}})

junk = st.sampled_from(
    [
        None,
        "",
        "x",
        0,
        -1,
        5,
        Decimal("1.5"),
        Decimal(10) ** 30,
        True,
        [],
        {},
        [5],
        {"a": 1},
        "=~",
        "(",
        b"x",
        ["target"],
    ]
)


@st.composite
def spoilt(draw: st.DrawFn, item: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    """An item in which some values, however deep, are gone or others. `keys` stay as they are."""
    changed = copy.deepcopy(dict(item))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = changed
        while True:
            fixed = keys if place is changed else frozenset[str]()
            steps = [each for each in place if each not in fixed] if isinstance(place, dict) else [*range(len(place))]
            if not steps:
                break
            step = draw(st.sampled_from(steps))
            if isinstance(place[step], dict | list) and place[step] and draw(st.booleans()):
                place = place[step]
                continue
            if draw(st.booleans()):
                place[step] = copy.deepcopy(draw(junk))
            elif isinstance(place, dict):
                del place[step]
            break
    return changed


def raw(draw: st.DrawFn, item: Mapping[str, Any]) -> dict[str, Any]:
    packed = pack(item)
    if draw(st.integers(0, 9)) == 0:
        packed["squeezed"] = draw(st.sampled_from([{"B": b"torn"}, {"S": "torn"}, {"B": "torn"}, {"N": "1"}, {}]))
    return packed


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A head and items, of which some are spoilt."""
    key = frozenset({"kind", "id"})
    head = raw(draw, draw(spoilt(HEAD, key)))
    return head, [raw(draw, draw(spoilt(item, key)) if draw(st.booleans()) else item) for item in ITEMS]


def loaded(head: dict[str, Any], items: list[dict[str, Any]]) -> Inventory:
    return read_inventory(read_head(head), lambda kind: [item for item in items if item["kind"]["S"] == kind])


@given(tables())
def test_an_inventory_of_any_items_is_read_evaluated_and_planned_against(
    table: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    head, items = table
    inventory = loaded(head, items)
    known = {("target", name) for name in inventory.targets} | {("rule", name) for name in inventory.rules}
    known |= {("silence", each.id) for each in inventory.silences}
    known |= {("acknowledgement", name) for name in inventory.acknowledged}
    unreadable = {key for key in inventory.unreadable if key[0] != "fleet"}
    assert known | unreadable == {(item["kind"]["S"], item["id"]["S"]) for item in items}, "each is there or named"
    assert not known & unreadable
    sound = [pack(item) for item in ITEMS]
    assert unreadable <= {(item["kind"]["S"], item["id"]["S"]) for item in items if item not in sound}
    found = evaluate_rules(inventory, STANDS, SWEEP)
    assert not found.failed, "what cannot be evaluated is unreadable"
    plan = make_plan(inventory, FLEET)
    assert {*plan.added, *plan.changed} >= {name for kind, name in unreadable if kind == "target"}
    assert plan.rules.keys() >= {name for kind, name in unreadable if kind == "rule"}


@given(st.data())
def test_alarms_of_any_content_are_kept_as_they_are(data: st.DataObject) -> None:
    item = write_alarms(STANDS)
    item["alarms"] = data.draw(spoilt(item["alarms"], frozenset()))
    current = read_alarms(unpack(pack(item)))
    assert current.alarms.keys() | current.unreadable.keys() == item["alarms"].keys()
    assert {key: each.plain for key, each in current.unreadable.items()}.items() <= write_alarms(current)[
        "alarms"
    ].items()
    after = evaluate_rules(FLEET.as_inventory(), current, SWEEP).current
    assert after.unreadable == current.unreadable


@given(st.data())
def test_of_a_decision_history_shows_each_part_or_names_it(data: st.DataObject) -> None:
    item = write_item(DECISION)
    item["transitions"] = [data.draw(spoilt(each, frozenset())) for each in item["transitions"]]
    decision, errors = read_history(unpack(pack(item)))
    assert len(decision.transitions) + len(errors) == len(DECISION.transitions)
