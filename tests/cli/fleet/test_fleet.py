"""The fleet file: what a good one means, and every way to get it wrong with the exact words that say so."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.duration import parse_duration
from icwatch.errors import ConfigError, Problem
from icwatch.model import Bound, Fleet, Instruction, Kind, Language, Level, ProbeSpec, Rule, Target, Transition
from icwatch.notices.placeholders import VARIABLES
from icwatch_cli.fleet import builtin, parse_fleet, parse_rule, read_fleet, trial_notices
from tests.documents import fleets, spoilt
from tests.examples import examples

NAME = builtin.NAME
TARGETS: dict[str, object] = {"targets": ["192.168.0.1"]}


def problems(document: object) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse_fleet(document)
    assert str(raised.value) == "\n".join(map(str, raised.value.problems))
    return [str(problem) for problem in raised.value.problems]


def test_the_shortest_fleet() -> None:
    """Everything else is the rule of OCP's documentation."""
    text = "${alarm_target} ${alarm_name}"
    assert parse_fleet(TARGETS) == Fleet(
        language=None,
        every=60,
        probe=ProbeSpec("/ok", Decimal(3), (200,)),
        targets={"192.168.0.1": Target("192.168.0.1", 8088, "http", {})},
        rules={
            NAME: Rule(
                name="ic_server_connect_failed",
                expression="min(ic_server_health{@LABELS}) by (@GBLABELS)",
                program=(Instruction("select", metric="ic_server_health"), Instruction("min", labels=("target",))),
                comparator="==",
                bounds=(Bound(Level.CRITICAL, 0),),
                duration=0,
                cycle=60,
                clear_cycle=300,
                resend_interval=60,
                scope="Host",
                display_name={
                    "zh-CN": "Inter-Connector 服务端连接失败",
                    "en-US": "Inter-Connector server connection failed",
                    "zh-TW": "Inter-Connector 服務端連接失敗",
                },
                summary=dict.fromkeys(Language, text),
                description=dict.fromkeys(Language, text),
                enabled=True,
            )
        },
        route_by=(),
        merge_above=5,
    )


def test_a_full_fleet() -> None:
    fleet = parse_fleet(
        {
            "language": "en-US",
            "every": "10s",
            "route_by": ["vpc", "region"],
            "merge_above": 20,
            "targets": [
                "ic.example.com:8089",
                {"address": "10.1.0.7", "port": 80, "scheme": "https", "labels": {"vpc": "vpc-1"}},
                {"address": "[2001:DB8::1]:9000", "port": 9000},
            ],
            "probe": {"path": "/health?deep=1", "timeout": "1500ms", "expect_status": [200, 204]},
            "rules": [
                {
                    "name": NAME,
                    "comparator": "<=",
                    "threshold": 0.5,
                    "duration": "2m",
                    "cycle": "2m",
                    "clear_cycle": "1h",
                    "resend_interval": "10m",
                    "level": "Down",
                    "scope": "Service",
                    "display_name": {"zh-CN": "断了"},
                    "summary": "${vpc}: $alarm_name",
                    "enabled": False,
                }
            ],
        }
    )
    assert (fleet.language, fleet.every) == (Language.EN_US, 10)
    assert (fleet.route_by, fleet.merge_above) == (("vpc", "region"), 20)
    assert list(fleet.targets.values()) == [
        Target("ic.example.com", 8089),
        Target("10.1.0.7", 80, "https", {"vpc": "vpc-1"}),
        Target("2001:db8::1", 9000),
    ]
    assert list(fleet.targets) == ["ic.example.com:8089", "10.1.0.7:80", "[2001:db8::1]:9000"]
    assert fleet.probe == ProbeSpec("/health?deep=1", Decimal("1.5"), (200, 204))
    rule = fleet.rules[NAME]
    assert (rule.comparator, rule.bounds, rule.scope) == ("<=", (Bound(Level.DOWN, Decimal("0.5")),), "Service")
    assert (rule.duration, rule.cycle, rule.clear_cycle, rule.resend_interval) == (120, 120, 3600, 600)
    assert rule.display_name == dict.fromkeys(Language, "断了")
    assert rule.summary == dict.fromkeys(Language, "${vpc}: $alarm_name")
    assert not rule.enabled


@pytest.mark.parametrize("threshold", [0, -1, 10**15 - 1, Decimal("0.5"), Decimal("1e-15"), 0.25])
def test_thresholds(threshold: Any) -> None:
    assert parse_rule({"name": NAME, "threshold": threshold}).bounds == (Bound(Level.CRITICAL, threshold),)


@pytest.mark.parametrize("zero", ["-0", "-0.0", "0.000", "0e999999", "-0e-9"])
def test_every_zero_is_the_one_that_a_table_holds(zero: str) -> None:
    (bound,) = parse_rule({"name": NAME, "threshold": Decimal(zero)}).bounds
    assert str(bound.threshold) == "0"


@pytest.mark.parametrize(
    ("every", "written", "cycle", "kept"),
    [("60s", "15s", 60, 15), ("60s", "60s", 60, None), ("60s", "2m", 120, None), ("10s", "15s", 15, None)],
)
def test_a_cycle_is_no_shorter_than_what_is_seen(every: str, written: str, cycle: int, kept: int | None) -> None:
    fields = {"probe": {"timeout": "1s"}, **rule(cycle=written)}
    found = parse_fleet({**fields, "every": every}).rules[NAME]
    assert (found.cycle, found.written_cycle, found.alarm_cycle) == (cycle, kept, int(parse_duration(written)))
    assert found.resend_interval == found.alarm_cycle
    assert found.collected(10) == parse_fleet({**fields, "every": "10s"}).rules[NAME]


def test_a_rule_repeats_at_its_cycle_unless_told_otherwise() -> None:
    assert parse_rule({"name": NAME, "cycle": "5m"}).resend_interval == 300


def rule(**fields: object) -> dict[str, object]:
    return {**TARGETS, "rules": [{"name": NAME, **fields}]}


def target(**fields: object) -> dict[str, object]:
    return {"targets": [{"address": "192.168.0.1", **fields}]}


FIELDS = "language, every, route_by, merge_above, targets, probe, probes, rules, ocp, robots, control"
FIRST = FIELDS.replace("ocp, robots, control", "...")
ADDRESS = "write an address such as 192.168.0.1 or ic-server.example.com"
LABEL = "write small letters, digits and _, such as vpc or ocp_address"
DURATION = "write a number and its unit, such as 60s, 5m or 1h"
PATH = "write a path that begins with /, such as /ok"
RANGE = "write 1ms to 30s"
DIGITS = "write a number nearer to 0 than 10^15, with at most 15 digits after the point"
TARGET = "address, port, scheme, labels, probe, probes"
PROBE = "path, port, scheme, timeout, expect_status, body, body_pattern, attempts"

BAD: list[tuple[object, str]] = [
    # the file
    (None, f"file: is empty; write a mapping with {FIRST}"),
    ([], f"file: is a list; write a mapping with {FIRST}"),
    ("targets", f"file: is the text 'targets'; write a mapping with {FIRST}"),
    ({"every": "60s"}, "targets: is missing; list at least one address"),
    ({**TARGETS, "target": []}, "target: unknown field; did you mean targets?"),
    ({**TARGETS, "zzz": 1}, f"zzz: unknown field; known are {FIELDS}"),
    ({"targets": ["192.168.0.1"], 5: 1}, f"5: unknown field; known are {FIELDS}"),
    (
        {**TARGETS, "language": "zh_CN"},
        "language: 'zh_CN' is not known; write zh-CN",
    ),
    ({**TARGETS, "language": 5}, "language: 5 is not known; write one of zh-CN, en-US, zh-TW"),
    ({**TARGETS, "every": 60}, f"every: 60 is no duration; {DURATION}"),
    ({**TARGETS, "every": "60"}, f"every: '60' is no duration; {DURATION}"),
    ({**TARGETS, "every": None}, f"every: is empty; {DURATION}"),
    ({**TARGETS, "every": "0s"}, "every: 0s is too short; write 1s or more"),
    ({**TARGETS, "every": "1500ms"}, "every: 1500ms is not a whole number of seconds; write 2s"),
    (
        {**TARGETS, "every": "2s"},
        "probe.timeout: 3s does not fit into a cycle of 2s with time to save the sweep; "
        "write timeout: 1.3s or less, or every: 5s or more",
    ),
    ({**TARGETS, "route_by": "vpc"}, "route_by: is the text 'vpc'; write a list of label names, such as [vpc]"),
    ({**TARGETS, "route_by": None}, "route_by: is empty; write a list of label names, such as [vpc]"),
    ({**TARGETS, "route_by": ["a", "b", "c", "d"]}, "route_by: names 4 labels; keep at most 3"),
    (
        {**TARGETS, "route_by": ["vpc", "Zone"]},
        "route_by[1]: 'Zone' is no label name; write small letters, digits and _, such as vpc",
    ),
    ({**TARGETS, "route_by": [5]}, "route_by[0]: 5 is no label name; write small letters, digits and _, such as vpc"),
    ({**TARGETS, "route_by": ["a", "b", "a"]}, "route_by[2]: a is listed already; write each label once"),
    (
        {**TARGETS, "route_by": ["host_ip"]},
        "route_by[0]: host_ip is a name that icwatch gives itself; write a label that targets carry",
    ),
    *(
        (
            {**TARGETS, "route_by": [name]},
            f"route_by[0]: {name} is already an attribute of every notice; leave it out",
        )
        for name in ("notice_id", "rule", "kind", "level", "scope", "target", "stage")
    ),
    ({**TARGETS, "merge_above": 0}, "merge_above: is the number 0; write a whole number from 1 to 200"),
    ({**TARGETS, "merge_above": 201}, "merge_above: is the number 201; write a whole number from 1 to 200"),
    ({**TARGETS, "merge_above": "5"}, "merge_above: is the text '5'; write a whole number from 1 to 200"),
    ({**TARGETS, "merge_above": True}, "merge_above: is a truth value true; write a whole number from 1 to 200"),
    ({**TARGETS, "merge_above": None}, "merge_above: is empty; write a whole number from 1 to 200"),
    # targets
    ({"targets": []}, "targets: is empty; list at least one address"),
    ({"targets": None}, "targets: is empty; write a list of addresses"),
    ({"targets": "192.168.0.1"}, "targets: is the text '192.168.0.1'; write a list of addresses"),
    ({"targets": {"a": 1}}, "targets: is a mapping; write a list of addresses"),
    ({"targets": [5]}, f"targets[0]: is the number 5; write a mapping with {TARGET}"),
    ({"targets": [None]}, f"targets[0]: is empty; write a mapping with {TARGET}"),
    ({"targets": [{}]}, "targets[0].address: is missing; write the IC-Server's address, such as 192.168.0.1"),
    ({"targets": [{"address": 5}]}, f"targets[0].address: is the number 5; {ADDRESS}"),
    ({"targets": ["a_b-"]}, f"targets[0]: 'a_b-' is no IPv4 or IPv6 address and no host name; {ADDRESS}"),
    ({"targets": ["192.168.0.1:0"]}, f"targets[0]: port 0 is out of range; {ADDRESS}"),
    ({"targets": ["0.0.0.0"]}, f"targets[0]: '0.0.0.0' is no address of a single host; {ADDRESS}"),
    (
        {"targets": ["192.168.0.1", "a", "192.168.0.1:8088"]},
        "targets[2]: 192.168.0.1 is listed already as targets[0]; remove one of the two",
    ),
    (
        {"targets": ["2001:db8::1", {"address": "2001:DB8:0::1"}]},
        "targets[1]: 2001:db8::1 is listed already as targets[0]; remove one of the two",
    ),
    (target(adress="x"), "targets[0].adress: unknown field; did you mean address?"),
    (target(port=0), "targets[0].port: is the number 0; write a whole number from 1 to 65535"),
    (target(port=65536), "targets[0].port: is the number 65536; write a whole number from 1 to 65535"),
    (target(port="80"), "targets[0].port: is the text '80'; write a whole number from 1 to 65535"),
    (target(port=True), "targets[0].port: is a truth value true; write a whole number from 1 to 65535"),
    (
        {"targets": [{"address": "192.168.0.1:80", "port": 81}]},
        "targets[0].port: differs from the port in 192.168.0.1:80; write the port once",
    ),
    (target(scheme="ftp"), "targets[0].scheme: 'ftp' is not known; write one of http, https"),
    (target(labels=["vpc"]), "targets[0].labels: is a list; write a mapping of names and texts, such as {vpc: vpc-1}"),
    (target(labels=None), "targets[0].labels: is empty; write a mapping of names and texts, such as {vpc: vpc-1}"),
    (target(labels={"VPC": "x"}), f"targets[0].labels.VPC: is no label name; {LABEL}"),
    (target(labels={"a-b": "x"}), f"targets[0].labels.a-b: is no label name; {LABEL}"),
    (target(labels={1: "x"}), f"targets[0].labels.1: is no label name; {LABEL}"),
    (
        target(labels={"alarm_name": "x"}),
        "targets[0].labels.alarm_name: is a name that icwatch gives itself; choose another name for the label",
    ),
    (
        target(labels={"target": "x"}),
        "targets[0].labels.target: is a name that icwatch gives itself; choose another name for the label",
    ),
    (target(labels={"vpc": 1}), 'targets[0].labels.vpc: is the number 1; write a text, such as "1"'),
    (target(labels={"vpc": True}), 'targets[0].labels.vpc: is a truth value true; write a text, such as "true"'),
    (target(labels={"vpc": None}), "targets[0].labels.vpc: is empty; write a text"),
    (target(labels={"vpc": ""}), "targets[0].labels.vpc: has 0 characters; write a text of 1 to 256 characters"),
    (
        target(labels={"vpc": "x" * 257}),
        "targets[0].labels.vpc: has 257 characters; write a text of 1 to 256 characters",
    ),
    (
        target(labels={"vpc": "a\nb"}),
        "targets[0].labels.vpc: holds control or invisible characters; write printable characters",
    ),
    (
        target(labels={"vpc": "a\u202eb"}),
        "targets[0].labels.vpc: holds control or invisible characters; write printable characters",
    ),
    (
        target(labels={f"l{number}": "x" for number in range(21)}),
        "targets[0].labels: holds 21 labels; keep at most 20",
    ),
    # probe
    ({**TARGETS, "probe": None}, f"probe: is empty; write a mapping with {PROBE}"),
    ({**TARGETS, "probe": {"paht": "/"}}, "probe.paht: unknown field; did you mean path?"),
    ({**TARGETS, "probe": {"path": "ok"}}, f"probe.path: 'ok' is no path; {PATH}"),
    ({**TARGETS, "probe": {"path": "/a b"}}, f"probe.path: '/a b' is no path; {PATH}"),
    ({**TARGETS, "probe": {"path": "/\r\nHost: x"}}, f"probe.path: '/\\r\\nHost: x' is no path; {PATH}"),
    ({**TARGETS, "probe": {"path": "/a#b"}}, f"probe.path: '/a#b' is no path; {PATH}"),
    ({**TARGETS, "probe": {"path": 5}}, f"probe.path: 5 is no path; {PATH}"),
    ({**TARGETS, "probe": {"timeout": 3}}, f"probe.timeout: 3 is no duration; {DURATION}"),
    ({**TARGETS, "probe": {"timeout": "0s"}}, f"probe.timeout: 0s is out of range; {RANGE}"),
    ({**TARGETS, "probe": {"timeout": "31s"}}, f"probe.timeout: 31s is out of range; {RANGE}"),
    (
        {**TARGETS, "probe": {"expect_status": []}},
        "probe.expect_status: is empty; list at least one status, such as [200]",
    ),
    (
        {**TARGETS, "probe": {"expect_status": 200}},
        "probe.expect_status: is the number 200; write a list of HTTP statuses, such as [200]",
    ),
    (
        {**TARGETS, "probe": {"expect_status": [100]}},
        "probe.expect_status[0]: is the number 100; write a whole number from 200 to 599",
    ),
    (
        {**TARGETS, "probe": {"expect_status": [200, "204"]}},
        "probe.expect_status[1]: is the text '204'; write a whole number from 200 to 599",
    ),
    # rules
    ({**TARGETS, "rules": {}}, "rules: is a mapping; write a list of rules"),
    ({**TARGETS, "rules": [{}]}, f"rules[0].name: is missing; write {NAME}, or a name of your own"),
    (
        {**TARGETS, "rules": [{"name": NAME}, {"name": NAME}]},
        f"rules[1].name: {NAME} is defined already as rules[0]; merge the two",
    ),
    (rule(treshold=1), "rules[0].treshold: unknown field; did you mean threshold?"),
    (rule(comparator="="), "rules[0].comparator: '=' is not known; write one of ==, !=, >, >=, <, <="),
    (rule(threshold="0"), "rules[0].threshold: is the text '0'; write a number, such as 0"),
    (rule(threshold=True), "rules[0].threshold: is a truth value true; write a number, such as 0"),
    (rule(threshold=float("nan")), f"rules[0].threshold: is the number nan; {DIGITS}"),
    (rule(threshold=float("inf")), f"rules[0].threshold: is the number inf; {DIGITS}"),
    (rule(threshold=10**39), f"rules[0].threshold: is the number 1{'0' * 39}; {DIGITS}"),
    (rule(threshold=Decimal("1e999")), f"rules[0].threshold: is the number 1E+999; {DIGITS}"),
    (rule(threshold=Decimal("1e-99")), f"rules[0].threshold: is the number 1E-99; {DIGITS}"),
    (rule(duration="-1s"), f"rules[0].duration: '-1s' is no duration; {DURATION}"),
    (rule(duration=0), f"rules[0].duration: 0 is no duration; {DURATION}"),
    (rule(clear_cycle="1ms"), "rules[0].clear_cycle: 1ms is not a whole number of seconds; write 1s"),
    (rule(resend_interval="0s"), "rules[0].resend_interval: 0s is too short; write 1s or more"),
    (
        rule(level="critical"),
        "rules[0].level: 'critical' is not known; did you mean Critical? "
        "write one of Down, Critical, Alert, Caution, Info",
    ),
    (
        rule(scope="Server"),
        "rules[0].scope: 'Server' is not known; did you mean Service? write one of Service, Host, Cluster, Tenant",
    ),
    (rule(enabled="yes"), "rules[0].enabled: is the text 'yes'; write true"),
    (rule(display_name=""), "rules[0].display_name: has 0 characters; write a text of 1 to 256 characters"),
    (rule(display_name={}), "rules[0].display_name: is empty; write a text, or one for each of zh-CN, en-US, zh-TW"),
    (rule(display_name={"en_US": "x"}), "rules[0].display_name.en_US: unknown field; did you mean en-US?"),
    (
        rule(display_name="a\nb"),
        "rules[0].display_name: holds control or invisible characters; write printable characters",
    ),
    (
        rule(summary="${alarm_nam}"),
        "rules[0].summary: ${alarm_nam} is neither a variable nor a label of any target; did you mean ${alarm_name}?",
    ),
    (
        rule(summary="${vpc}"),
        "rules[0].summary: ${vpc} is neither a variable nor a label of any target; "
        "write a variable of OCP or a label that a target carries",
    ),
    (
        rule(description="5$"),
        "rules[0].description: holds a $ that begins no variable; write ${name}, or $$ for a dollar sign",
    ),
    (rule(summary="x" * 4097), "rules[0].summary: has 4097 characters; write a text of 1 to 4096 characters"),
]


@pytest.mark.parametrize(("document", "message"), BAD, ids=[message[:70] for _, message in BAD])
def test_one_mistake_is_one_problem(document: object, message: str) -> None:
    assert problems(document) == [message]


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    document = {
        "language": "fr",
        "every": "x",
        "targets": ["a b", {"address": "192.168.0.1", "port": 0, "labels": {"A": "x"}}],
        "probe": {"path": "", "timeout": "1h"},
        "rules": [{"name": NAME, "level": "x", "scope": "x"}],
    }
    assert [problem.split(":")[0] for problem in problems(document)] == [
        "language",
        "every",
        "targets[0]",
        "targets[1].port",
        "targets[1].labels.A",
        "probe.path",
        "probe.timeout",
        "rules[0].level",
        "rules[0].scope",
    ]


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        ({"en-US": "e"}, ("e", "e", "e")),
        ({"zh-CN": "s"}, ("s", "s", "s")),
        ({"zh-TW": "t"}, ("t", "t", "t")),
        ({"en-US": "e", "zh-CN": "s"}, ("s", "e", "s")),
        ({"en-US": "e", "zh-TW": "t"}, ("t", "e", "t")),
        ({"zh-TW": "t", "zh-CN": "s"}, ("s", "t", "t")),
    ],
)
def test_a_language_that_is_left_out_takes_the_nearest(given: dict[str, str], texts: tuple[str, ...]) -> None:
    """In the order of Language: zh-CN, en-US, zh-TW."""
    read = parse_rule({"name": NAME, "display_name": given, "runbook": {name: [text] for name, text in given.items()}})
    assert tuple(read.display_name[language] for language in Language) == texts
    assert tuple(read.runbook[language] for language in Language) == tuple((text,) for text in texts)
    assert read.display_name.keys() == read.runbook.keys() == {*map(str, Language)}


def test_a_line_break_is_good_in_a_template_only() -> None:
    fleet = parse_fleet(rule(description="one\ntwo"))
    assert fleet.rules[NAME].description["en-US"] == "one\ntwo"


def warnings(**fields: object) -> list[str]:
    """What is warned of the built-in rule with these fields."""
    return [str(problem) for problem in read_fleet(rule(**fields))[1]]


def test_every_variable_of_ocp_is_filled_in_every_notice() -> None:
    text = " ".join(f"${{{name}}}" for name in sorted(VARIABLES - {"alarm_summary", "alarm_description"}))
    everything = " ".join(f"${name}" for name in sorted(VARIABLES))
    assert warnings(summary=text, description=f"{text} $alarm_summary", runbook=[everything]) == []


def test_a_text_that_is_cut_is_told() -> None:
    assert warnings(summary="断" * 3000) == [
        "rules[0].summary: takes 9000 bytes once filled in and is cut to 8192; write it shorter"
    ]
    assert [
        warning.partition(":")[0] for warning in warnings(summary="断" * 2000, description="$alarm_summary" * 2)
    ] == ["rules[0].description"]


def test_a_notice_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails when an alarm is raised is to fail here."""

    def write(transition: Transition, *_: object) -> None:
        if transition.kind is Kind.CLEARED:
            raise KeyError("nothing\nof the kind")

    monkeypatch.setattr(trial_notices, "write_notice", write)
    assert warnings() == [
        "rules[0].name: a notice in zh-CN cannot be written (\"KeyError('nothing\\\\nof the kind')\"); "
        "write its texts anew"
    ]
    assert warnings(enabled=False) == []


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@examples(few=80, many=2000)
@given(plain | fleets(good=False) | spoilt())
def test_whatever_is_in_a_file_is_read_or_explained(document: Any) -> None:
    found: Sequence[Problem] = ()
    try:
        fleet, found = read_fleet(document)
    except ConfigError as error:
        found = error.problems
        assert found
    else:
        assert fleet.targets
        assert NAME in fleet.rules
    for problem in found:
        assert problem.place
        assert problem.wrong
        assert problem.right
        assert len(str(problem)) < 500


@examples(few=50, many=800)
@given(fleets(good=True))
def test_what_is_good_is_read(document: Any) -> None:
    fleet, _ = read_fleet(document)
    assert len(fleet.targets) == len(document["targets"])
    assert {rule["name"] for rule in document.get("rules", [])} | {NAME} == fleet.rules.keys()
