"""Notices keep the limits of SNS whatever is in them, and nothing in them is taken for anything but text."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch import builtin
from icwatch.bounded import MAX_LINE, one_line, shorten
from icwatch.cause import STEPS, Step
from icwatch.config import parse_rule
from icwatch.model import ENDS, Bound, Cause, Failure, Kind, Language, Level, Rule, Transition
from icwatch.notice import Notice
from icwatch.notice.headline import MAX_SMS, MAX_SUBJECT
from icwatch.template import VARIABLES
from icwatch.variables import moment, variables
from icwatch.words import WORDS, Words
from tests.notices import write

AT = 1_795_316_400
RULE = parse_rule(builtin.RULE)
RAISED = Transition(
    rule=RULE.name,
    target="192.168.0.1",
    kind=Kind.RAISED,
    at=AT,
    raised_at=AT,
    began_at=AT,
    since=AT,
    level=Level.CRITICAL,
    value=0,
    reason="value 0 == 0 (connection_refused), held 0s of 0s",
    failure=Failure(Cause.CONNECTION_REFUSED, "Connection refused"),
    labels={"vpc": "vpc-1", "region": "cn-shanghai"},
)
CLEARED = replace(RAISED, kind=Kind.CLEARED, at=AT + 900, since=AT + 600, value=1, reports=3)

languages = st.sampled_from(Language)
printable = st.characters(exclude_categories=["C", "Z"], include_characters=" ")
"""What `check` lets into a fleet."""

line = st.text(printable, min_size=1, max_size=256)
hosts = st.sampled_from(
    ["192.168.0.1", "2001:db8::1", "[2001:db8::1]:80", ".".join(["a" * 63] * 3) + ".example.com:80"]
)
labels = st.dictionaries(
    st.from_regex(r"\A[a-z_][a-z0-9_]{0,63}\Z").filter(lambda name: name not in VARIABLES), line, max_size=20
)
failures = st.builds(
    Failure, st.sampled_from(Cause), st.text(max_size=300).map(one_line), st.none() | st.integers(200, 599)
)
templates = st.lists(
    st.sampled_from([f"${{{name}}}" for name in sorted(VARIABLES)]) | st.text(printable, max_size=40) | st.just("\n"),
    max_size=80,
).map("".join)


def _rule(name: str, summary: str, description: str, level: Level) -> Rule:
    def texts(text: str) -> dict[str, str]:
        return dict.fromkeys(map(str, Language), text)

    return replace(
        RULE,
        display_name=texts(name),
        summary=texts(summary),
        description=texts(description),
        bounds=(Bound(level, 0),),
    )


rules = st.builds(_rule, line, templates, templates, st.sampled_from(Level))
transitions = st.builds(
    Transition,
    rule=st.just(RULE.name),
    target=hosts,
    kind=st.sampled_from(Kind),
    at=st.integers(AT, AT + 10**8),
    raised_at=st.just(AT),
    began_at=st.just(AT - 120),
    since=st.just(AT),
    level=st.sampled_from(Level),
    value=st.sampled_from([None, 0, 1, Decimal("0.123456789012345")]),
    reason=st.sampled_from(["target_removed", "target_excluded", "rule_removed", "rule_disabled", "held 0s of 0s"]),
    reports=st.integers(1, 10**6),
    failure=st.none() | failures,
    labels=labels,
)


def size(notice: Notice) -> int:
    """Bytes that count against SNS's 256 KiB: the message with both forms, and the attributes."""
    attributes = sum(len(f"{name}{value}String.Array".encode()) for name, value in notice.attributes.items())
    return len(notice.text.encode()) * 2 + len(notice.sms.encode()) * 2 + attributes


@given(transitions, rules, languages)
def test_the_limits_of_sns(transition: Transition, rule: Rule, language: Language) -> None:
    notice = write(transition, rule, language)
    assert 0 < len(notice.subject) <= MAX_SUBJECT < 100
    assert notice.subject.isprintable(), "on one line, without control characters"
    assert len(notice.sms.encode("ascii" if notice.sms.isascii() else "utf-16-le")) <= MAX_SMS
    assert notice.sms.isascii() == notice.subject.isascii()
    assert size(notice) < 256 * 1024
    assert len(notice.attributes) <= 10, "SQS drops what has more, with raw delivery"
    for name, value in notice.attributes.items():
        assert name
        assert value not in ("", ()), "SNS refuses empty attributes"
    assert notice.id == transition.id == notice.attributes["notice_id"]


@given(transitions, rules, languages)
def test_a_notice_says_what_matters(transition: Transition, rule: Rule, language: Language) -> None:
    notice = write(transition, rule, language)
    assert transition.target in notice.text
    assert moment(transition.began_at) in notice.text
    assert WORDS[language].levels[transition.level] in notice.text
    for name, value in transition.labels.items():
        assert f"{name}={value}" in notice.text
    if transition.failure is not None:
        assert transition.failure.detail in notice.text
        cause, meaning = WORDS[language].causes[transition.failure.cause]
        assert cause in notice.text
        assert (meaning in notice.text) == (transition.kind not in ENDS), "what it said of the host is over"


@pytest.mark.parametrize("kind", [Kind.REPEATED, Kind.ESCALATED, Kind.EASED])
def test_the_first_that_anybody_is_told_is_that_it_was_raised(kind: Kind) -> None:
    """Whatever was kept back before: who filters repeats out must not hear of the end alone."""
    later = replace(RAISED, kind=kind, at=AT + 900, former_level=Level.ALERT, reports=9)
    first = write(later, RULE, Language.EN_US)
    assert first.attributes["kind"] == "raised"
    assert first.attributes["level"] == "Critical"
    assert first.id == later.id == first.attributes["notice_id"]
    assert first.subject.startswith("[Critical] ")
    assert "since 2026-11-22 03:00:00 UTC (15m so far)" in first.text
    assert write(replace(later, told_levels=(Level.ALERT,)), RULE, Language.EN_US).attributes["kind"] == kind


@pytest.mark.parametrize(
    ("transition", "levels"),
    [
        (RAISED, "Critical"),
        (replace(RAISED, kind=Kind.REPEATED, told_levels=(Level.DOWN,)), "Critical"),
        (
            replace(RAISED, kind=Kind.EASED, former_level=Level.DOWN, told_levels=(Level.DOWN, Level.INFO)),
            ("Critical", "Down"),
        ),
        (replace(CLEARED, told_levels=(Level.CRITICAL,)), "Critical"),
        (replace(CLEARED, told_levels=(Level.INFO, Level.DOWN)), ("Critical", "Down", "Info")),
    ],
)
def test_a_notice_carries_every_level_that_it_concerns(transition: Transition, levels: object) -> None:
    """A subscriber to one level hears when that level is left, and the end of all that it heard of."""
    assert write(transition, RULE, Language.EN_US).attributes["level"] == levels


HOSTILE = "${alarm_id} {target} {0} %s $$ <b>*_` \\n"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_what_looks_like_a_template_stays_text(kind: Kind, language: Language) -> None:
    rule = replace(
        RULE,
        display_name=dict.fromkeys(Language, HOSTILE),
        summary=dict.fromkeys(Language, "${vpc} | ${alarm_name}"),
        description=dict.fromkeys(Language, "${alarm_summary} | ${alarm_name}"),
    )
    hostile = replace(RAISED, kind=kind, failure=Failure(Cause.HTTP_STATUS, HOSTILE), labels={"vpc": HOSTILE})
    notice = write(hostile, rule, language)
    lines = notice.text.splitlines()
    first = lines.index("") + 1 if kind in ENDS else 0
    assert lines[first] == f"{HOSTILE} | {HOSTILE}"
    assert lines[first + 1] == f"{HOSTILE} | {HOSTILE} | {HOSTILE}"
    assert f"http_status: {HOSTILE}" in notice.text
    assert f"vpc={HOSTILE}" in notice.text
    assert HOSTILE in notice.subject
    assert f":{RAISED.target}:" not in notice.text.replace(hostile.id, ""), "no variable was filled in from a value"


def test_a_hostile_server_gets_a_bounded_line() -> None:
    detail = one_line("x\r\n\r\nSubject: won the lottery\x1b[2J\u202e" * 100)
    notice = write(replace(RAISED, failure=Failure(Cause.HTTP_STATUS, detail)), RULE, Language.EN_US)
    (told,) = [line for line in notice.text.splitlines() if "lottery" in line]
    assert told.isprintable()
    assert len(told) < MAX_LINE + 200


def test_a_long_subject_is_cut_with_an_ellipsis() -> None:
    long = replace(RULE, display_name=dict.fromkeys(Language, "忙" * 200))
    notice = write(RAISED, long, Language.ZH_CN)
    assert notice.subject == "[严重] 192.168.0.1 " + "忙" * (MAX_SUBJECT - 18) + "…"
    assert len(notice.sms) == 70
    assert notice.sms.endswith("…")


@given(st.text() | st.text("ab", min_size=100), st.integers(8, 300), st.sampled_from(["utf-8", "utf-16-le"]))
def test_shorten_keeps_whole_characters(text: str, most: int, encoding: str) -> None:
    encodable = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    short = shorten(encodable, most, encoding)
    assert len(short.encode(encoding)) <= most
    ellipsis = "..." if encodable.isascii() else "…"
    assert short == encodable or (short.endswith(ellipsis) and encodable.startswith(short.removesuffix(ellipsis)))
    if len(encodable.encode(encoding)) <= most:
        assert short == encodable
    else:
        assert len(short.encode(encoding)) > most - 4, "no more is cut than must be"


def test_attributes_are_what_subscribers_filter_by() -> None:
    assert write(RAISED, RULE, Language.ZH_CN).attributes == {
        "notice_id": f"{RULE.name}:192.168.0.1:{AT}:raised:{AT}",
        "rule": "ic_server_connect_failed",
        "kind": "raised",
        "level": "Critical",
        "status": "Active",
        "scope": "Host",
        "target": "192.168.0.1",
        "at": AT,
        "labels": ("region=cn-shanghai", "vpc=vpc-1"),
    }
    assert write(CLEARED, RULE, Language.EN_US).attributes["status"] == "Inactive"
    assert "labels" not in write(replace(RAISED, labels={}), RULE, Language.EN_US).attributes


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
        "vpc": "vpc-1",
        "region": "cn-shanghai",
    }


def test_variables_while_it_lasts() -> None:
    values = variables(replace(RAISED, at=AT + 60, kind=Kind.REPEATED), RULE, Language.EN_US)
    assert (values["alarm_status"], values["alarm_resolved_at"], values["recover_value"]) == ("Active", "", "")
    assert values["alarm_last_interval"] == "PT1M"


@pytest.mark.parametrize(
    ("target", "host"), [("[2001:db8::1]:80", "2001:db8::1"), ("ic.example.com:80", "ic.example.com")]
)
def test_host_ip_is_without_the_port(target: str, host: str) -> None:
    assert variables(replace(RAISED, target=target), RULE, Language.EN_US)["host_ip"] == host


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("language", Language)
def test_every_cause_has_its_words_and_its_first_step(cause: Cause, language: Language) -> None:
    notice = write(replace(RAISED, failure=Failure(cause)), RULE, language)
    name, meaning = WORDS[language].causes[cause]
    assert name in notice.subject
    assert name in notice.text
    assert meaning in notice.text
    assert WORDS[language].steps[STEPS[cause]] in notice.text


@pytest.mark.parametrize(
    ("step", "commands"),
    [
        (Step.PROCESS, ["ps -ef|grep ic-server", "supervisord restart ic-server"]),
        (Step.LOG, ['grep -r "error" ~/logs/ic-server/server.log']),
        (Step.HOST, []),
        (Step.NETWORK, ["ethtool ethX", "ifconfig", "route -n"]),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_steps_name_the_commands_of_ocp(step: Step, commands: list[str], language: Language) -> None:
    for command in commands:
        assert command in WORDS[language].steps[step]


@pytest.mark.parametrize("language", Language)
def test_no_language_lacks_a_word(language: Language) -> None:
    def complete(words: Words) -> dict[str, Any]:
        return {
            field.name: set(value) if isinstance(value := getattr(words, field.name), dict) else bool(value)
            for field in fields(words)
        }

    assert complete(WORDS[language]) == complete(WORDS[Language.ZH_CN])
    assert set(WORDS[language].levels) == set(Level)
    assert set(WORDS[language].sentences) == set(WORDS[language].tags) == set(Kind)


def test_times_are_those_of_the_reader_s_clock() -> None:
    zone = timezone(timedelta(hours=8))
    notice = write(RAISED, replace(RULE, summary=dict.fromkeys(Language, "${alarm_active_at}")), Language.ZH_CN, zone)
    assert moment(0) == "1970-01-01 00:00:00 UTC"
    assert moment(0, zone) == "1970-01-01 08:00:00 UTC+08:00"
    assert notice.text.splitlines()[0] == moment(RAISED.raised_at, zone)
    assert f"自 {moment(RAISED.began_at, zone)} 起失败" in notice.text
    assert moment(RAISED.began_at) not in notice.text
