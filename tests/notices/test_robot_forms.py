"""What chat robots are sent: within each vendor's limits, and with nothing in it by which others could write there."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from icwatch.model import Cause, Failure, Kind, Language, RobotKind
from icwatch.notices import Style
from icwatch.notices.context import NoticeContext
from icwatch.notices.robot_forms import MAX_WECOM_BYTES, form_of
from icwatch.notices.robot_message import write_message
from tests.notices.support import RAISED, RULE, crowd_of
from tests.writing import announce

CHATS = [kind for kind in RobotKind if kind is not RobotKind.WEBHOOK]
HOSTILE = (
    "<at id=all></at> <@all> <!channel> @13800138000 @all [evil](http://evil.com) http://evil.com **bold** *b* _i_ ~s~ "
    '`code` # head > quote <font color="red">red</font> :warning: ![x](http://evil.com/x.png) | a | &lt;'
)
ESCAPES = {
    RobotKind.DINGTALK: r"@\d|@all|\]\(|http://|\*\*|<font|!\[",
    RobotKind.FEISHU: r"<at|\]\(|http://|\*\*|<font|!\[",
    RobotKind.WECOM: r"<@|\]\(|http://|\*\*|<font color=\"red|!\[|`",
    RobotKind.SLACK: r"<@|<!|<http|http://|\*b\*|`",
}
"""What each vendor would take for a mention, a link, a picture or a style."""


def text_of(form: object) -> str:
    """All texts of a form, as they are read."""
    if isinstance(form, dict):
        return "\n".join(text_of(value) for value in form.values())
    if isinstance(form, list):
        return "\n".join(map(text_of, form))
    return str(form)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("count", [1, 12])
def test_a_hostile_text_is_text(kind: RobotKind, count: int, language: Language) -> None:
    hostile = replace(
        RAISED, failure=Failure(Cause.BAD_RESPONSE, HOSTILE), labels={"vpc": HOSTILE, "room": f"\n{HOSTILE}\n> x"}
    )
    transitions = [replace(hostile, target=f"{HOSTILE}{number}") for number in range(count)]
    for announcement in announce(transitions, RULE, source=HOSTILE, shard=HOSTILE):
        message = write_message(NoticeContext(announcement, Style(language)))
        text = text_of(form_of(kind, message, ()))
        assert re.search(ESCAPES[kind], text) is None, text
        assert "evil" in text, "it is shown all the same"


@pytest.mark.parametrize("letter", ["a", "忙", "🚨"])
@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("count", [1, 200])
def test_the_longest_ones_fit_and_keep_the_cause_and_the_first_step(kind: RobotKind, count: int, letter: str) -> None:
    crowd = crowd_of(count, letter * 250, "a" * 240, own_labels=False)
    for announcement in announce(crowd, RULE):
        message = write_message(NoticeContext(announcement, Style(Language.EN_US)))
        form = form_of(kind, message, ["zhangsan"])
        text = text_of(form)
        assert len(json.dumps(form, ensure_ascii=False).encode()) <= 20_000
        assert kind is not RobotKind.WECOM or len(form["markdown"]["content"].encode()) <= MAX_WECOM_BYTES
        assert "connect timeout" in text
        assert "1. Log in to the IC-Server host" in text
        assert "zhangsan" in text


@pytest.mark.parametrize("kind", CHATS)
def test_people_are_mentioned_where_something_begins_and_nowhere_else(kind: RobotKind) -> None:
    for reported in Kind:
        transition = replace(RAISED, kind=reported, recent_notices=(), notified_levels=())
        if reported in (Kind.CLEARED, Kind.CLOSED):
            transition = replace(transition, notified_levels=(RAISED.level,))
        (announcement,) = announce([transition], RULE)
        message = write_message(NoticeContext(announcement, Style(Language.EN_US)))
        mentioned = "zhangsan" in json.dumps(form_of(kind, message, ["zhangsan"]))
        assert mentioned is (announcement.kind in (Kind.RAISED, Kind.ESCALATED, Kind.UNATTENDED)), reported
