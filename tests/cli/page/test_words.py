"""What the pages say in Chinese of what others said in English, and of names and values that programs have."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from icwatch.model import Cause, Failure, Language
from icwatch_cli.fleet import parse_rule
from icwatch_cli.page.overview import overview_of
from icwatch_cli.page.row_words import RowWords
from tests.cli.page.world import an_outage

WORDS = RowWords(Language.ZH_CN)


@pytest.mark.parametrize(
    ("kind", "called"), [("rule", "规则"), ("acknowledgement", "认领"), ("something else", "something else")]
)
def test_items_of_the_inventory_are_named_in_chinese(kind: str, called: str) -> None:
    assert WORDS.item(kind) == called
    assert RowWords(Language.EN_US).item(kind) == kind


def test_a_reason_is_chinese_but_for_what_the_server_said() -> None:
    timeout = Failure(Cause.CONNECT_TIMEOUT, "no connection within 3s")
    assert WORDS.reason(timeout) == "原因：连接超时。主机宕机，或报文在途中被丢弃。 [3 秒内未建立连接]"
    assert WORDS.reason(Failure(Cause.HTTP_STATUS, "HTTP 503 'Connection refused'", 503)).endswith(
        " [HTTP 503 'Connection refused']"
    )


def test_a_condition_has_the_unit_of_its_values() -> None:
    rule = parse_rule(
        {
            "name": "slow",
            "expression": "max(ic_server_probe_seconds) by (target)",
            "comparator": ">",
            "levels": [
                {"level": "Critical", "threshold": 2},
                {"level": "Alert", "threshold": Decimal("0.5")},
            ],
        }
    )
    assert WORDS.condition(rule) == "> 2 秒 严重，> 0.5 秒 警告"


def test_of_an_alarm_whose_rule_is_gone_the_value_alone_is_said() -> None:
    """Until the next sweep closes it, which with a long cycle is a while."""
    world = an_outage()
    rules = {name: rule for name, rule in world.inventory.rules.items() if name != "vpc_connect_failed"}
    world.inventory = replace(world.inventory, rules=rules)
    card = next(each for each in overview_of(world.data()).cards if each.worst.rule == "vpc_connect_failed")
    assert WORDS.why(card) == "0"
