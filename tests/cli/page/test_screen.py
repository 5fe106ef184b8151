"""The status on one screen, and the table of targets: of an outage that the evaluator itself decided on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from icwatch.model import Language
from icwatch_cli.page.data import PageData
from icwatch_cli.page.fleet import servers_of
from icwatch_cli.page.now import State, states_of
from icwatch_cli.page.overview import Overview, overview_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.samples import Seconds
from icwatch_cli.page.screen import screen, stands
from icwatch_cli.page.target_rows import as_json, matching, target_lines, worst_first
from tests.cli.page.world import NOW, World, an_outage, fleet_of
from tests.doc_pages import page as page_of_docs

CHINA = timezone(timedelta(hours=8))
EN, ZH = (RowWords(language, CHINA) for language in (Language.EN_US, Language.ZH_CN))


@pytest.fixture(scope="module")
def data() -> PageData:
    return an_outage().data()


@pytest.fixture(scope="module")
def page(data: PageData) -> Overview:
    return overview_of(data)


def test_the_whole_screen(page: Overview) -> None:
    assert [text for _, text in screen(page, EN, 24)] == [
        "icwatch · 2026-11-22 14:32:12 UTC+08:00",
        "vpc-2: all 10 IC-Servers unreachable for 18 min",
        "Cause: connect timeout; suspect the path between OCP and vpc-2.",
        "down 11/40 · recovering 1 · alarms 3 +10 inhibited · unclaimed 1 · ↓ 12 → 11 in 5 min",
        "",
        "Current alarms",
        "  Stopped  vpc-2: all 10 IC-Servers unreachable · 18 min",
        "    connect timeout · 吴 has it since 14:17 until 15:32: 已联系网络组 · notified once",
        "    First: Check the path between OCP and vpc-2: routes, peering, security groups.",
        "  Critical  10.3.0.4 unreachable · 30 min",
        "    connection refused · Nobody has it yet · notified 4 times, next 14:42",
        "    Take it: icwatch ack 10.3.0.4 --stack icwatch",
        "  Recovering  10.4.0.2 unhealthy · 19 min",
        "    good for 3 min of 5 min · notified 2 times",
        "",
        "By VPC   now              24 h     p50 / p95 ms",
        "  vpc-2  0 of 10 answer   95.65 %  16 / 24",
        "  vpc-3  9 of 10 answer   99.50 %  16 / 24",
        "  vpc-4  10 of 10 answer  99.88 %  16 / 24",
        "  vpc-1  10 of 10 answer  100 %    16 / 24",
        "Monitoring itself: all is well",
        "  watched: 99.44 % of 24 h",
    ]
    assert stands(page)


def test_in_chinese(page: Overview) -> None:
    lines = [text for _, text in screen(page, ZH)]
    assert lines[1] == "vpc-2 全部 10 台 IC-Server 连接失败，已持续 18 分钟"
    assert lines[3] == "异常 11/40 · 恢复中 1 · 告警 3（另抑制 10） · 无人认领 1 · ↓ 5 分钟内 12 → 11"
    assert "    先做：检查 OCP 与 vpc-2 之间的网络：路由、对等连接、安全组。" in lines
    assert lines[-2:] == ["监控自身：一切正常", "  监控覆盖：24 小时 99.44 %"]


@pytest.mark.parametrize(("name", "words", "by"), [("en", EN, "Wu: restarting it"), ("zh-CN", ZH, "吴: 已联系网络组")])
def test_the_documents_show_it_as_it_is(name: str, words: RowWords, by: str) -> None:
    data = an_outage(by=by.split(": ", maxsplit=1)[0], comment=by.split(": ")[1]).data()
    shown = page_of_docs(name, "commands")
    assert "\n".join(text for _, text in screen(overview_of(data), words, 24)) in shown
    servers = servers_of(data, states_of(data), [*data.inventory.targets])
    chosen = matching(servers, {"vpc": ("vpc-3", "vpc-4")}, [State.DOWN, State.RECOVERING])
    assert "\n".join(text for _, text in target_lines(worst_first(chosen), words)) in shown


def test_where_all_is_well_nothing_stands() -> None:
    world = World.of(fleet_of({"vpc-1": 3}))
    for minute in range(5):
        world.sweep(NOW // 60 * 60 - 60 * (4 - minute), {})
    page = overview_of(world.data())
    assert not stands(page)
    assert [*screen(page, EN)][1] == ("good", "All 3 IC-Servers answer")
    assert stands(overview_of(world.data(evaluator=1)))
    assert ("warn", "  given up (dead letters): evaluator 1") in [*screen(overview_of(world.data(evaluator=1)), EN)]


def test_the_worst_targets_come_first(data: PageData) -> None:
    servers = worst_first(servers_of(data, states_of(data), [*data.inventory.targets]))
    assert [each.name for each in servers[:13]] == [f"10.2.0.{number}" for number in range(1, 11)] + [
        "10.3.0.4",
        "10.4.0.2",
        "10.1.0.1",
    ]
    head, first, *_, last = target_lines(servers, EN)
    assert head[1].split() == ["target", "now", "why", "24", "h", "p50", "/", "p95", "ms", "labels"]
    assert first == (
        "bad",
        "10.2.0.1   down        connect timeout [no connection within 3s]  95.65 %  16 / 24       "
        "vpc=vpc-2, region=cn-shanghai",
    )
    assert last[0] == ""
    refused = json.loads(as_json(servers[10], "shard-0001"))
    assert refused["cause"] == "connection_refused"
    assert refused["shard"] == "shard-0001"
    assert 0 < refused["down_seconds"] < refused["good_seconds"]


def test_longer_spans_are_shown_where_they_are_known(data: PageData) -> None:
    week = {name: Seconds(9 * 86_400, 86_400, 0) for name in data.inventory.targets}
    longer = replace(data, longer={7: week})
    lines = [text.split() for _, text in screen(overview_of(longer), EN, 24)]
    assert ["By", "VPC", "now", "24", "h", "7", "d", "p50", "/", "p95", "ms"] in lines
    assert ["vpc-2", "0", "of", "10", "answer", "95.65", "%", "90.00", "%", "16", "/", "24"] in lines
    (server,) = servers_of(longer, states_of(longer), ["10.2.0.1"])
    assert [each["days"] for each in json.loads(as_json(server, ""))["availability"]] == [1, 7]
    assert "95.65 %  90.00 %" in [*target_lines([server], EN)][1][1]


def test_only_those_that_are_asked_for(data: PageData) -> None:
    servers = servers_of(data, states_of(data), [*data.inventory.targets])
    of_two = matching(servers, {"vpc": ("vpc-3", "vpc-4")}, None)
    assert len(of_two) == 20
    assert [each.name for each in matching(of_two, {}, [State.DOWN, State.RECOVERING])] == ["10.3.0.4", "10.4.0.2"]
    assert matching(servers, {"vpc": ("vpc-3",), "region": ("nowhere",)}, None) == []
