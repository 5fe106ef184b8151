"""Rules with `or`: an alarm that either side raises clears only where both sides are seen to be good."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from icwatch.evaluation.evaluate import evaluate
from icwatch.model import HEALTH, Inventory, Number, ShardAlarms, Sweep
from icwatch_cli.fleet import parse_fleet

PAGE = "page_health"
BOTH, ONE = "10.0.0.1", "10.0.0.2"
"""A target that is asked for its health and the page, and one that is asked for its health only."""


def inventory(expression: str) -> Inventory:
    return parse_fleet(
        {
            "targets": [
                {"address": BOTH, "labels": {"vpc": "v1"}, "probes": [PAGE]},
                {"address": ONE, "labels": {"vpc": "v1"}, "probes": []},
            ],
            "probes": {PAGE: {"path": "/page"}},
            "rules": [
                {"name": "ic_server_connect_failed", "enabled": False},
                {"name": "either", "expression": expression, "clear_cycle": "0s", "level": "Critical"},
            ],
        }
    ).as_inventory()


def kinds(expression: str, *sweeps: Mapping[str, Mapping[str, Number]]) -> list[list[str]]:
    """What each sweep, a minute apart, decides: the targets and kinds."""
    watched, alarms, found = inventory(expression), ShardAlarms("shard-0001"), []
    for minute, samples in enumerate(sweeps):
        sweep = Sweep("shard-0001", 60 * minute, samples, {})
        alarms, transitions = evaluate(watched, alarms, sweep)
        found.append([f"{each.target} {each.kind}" for each in transitions if each.kind != "repeated"])
    return found


OR = f"{HEALTH} == 0 or {PAGE} == 0"
DOWN, UP = 0, 1


def test_either_side_raises_and_both_clear() -> None:
    bad_page = {HEALTH: {BOTH: UP}, PAGE: {BOTH: DOWN}}
    good = {HEALTH: {BOTH: UP}, PAGE: {BOTH: UP}}
    assert kinds(OR, bad_page, good) == [[f"{BOTH} raised"], [f"{BOTH} cleared"]]


@pytest.mark.parametrize("unseen", [{HEALTH: {BOTH: UP}}, {PAGE: {BOTH: UP}}, {}])
def test_what_only_one_side_sees_as_good_is_neither_good_nor_bad(unseen: Mapping[str, Mapping[str, Number]]) -> None:
    bad = {HEALTH: {BOTH: DOWN}, PAGE: {BOTH: DOWN}}
    good = {HEALTH: {BOTH: UP}, PAGE: {BOTH: UP}}
    assert kinds(OR, bad, unseen, good) == [[f"{BOTH} raised"], [], [f"{BOTH} cleared"]]


@pytest.mark.parametrize("bad", [{HEALTH: {BOTH: DOWN}}, {PAGE: {BOTH: DOWN}}])
def test_what_one_side_sees_as_bad_is_bad(bad: Mapping[str, Mapping[str, Number]]) -> None:
    assert kinds(OR, bad) == [[f"{BOTH} raised"]]


def test_a_side_that_a_target_is_never_asked_for_is_not_waited_for() -> None:
    assert kinds(OR, {HEALTH: {ONE: DOWN}}, {HEALTH: {ONE: UP}}) == [[f"{ONE} raised"], [f"{ONE} cleared"]]


def test_a_group_was_seen_in_a_metric_where_one_of_it_was() -> None:
    by_vpc = f"min({HEALTH}) by (vpc) == 0 or min({PAGE}) by (vpc) == 0"
    bad = {HEALTH: {BOTH: DOWN, ONE: UP}, PAGE: {BOTH: UP}}
    without_page = {HEALTH: {BOTH: UP, ONE: UP}}
    partly = {HEALTH: {ONE: UP}, PAGE: {BOTH: UP}}
    assert kinds(by_vpc, bad, without_page, partly) == [["vpc=v1 raised"], [], ["vpc=v1 cleared"]]


def test_and_that_misses_a_side_is_neither_good_nor_bad() -> None:
    both = f"{HEALTH} == 0 and {PAGE} == 0"
    bad = {HEALTH: {BOTH: DOWN}, PAGE: {BOTH: DOWN}}
    half = {HEALTH: {BOTH: DOWN}}
    good = {HEALTH: {BOTH: DOWN}, PAGE: {BOTH: UP}}
    assert kinds(both, bad, half, good) == [[f"{BOTH} raised"], [], [f"{BOTH} cleared"]]
