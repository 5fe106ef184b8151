"""OCP's variables, and the clock they are written for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from icwatch.model import (
    Kind,
    Language,
)
from icwatch.notices.placeholders import VARIABLES
from icwatch.notices.variables import moment, variables
from tests.notices.support import AT, CLEARED, RAISED, RULE, texts
from tests.writing import write


def test_variables() -> None:
    """All of OCP's, and the labels."""
    values = variables(CLEARED, RULE, Language.ZH_CN)
    assert values.keys() == VARIABLES | {"vpc", "region"}
    assert {name: str(value) for name, value in values.items()} == {
        "alarm_target": "192.168.0.1",
        "alarm_name": "Inter-Connector 服务端连接失败",
        "alarm_type": "ic_server_connect_failed",
        "alarm_scope": "服务器",
        "alarm_level": "严重",
        "alarm_status": "已消除",
        "alarm_active_at": moment(AT),
        "alarm_resolved_at": moment(AT + 900),
        "alarm_updated_at": moment(AT + 900),
        "alarm_last_interval": "PT10M",
        "alarm_evaluation_interval": "PT1M",
        "alarm_duration": "PT0S",
        "alarm_threshold": "0",
        "value": "1",
        "value_shown": "1",
        "recover_value": "1",
        "alarm_summary": "192.168.0.1 Inter-Connector 服务端连接失败",
        "alarm_description": "192.168.0.1 Inter-Connector 服务端连接失败",
        "alarm_id": f"{RULE.name}:192.168.0.1:{AT}",
        "alarm_url": "",
        "alarm_count": "3",
        "alarm_group_by": "target",
        "app_type": "",
        "service": "",
        "host_ip": "192.168.0.1",
        "ic_server_address": "192.168.0.1",
        "vpc": "vpc-1",
        "region": "cn-shanghai",
    }


def test_the_evaluation_interval_is_the_cycle_as_it_is_written() -> None:
    rule = replace(RULE, cycle=15).collected(60)
    assert variables(RAISED, rule, Language.EN_US)["alarm_evaluation_interval"] == "PT15S"


@pytest.mark.parametrize(
    ("target", "labels", "shown", "address"),
    [
        ("192.168.0.1:80", {}, "192.168.0.1:80", "192.168.0.1:80"),
        ("[2001:db8::1]:80", {}, "[2001:db8::1]:80", "[2001:db8::1]:80"),
        ("vpc=vpc-1", {"vpc": "vpc-1"}, "vpc-1", "vpc-1"),
        ("region=cn-shanghai", {}, "region=cn-shanghai", "region=cn-shanghai"),
        ("10.1.0.7", {"ic_server_address": "172.16.0.7"}, "10.1.0.7", "172.16.0.7"),
    ],
)
def test_the_address_of_the_ic_server_is_the_target_unless_a_label_says_it(
    target: str, labels: dict[str, str], shown: str, address: str
) -> None:
    values = variables(replace(RAISED, target=target, labels=labels), RULE, Language.EN_US)
    assert (values["alarm_target"], values["ic_server_address"]) == (shown, address)


def test_variables_while_it_lasts() -> None:
    values = variables(replace(RAISED, at=AT + 60, kind=Kind.REPEATED), RULE, Language.EN_US)
    assert (values["alarm_status"], values["alarm_resolved_at"], values["recover_value"]) == ("Active", "", "")
    assert values["alarm_last_interval"] == "PT1M"


@pytest.mark.parametrize(
    ("target", "host"), [("[2001:db8::1]:80", "2001:db8::1"), ("ic.example.com:80", "ic.example.com")]
)
def test_host_ip_is_without_the_port(target: str, host: str) -> None:
    assert variables(replace(RAISED, target=target), RULE, Language.EN_US)["host_ip"] == host


def test_times_are_those_of_the_reader_s_clock() -> None:
    zone = timezone(timedelta(hours=8))
    notice = write(RAISED, replace(RULE, summary=texts("${alarm_active_at}")), Language.ZH_CN, zone)
    assert moment(0) == "1970-01-01 00:00:00 UTC"
    assert moment(0, zone) == "1970-01-01 08:00:00 UTC+08:00"
    assert notice.text.splitlines()[0] == moment(RAISED.raised_at, zone)
    assert f"自 {moment(RAISED.began_at, zone)} 起失败" in notice.text
    assert moment(RAISED.began_at) not in notice.text
