"""What people read in place of names that are made for programs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from icwatch.model import Cause, Failure, Kind, Language, Share
from icwatch.notices.locales import LOCALES
from icwatch.notices.names import said, shown_target, unit_of
from icwatch_cli.fleet import parse_rule
from tests.notices.support import RAISED, RULE, SEVERAL
from tests.writing import write, write_all


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("10.1.0.7:9000", "10.1.0.7:9000"),
        ("vpc=vpc-1", "vpc-1"),
        ("region=cn-shanghai", "region=cn-shanghai"),
        ("all", "全部目标"),
    ],
)
def test_a_group_is_called_as_people_call_it(name: str, shown: str) -> None:
    assert shown_target(name, LOCALES[Language.ZH_CN]) == shown


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("max(ic_server_probe_seconds) by (target)", " 秒"),
        ("round(avg(ic_server_probe_seconds) by (vpc), 0.1)", " 秒"),
        ("min(ic_server_tls_days_left) by (target)", " 天"),
        ("min(ic_server_health) by (target)", ""),
        ("count(ic_server_health == 1) by (vpc)", " 台"),
        ("count(count(ic_server_health == 0) by (vpc))", ""),
        ("ic_server_probe_seconds > 1 or ic_server_health == 0", ""),
        ("ic_server_probe_seconds * 1000", ""),
        ("ic_server_probe_seconds / ic_server_probe_seconds", ""),
    ],
)
def test_a_value_has_the_unit_of_its_metric_while_it_is_of_that_metric(expression: str, unit: str) -> None:
    condition = {} if " or " in expression else {"comparator": ">", "threshold": 1}
    rule = parse_rule({"name": "a", "expression": expression, **condition})
    assert unit_of(rule, LOCALES[Language.ZH_CN]) == unit


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("12 of 12 targets", "全部 12 台"),
        ("7 of 12 targets", "12 台中的 7 台"),
        ("no connection within 0.5s", "0.5 秒内未建立连接"),
        ("no answer for a.example.com within 3s", "3 秒内未解析出 a.example.com"),
        ("10.0.0.1: Connection refused; fd00::1: No route to host", "10.0.0.1：连接被拒绝；fd00::1：没有到主机的路由"),
        ("a.example.com: Name or service not known", "a.example.com：域名不存在"),
        ("Connection refused, in 3 attempts", "连接被拒绝，共尝试 3 次"),
        ("the body does not hold '好, up: 是'", "响应体中没有 '好, up: 是'"),
        ("this machine has no IPv6 (Network is unreachable)", "探测点没有 IPv6（网络不可达）"),
        ("the headers are larger than 4096 bytes", "响应头超过 4096 字节"),
        ("forbidden: 127.0.0.1 is a loopback address", "禁止探测：127.0.0.1 是环回地址"),
        (
            "forbidden: ::1 is a loopback address, 169.254.169.254 is the metadata service of a cloud",
            "禁止探测：::1 是环回地址，169.254.169.254 是云平台的元数据服务",
        ),
        (
            "forbidden: ::ffff:127.0.0.1 is an IPv6 form of 127.0.0.1, a loopback address",
            "禁止探测：::ffff:127.0.0.1 是 127.0.0.1 的 IPv6 形式，即环回地址",
        ),
        (
            "forbidden: 0.0.0.7 is an address of 'this network', which means this machine",
            "禁止探测：0.0.0.7 是“本网络”的地址，即本机",
        ),
        ("too little time was left for it in the sweep", "本次采集剩余时间不足"),
        ("HTTP 403 'Permission denied'", "HTTP 403 'Permission denied'"),
        ("something that nobody knows", "something that nobody knows"),
    ],
)
def test_what_the_system_and_the_prober_say_is_said_in_chinese(detail: str, shown: str) -> None:
    assert said(detail, Language.ZH_CN) == shown
    assert said(detail, Language.EN_US) == detail


@pytest.mark.parametrize(
    ("failing", "elsewhere", "who"),
    [
        (6, 0, "vpc-1 全部 6 台 IC-Server"),
        (6, 3, "vpc-1 内 6 台中的 6 台 IC-Server"),
        (7, 0, "vpc-1 内 6 台 IC-Server"),
    ],
)
def test_all_are_all_only_where_no_other_shard_has_more(failing: int, elsewhere: int, who: str) -> None:
    share = Share(RULE.name, failing, max(failing, 6), "vpc", "vpc-1", elsewhere)
    crowd = [replace(RAISED, target=f"10.1.0.{number}") for number in range(SEVERAL)]
    notice = write_all(crowd, RULE, Language.ZH_CN, shares=(share,))
    assert json.loads(notice.body)["target"] == who
    assert f"] {who} " in notice.subject or f"] {who}：" in notice.subject


def test_programs_get_the_group_and_the_detail_as_they_were() -> None:
    failure = Failure(Cause.CONNECT_TIMEOUT, "2 of 3 targets")
    group = replace(RAISED, target="vpc=vpc-1", kind=Kind.RAISED, failure=failure)
    notice = write(group, replace(RULE, group_by=("vpc",)), Language.ZH_CN)
    body = json.loads(notice.body)
    assert body["target"] == body["alarms"][0]["target"] == body["alarms"][0]["event"]["target"] == "vpc=vpc-1"
    assert body["alarms"][0]["detail"] == "2 of 3 targets"
    assert "（3 台中的 2 台，connect_timeout）" in notice.text
    assert "vpc=vpc-1 自" not in notice.text
