"""The built-in rule as the versions of OCP have it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from icwatch.errors import ConfigError
from icwatch.model import Language, Rule
from icwatch_cli.fleet import builtin, parse_fleet

NODE = {"ocp_address": "10.0.0.2"}
PLAIN = "${alarm_target} ${alarm_name}"


def fleet(*labels: dict[str, str], **fields: Any) -> Any:
    targets = [{"address": f"10.1.0.{number}", "labels": each} for number, each in enumerate(labels, 1)]
    return {"targets": targets, **fields}


def rule(*labels: dict[str, str], **fields: Any) -> Rule:
    return parse_fleet(fleet(*labels, **fields)).rules[builtin.NAME]


@pytest.mark.parametrize(
    ("version", "cycle", "text", "recovers"),
    [
        (None, 60, PLAIN, False),
        ("3.3", 60, PLAIN, False),
        ("4.0", 60, builtin.BOTH_ENDS["zh-CN"], False),
        ("4.2", 15, builtin.BOTH_ENDS["zh-CN"], False),
        ("4.3", 15, builtin.BOTH_ENDS["zh-CN"], True),
    ],
)
def test_a_version_has_its_cycle_and_texts(version: str | None, cycle: int, text: str, recovers: bool) -> None:
    found = rule(NODE, NODE, **({} if version is None else {"ocp": version}))
    assert (found.alarm_cycle, found.resend_interval, found.cycle) == (cycle, cycle, 60)
    assert found.summary["zh-CN"] == found.description["zh-CN"] == text
    assert bool(found.recovery) is recovers
    assert (found.duration, found.clear_cycle, found.scope) == (0, 300, "Host")


def test_the_texts_are_those_of_ocp_in_every_language() -> None:
    found = rule(NODE, ocp="4.3")
    assert found.summary["zh-CN"] == "OCP 节点 ${ocp_address} 无法连接 IC-Server ${ic_server_address}"
    healthy = "Is the Inter Connector Server healthy (can be normally accessed): ${recover_value}"
    assert found.recovery["en-US"] == f"Alert: ${{alarm_name}}, {healthy}"
    for texts in (builtin.BOTH_ENDS, builtin.ONE_END, builtin.RECOVERY):
        assert texts.keys() == {*map(str, Language)}
        assert len({*texts.values()}) == len(Language)


@pytest.mark.parametrize(
    ("labels", "fields"),
    [
        ([{}], {}),
        ([NODE, {}], {}),
        ([NODE, NODE], {"rules": [{"name": builtin.NAME, "group_by": ["ocp_address"]}]}),
        ([NODE, NODE], {"rules": [{"name": builtin.NAME, "expression": "min(ic_server_health) by (ocp_address)"}]}),
    ],
)
def test_no_text_names_a_node_that_an_alarm_may_not_know(labels: list[dict[str, str]], fields: Any) -> None:
    assert rule(*labels, ocp="4.2", **fields).summary == builtin.ONE_END


def test_what_a_fleet_writes_is_laid_over_its_version() -> None:
    written = {"name": builtin.NAME, "cycle": "2m", "summary": "down", "recovery": "up", "threshold": 1}
    found = rule(NODE, ocp="4.3", rules=[written])
    assert (found.alarm_cycle, found.summary["en-US"], found.recovery["en-US"]) == (120, "down", "up")
    assert found.description == builtin.BOTH_ENDS


def test_a_version_changes_no_rule_of_the_fleet_s_own() -> None:
    own = {"name": "a", "expression": "ic_server_health == 0"}
    old, new = (parse_fleet(fleet(NODE, ocp=version, rules=[own])).rules["a"] for version in ("3.3", "4.3"))
    assert old == new


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (Decimal("4.0"), 'is the number 4.0; write "4.0", in quotes'),
        (4.2, 'is the number 4.2; write "4.2", in quotes'),
        (4, 'is the number 4; write "3.3" or "4.0" or "4.2" or "4.3", in quotes'),
        (True, 'is a truth value true; write "3.3" or "4.0" or "4.2" or "4.3", in quotes'),
        ("4.2.2", "'4.2.2' is not known; did you mean 4.2? write one of 3.3, 4.0, 4.2, 4.3"),
        (None, "is empty; write one of 3.3, 4.0, 4.2, 4.3"),
    ],
)
def test_a_version_that_is_none_is_told(written: object, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_fleet(fleet(NODE, ocp=written))
    assert str(raised.value) == f"ocp: {message}"
