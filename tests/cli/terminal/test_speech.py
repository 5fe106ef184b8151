"""The words of commands: every language fills in the same, and what commands say has nothing of another language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import timedelta, timezone
from string import Formatter
from typing import Any

import pytest

from icwatch.model import (
    HEALTH,
    Acknowledgement,
    Alarm,
    Cause,
    Daily,
    Drill,
    Failure,
    Inventory,
    Kind,
    Language,
    Level,
    Phase,
    Robot,
    RobotKind,
    ShardAlarms,
    Silence,
)
from icwatch.robots.outbox import Outbox
from icwatch_cli.commands import alarms, drill, rebuild_totals, robot, test
from icwatch_cli.deployed import silence_list
from icwatch_cli.deployed.current_alarms import CurrentAlarm
from icwatch_cli.deployed.drill_hops import Passed
from icwatch_cli.deployed.plan_lines import describe
from icwatch_cli.deployed.rebuilding import Rebuilt
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.plan import Plan, make_plan
from icwatch_cli.fleet.summary import summary
from icwatch_cli.simulation import period_tables
from icwatch_cli.simulation.alarm_periods import Sums
from icwatch_cli.simulation.test_case import Attended, Case, Expected
from icwatch_cli.terminal.locales import COMMAND_LOCALES
from icwatch_cli.terminal.speech import Speech

CHINA = timezone(timedelta(hours=8))
AT = 1_772_438_400
NAMES = frozenset(
    re.findall(
        "[A-Za-z_]+",
        "ic_server_connect_failed shard-0001 vpc rule dba dingtalk UTC ID k3m9xz x y NoSweep ScheduleFailures prober "
        "language ocp every route_by merge_above probe probes network ok s IC OCP ocp_address slow dingtalk "
        "resend_interval h ms T Z",
    )
)
"""What is called the same in every language."""

SPEECHES = [Speech(language) for language in Language]
CHINESE = [each for each in SPEECHES if each.language is not Language.EN_US]


def texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """All texts of a locale, by their places."""
    if isinstance(value, str):
        yield place, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{place}.{field.name}")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from texts(each, f"{place}.{name}")
    else:
        for number, each in enumerate(value):
            yield from texts(each, f"{place}[{number}]")


def filled(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", [*Language])
def test_every_language_fills_in_the_same(language: Language) -> None:
    """A kind of report is its own name in English."""
    english, other = (dict(texts(COMMAND_LOCALES[each])) for each in (Language.EN_US, language))
    assert english.keys() <= other.keys()
    assert {place: filled(text) for place, text in other.items() if place in english} == {
        place: filled(text) for place, text in english.items()
    }


def an_alarm() -> CurrentAlarm:
    alarm = Alarm(
        rule="ic_server_connect_failed",
        target="10.1.0.7",
        phase=Phase.ACTIVE,
        since=AT,
        seen=AT,
        began_at=AT,
        raised_at=AT,
        level=Level.CRITICAL,
        value=0,
        failure=Failure(Cause.CONNECTION_REFUSED, "Connection refused"),
        stage=1,
    )
    return CurrentAlarm(
        "shard-0001",
        alarm,
        silence=Silence("k3m9xz", {"vpc": "vpc-2"}, AT, AT + 7200, daily=Daily(60, 180), by="李", comment="机房搬迁"),
        inhibitor=None,
        acknowledgement=Acknowledgement(alarm.id, "吴", "重启中", AT, AT + 600),
    )


FLEET = {
    "ocp": "4.2",
    "merge_above": 5,
    "route_by": ["vpc"],
    "targets": [{"address": "10.1.0.7", "labels": {"vpc": "vpc-1"}}],
    "probes": {"network": {"port": 22, "attempts": 2, "body": "好", "body_pattern": "好+"}},
    "rules": [
        {"name": "ic_server_connect_failed", "cycle": "10s", "unattended_after": ["15m"]},
        {"name": "slow", "expression": "max(ic_server_probe_seconds) by (vpc) > 1", "enabled": False},
    ],
    "robots": [
        {
            "name": "dba",
            "kind": "dingtalk",
            "url": "env:URL",
            "only": {"vpc": ["vpc-1", "vpc-2"]},
            "repeats": False,
            "hours": {"from": "09:00", "until": "18:00"},
        }
    ],
}
"""Something of everything that is summed up."""


def differences_of(speech: Speech) -> list[test.Row]:
    """What did not come of a server that is well, and an alarm that nobody can acknowledge."""
    expected = Expected(60, "10.1.0.7", Kind.RAISED, "ic_server_connect_failed")
    case = Case(
        "x",
        {HEALTH: {"10.1.0.7": (1, 1)}},
        (expected,),
        "ic_server_connect_failed",
        (Attended(0, "10.1.0.7", "ic_server_connect_failed"),),
    )
    return test.differences(parse_fleet({"targets": ["10.1.0.7"]}), case, speech)


def plan_of() -> Plan:
    """Some targets more than are listed, and a rule and a robot that come."""
    targets = [f"10.1.0.{host}" for host in range(1, 25)]
    robots = [{"name": "dba", "kind": "dingtalk", "url": "env:URL"}]
    return make_plan(Inventory(), parse_fleet({"targets": targets, "robots": robots}))


def said(speech: Speech) -> list[str]:
    """Something of each list."""
    each, now = an_alarm(), AT + 700
    silence = each.silence
    assert silence is not None
    failed = Outbox("dba", failed_at=AT, failure="", not_before=now + 40)
    robots = Inventory(robots={"dba": Robot("dba", RobotKind.DINGTALK, "env:URL")})
    return [
        *alarms.listed([each], now, CHINA, speech),
        *alarms.listed([], now, CHINA, speech),
        *alarms.behind(Inventory(), [ShardAlarms("shard-0001"), ShardAlarms("shard-0002", AT)], now, CHINA, speech),
        *silence_list.listed([silence], now, CHINA, speech),
        *silence_list.doubts(Inventory(), {"vpc": ("x",), "rule": ("y",)}, speech),
        *robot.listed({"dba": failed}, robots, now, CHINA, speech),
        *drill.listed([Drill("9", 9, "李", confirmed_at=69, confirmed_by="吴"), Drill("200", 200)], CHINA, speech),
        Passed({}, ("dba",), speech).lost,
        *summary(parse_fleet(FLEET), speech),
        *test.aligned(differences_of(speech), with_rule=True, speech=speech),
        *period_tables.summary({("slow", "dba"): Sums(2, 300, 240, AT, (1,))}, speech),
        *rebuild_totals.lines(Rebuilt(48, 1, 2, 0, 1), 2, speech),
        *describe(plan_of(), Inventory(), [each.alarm], speech),
    ]


def test_in_chinese() -> None:
    head, row, *rest = said(Speech(Language.ZH_CN))
    assert head.split() == [
        "等级",
        "目标",
        "规则",
        "阶段",
        "开始时间（UTC+08:00）",
        "已持续",
        "监控值",
        "原因",
        "报告次数",
        "通知情况",
    ]
    assert re.split(" {2,}", row) == [
        "严重",
        "10.1.0.7",
        "ic_server_connect_failed",
        "告警中",
        "2026-03-02 16:00:00",
        "11 分钟 40 秒",
        "0",
        "连接被拒绝",
        "0",
        "未通知；无人认领，第 1 级；屏蔽 k3m9xz 至 2026-03-02 16:11:40（09:00-11:00），李：机房搬迁；"
        "曾被认领（2026-03-02 16:00:00），至 2026-03-02 16:10:00，吴：重启中",
    ]
    assert rest[:2] == ["当前没有告警", "警告：shard-0001：尚未判定过任何一次采集"]
    (of_robot,) = [line for line in rest if line.startswith("dba ")]
    assert of_robot.split() == ["dba", "dingtalk", "从未", "0", "2026-03-02", "16:00:00", "发送失败："]


@pytest.mark.parametrize("speech", CHINESE, ids=lambda speech: speech.language)
def test_nothing_is_left_in_english(speech: Speech) -> None:
    assert {word for line in said(speech) for word in re.findall("[A-Za-z_]+", line)} <= NAMES


def test_days_of_the_week() -> None:
    assert Speech(Language.ZH_CN).days("Mon-Fri 22:00-06:00") == "周一-周五 22:00-06:00"
    assert Speech().days("Sat,Sun") == "Sat,Sun"
