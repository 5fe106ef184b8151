"""Whatever a notice is of, its forms fit SNS together, and a hostile text changes nothing but itself."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from icwatch.notices.locales import LOCALES
from icwatch.notices.placeholders import VARIABLES
from icwatch.notices.sanitize import MAX_TARGET, MAX_VALUE
from icwatch.notices.subject import MAX_SMS, MAX_SUBJECT, shortened
from icwatch.notices.variables import moment
from icwatch.text import MAX_LINE, one_line, shorten
from icwatch_cli.fleet.texts import MAX_STEP_CHARACTERS as MAX_OWN_STEP
from icwatch_cli.fleet.texts import MAX_STEPS
from tests.notices.support import (
    AT,
    RAISED,
    RULE,
    SEVERAL,
    anything,
    crowd_of,
    is_printable,
    labels,
    levels,
    line,
    printable,
    texts,
)
from tests.writing import announce, write, write_all

languages = st.sampled_from(Language)

causes = st.sampled_from(Cause)

hosts = st.sampled_from(
    ["192.168.0.1", "2001:db8::1", "[2001:db8::1]:80", ".".join(["a" * 63] * 3) + ".example.com:80"]
)

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


def _rule(name: str, written: tuple[str, str, str], level: Level, runbook: Sequence[str]) -> Rule:
    summary, description, recovery = written
    return replace(
        RULE,
        display_name=texts(name),
        summary=texts(summary),
        description=texts(description),
        recovery=texts(recovery) if recovery else {},
        runbook=dict.fromkeys(map(str, Language), tuple(runbook)) if runbook else {},
        bounds=(Bound(level, 0),),
    )


rules = st.builds(_rule, line, st.tuples(templates, templates, templates), levels, st.lists(templates, max_size=3))


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


LETTERS = ["忙", "<", "&", "🚨", "\\"]
"""Each is written in more bytes than one, in one of the forms that a notice has."""

SMALL = list(product([1, SEVERAL], LETTERS, [False, True], Language))

LARGE = [(200, letter, number % 2 == 1, [*Language][number % len(Language)]) for number, letter in enumerate(LETTERS)]
"""Every letter in this size as well; labels and languages, which differ in what is short here, take turns."""


@pytest.mark.parametrize(
    ("count", "letter", "own_labels", "language"),
    [*SMALL, *(pytest.param(*each, marks=pytest.mark.large) for each in LARGE)],
)
def test_a_storm_of_the_longest_texts_fits(count: int, letter: str, own_labels: bool, language: Language) -> None:
    """200 targets with names of 253 characters, 20 labels of 256, templates of 8 KB and 20 steps."""
    most = letter * MAX_VALUE
    rule = replace(
        RULE,
        display_name=texts(most),
        summary=texts(letter * 4096),
        description=texts("${label_00}" * 400),
        runbook=dict.fromkeys(map(str, Language), (letter * MAX_OWN_STEP,) * MAX_STEPS),
    )
    style = Style(language, https=HttpsForm.CHATBOT)
    crowd = crowd_of(count, most, "a" * 250, own_labels=own_labels)
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


HOSTILE = "${alarm_id} {target} {0} %s $$ <b>*_` \\n"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_what_looks_like_a_template_stays_text(kind: Kind, language: Language) -> None:
    rule = replace(
        RULE,
        display_name=texts(HOSTILE),
        summary=texts("${vpc} | ${alarm_name}"),
        description=texts("${alarm_summary} | ${alarm_name}"),
    )
    hostile = replace(RAISED, kind=kind, failure=Failure(Cause.HTTP_STATUS, HOSTILE), labels={"vpc": HOSTILE})
    notice = write(hostile, rule, language)
    lines = notice.text.splitlines()
    first = lines.index("") + 1 if kind in ENDS else 0
    assert lines[first] == f"{HOSTILE} | {HOSTILE}"
    assert lines[first + 1] == f"{HOSTILE} | {HOSTILE} | {HOSTILE}"
    assert f"http_status: {HOSTILE}" in notice.text or f"（{HOSTILE}，http_status）" in notice.text
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
        display_name=texts(text if where == "display_name" else "Name"),
        summary=texts("${alarm_target}: ${alarm_name} in ${vpc}"),
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


@functools.cache
def _tame(where: str, count: int, language: Language) -> Notice:
    """The notice in which that text is harmless."""
    members, rule, more = _with_everywhere(TAME, where, count)
    return write_all(members, rule, language, **more)


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
        tame = _tame(where, count, language)
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
