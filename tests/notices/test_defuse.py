"""Nothing from outside links, mentions or styles anything in any form of a notice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import Bound, Cause, Failure, Kind, Language, Level, Override, Rule, Share, Transition
from icwatch.notices import Notice
from icwatch.notices.defuse import without_links, without_markup
from icwatch_cli.fleet import builtin, parse_rule
from tests.writing import write, write_all

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
    reason="value 0 == 0 (http_status), held 0s of 0s",
    failure=Failure(Cause.HTTP_STATUS, "HTTP 503", 503),
    labels={"vpc": "vpc-1"},
)

LINKS = re.compile(r"\w://|\b(?:mailto|tel|sms|javascript|file):\S|\w\.[^\W\d]|(?<![\w\\])\\\\\w", re.IGNORECASE)
"""What a mail program or a telephone makes a link of."""

MARKUP = re.compile(
    r"[*~@#`<>]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\[(?![:.]\]|\\+\])|\](?<!\[[:.]\])(?<!\\\])|(?<!\w):[\w+-]+:"
)
"""What Slack's dialect or Teams's takes for a style, a link, a mention, a channel or an emoji."""


@pytest.mark.parametrize(
    ("text", "mailed", "chatted"),
    [
        (
            "[restart it](http://evil.com/a)",
            "[restart it](http[:]//evil[.]com/a)",
            "［restart it］(http[:]//evil[.]com/a)",
        ),
        ("HTTPS://1.2.3.4/x", "HTTPS[:]//1.2.3.4/x", "HTTPS[:]//1.2.3.4/x"),
        ("ftp://a slack://b", "ftp[:]//a slack[:]//b", "ftp[:]//a slack[:]//b"),
        ("www.evil.com", "www[.]evil[.]com", "www[.]evil[.]com"),
        ("evil.com:80/x", "evil[.]com:80/x", "evil[.]com:80/x"),
        ("危险.中国", "危险[.]中国", "危险[.]中国"),
        ("a@evil.com", "a@evil[.]com", "a＠evil[.]com"),
        ("mailto:a TEL:1 file:x", "mailto[:]a TEL[:]1 file[:]x", "mailto[:]a TEL[:]1 file[:]x"),
        (r"\\evil\share", r"[\\]evil\share", r"[\\]evil\share"),
        (r"up\\nplease", r"up\\nplease", r"up\\nplease"),
        ("<http://evil|ok> <!channel>", "<http[:]//evil|ok> <!channel>", "<http[:]//evil|ok> <!channel>"),
        ("*a* ~b~ `c` @here #d", "*a* ~b~ `c` @here #d", "＊a＊ ～b～ 'c' ＠here ＃d"),
        ("_a_ __b__ ocp_address", "_a_ __b__ ocp_address", "＿a＿ ＿＿b＿＿ ocp_address"),
        (":skull: 10:30:45 2001:db8::1", ":skull: 10:30:45 2001:db8::1", "：skull: 10:30:45 2001:db8::1"),
        ("> a", "> a", "'> a"),
        ("- a", "- a", "'- a"),
        ("1. a", "1. a", "'1. a"),
        ("-5 and 1.5 of 4.2.1", "-5 and 1.5 of 4.2.1", "-5 and 1.5 of 4.2.1"),
        ("HTTP 503 'starting up'", "HTTP 503 'starting up'", "HTTP 503 'starting up'"),
        ("no connection within 3s", "no connection within 3s", "no connection within 3s"),
        ("忙。请重启", "忙。请重启", "忙。请重启"),
    ],
)
def test_what_becomes_of_a_text(text: str, mailed: str, chatted: str) -> None:
    assert (without_links(text), without_markup(text)) == (mailed, chatted)
    assert (without_links(mailed), without_markup(chatted).replace("［", "[").replace("］", "]")) == (
        mailed,
        chatted.replace("［", "[").replace("］", "]"),
    ), "done twice is done once"


@given(st.text(st.sampled_from("ab1 .:/\\@_*~[]()<>#-'`危") | st.characters(codec="utf-8")))
def test_no_text_keeps_a_link_or_markup(text: str) -> None:
    mailed, chatted = without_links(text), without_markup(text)
    assert not LINKS.search(mailed)
    assert not LINKS.search(chatted)
    assert not MARKUP.search(chatted.replace("<", "").replace(">", "")), "the card escapes these two"
    assert re.sub(r"\[([:.]|\\+)\]", r"\1", mailed) == re.sub(r"\[([:.]|\\+)\]", r"\1", text), "all of it can be read"


HOSTILE = (
    "[restart it here](http://evil.com/x) <http://evil.com|text> <!channel> @here *bold* _italic_ ~strike~ `code` "
    "www.evil.com mailto:a@evil.com :skull:"
)

TAG = re.compile(r"^\W*\[[^\]]*\] ")
"""Our own, which begins a subject."""


def forms(notice: Notice) -> Iterator[tuple[str, str]]:
    """All that people read of a notice, by form."""
    body = json.loads(notice.body)
    yield "email", notice.text
    yield "sms", notice.sms
    yield "subject", notice.subject
    yield "text", body["text"]
    for name in ("summary", "description"):
        yield name, "\n".join(alarm["event"][name] for alarm in body["alarms"])
    card = json.loads(notice.messages["https"])
    content, metadata = card["content"], card["metadata"]
    shown = [content["title"], content["description"], *content["keywords"], *content.get("nextSteps", [])]
    yield "card", "\n".join([*shown, metadata["summary"], *metadata["relatedResources"]])


def hostile_lines(notice: Notice, tame: Notice) -> Iterator[tuple[str, str]]:
    """By form, the lines that are not in a notice of the same without hostile texts."""
    own = {line for _, text in forms(tame) for line in text.splitlines()}
    for form, text in forms(notice):
        yield from ((form, line) for line in text.splitlines() if line not in own)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", [Kind.RAISED, Kind.CLEARED])
@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("detail", set()),  # in a mail of several, and in one of an end, there is none
        ("label", {"email", "text", "summary", "description", "card"}),
        ("group", {"email", "text", "summary", "description", "card"}),
        ("source", {"email", "text"}),
        ("shard", set()),
    ],
)
def test_a_hostile_text_links_and_styles_nothing_in_any_form(
    where: str, expected: set[str], count: int, kind: Kind, language: Language
) -> None:
    notice, tame = (_notice(text, where, count, kind, language) for text in (HOSTILE, "tame"))
    found = set()
    for form, line in hostile_lines(notice, tame):
        found.add(form)
        assert not LINKS.search(line), form
        if form == "card":
            shown = re.sub("&[lg]t;", "", TAG.sub("", line))
            assert not MARKUP.search(shown)
    assert found >= expected
    body = json.loads(notice.body)
    alarm = body["alarms"][0]
    raw = {
        "detail": alarm["detail"],
        "label": alarm["labels"]["vpc"],
        "group": alarm["target"].removeprefix("vpc=1"),
        "source": body["source"],
        "shard": body["shard"],
    }
    assert raw[where] == HOSTILE, "a program is given what there is"


def _notice(text: str, where: str, count: int, kind: Kind, language: Language) -> Notice:
    """A notice in which one text comes from outside."""
    rule = replace(
        RULE,
        summary=dict.fromkeys(map(str, Language), "${alarm_target} in ${vpc}"),
        description=dict.fromkeys(map(str, Language), "${vpc}: ${alarm_id}"),
        runbook=dict.fromkeys(map(str, Language), ("${vpc} and ${alarm_target}",)),
    )
    members = [
        replace(
            RAISED,
            target=f"vpc={number}{text}" if where == "group" else f"192.168.0.{number}",
            kind=kind,
            labels={"vpc": text if where == "label" else "vpc-1"},
            failure=Failure(Cause.HTTP_STATUS, text if where == "detail" else "HTTP 503", 503),
        )
        for number in range(1, count + 1)
    ]
    shares = (Share(RULE.name, count, 9, path=True), Share(RULE.name, count, 9, "vpc", members[0].labels["vpc"]))
    places = {name: text if name == where else "x" for name in ("source", "shard")}
    return write_all(members, rule, language, shares=shares, **places)  # type: ignore[arg-type]


def test_a_rule_s_own_texts_may_link() -> None:
    wiki = "See https://wiki.example.com/${vpc} *now*"
    rule = replace(RULE, runbook={"en-US": (wiki,)})
    notice = write(replace(RAISED, labels={"vpc": "a.b"}), rule)
    assert "See https://wiki.example.com/a[.]b *now*" in notice.text
    assert "See https://wiki.example.com/a[.]b *now*" in json.loads(notice.messages["https"])["content"]["nextSteps"]


@pytest.mark.parametrize("target", ["ic.example.com", "ic.example.com:80", "web_1.example.com", "[2001:db8::1]:80"])
def test_an_address_stays_what_people_type(target: str) -> None:
    notice = write(replace(RAISED, target=target), RULE)
    assert f"Alarm: {RULE.name}:{target}:{AT}" in notice.text
    assert f"[Critical] {target} " in notice.subject
    card = json.loads(notice.messages["https"])
    assert card["metadata"]["relatedResources"] == [target]


@pytest.mark.parametrize("match", [{"vpc": "*a*.com"}, {"target": "vpc=*a*.com"}])
def test_an_override_holds_for_what_it_names(match: dict[str, str]) -> None:
    """Also where what it matches is shown in another form."""
    rule: Rule = replace(RULE, comparator="<", overrides=(Override(match, bounds=(Bound(Level.CRITICAL, 7),)),))
    notice = write(replace(RAISED, target="vpc=*a*.com", labels={"vpc": "*a*.com"}), rule)
    assert "(alarm condition: < 7)" in notice.text
    assert "(alarm condition: &lt; 7)" in notice.messages["https"]
