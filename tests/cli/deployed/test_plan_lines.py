"""What `apply` says of a change: what it was, and what it becomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from icwatch.model import Inventory
from icwatch_cli.deployed.plan_lines import describe
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.plan import carried_out, make_plan

ADDRESS = "192.168.0.1"
ROBOT = {"name": "dba", "kind": "slack", "url": "ssm:/icwatch/slack"}


def with_target(**fields: Any) -> dict[str, Any]:
    return {"targets": [{"address": ADDRESS, **fields}]}


CASES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({"every": "60s"}, {"every": "30s"}, ["~ every 1m -> 30s"]),
    ({}, {"language": "zh-CN"}, ["~ language nothing -> zh-CN"]),
    ({"route_by": ["vpc"]}, {}, ["~ route_by vpc -> nothing"]),
    ({}, {"probe": {"path": "/x", "timeout": "1s"}}, ["~ probe: path /ok -> /x, timeout 3 -> 1"]),
    ({}, {"probe": {"body": "up"}}, ["~ probe: body '' -> 'up'"]),
    ({}, {"probe": {"expect_status": [200, 204]}}, ["~ probe: expect_status 200 -> 200, 204"]),
    (
        {"probes": {"a": {"path": "/a"}, "b": {"path": "/b"}}},
        {"probes": {"b": {"path": "/bb"}, "c": {"path": "/c"}}},
        ["+ probes.c", "~ probes.b: path /b -> /bb", "- probes.a"],
    ),
    (with_target(labels={"vpc": "a"}), with_target(), [f"~ {ADDRESS}: labels vpc=a -> nothing"]),
    (with_target(), with_target(probe={"path": "/x"}), [f"~ {ADDRESS}: probe"]),
    (with_target(), with_target(scheme="https"), [f"~ {ADDRESS}: scheme http -> https"]),
    ({"robots": [ROBOT]}, {"robots": [{**ROBOT, "repeats": False}]}, ["~ robot dba: repeats true -> false"]),
    (
        {"robots": [ROBOT]},
        {"robots": [{**ROBOT, "mention": ["U024BE7LH"], "url": "ssm:/icwatch/x"}]},
        ["~ robot dba: url ssm:/icwatch/slack -> ssm:/icwatch/x, mention"],
    ),
    ({}, {"robots": [ROBOT]}, ["+ robot dba"]),
    ({"robots": [ROBOT]}, {}, ["- robot dba"]),
]


def changed(before: dict[str, Any], after: dict[str, Any], **fields: Any) -> list[str]:
    """The lines of the change between two fleets, without the sum."""
    old, new = (parse_fleet({"targets": [ADDRESS], **each}) for each in (before, after))
    whole = carried_out(make_plan(Inventory(), old), Inventory())
    have = replace(whole, version=1, every=old.every, language=old.language, route_by=old.route_by, **fields)
    *said, _ = describe(make_plan(have, new), have, [])
    return said


@pytest.mark.parametrize(("before", "after", "lines"), CASES)
def test_a_change_says_what_it_was_and_what_it_becomes(
    before: dict[str, Any], after: dict[str, Any], lines: list[str]
) -> None:
    assert changed(before, after) == lines


def test_a_fleet_that_was_not_written_whole_is_finished() -> None:
    assert changed({}, {}, complete=False) == ["~ what an interrupted apply left"]


def test_a_long_change_names_its_fields_only() -> None:
    before = with_target(labels={"vpc": "a" * 60, "room": "1"}, scheme="https")
    assert changed(before, with_target(labels={"vpc": "b" * 60, "room": "2"})) == [f"~ {ADDRESS}: scheme, labels"]


def test_targets_are_listed_as_people_count() -> None:
    fleet = parse_fleet({"targets": [f"10.0.0.{number}" for number in (10, 9, 100, 1)]})
    lines = list(describe(make_plan(Inventory(), fleet), Inventory(), []))
    assert lines[:4] == [f"+ 10.0.0.{number}" for number in (1, 9, 10, 100)]
