"""`icwatch preview`: what it prints is what a rule, a sweep and the notifier would have made."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from icwatch.announcements.grouping import Announcement
from icwatch.evaluation.evaluate import evaluate
from icwatch.model import (
    ENDS,
    Cause,
    Failure,
    Fleet,
    HttpsForm,
    Kind,
    Language,
    Level,
    Number,
    RobotKind,
    Rule,
    ShardAlarms,
    Sweep,
    Transition,
)
from icwatch.notices import Style, write_notice
from icwatch.notices.context import NoticeContext
from icwatch.notices.robot_forms import form_of
from icwatch.notices.robot_message import write_message
from icwatch.rules.expression import metrics_of
from icwatch_cli.arguments.preview import NONE, PROTOCOLS, ROBOTS
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.fleet_file import load_fleet
from icwatch_cli.fleet.sample_alarms import levels_for
from icwatch_cli.main import main
from icwatch_cli.simulation.rehearsal import SOURCE, PreviewError, Wish, rehearse
from tests.doc_pages import LANGUAGES, page
from tests.patience import Stopwatch

ROOT = Path(__file__).parents[3]
EXAMPLES = {path.stem: path for path in ROOT.glob("examples/*.yaml") if not path.stem.endswith(".test")}
VPC = str(EXAMPLES["vpc"])
FLEETS = {name: load_fleet(path) for name, path in EXAMPLES.items()}
RULES = [(name, rule.name) for name, fleet in FLEETS.items() for rule in fleet.rules.values()]
WRITTEN = [
    (*rule, kind, protocol)
    for number, (rule, kind) in enumerate(product(RULES, Kind))
    for protocol in (PROTOCOLS if rule[0] == "fleet" and kind in ENDS | {Kind.RAISED} else PROTOCOLS[number % 14 :][:1])
]
"""Every rule and kind by one protocol in turn; the beginning and the ends of one by every protocol."""

AT = 1_795_316_400
NEEDY = {Kind.ESCALATED, Kind.EASED, Kind.UNATTENDED}
"""Kinds that need more than one level, or stages."""

STORM = """\
targets:
""" + "".join(
    f"  - {{address: 10.{vpc}.0.{number}, labels: {{vpc: vpc-{vpc}}}}}\n"
    for vpc in (1, 2)
    for number in range(1, (30 if vpc == 1 else 12) + 1)
)


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's clock says 17 seconds past the minute."""
    monkeypatch.setattr(
        "icwatch_cli.commands.preview.time", type("Clock", (), {"time": staticmethod(lambda: AT + 17.5)})
    )


@pytest.fixture(name="storm")
def _storm(tmp_path: Path) -> str:
    """A fleet file with two VPCs."""
    path = tmp_path / "storm.yaml"
    path.write_text(STORM, encoding="utf-8")
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """What is printed of a notice, and what is said beside it."""
    assert main(["preview", *arguments, "--utc-offset", "+00:00"]) == 0
    captured = capsys.readouterr()
    return captured.out, captured.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said of a call that is wrong."""
    assert main(["preview", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.removesuffix("\n")


def shown(announced: Announcement, style: Style, protocol: str) -> Any:
    """What a protocol is sent, as far as it is not printed as it is."""
    notice = write_notice(announced, style)
    if protocol == "email":
        return f"Subject: {notice.subject}\n\n{notice.text}"
    if protocol == "sms":
        return notice.sms + "\n"
    if protocol == "attributes":
        return {name: value if isinstance(value, str) else list(value) for name, value in notice.attributes.items()}
    if protocol in ROBOTS:
        return form_of(RobotKind(protocol), write_message(NoticeContext(announced, style)), ())
    return json.loads(notice.messages["https" if protocol == "chatbot" else "default"])


@pytest.mark.parametrize(("name", "rule", "kind", "protocol"), WRITTEN)
def test_it_prints_what_would_be_sent(
    name: str, rule: str, kind: Kind, protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = [str(EXAMPLES[name]), "--rule", rule, "--kind", kind, "--protocol", protocol]
    fleet = FLEETS[name]
    if not levels_for(fleet.rules[rule], kind):
        lacks = "has no unattended_after; " if kind is Kind.UNATTENDED else "has one level only, "
        assert f"--kind {kind}: {rule} {lacks}" in refused(capsys, *call)
        return
    (announced,) = rehearse(fleet, Wish(rule=rule, kind=kind), AT)
    https = HttpsForm.CHATBOT if protocol == "chatbot" else HttpsForm.JSON
    style = Style(Language.EN_US, UTC, https, "--stack NAME")
    out, err = printed(capsys, *call)
    if protocol in {"email", "sms"}:
        assert out == shown(announced, style, protocol)
    else:
        assert json.loads(out) == shown(announced, style, protocol)
        assert out.count("\n") > 5
        assert out.endswith("}\n")
    assert bool(err) is not fleet.rules[rule].enabled
    assert (announced.kind, announced.source, announced.worst.at) == (kind, SOURCE, AT)


def test_each_protocol_is_there_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["preview", VPC, "--protocol", "mail"])
    assert end.value.code == 2
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["preview", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "{email,sms,default,http,https,lambda,sqs,firehose,dingtalk,feishu,wecom,slack,chatbot,attributes}" in text
    assert "{raised,repeated,escalated,eased,unattended,cleared,closed}" in text
    assert "--protocol email --notification-endpoint you@example.com" in text
    assert "aws sns subscribe --topic-arn ALARM_TOPIC_ARN" in text
    assert "{" + ",".join([*Cause, NONE]) + "}" in text


# The same by real sweeps.

TIMES = {"duration": "90s", "clear_cycle": "5m", "resend_interval": "90s", "cycle": "60s"}
LEVELS = [{"level": "Critical", "threshold": 20}, {"level": "Alert", "threshold": 5}, {"level": "Info", "threshold": 1}]
LIVED: Mapping[str, dict[str, Any]] = {
    "as it is": {"name": "ic_server_connect_failed"},
    "slower": {"name": "ic_server_connect_failed", **TIMES},
    "seldom": {"name": "ic_server_connect_failed", "resend_interval": "1d", "clear_cycle": "0s"},
    "overridden": {
        "name": "ic_server_connect_failed",
        "overrides": [{"match": "10.0.0.1", "level": "Down", "duration": "3m"}],
    },
    "counted": {"name": "ic_server_connect_failed", "breaches": "3 of 5"},
    "levels": {"name": "own", "expression": "up", "comparator": ">=", "levels": LEVELS, **TIMES},
    "levels above": {"name": "own", "expression": "up", "comparator": ">", "levels": LEVELS, "scope": "Cluster"},
    "levels below": {"name": "own", "expression": "up", "comparator": "<", "levels": LEVELS[::-1]},
    "group": {"name": "own", "expression": "max(ic_server_health) by (vpc) == 0", **TIMES},
    "own probe": {"name": "own", "expression": "min(agent) by (target) == 0"},
}
LIVED["levels below"]["levels"] = [
    {"level": "Critical", "threshold": 1},
    {"level": "Alert", "threshold": 5},
    {"level": "Info", "threshold": 20},
]


def lived(made: dict[str, Any]) -> tuple[Fleet, Rule]:
    address = [{"address": f"10.0.0.{number}", "labels": {"vpc": "vpc-1"}} for number in (1, 2)]
    fleet = parse_fleet({"targets": address, "probes": {"agent": {}}, "rules": [made]})
    rule = fleet.rules[made["name"]]
    return replace(fleet, rules={rule.name: rule}), rule


def live(fleet: Fleet, rule: Rule, told: Transition, before: Number, after: Number) -> list[Transition]:
    """What sweeps decide of the first target from the beginning of the breach to the moment of the notice.

    `before` is measured first, `after` from `ends` on.
    """
    (metric,) = metrics_of(rule.program)
    inventory, current = fleet.as_inventory(), ShardAlarms("shard-0001")
    found: list[Transition] = []
    ends = told.since if told.kind is Kind.CLEARED else told.at
    for at in range(told.began_at, told.at + 1, rule.cycle):
        value = before if at < ends else after
        ids = [*fleet.targets][: 1 if rule.group_by == ("target",) else 2]
        samples = dict.fromkeys(ids, value)
        why = told.failure and Failure(told.failure.cause, told.failure.detail, told.failure.status)
        failing = {} if why is None or (at >= ends and told.kind is Kind.CLEARED) else dict.fromkeys(ids, why)
        sweep = Sweep("shard-0001", at, {metric: samples}, failing, probe_failures={metric: failing})
        current, transitions = evaluate(inventory, current, sweep)
        found += transitions
    return found


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CLOSED])
@pytest.mark.parametrize("name", LIVED)
def test_it_is_what_sweeps_would_have_decided(name: str, kind: Kind) -> None:
    """To the last field, reason, times and number of reports among them."""
    fleet, rule = lived(LIVED[name])
    for level in levels_for(rule, kind) if name != "overridden" else (Level.DOWN,) * (kind not in NEEDY):
        (announced,) = rehearse(fleet, Wish(rule=rule.name, kind=kind, level=level), AT)
        told, before = announced.worst, None
        assert told.value is not None
        if kind in NEEDY:
            former = told.recent_notices[-1].level
            (other,) = rehearse(fleet, Wish(rule=rule.name, level=former), AT)
            before = other.worst.value
        elif kind is Kind.CLEARED:
            (other,) = rehearse(fleet, Wish(rule=rule.name, level=level), AT)
            before = other.worst.value
        found = live(fleet, rule, told, told.value if before is None else before, told.value)
        assert found[-1] == told
        assert found[0].kind is Kind.RAISED
        assert all(each.kind is Kind.REPEATED for each in found[1:-1])
        assert told.reports == len(found) - (kind is Kind.CLEARED)


def test_an_unattended_one_is_what_sweeps_would_have_decided() -> None:
    fleet, rule = lived({"name": "ic_server_connect_failed", "unattended_after": ["90s", "45m"]})
    (announced,) = rehearse(fleet, Wish(kind=Kind.UNATTENDED), AT)
    told = announced.worst
    assert told.value is not None
    *before, last = live(fleet, rule, told, told.value, told.value)
    assert (last, [each.kind for each in before]) == (told, [Kind.RAISED, Kind.REPEATED])
    assert (told.stage, told.at - told.raised_at) == (1, 120)


@pytest.mark.parametrize("name", LIVED)
def test_what_is_closed_stood_until_then(name: str) -> None:
    fleet, rule = lived(LIVED[name])
    (announced,) = rehearse(fleet, Wish(rule=rule.name, kind=Kind.CLOSED), AT)
    told = announced.worst
    assert told.value is not None
    *before, last = live(fleet, rule, replace(told, kind=Kind.REPEATED), told.value, told.value)
    assert (told.reason, told.kind) == ("target_removed", Kind.CLOSED)
    assert told.reports == len(before) + (last.at < told.at)
    assert (told.raised_at, told.level, told.labels, told.scope) == (
        last.raised_at,
        last.level,
        last.labels,
        last.scope,
    )
    assert told.notified_levels == (told.level,)


def test_a_repeated_one_is_the_92nd_after_an_hour_and_a_half() -> None:
    fleet, rule = lived(LIVED["as it is"])
    (announced,) = rehearse(fleet, Wish(kind=Kind.REPEATED), AT)
    assert announced.worst.reports == 92
    text = write_notice(announced, Style(Language.EN_US)).text
    assert "1h 31m" in text
    assert "92" in text
    assert rule.resend_interval == 60


# The options.


def test_the_defaults(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out, _ = printed(capsys, VPC, "--protocol", "sms")
    assert out == "[Critical] 10.1.0.1 Inter-Connector server connection failed: connect timeout\n"
    out, _ = printed(capsys, str(EXAMPLES["ocp"]), "--protocol", "attributes")
    assert json.loads(out)["rule"] == "vpc_connect_failed", "the first that is enabled"
    path = tmp_path / "all-off.yaml"
    off = "[{name: ic_server_connect_failed, enabled: false}]"
    path.write_text(f"targets: [10.0.0.1]\nlanguage: zh-CN\nrules: {off}\n", encoding="utf-8")
    out, err = printed(capsys, str(path), "--protocol", "sms")
    assert out == "[严重] 10.0.0.1 Inter-Connector 服务端连接失败：连接超时\n"
    assert err == "note: ic_server_connect_failed is disabled, so that nobody would be sent this\n"


@pytest.mark.parametrize(
    ("rule", "metric", "cause"),
    [
        ("ic_server_connect_failed", "ic_server_health", "connect_timeout"),
        ("agent_failed", "agent", "connect_timeout"),
        ("slow", "ic_server_probe_seconds", None),
        ("elsewhere", "node_load1", None),
    ],
)
def test_the_cause_is_of_a_probe_that_fails(rule: str, metric: str, cause: str | None) -> None:
    rules = [] if rule == "ic_server_connect_failed" else [{"name": rule, "expression": f"{metric} == 7"}]
    fleet = parse_fleet(
        {"targets": ["10.0.0.1"], "probes": {"agent": {}}, "rules": rules, "probe": {"timeout": "1.5s"}}
    )
    (announced,) = rehearse(fleet, Wish(rule=rule), AT)
    failure = announced.worst.failure
    assert failure == (Failure(Cause.CONNECT_TIMEOUT, "no connection within 1.5s") if cause else None)
    (announced,) = rehearse(fleet, Wish(rule=rule, cause=NONE), AT)
    assert announced.worst.failure is None


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_is_told(cause: Cause, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = printed(capsys, VPC, "--cause", cause)
    assert f"({cause}: " in out
    out, _ = printed(capsys, VPC, "--cause", cause, "--protocol", "sqs")
    assert json.loads(out)["cause"] == cause
    out, _ = printed(capsys, VPC, "--cause", cause, "--rule", "vpc_connect_failed")
    assert f"({cause}: 3 of 3 targets)" in out


def test_target_level_language_and_clock(capsys: pytest.CaptureFixture[str]) -> None:
    call = [VPC, "--rule", "ic_server_slow"]
    out, _ = printed(capsys, *call, "--target", "10.2.0.2", "--level", "Caution", "--protocol", "sms")
    assert out == "[Caution] 10.2.0.2 IC-Server answers slowly: 0.4 s > 0.3 s\n"
    out, _ = printed(capsys, *call, "--target", "10.1.0.3", "--protocol", "sms")
    assert out == "[Caution] 10.1.0.3 IC-Server answers slowly: 3 s > 2 s\n", "as its override has it"
    out, _ = printed(
        capsys, *call, "--level", "Caution", "--kind", "escalated", "--level", "Alert", "--language", "zh-CN"
    )
    assert re.match("Subject: \\[警告.*注意.*] 10.1.0.1 IC-Server 响应缓慢", out)
    assert main(["preview", VPC, "--language", "zh-TW", "--utc-offset", "+08:00"]) == 0
    clock = capsys.readouterr().out
    (announced,) = rehearse(FLEETS["vpc"], Wish(), AT)
    assert clock == shown(announced, Style(Language.ZH_TW, timezone(timedelta(hours=8))), "email")
    assert "UTC+08:00" in clock


def test_the_language_of_the_fleet_file_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fleet.yaml"
    for language, begins in (("", "[Critical] "), ("language: zh-TW\n", "[")):
        path.write_text(f"{language}targets: [10.0.0.1]\n", encoding="utf-8")
        out, _ = printed(capsys, str(path), "--protocol", "sms")
        assert out.startswith(begins)
        assert out.isascii() is (language == "")
        out, _ = printed(capsys, str(path), "--protocol", "sms", "--language", "en-US")
        assert out.isascii()


def test_the_moment_is_a_whole_minute(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = printed(capsys, VPC, "--protocol", "default")
    assert json.loads(out)["at"] == AT


# Storms.


def test_a_storm_of_a_vpc_has_the_verdict(storm: str, capsys: pytest.CaptureFixture[str]) -> None:
    call = [storm, "--target", "10.2.0.1", "--count", "12"]
    out, err = printed(capsys, *call)
    assert err == ""
    assert out.startswith("Subject: [Critical] 12 of 12 IC-Servers in vpc-2")
    assert "12 of 12 IC-Servers in vpc-2: suspect the path between OCP and vpc-2." in out
    out, _ = printed(capsys, *call, "--cause", "http_status")
    assert "suspect" not in out
    out, _ = printed(capsys, *call, "--language", "zh-CN")
    assert "vpc-2" in out.splitlines()[0]
    out, _ = printed(capsys, *call, "--protocol", "sqs")
    document = json.loads(out)
    shares = {share["name"]: (share["failing"], share["of"], share["suspect_path"]) for share in document["shares"]}
    assert shares == {"shard-0001": (12, 42, False), "vpc-2": (12, 12, True)}
    assert [alarm["target"] for alarm in document["alarms"]] == [f"10.2.0.{number}" for number in range(1, 13)]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in NEEDY])
def test_a_storm_of_every_kind(kind: Kind, storm: str, capsys: pytest.CaptureFixture[str]) -> None:
    call = [storm, "--target", "10.2.0.1", "--count", "12", "--kind", kind, "--protocol", "sqs"]
    document = json.loads(printed(capsys, *call)[0])
    assert (document["kind"], document["count"]) == (kind, 12)
    shard = [(share["failing"], share["of"]) for share in document["shares"] if share["label"] is None]
    standing = {Kind.RAISED: [(12, 42)], Kind.REPEATED: [(12, 42)], Kind.CLEARED: [(0, 42)], Kind.CLOSED: []}
    assert shard == standing[kind], "what was closed is often not there any more"


def test_the_first_of_a_storm_are_those_of_the_file(storm: str, capsys: pytest.CaptureFixture[str]) -> None:
    for count in (30, 42):
        document = json.loads(printed(capsys, storm, "--count", str(count), "--protocol", "sqs")[0])
        assert document["count"] == count
        assert {alarm["target"] for alarm in document["alarms"]} == {*[*load_fleet(Path(storm)).targets][:count]}


def test_few_alarms_are_single_notices(storm: str, capsys: pytest.CaptureFixture[str]) -> None:
    alone, err = printed(capsys, storm)
    assert err == ""
    assert printed(capsys, storm, "--count", "1") == (alone, "")
    out, err = printed(capsys, storm, "--count", "5")
    assert (out, err) == (alone, "note: 5 alarms are not above merge_above (5): 5 notices, this is the first\n")
    out, err = printed(capsys, storm, "--count", "6")
    assert out.startswith("Subject: [Critical] 6 of 30 IC-Servers in vpc-1")
    assert err == ""


def test_a_storm_of_which_a_part_can_be_subscribed_is_several(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = printed(capsys, VPC, "--count", "6", "--protocol", "sqs")
    assert json.loads(out)["labels"]["vpc"] == "vpc-1"
    assert json.loads(out)["count"] == 3
    assert err == "note: subscribers can filter by vpc: 2 notices, this is the first\n"
    assert main(["--language", "zh-CN", "preview", VPC, "--count", "6", "--protocol", "sqs"]) == 0
    assert capsys.readouterr() == (out, "说明：订阅者可按 vpc 筛选：共 2 条通知，这是第一条\n")


def test_a_storm_is_of_one_shard() -> None:
    targets = [{"address": f"10.0.{n // 200}.{n % 200 + 1}", "labels": {"vpc": f"vpc-{n // 25}"}} for n in range(450)]
    fleet = parse_fleet({"targets": targets})
    (announced,) = rehearse(fleet, Wish(count=200), AT)
    assert (announced.shard, len(announced.transitions)) == ("shard-0001", 200)
    assert (announced.shares[0].failing, announced.shares[0].of) == (200, 200)
    (announced,) = rehearse(fleet, Wish(target="10.0.2.50", count=25), AT)
    assert announced.shard == "shard-0003"
    assert announced.shares[0].of == 50
    with pytest.raises(PreviewError, match="one sweep can report this of 50 targets of ic_server_connect_failed"):
        rehearse(fleet, Wish(target="10.0.2.50", count=51), AT)


def test_ten_thousand_targets_take_no_time() -> None:
    targets = [
        {"address": f"10.{n // 2500}.{n // 250 % 10}.{n % 250 + 1}", "labels": {"vpc": f"vpc-{n // 100}"}}
        for n in range(10_000)
    ]
    fleet = parse_fleet({"targets": targets})
    watch = Stopwatch()
    (announced,) = rehearse(fleet, Wish(target="10.3.9.250", count=100), AT)
    assert len(announced.transitions) == 100
    assert watch.seconds < 10


# What is wrong.

REFUSED = [
    (["--count", "0"], "--count 0: is no number of alarms; write 1 to 200"),
    (["--count", "201"], "--count 201: is no number of alarms; write 1 to 200"),
    (["--count", "two"], "--count two: is no number of alarms; write 1 to 200"),
    (["--count", "-1"], "--count -1: is no number of alarms; write 1 to 200"),
    (
        ["--count", "7"],
        "--count 7: one sweep can report this of 6 targets of ic_server_connect_failed; write 6 or less",
    ),
    (
        ["--rule", "vpc_connect_failed", "--count", "3"],
        "--count 3: one sweep can report this of 2 groups of vpc_connect_failed; write 2 or less",
    ),
    (
        ["--rule", "ic_server_slow", "--kind", "eased", "--count", "9"],
        "--count 9: one sweep can report this of 4 targets of ic_server_slow; write 4 or less",
    ),
    (["--rule", "vpc_conect"], "--rule vpc_conect: is no rule of the fleet file; did you mean vpc_connect_failed?"),
    (["--rule", "zzz"], "--rule zzz: is no rule of the fleet file; write one such as vpc_connect_failed"),
    (["--target", "10.1.0.11"], "--target 10.1.0.11: is no target of ic_server_connect_failed; did you mean 10.1.0.1?"),
    (["--target", "zzz"], "--target zzz: is no target of ic_server_connect_failed; write one such as 10.1.0.1"),
    (
        ["--rule", "ic_server_slow", "--target", "10.2.0.3"],
        "--target 10.2.0.3: is not covered by ic_server_slow; write one such as 10.1.0.1",
    ),
    (
        ["--rule", "vpc_connect_failed", "--target", "10.2.0.1"],
        "--target 10.2.0.1: the alarms of vpc_connect_failed are of groups; write vpc=vpc-2, which it is in",
    ),
    (
        ["--kind", "eased"],
        "--kind eased: ic_server_connect_failed has one level only, Critical; name a rule that has several, such as "
        "ic_server_slow",
    ),
    (
        ["--rule", "ic_server_slow", "--kind", "escalated", "--target", "10.1.0.3"],
        "--kind escalated: ic_server_slow has one level only for 10.1.0.3, Caution; name another target",
    ),
    (["--level", "Info"], "--level Info: is no level of ic_server_connect_failed; write Critical"),
    (
        ["--rule", "ic_server_slow", "--level", "Info"],
        "--level Info: is no level of ic_server_slow; write Alert or Caution",
    ),
    (
        ["--rule", "ic_server_slow", "--level", "Alert", "--target", "10.1.0.3"],
        "--level Alert: is no level of ic_server_slow for 10.1.0.3; write Caution",
    ),
    (
        ["--rule", "ic_server_slow", "--kind", "eased", "--level", "Alert"],
        "--level Alert: is the worst level of ic_server_slow, and no alarm has eased to it; write Caution",
    ),
    (
        ["--rule", "ic_server_slow", "--kind", "escalated", "--level", "Caution"],
        "--level Caution: is the lowest level of ic_server_slow, and no alarm has escalated to it; write Alert",
    ),
    (["--utc-offset", "8"], "--utc-offset 8: is no offset; write hours and minutes, such as +08:00"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(each) for each, _ in REFUSED])
def test_what_cannot_be_is_said(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [f"{one}={two}" for one, two in zip(arguments[::2], arguments[1::2], strict=True)]
    assert refused(capsys, VPC, *arguments) == message


def test_a_rule_that_nothing_can_break_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        "targets: [10.0.0.1]\nrules: [{name: ic_server_connect_failed, exclude: [10.0.0.1]}]\n", encoding="utf-8"
    )
    right = "name another rule, or correct its filter"
    assert refused(capsys, str(path)) == f"ic_server_connect_failed: covers no target of the fleet file; {right}"
    path.write_text("targets: [10.0.0.1]\n", encoding="utf-8")
    message = "--count 2: one sweep can report this of 1 target of ic_server_connect_failed; write 1"
    assert refused(capsys, str(path), "--count", "2") == message
    message = "--kind eased: ic_server_connect_failed has one level only, Critical; write several levels for it"
    assert refused(capsys, str(path), "--kind", "eased") == message


def test_a_bad_file_is_told_of_as_check_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("every: 60\ntargets: [192.168.0.300]\nrule: []\n", encoding="utf-8")
    assert main(["check", str(path)]) == 2
    said = capsys.readouterr().out.removesuffix("\n")
    assert refused(capsys, str(path)) == said
    assert len(said.splitlines()) == 3


@pytest.mark.parametrize("comparator", ["==", "!=", ">", ">=", "<", "<="])
@pytest.mark.parametrize("threshold", [0, 1, -5, 30, 0.3, -0.25, 10**14])
def test_values_are_breaches_and_are_none_when_it_is_over(comparator: str, threshold: float) -> None:
    rule = {"name": "a", "expression": "up", "comparator": comparator, "threshold": threshold}
    fleet = parse_fleet(json.loads(json.dumps({"targets": ["10.0.0.1"], "rules": [rule]}), parse_float=None))
    names = {">": "gt", "<": "lt", "==": "eq", "!=": "ne", ">=": "ge", "<=": "le"}
    for kind, breach in product((Kind.RAISED, Kind.CLEARED), (True,)):
        (announced,) = rehearse(fleet, Wish(rule="a", kind=kind), AT)
        value = announced.worst.value
        assert value is not None
        limit = fleet.rules["a"].bounds[0].threshold
        holds = getattr(__import__("operator"), names[comparator])(value, limit)
        assert holds is (breach if kind is Kind.RAISED else not breach)
        assert value >= 0 or threshold <= 0


# The documents.


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documents_show_what_comes(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page(language, "commands")
    block = re.search(r"```console\n(\$ \.venv/bin/icwatch preview .*?)```", text, re.DOTALL)
    assert block is not None
    monkeypatch.chdir(ROOT)
    commands = re.split(r"^\$ \.venv/bin/icwatch ", block[1], flags=re.MULTILINE)[1:]
    assert commands
    for each in commands:
        command, _, output = each.partition("\n")
        assert main(command.split()) == 0
        assert capsys.readouterr().out.strip() == output.strip()


ROBOT_FLEET = """
language: en-US
targets: [{address: 10.1.0.1, labels: {vpc: vpc-1}}]
robots:
  - {name: dba, kind: dingtalk, url: "env:URL", language: zh-CN, mention: [all], only: {vpc: vpc-2}, repeats: false}
  - {name: hook, kind: webhook, url: "env:URL"}
"""


def test_a_robot_is_shown_with_its_language_and_its_mentions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(ROBOT_FLEET)
    out, err = printed(capsys, str(path), "--robot", "dba")
    sent = json.loads(out)
    assert "连接失败" in sent["markdown"]["title"]
    assert sent["at"]["isAtAll"] is True
    assert err == "note: dba would not be told this: only keeps it out\n"
    assert main(["--language", "zh-CN", "preview", str(path), "--robot", "dba"]) == 0
    assert capsys.readouterr() == (out, "说明：dba 不会收到此通知：被 only 排除\n")
    out, err = printed(capsys, str(path), "--robot", "dba", "--kind", "cleared", "--language", "en-US")
    assert json.loads(out)["markdown"]["title"].endswith("failed")
    assert "isAtAll" not in out
    assert err == ""
    assert "repeats: false keeps it out" in printed(capsys, str(path), "--robot", "dba", "--kind", "repeated")[1]
    assert json.loads(printed(capsys, str(path), "--robot", "hook")[0])["schema"].startswith("icwatch.notice/")
    assert "--robot dbas: is no robot of the fleet file; write one of: dba, hook" in refused(
        capsys, str(path), "--robot", "dbas"
    )
