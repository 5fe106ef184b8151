"""Notices keep the limits of SNS whatever is in them, and nothing in them is taken for anything but text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta, timezone
from decimal import Decimal
from itertools import product
from string import Formatter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import icwatch.notices.email
from icwatch.model import (
    ENDS,
    Bound,
    Cause,
    Failure,
    HttpsForm,
    Kind,
    Language,
    Level,
    RecentNotice,
    Rule,
    Share,
    Transition,
)
from icwatch.notices import MAX_ID, MAX_MESSAGE, Notice, Style, write_notice
from icwatch.notices.chat_card import MAX_DESCRIPTION, MAX_KEYWORD, MAX_STEP, MAX_THREAD
from icwatch.notices.defuse import without_links, without_markup
from icwatch.notices.email import MAX_TEXT
from icwatch.notices.locales import LOCALES, Locale
from icwatch.notices.placeholders import VARIABLES
from icwatch.notices.sanitize import MAX_TARGET, MAX_VALUE
from icwatch.notices.steps import Step
from icwatch.notices.subject import MAX_SMS, MAX_SUBJECT, shortened
from icwatch.notices.variables import MAX_TEMPLATED, moment, variables
from icwatch.text import MAX_LINE, one_line, shorten
from icwatch_cli.fleet import builtin, parse_rule
from icwatch_cli.fleet.texts import MAX_STEP_CHARACTERS as MAX_OWN_STEP
from icwatch_cli.fleet.texts import MAX_STEPS
from tests.writing import announce, write, write_all

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
TOLD = (RecentNotice(AT, Kind.RAISED, Level.CRITICAL, Cause.CONNECTION_REFUSED),)
CLEARED = replace(RAISED, kind=Kind.CLEARED, at=AT + 900, since=AT + 600, value=1, reports=3, recent_notices=TOLD)
SLOW = parse_rule(
    {
        "name": "ic_server_slow",
        "expression": "max(ic_server_probe_seconds) by (target)",
        "comparator": ">",
        "threshold": 0.5,
        "level": "Alert",
        "display_name": {"en-US": "IC-Server answers slowly"},
        "runbook": {"en-US": ["See ${vpc}.\nThen see it again.", "Call."]},
    }
)
SEVERAL = 6

languages = st.sampled_from(Language)
levels = st.sampled_from(Level)
causes = st.sampled_from(Cause)
printable = st.characters(exclude_categories=["C", "Z"], include_characters=" ")
"""What `check` lets into a fleet."""

line = st.text(printable, min_size=1, max_size=256)
anything = st.text(st.characters(exclude_categories=[]), max_size=60) | st.just("\ud800\n\U000e0001 " * 99)
"""Also what it would not: control characters, lone surrogates."""

hosts = st.sampled_from(
    ["192.168.0.1", "2001:db8::1", "[2001:db8::1]:80", ".".join(["a" * 63] * 3) + ".example.com:80"]
)
label_names = st.from_regex(r"\A[a-z_][a-z0-9_]{0,63}\Z").filter(lambda name: name not in VARIABLES)
labels = st.dictionaries(label_names, line, max_size=20)
failures = st.builds(Failure, causes, st.text(max_size=300).map(one_line), st.none() | st.integers(200, 599))
templates = st.lists(
    st.sampled_from([f"${{{name}}}" for name in sorted(VARIABLES)]) | st.text(printable, max_size=40) | st.just("\n"),
    max_size=80,
).map("".join)
told = st.lists(
    st.builds(
        RecentNotice, at=st.integers(AT, AT + 10**6), kind=st.sampled_from(Kind), level=levels, cause=causes | st.none()
    ),
    max_size=3,
).map(tuple)


def _texts(text: str) -> dict[str, str]:
    return dict.fromkeys(map(str, Language), text)


def _rule(name: str, summary: str, description: str, level: Level, runbook: Sequence[str]) -> Rule:
    return replace(
        RULE,
        display_name=_texts(name),
        summary=_texts(summary),
        description=_texts(description),
        runbook=dict.fromkeys(map(str, Language), tuple(runbook)) if runbook else {},
        bounds=(Bound(level, 0),),
    )


rules = st.builds(_rule, line, templates, templates, levels, st.lists(templates, max_size=3))


def transitions_with(
    labels: st.SearchStrategy[dict[str, str]] = labels,
    targets: st.SearchStrategy[str] = hosts,
    failures: st.SearchStrategy[Failure] = failures,
) -> st.SearchStrategy[Transition]:
    """Transitions as the evaluator decides them, whatever the texts in them."""
    return st.builds(
        Transition,
        rule=st.just(RULE.name),
        target=targets,
        kind=st.sampled_from(Kind),
        at=st.integers(AT, AT + 10**8),
        raised_at=st.just(AT),
        began_at=st.just(AT - 120),
        since=st.just(AT),
        level=levels,
        value=st.sampled_from([None, 0, 1, Decimal("0.123456789012345")]),
        reason=st.sampled_from(["target_removed", "target_excluded", "rule_removed", "rule_disabled", "held 0s of 0s"]),
        reports=st.integers(1, 10**6),
        failure=st.none() | failures,
        labels=labels,
        recent_notices=told,
        notified_levels=st.lists(levels, max_size=3, unique=True).map(tuple),
    )


transitions = transitions_with()
hostile_transitions = transitions_with(
    st.dictionaries(anything.filter(bool), anything, max_size=30),
    anything.filter(bool),
    st.builds(Failure, causes, anything, st.none() | st.integers(200, 599)),
)


def sent(notice: Notice) -> Mapping[str, str]:
    """The attributes as SNS is given them."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in notice.attributes.items()
    }


def size(notice: Notice) -> int:
    """Bytes that count against SNS's 256 KiB: the message with all its forms, and the attributes with their types."""
    attributes = sum(len(f"{name}{value}String.Array".encode()) for name, value in sent(notice).items())
    return len(json.dumps(dict(notice.messages), ensure_ascii=False).encode()) + attributes


def is_printable(text: str) -> bool:
    """Whether a person sees all of a text; the wide space of Chinese is such."""
    return text.replace("\u3000", "").isprintable()


def assert_within_limits(notice: Notice, style: Style) -> None:
    """What SNS, SQS, telephones and chats take, and nothing that a person cannot see."""
    assert 0 < len(notice.subject.encode("utf-16-le")) // 2 <= MAX_SUBJECT < 100
    assert is_printable(notice.subject), "on one line, without control characters"
    assert len(notice.sms.encode("ascii" if notice.sms.isascii() else "utf-16-le")) <= MAX_SMS == 140
    assert is_printable(notice.sms)
    assert size(notice) <= MAX_MESSAGE == 256 * 1024
    assert len(notice.text.encode()) <= MAX_TEXT
    assert all(map(is_printable, notice.text.split("\n")))
    assert len(notice.attributes) <= 10, "SQS drops what has more, with raw delivery"
    for name, value in notice.attributes.items():
        assert is_printable(name)
        for each in (value,) if isinstance(value, str) else value:
            assert each.strip(), "SNS refuses empty attributes"
            assert is_printable(each)
    assert notice.messages.keys() == {"default", "email", "sms", "https"}
    card = json.loads(notice.messages["https"])
    assert not re.search("[<>]", notice.messages["https"])
    assert card["version"] == "1.0"
    assert card["source"] == "custom"
    assert len(card["content"]["description"].encode()) <= MAX_DESCRIPTION
    body = json.loads(notice.body)
    assert body.keys() == BODY
    assert len(body["alarms"]) + body["omitted"] == body["count"]
    assert body["shortened"] <= len(body["alarms"])
    assert body["language"] == style.language
    assert body["subject"] == notice.subject
    assert body["text"] in (notice.text, style.locale.cut)


BODY = set(json.loads(write(RAISED, RULE).body))


@given(transitions, rules, languages)
def test_the_limits_of_sns(transition: Transition, rule: Rule, language: Language) -> None:
    notice = write(transition, rule, language)
    assert_within_limits(notice, Style(language))
    assert notice.sms.isascii() == notice.subject.isascii()
    assert notice.id == transition.id == notice.attributes["notice_id"] == json.loads(notice.body)["notice"]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.lists(hostile_transitions, min_size=1, max_size=9),
    rules,
    languages,
    st.tuples(anything, anything),
    st.lists(
        st.builds(Share, st.just(RULE.name), st.integers(0, 9), st.integers(2, 9), anything, anything), max_size=3
    ),
)
def test_the_limits_of_sns_with_texts_that_no_check_has_seen(
    transitions: list[Transition],
    rule: Rule,
    language: Language,
    place: tuple[str, str],
    shares: list[Share],
) -> None:
    style, (source, shard) = Style(language, https=HttpsForm.CHATBOT), place
    transitions = [replace(each, at=transitions[0].at) for each in transitions]
    for each in announce(transitions, rule, source=source, shard=shard, shares=tuple(shares)):
        assert_within_limits(write_notice(each, style), style)


def _crowd(count: int, value: str, target: str, *, own_labels: bool) -> list[Transition]:
    return [
        replace(
            RAISED,
            target=f"{target}{number:03}",
            labels={
                f"label_{name:02}": f"{number:03}{value}"[:MAX_VALUE] if own_labels else value for name in range(20)
            },
            failure=Failure(Cause.CONNECT_TIMEOUT, value[:MAX_LINE]),
        )
        for number in range(count)
    ]


LETTERS = ["忙", "<", "&", "🚨", "\\"]
"""Each is written in more bytes than one, in one of the forms that a notice has."""

SMALL = list(product([1, SEVERAL], LETTERS, [False, True], Language))
LARGE = [
    (count, letter, own_labels, [*Language][number % len(Language)])
    for number, (count, letter, own_labels) in enumerate(product([60, 200], LETTERS, [False, True]))
]
"""Every letter in every size; the languages, which differ in what is short here, take turns."""


@pytest.mark.parametrize(
    ("count", "letter", "own_labels", "language"),
    [*SMALL, *(pytest.param(*each, marks=pytest.mark.large) for each in LARGE)],
)
def test_a_storm_of_the_longest_texts_fits(count: int, letter: str, own_labels: bool, language: Language) -> None:
    """200 targets with names of 253 characters, 20 labels of 256, templates of 8 KB and 20 steps."""
    most = letter * MAX_VALUE
    rule = replace(
        RULE,
        display_name=_texts(most),
        summary=_texts(letter * 4096),
        description=_texts("${label_00}" * 400),
        runbook=dict.fromkeys(map(str, Language), (letter * MAX_OWN_STEP,) * MAX_STEPS),
    )
    style = Style(language, https=HttpsForm.CHATBOT)
    crowd = _crowd(count, most, "a" * 250, own_labels=own_labels)
    shares = tuple(Share(RULE.name, 200, 200, f"label_{name:02}", most, 7, path=True) for name in range(10))
    announcements = announce(crowd, rule, shares=(Share(RULE.name, 200, 200), *shares), source=most, shard=most)
    assert sum(len(each.transitions) for each in announcements) == count
    for each in announcements:
        notice = write_notice(each, style)
        assert_within_limits(notice, style)
        body = json.loads(notice.body)
        kept = each.transitions[: len(body["alarms"])]
        assert [alarm["transition"] for alarm in body["alarms"]] == [one.id for one in kept]
        assert [alarm["id"] for alarm in body["alarms"]] == [f"{one.rule}:{one.target}:{AT}" for one in kept]
        if letter == "\\" and count == 200 and not own_labels:
            assert body["omitted"], "each of these letters is four bytes in the JSON of a JSON"
        else:
            assert body["omitted"] == 0, "there is room to name each of them"


@pytest.mark.large
def test_alarms_are_shortened_before_one_is_left_out() -> None:
    """From the end of the list: the worst, which come first, keep most."""
    bodies = {}
    for count in (6, 12, 24, 48, 96, 192, 384, 768, 1536):
        crowd = _crowd(count, "忙" * 60, "ic.example.com-", own_labels=True)
        bodies[count] = json.loads(write_all(crowd, RULE).body)
    assert [count for count, body in bodies.items() if body["shortened"]] == [48, 96, 192, 384, 768, 1536]
    assert [count for count, body in bodies.items() if body["omitted"]] == [1536]
    for count, body in bodies.items():
        assert len(body["alarms"]) == count - body["omitted"]
        whole = len(body["alarms"]) - body["shortened"]
        assert all("labels" in alarm for alarm in body["alarms"][:whole])
        assert all("labels" not in alarm for alarm in body["alarms"][whole:])
        assert all(alarm.keys() >= {"id", "transition"} for alarm in body["alarms"])


@given(transitions, rules, languages)
def test_a_notice_says_what_matters(transition: Transition, rule: Rule, language: Language) -> None:
    notice = write(transition, rule, language)
    assert transition.target in notice.text
    assert moment(transition.began_at) in notice.text
    assert LOCALES[language].levels[transition.level] in notice.text
    for name, value in transition.labels.items():
        assert f"{name}={without_links(value)}" in notice.text
    if transition.failure is not None:
        assert without_links(transition.failure.detail) in notice.text
        cause, meaning = LOCALES[language].causes[transition.failure.cause]
        assert cause in notice.text
        assert (meaning in notice.text) == (transition.kind not in ENDS), "what it said of the host is over"
    for each in transition.recent_notices:
        assert f"{moment(each.at)}  {LOCALES[language].kinds[each.kind]}  " in notice.text


@pytest.mark.parametrize("kind", [Kind.REPEATED, Kind.ESCALATED, Kind.EASED])
def test_the_first_that_anybody_is_told_is_that_it_was_raised(kind: Kind) -> None:
    """Whatever was kept back before: who filters repeats out must not hear of the end alone."""
    later = replace(RAISED, kind=kind, at=AT + 900, former_level=Level.ALERT, reports=9)
    first = write(later, RULE)
    assert first.attributes["kind"] == json.loads(first.body)["kind"] == "raised"
    assert first.attributes["level"] == "Critical"
    assert first.id == later.id == first.attributes["notice_id"]
    assert first.subject.startswith("[Critical] ")
    assert "since 2026-11-22 03:00:00 UTC (15m so far)" in first.text


@pytest.mark.parametrize(
    ("before", "kind", "subject"),
    [
        (Level.CRITICAL, Kind.REPEATED, "[Critical for 15m] "),
        (Level.ALERT, Kind.ESCALATED, "[Critical, was Warning] "),
        (Level.DOWN, Kind.EASED, "[Critical, was Stopped] "),
    ],
)
@pytest.mark.parametrize("decided", [Kind.RAISED, Kind.REPEATED, Kind.ESCALATED, Kind.EASED])
def test_what_is_said_is_new_to_who_was_told_before(before: Level, kind: Kind, subject: str, decided: Kind) -> None:
    """However often the level changed while nothing was announced."""
    later = replace(
        RAISED,
        kind=decided,
        at=AT + 900,
        recent_notices=(RecentNotice(AT, Kind.RAISED, before),),
        notified_levels=(before,),
    )
    notice = write(later, RULE)
    assert notice.attributes["kind"] == json.loads(notice.body)["kind"] == kind
    assert notice.subject.startswith(subject)


@pytest.mark.parametrize(
    ("transition", "levels"),
    [
        (RAISED, "Critical"),
        (replace(RAISED, kind=Kind.REPEATED, notified_levels=(Level.CRITICAL,)), "Critical"),
        (replace(RAISED, kind=Kind.REPEATED, notified_levels=(Level.DOWN,)), ("Critical", "Down")),
        (replace(RAISED, kind=Kind.EASED, notified_levels=(Level.INFO, Level.DOWN)), ("Critical", "Down")),
        (replace(RAISED, kind=Kind.EASED, former_level=Level.DOWN, notified_levels=(Level.CRITICAL,)), "Critical"),
        (CLEARED, "Critical"),
        (replace(CLEARED, notified_levels=(Level.CRITICAL,)), "Critical"),
        (replace(CLEARED, notified_levels=(Level.INFO, Level.DOWN)), ("Down", "Info")),
        (replace(CLEARED, notified_levels=(Level.INFO, Level.CRITICAL, Level.DOWN)), ("Critical", "Down", "Info")),
    ],
)
def test_a_notice_carries_every_level_that_it_concerns(transition: Transition, levels: object) -> None:
    """A subscriber to one level hears when that level is left, and the end of all that it heard of, and no other."""
    notice = write(transition, RULE)
    assert notice.attributes["level"] == levels
    body = json.loads(notice.body)
    assert body["levels"] == body["alarms"][0]["levels"] == ([levels] if isinstance(levels, str) else list(levels))


HOSTILE = "${alarm_id} {target} {0} %s $$ <b>*_` \\n"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_what_looks_like_a_template_stays_text(kind: Kind, language: Language) -> None:
    rule = replace(
        RULE,
        display_name=_texts(HOSTILE),
        summary=_texts("${vpc} | ${alarm_name}"),
        description=_texts("${alarm_summary} | ${alarm_name}"),
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
    ids = f"{RAISED.rule}:{RAISED.target}:{AT}"
    assert notice.text.count(ids) == 1, "in the last line; no variable was filled in from a value"
    assert notice.text.splitlines()[-1].endswith(ids)


TAME = "qqqq"
OWN = ("display_name", "reason")
"""What is no text from outside: a rule's own, and why an alarm is closed."""

HOSTILE_TEXTS = {
    "lines": "one\nSubject: two\r\n\r\nthree\n\n.\n",
    "templates": "${alarm_id} $vpc {target} {0} {who!r} %s %(level)s",
    "control": "\x00\x07\x08\x1b[2J\x1b]0;title\x07\x7f\x85\x9b",
    "rtl": "abc\u202e\u2066gpj.exe\u200f",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ad",
    "separators": "a\u2028b\u2029c\u00a0d",
    "surrogates": "\ud800 \udfff x \udc00",
    "markup": "<!channel> <@U1> <http://evil|ok> <b>&amp; `code` ```",
    "links": "see [it](http://evil.com/a?b), www.evil.com or mailto:a@evil.com, \\\\evil\\share",
    "styles": "*a* **b** _c_ __d__ ~e~ ~~f~~ @here #general :skull: snake_case 1.2.3 10:30:45",
    "a heading": "# a",
    "a quotation": "> a",
    "a list": "- a",
    "a number": "1. a",
    "json": '"}],"kind":"cleared","x":[{"\\u0000": "\\',
    "astral": "🚨𝄞" * 40,
    "long": "10 KB " * 1700,
    "long and wide": "忙\n" * 5000,
}


def _with_everywhere(text: str, where: str, count: int) -> tuple[list[Transition], Rule, dict[str, Any]]:
    """A problem of which one text comes from somebody else."""
    given_labels = {"vpc": text if where == "label" else "vpc-1", "region": "cn-shanghai"}
    detail = text if where == "detail" else "Connection refused"
    members = [
        replace(
            RAISED,
            target=text if where == "target" and not number else f"192.168.0.{number + 1}",
            kind=Kind.CLOSED if where == "reason" else Kind.RAISED,
            reason=text if where == "reason" else RAISED.reason,
            labels=given_labels,
            failure=Failure(Cause.CONNECTION_REFUSED, detail, 503),
        )
        for number in range(count)
    ]
    rule = replace(
        RULE,
        display_name=_texts(text if where == "display_name" else "Name"),
        summary=_texts("${alarm_target}: ${alarm_name} in ${vpc}"),
        runbook=dict.fromkeys(map(str, Language), ("Look at ${vpc}\nand ${alarm_target}",)),
    )
    shares = (
        Share(RULE.name, count, count, path=True),
        Share(RULE.name, count, count, "vpc", given_labels["vpc"], 3, path=True),
    )
    more = {
        "shares": shares,
        "source": text if where == "source" else "icwatch",
        "shard": text if where == "shard" else "shard-0001",
        "route_by": ("vpc",),
    }
    return members, rule, more


def _replaced(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return value.replace(TAME, text)
    if isinstance(value, dict):
        return {key: _replaced(each, text) for key, each in value.items()}
    return [_replaced(each, text) for each in value] if isinstance(value, list) else value


def _texts_of(alarm: dict[str, Any]) -> dict[str, str]:
    """The texts for people that a program is given of an alarm."""
    return {name: alarm["event"][name] for name in ("summary", "description")}


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
@pytest.mark.parametrize("where", ["detail", "label", "display_name", "source", "shard", "target", "reason"])
@pytest.mark.parametrize("count", [1, SEVERAL])
def test_a_hostile_text_changes_nothing_but_itself(count: int, where: str, text: str) -> None:
    for language in Language:
        members, rule, more = _with_everywhere(TAME, where, count)
        tame = write_all(members, rule, language, **more)
        members, rule, more = _with_everywhere(text, where, count)
        hostile = write_all(members, rule, language, **more)
        assert_within_limits(hostile, Style(language))

        shown = one_line(text, {"detail": MAX_LINE, "target": MAX_TARGET}.get(where, MAX_VALUE))
        assert "\n" not in shown
        mailed, chatted = (shown, shown) if where in OWN else (without_links(shown), without_markup(shown))
        assert hostile.text == tame.text.replace(TAME, mailed)
        assert hostile.subject == shorten(tame.subject.replace(TAME, mailed), MAX_SUBJECT * 2, "utf-16-le")
        line = tame.sms.replace(TAME, mailed)
        assert hostile.sms == line if shortened(line) == line else hostile.sms.endswith(("…", "..."))

        name = one_line(hostile.id, MAX_ID)
        body = _replaced(expected_body := json.loads(tame.body), shown)
        assert json.loads(hostile.body) == {
            **body,
            "notice": name,
            "subject": hostile.subject,
            "text": hostile.text,
            "alarms": [
                {**alarm, "event": {**alarm["event"], **_replaced(_texts_of(before), mailed)}}
                for alarm, before in zip(body["alarms"], expected_body["alarms"], strict=True)
            ],
        }

        card, expected = json.loads(hostile.messages["https"]), json.loads(tame.messages["https"])
        thread = _replaced(expected["metadata"]["threadId"], shown)
        thread = shorten(thread, MAX_THREAD) if count > 1 else thread
        expected = {**_replaced(expected, _plain(chatted)), "id": _plain(name)}
        sign = expected["content"]["title"].split()[0]
        subject = _plain(shorten(tame.subject.replace(TAME, chatted), MAX_SUBJECT * 2, "utf-16-le"))
        expected["content"]["title"] = f"{sign} {subject}"
        if "nextSteps" in expected["content"]:
            expected["content"]["nextSteps"] = [shorten(each, MAX_STEP) for each in expected["content"]["nextSteps"]]
        expected["content"]["keywords"] = [shorten(each, MAX_KEYWORD) for each in expected["content"]["keywords"]]
        expected["metadata"] |= {"summary": subject, "threadId": _plain(thread)}
        assert card == expected

        values = {key: each if isinstance(each, str) else list(each) for key, each in tame.attributes.items()}
        given_back = {key: each if isinstance(each, str) else list(each) for key, each in hostile.attributes.items()}
        assert given_back == {**_replaced(values, shown), "notice_id": name}


@pytest.mark.parametrize(
    "target", [f"{'.'.join(['a' * 63] * 3)}.{'b' * 61}:65535", ",".join(f"{'l' * 64}={'v' * 256}" for _ in range(3))]
)
def test_the_longest_names_that_a_fleet_takes_are_whole(target: str) -> None:
    """Also that of a group by three labels: cut, they would be the names of others as well."""
    notice = write(replace(RAISED, target=target), RULE)
    body = json.loads(notice.body)
    assert notice.attributes["target"] == body["target"] == body["alarms"][0]["target"] == target
    assert body["alarms"][0]["id"] == f"{RULE.name}:{target}:{AT}"
    assert notice.attributes["notice_id"] == body["notice"] == body["alarms"][0]["transition"] == notice.id
    assert target in notice.text


def test_a_hostile_server_gets_a_bounded_line() -> None:
    detail = one_line("x\r\n\r\nSubject: won the lottery\x1b[2J\u202e" * 100)
    notice = write(replace(RAISED, failure=Failure(Cause.HTTP_STATUS, detail)), RULE)
    (told,) = [line for line in notice.text.splitlines() if "lottery" in line]
    assert told.isprintable()
    assert len(told) < MAX_LINE + 200


def test_a_long_subject_is_cut_with_an_ellipsis() -> None:
    long = replace(RULE, display_name=dict.fromkeys(Language, "忙" * 200))
    notice = write(RAISED, long, Language.ZH_CN)
    assert notice.subject == "[严重] 192.168.0.1 " + "忙" * (MAX_SUBJECT - 18) + "…"
    assert len(notice.sms) == 70
    assert notice.sms.endswith("…")


@pytest.mark.parametrize("before", ["", "x"])
def test_no_cut_goes_through_a_character(before: str) -> None:
    """Also where one takes two units of UTF-16."""
    notice = write(RAISED, replace(RULE, display_name=_texts(before + "🚨" * 99)))
    for cut, units, why in ((notice.subject, MAX_SUBJECT, ""), (notice.sms, 70, "connection refused, ")):
        assert cut.startswith(f"[Critical] 192.168.0.1 {why}{before}🚨")
        assert cut.endswith("🚨…")
        assert units - 1 <= len(cut.encode("utf-16-le")) // 2 <= units


def test_a_subject_of_ascii_stays_ascii() -> None:
    """One character beyond it halves what an SMS holds."""
    notice = write(RAISED, replace(RULE, display_name=_texts("x" * 200)))
    assert notice.sms == "[Critical] 192.168.0.1 connection refused, " + "x" * (140 - 46) + "..."
    assert len(notice.subject) == MAX_SUBJECT


def test_a_text_that_is_too_long_ends_at_a_line_with_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = _crowd(300, "x", "a" * 249, own_labels=False)
    cut = write_all(crowd, RULE, Language.ZH_CN).text
    monkeypatch.setattr(icwatch.notices.email, "MAX_TEXT", 10**9)
    whole = write_all(crowd, RULE, Language.ZH_CN).text
    mark = f"{LOCALES[Language.ZH_CN].cut}\n"
    assert cut.endswith(f"\n{mark}")
    kept = cut.removesuffix(mark)
    assert whole.startswith(kept)
    assert kept.endswith("\n")
    assert MAX_TEXT - 400 < len(cut.encode()) <= MAX_TEXT
    assert mark not in whole


def test_templates_and_steps_are_bounded() -> None:
    """A label may be long, and a template may name it often."""
    rule = replace(
        RULE,
        summary=_texts("${vpc}" * 100),
        description=_texts("${region}" * 100),
        runbook={"en-US": ("${vpc}" * 40,) * MAX_STEPS},
    )
    notice = write(replace(RAISED, labels={"vpc": "v" * 256, "region": "r" * 256}), rule)
    lines = notice.text.splitlines()
    assert [len(lines[0]), len(lines[1])] == [MAX_TEMPLATED, MAX_TEMPLATED]
    assert lines[0].endswith("v...")
    steps = lines[lines.index("STEPS OF THIS RULE:") + 1 : lines.index("WHAT TO DO:") - 1]
    assert len("\n".join(steps)) == MAX_TEMPLATED
    assert steps[-1].endswith("...")


def test_a_template_that_says_nothing_leaves_no_gap() -> None:
    empty = replace(RULE, summary=_texts(""), description=_texts("${service}"))
    assert write(RAISED, empty).text.startswith("IC-Server 192.168.0.1 has failed")
    assert "\n\n\n" not in write(CLEARED, empty).text


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


@given(anything, st.integers(1, 300))
@example("a\u3000b", 10)
@example("\U000e0001" * 200, 5)
def test_one_line_is_one_line(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most
    assert is_printable(line)
    assert line.encode().decode() == line, "no lone surrogate"
    if len(text) <= most and text.isprintable():
        assert line == text


def test_attributes_are_what_subscribers_filter_by() -> None:
    assert write(RAISED, RULE, Language.ZH_CN).attributes == {
        "notice_id": f"{RULE.name}:192.168.0.1:{AT}:raised:{AT}",
        "rule": "ic_server_connect_failed",
        "kind": "raised",
        "status": "Active",
        "target": "192.168.0.1",
        "level": "Critical",
        "scope": "Host",
    }
    assert write(CLEARED, RULE).attributes["status"] == "Inactive"


def test_the_labels_that_a_fleet_chose_are_attributes() -> None:
    """Three of them: with the seven that every notice has, these are as many as SQS passes on."""
    labels = {name: f"{name}-1" for name in ("a", "b", "c", "d", "vpc")}
    chosen = ("vpc", "nothing", "a", "b", "c")
    attributes = write(replace(RAISED, labels=labels), RULE, route_by=chosen).attributes
    assert {name: attributes.get(name) for name in chosen} == {
        "vpc": "vpc-1",
        "nothing": None,
        "a": "a-1",
        "b": None,
        "c": None,
    }
    assert not {"labels", "at", "d"} & attributes.keys()
    assert len(write(replace(RAISED, labels=labels), RULE, route_by=("vpc", "a", "b")).attributes) == 10


def test_an_empty_label_is_no_attribute() -> None:
    assert "vpc" not in write(replace(RAISED, labels={"vpc": ""}), RULE, route_by=("vpc",)).attributes
    assert "vpc" not in write(replace(RAISED, labels={}), RULE, route_by=("vpc",)).attributes


def test_a_notice_goes_where_the_first_one_went() -> None:
    """Whatever became of the labels and of the rule meanwhile."""
    moved = replace(CLEARED, scope="Cluster", routed_labels={"vpc": "vpc-9"})
    attributes = write(moved, RULE, route_by=("vpc", "region")).attributes
    assert (attributes["scope"], attributes["vpc"], attributes.get("region")) == ("Cluster", "vpc-9", None)
    assert "Labels: region=cn-shanghai, vpc=vpc-1" in write(moved, RULE).text


def test_several_targets_are_one_attribute() -> None:
    several = [replace(RAISED, target=f"192.168.0.{number}") for number in range(1, 7)]
    attributes = write_all(several, RULE, route_by=("vpc",)).attributes
    assert attributes["target"] == tuple(each.target for each in several)
    assert attributes["vpc"] == "vpc-1"
    assert attributes["notice_id"] == f"{several[0].id}+5"


def test_the_event_is_ocp_s() -> None:
    zone = timezone(timedelta(hours=8))
    labels = {**RAISED.labels, "app_type": "IC"}
    for transition, resolved in ((RAISED, None), (CLEARED, "2026-11-22T11:15:00+08:00")):
        body = json.loads(write(replace(transition, labels=labels), RULE, Language.ZH_CN, zone).body)
        (alarm,) = body["alarms"]
        assert alarm["event"] == {
            "id": f"{RULE.name}:192.168.0.1:{AT}",
            "appType": "IC",
            "alarmType": RULE.name,
            "scope": "Host",
            "level": "Critical",
            "status": "Inactive" if resolved else "Active",
            "target": "192.168.0.1",
            "summary": "192.168.0.1 Inter-Connector 服务端连接失败",
            "description": "192.168.0.1 Inter-Connector 服务端连接失败",
            "activeAt": "2026-11-22T11:00:00+08:00",
            "updatedAt": resolved or "2026-11-22T11:00:00+08:00",
            "resolvedAt": resolved,
            "labels": labels,
        }
        assert body["schema"] == "icwatch.notice/1"


def test_how_long_and_how_often() -> None:
    repeated = replace(
        RAISED, kind=Kind.REPEATED, at=AT + 5460, reports=92, recent_notices=TOLD, notified_levels=(Level.CRITICAL,)
    )
    text = write(repeated, RULE).text
    assert "still fails its health check, since 2026-11-22 03:00:00 UTC (1h 31m so far)" in text
    assert "This is notice number 92." in text
    assert "LAST NOTICES OF THIS ALARM:\n2026-11-22 03:00:00 UTC  raised  Critical: connection refused\n" in text


def test_a_cleared_notice_says_how_long_it_lasted_and_what_was_seen() -> None:
    text = write(CLEARED, RULE).text
    assert text.startswith("IC-Server 192.168.0.1 has recovered: its health check has been good since ")
    assert "began at 2026-11-22 03:00:00 UTC and lasted 10m." in text
    assert "Value: 1 (the alarm condition == 0 is over)" in text
    assert "WHAT TO DO" not in text


def test_a_closed_notice_does_not_say_that_the_trouble_is_over() -> None:
    text = write(replace(CLEARED, kind=Kind.CLOSED, value=0, reason="rule_disabled"), RULE).text
    assert "was closed: the alarm rule was disabled." in text
    assert "closing does not mean that the IC-Server has recovered" in text
    assert "Value: 0 (alarm condition: == 0)" in text
    assert "is over" not in text


def test_a_rule_that_is_gone_is_written_under_its_name() -> None:
    closed = replace(CLEARED, rule="gone", kind=Kind.CLOSED, reason="rule_removed", failure=None)
    notice = write_notice(announce([closed], RULE)[0], Style(Language.EN_US))
    assert notice.subject == "[Closed] 192.168.0.1 gone"
    assert "\n192.168.0.1 gone\n" in notice.text
    assert "Value" not in notice.text
    assert "Expression" not in notice.text


def test_several_are_told_together() -> None:
    refused = [replace(RAISED, target=f"192.168.0.{number}") for number in range(1, 5)]
    busy = [
        replace(RAISED, target=f"192.168.0.{number}", failure=Failure(Cause.HTTP_STATUS, "503", 503))
        for number in range(5, 7)
    ]
    shares = (Share(RULE.name, 7, 20), Share(RULE.name, 6, 9, "vpc", "vpc-1"))
    notice = write_all([*busy, *refused], RULE, shares=shares)
    assert notice.subject == (
        "[Critical] 6 of 9 IC-Servers in vpc-1: Inter-Connector server connection failed: connection refused"
    )
    lines = notice.text.splitlines()
    assert lines[0] == "6 of 9 IC-Servers in vpc-1: Inter-Connector server connection failed"
    assert "7 of the 20 IC-Servers of shard-0001 are in alarm now." in lines
    assert "Labels in common: region=cn-shanghai, vpc=vpc-1" in lines
    assert [line.split(":")[0] for line in lines if line.startswith("Cause")] == ["Cause of 4", "Cause of 2"]
    listed = lines[lines.index("The 6 IC-Servers:") + 1 :][:6]
    assert [line.split()[0] for line in listed] == [each.target for each in (*busy, *refused)]
    assert "suspect" not in notice.text
    assert json.loads(notice.body)["first_step"] == "process"


def test_where_all_fail_on_the_way_the_path_is_suspected() -> None:
    crowd = [
        replace(RAISED, target=f"192.168.0.{number}", failure=Failure(Cause.CONNECT_TIMEOUT)) for number in range(1, 7)
    ]
    vpc = Share(RULE.name, 6, 6, "vpc", "vpc-1", elsewhere=4, path=True)
    other = Share(RULE.name, 9, 9, "vpc", "vpc-8", path=True)
    region = Share(RULE.name, 6, 8, "region", "cn-shanghai")
    whole = Share(RULE.name, 6, 6, path=True)
    notice = write_all(crowd, RULE, shares=(whole, vpc, other, region))
    lines = notice.text.splitlines()
    suspect = [number for number, line in enumerate(lines) if "suspect" in line]
    assert lines[suspect[0]] == (
        "6 of 6 IC-Servers in vpc-1 (this is about shard-0001; 4 more are in other shards): suspect the path between "
        "OCP and vpc-1. All of them fail in a way that the network explains."
    )
    assert lines[suspect[1]].startswith("6 of 6 IC-Servers of shard-0001: suspect the network that they are probed")
    assert len(suspect) == 2, "of vpc-8 its own notice tells"
    assert suspect[0] == 2, "before anything else"
    assert json.loads(notice.body)["first_step"] == "network"
    assert lines[lines.index("Start here:") + 1].startswith("1. Check the network")
    over = write_all(
        [replace(each, kind=Kind.CLEARED, value=1, recent_notices=TOLD) for each in crowd],
        RULE,
        shares=(whole, vpc, region),
    )
    assert "suspect" not in over.text


def test_several_of_another_rule_say_what_each_measured() -> None:
    slow = [
        replace(
            RAISED,
            rule=SLOW.name,
            target=f"192.168.0.{number}",
            level=Level.ALERT,
            value=Decimal(number),
            failure=None,
            at=AT + 90 * number,
        )
        for number in range(1, 7)
    ]
    notice = write_all(slow, SLOW)
    assert notice.subject == "[Warning] 6 IC-Servers in vpc-1: IC-Server answers slowly: > 0.5"
    assert "Alarm condition: > 0.5\n" in notice.text
    assert "\n192.168.0.1  1  for 1m 30s\n" in notice.text
    card = json.loads(notice.messages["https"])
    assert card["content"]["nextSteps"] == ["See vpc-1. Then see it again.", "Call."]
    assert "1. See vpc-1.\n   Then see it again.\n2. Call.\n" in notice.text


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


FIRST_STEPS = {
    Cause.CONNECTION_REFUSED: Step.PROCESS,
    Cause.HTTP_STATUS: Step.LOG,
    Cause.RESET: Step.LOG,
    Cause.BAD_RESPONSE: Step.LOG,
    Cause.READ_TIMEOUT: Step.LOG,
    Cause.TLS: Step.LOG,
    Cause.CONNECT_TIMEOUT: Step.HOST,
    Cause.HOST_UNREACHABLE: Step.HOST,
    Cause.NO_ROUTE: Step.NETWORK,
    Cause.DNS: Step.NETWORK,
}
COMMANDS = {
    Step.PROCESS: ["ps -ef|grep ic-server", "supervisord restart ic-server"],
    Step.LOG: ['grep -r "error" ~/logs/ic-server/server.log'],
    Step.HOST: [],
    Step.NETWORK: ["ethtool ethX", "ifconfig", "route -n"],
    Step.SUPPORT: [],
}
"""As OCP's documentation has them."""


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("language", Language)
def test_every_cause_has_its_words_and_its_procedure(cause: Cause, language: Language) -> None:
    """The step that fits comes first, the others follow in OCP's order, each once, its commands ready to paste."""
    words = LOCALES[language]
    notice = write(replace(RAISED, failure=Failure(cause)), RULE, language)
    name, meaning = words.causes[cause]
    assert name in notice.subject
    assert name in notice.text
    assert meaning in notice.text
    order = [FIRST_STEPS[cause], *(step for step in Step if step is not FIRST_STEPS[cause])]
    handling = notice.text.split(words.heading.format(title=words.handling))[1].split("\n\n")
    lines = [line for paragraph in handling[:2] for line in paragraph.splitlines()]
    numbered = [line for line in lines if re.match(r"[0-9]\. ", line)]
    assert numbered == [f"{n}. {words.steps[step].splitlines()[0]}" for n, step in enumerate(order, 1)]
    assert lines.index(numbered[0]) == 2, "after the heading and where to start"
    commands = [line.strip() for line in lines if line.startswith(" " * 4)]
    assert commands == [command for step in order for command in COMMANDS[step]]
    steps = json.loads(notice.messages["https"])["content"]["nextSteps"]
    assert [re.findall("`([^`]*)`", step) for step in steps] == [COMMANDS[step] for step in order]
    assert json.loads(notice.body)["first_step"] == FIRST_STEPS[cause]


def _shape(value: Any) -> Any:
    """What must be the same in every language: which texts there are, and what they are filled with."""
    if isinstance(value, Mapping):
        return {key: _shape(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_shape(each) for each in value]
    assert value.strip()
    return {name for _, name, _, _ in Formatter().parse(value) if name is not None}


def _every_text(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _every_text(each)]
    return [text for each in value for text in _every_text(each)] if isinstance(value, tuple) else [value]


def _all(words: Locale) -> dict[str, Any]:
    return {field.name: getattr(words, field.name) for field in fields(words)}


@pytest.mark.parametrize("language", Language)
def test_no_language_lacks_a_word(language: Language) -> None:
    words = LOCALES[language]
    assert {name: _shape(value) for name, value in _all(words).items()} == {
        name: _shape(value) for name, value in _all(LOCALES[Language.ZH_CN]).items()
    }
    assert set(words.levels) == set(Level)
    assert set(words.sentences) == set(words.tags) == set(words.kinds) == set(words.of_several) == set(Kind)
    assert set(words.causes) == set(Cause)
    assert set(words.steps) == set(Step)


def _is_ideograph(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@pytest.mark.parametrize(("language", "encoding"), [(Language.ZH_CN, "gb2312"), (Language.ZH_TW, "big5")])
def test_no_language_borrows_another_one_s_characters(language: Language, encoding: str) -> None:
    """GB 2312 has no traditional characters, Big5 no simplified ones."""
    text = "".join(_every_text(tuple(_all(LOCALES[language]).values())))
    assert "".join(filter(_is_ideograph, text)).encode(encoding)


def test_english_is_ascii() -> None:
    """Else an SMS would hold half as much."""
    assert all(text.isascii() for text in _every_text(tuple(_all(LOCALES[Language.EN_US]).values())))


def _blanks(text: str) -> Sequence[str]:
    return re.findall(
        r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]| [，。：（）【】、；]|[，。：（）【】、；] ", text
    )


@pytest.mark.parametrize("language", [Language.ZH_CN, Language.ZH_TW])
@pytest.mark.parametrize(
    "changed",
    [
        lambda each: each,
        lambda each: replace(each, kind=Kind.REPEATED, at=AT + 5461, recent_notices=TOLD),
        lambda each: replace(each, kind=Kind.CLEARED, at=AT + 90000, since=AT + 90000, value=1, recent_notices=TOLD),
        lambda each: replace(each, kind=Kind.CLOSED, at=AT + 59, reason="target_removed", recent_notices=TOLD),
    ],
)
@pytest.mark.parametrize("count", [1, SEVERAL])
def test_there_is_a_blank_between_chinese_and_other_words(
    language: Language, changed: Callable[[Transition], Transition], count: int
) -> None:
    """And none beside Chinese punctuation."""
    failure = Failure(Cause.CONNECT_TIMEOUT, "no connection within 3s")
    several = [changed(replace(RAISED, target=f"192.168.0.{n}", failure=failure)) for n in range(1, count + 1)]
    shares = (Share(RULE.name, 6, 6, path=True), Share(RULE.name, 6, 6, "vpc", "vpc-1", 4, path=True))
    notice = write_all(several, RULE, language, shares=shares)
    assert _blanks(f"{notice.subject}\n{notice.text}") == []


def test_times_are_those_of_the_reader_s_clock() -> None:
    zone = timezone(timedelta(hours=8))
    notice = write(RAISED, replace(RULE, summary=_texts("${alarm_active_at}")), Language.ZH_CN, zone)
    assert moment(0) == "1970-01-01 00:00:00 UTC"
    assert moment(0, zone) == "1970-01-01 08:00:00 UTC+08:00"
    assert notice.text.splitlines()[0] == moment(RAISED.raised_at, zone)
    assert f"自 {moment(RAISED.began_at, zone)} 起失败" in notice.text
    assert moment(RAISED.began_at) not in notice.text
