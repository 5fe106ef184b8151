"""Which conditions `check` says never change, and what it says the values are. The soundness is tried in tests/fuzz."""

from __future__ import annotations

import pytest

from icwatch_cli.fleet import read_fleet

TARGETS = [
    {"address": "10.0.0.1", "labels": {"vpc": "a", "region": "cn"}},
    {"address": "10.0.0.2", "labels": {"vpc": "a", "region": "cn"}},
    {"address": "10.0.0.3", "labels": {"vpc": "b", "region": "cn"}, "scheme": "https", "probe": {"timeout": "10s"}},
]
PROBES = {"vpc_network_health": {"path": "/vpc"}}
HEALTH, SECONDS, DAYS = "ic_server_health", "ic_server_probe_seconds", "ic_server_tls_days_left"
TIMEOUT = ", because no probe takes longer than its timeout"
NO_VALUE = "rule never has a value: a part of its expression selects nothing, or divides by zero"
NONE_LEFT = "there is no value, because the comparison within leaves none"
BOTH, COUNTED = "the values are 0 and 1", "the values are whole numbers from 0 to 3"

CASES = [
    # What a metric can be.
    (f"{HEALTH} == 0", ""),
    (f"{HEALTH} != 1", ""),
    (f"{HEALTH} > 1", f"> 1 never holds: {BOTH}"),
    (f"{HEALTH} == 2", f"== 2 never holds: {BOTH}"),
    (f"{HEALTH} == 0.5", f"== 0.5 never holds: {BOTH}"),
    (f"{HEALTH} >= 0", f">= 0 always holds: {BOTH}"),
    (f"{HEALTH} != 2", f"!= 2 always holds: {BOTH}"),
    (f"{HEALTH} < 0", f"< 0 never holds: {BOTH}"),
    (f"{HEALTH} <= 1", f"<= 1 always holds: {BOTH}"),
    ("vpc_network_health == 2", f"== 2 never holds: {BOTH}"),
    (f"{SECONDS} < 0", f"< 0 never holds: the values are numbers from 0 to 10{TIMEOUT}"),
    (f"{SECONDS} > 5", ""),  # one target may take 10 s
    (f'{SECONDS}{{vpc="a"}} > 5', f"> 5 never holds: the values are numbers from 0 to 3{TIMEOUT}"),
    (f'{SECONDS}{{vpc="a"}} > 2.999', ""),
    (f"{DAYS} < 14", ""),
    (f"{DAYS} < 0", "< 0 never holds: the values are numbers from 0 to 3000000"),
    ("ocp_load > 1e6", ""),  # a stranger can be anything
    # Aggregates.
    (f"count({HEALTH}) by (vpc) > 1", ""),
    (f"count({HEALTH}) by (vpc) > 2", "> 2 never holds: the values are 1 and 2"),
    (f"count({HEALTH}) >= 1", ">= 1 always holds: the values are whole numbers from 1 to 3"),
    (f"count({HEALTH} == 1) >= 1", ""),
    (f"count({HEALTH} == 1) == 0", ""),
    (f"count({HEALTH} == 1) > 3", f"> 3 never holds: {COUNTED}"),
    (f"count({HEALTH} == 2) > 0", "> 0 never holds: the value is always 0"),
    (f"sum({HEALTH}) > 3", f"> 3 never holds: {COUNTED}"),
    (f"sum({HEALTH}) == 1.5", f"== 1.5 never holds: {COUNTED}"),
    (f"sum({HEALTH} - 1) > 0", "> 0 never holds: the values are whole numbers from -3 to 0"),
    (f"avg({HEALTH}) > 1", "> 1 never holds: the values are numbers from 0 to 1"),
    (f"avg({HEALTH}) < 0.5", ""),
    (f"max({HEALTH}) by (vpc) == 1.5", f"== 1.5 never holds: {BOTH}"),
    (f"max({HEALTH} == 2) by (vpc) < 5", f"< 5 never holds: {NONE_LEFT}"),
    (f"max({HEALTH} == 1) by (vpc) < 5", ""),  # always, but for where there is no value
    (f"max(count({HEALTH} == 1) by (vpc)) >= 0", ">= 0 always holds: the values are whole numbers from 0 to 2"),
    # Arithmetic, functions and comparisons within.
    (f"{HEALTH} * 2 > 2", "> 2 never holds: the values are whole numbers from 0 to 2"),
    (f"1 - {HEALTH} < 0", f"< 0 never holds: {BOTH}"),
    (f"abs({HEALTH} - 1) > 1", f"> 1 never holds: {BOTH}"),
    (f"round({SECONDS}) == 1.5", f"== 1.5 never holds: the values are whole numbers from 0 to 10{TIMEOUT}"),
    (f"({HEALTH} - 2) ^ 2 < 1", "< 1 never holds: the values are whole numbers from 1 to 4"),
    (f"({HEALTH} * 2 - 1) ^ 2 < 0", f"< 0 never holds: {BOTH}"),
    (f"{SECONDS} % 2 > 2", f"> 2 never holds: the values are numbers from 0 to 2{TIMEOUT}"),
    (f"count({HEALTH} == 0) / count({HEALTH}) > 3", "> 3 never holds: the values are numbers from 0 to 3"),
    (f"{HEALTH} == bool 0 == 2", f"== 2 never holds: {BOTH}"),
    (f"{SECONDS} >= bool 0 == 1", f"== 1 always holds: the value is always 1{TIMEOUT}"),
    (f"({HEALTH} > 0) + 1 == 1", "== 1 never holds: the value is always 2"),
    (f"{HEALTH} > {SECONDS} + 2", f"> 0 never holds: the values are numbers from -12 to -1{TIMEOUT}"),
    (f'max({HEALTH}) by (region) > max({HEALTH}{{vpc="c"}}) by (region)', NO_VALUE),
    (f"{HEALTH} / 0 > 1", NO_VALUE),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[expression for expression, _ in CASES])
def test_what_is_said_of_a_condition(expression: str, expected: str) -> None:
    rules = [{"name": "rule", "expression": expression}]
    _, warnings = read_fleet({"targets": TARGETS, "probes": PROBES, "rules": rules})
    told = [each.wrong for each in warnings if "nothing collects" not in each.wrong]
    assert told == [expected] * bool(expected)
