"""What a rule says of alarms that are cleared, and where: in place of its summary and description."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from icwatch.model import Kind, Language, RobotKind, Transition
from icwatch.notices import Notice, Style
from icwatch.notices.context import NoticeContext
from icwatch.notices.robot_forms import form_of
from icwatch.notices.robot_message import write_message
from icwatch_cli.fleet import builtin, parse_rule
from tests.notices.support import CLEARED, RAISED, RULE, SEVERAL
from tests.writing import announce, write, write_all

WELL = parse_rule(
    {
        "name": builtin.NAME,
        "summary": "${alarm_target} is down",
        "description": "Look at ${vpc}.",
        "recovery": {
            "en-US": "${alarm_target} of ${vpc} is back: ${recover_value}\n(${alarm_summary})",
            "zh-CN": "${alarm_target} 已恢复",
        },
    }
)
BACK = "192.168.0.1 of vpc-1 is back: 1\n(192.168.0.1 is down)"
CLOSED = replace(CLEARED, kind=Kind.CLOSED, reason="target_removed", value=0)


def event(notice: Notice) -> tuple[str, str]:
    """The texts of OCP's event."""
    (alarm,) = json.loads(notice.body)["alarms"]
    return alarm["event"]["summary"], alarm["event"]["description"]


def test_a_cleared_notice_says_it_in_place_of_summary_and_description() -> None:
    notice = write(CLEARED, WELL)
    paragraphs = notice.text.split("\n\n")
    assert paragraphs[1] == BACK
    assert "Look at vpc-1." not in notice.text
    assert event(notice) == (BACK, BACK)
    assert BACK in json.loads(notice.messages["https"])["content"]["description"]


@pytest.mark.parametrize("transition", [RAISED, CLOSED])
def test_no_other_notice_says_it(transition: Transition) -> None:
    notice = write(transition, WELL)
    assert "192.168.0.1 is down\nLook at vpc-1." in notice.text
    assert event(notice) == ("192.168.0.1 is down", "Look at vpc-1.")
    assert "is back" not in json.dumps(notice.messages)


def test_a_rule_without_one_writes_of_a_cleared_alarm_as_of_any_other() -> None:
    assert event(write(CLEARED, RULE)) == event(write(RAISED, RULE))
    assert event(write(CLEARED, replace(WELL, recovery={"en-US": " \n"})))[0] == "192.168.0.1 is down"


@pytest.mark.parametrize(("language", "said"), [(Language.ZH_CN, "已恢复"), (Language.ZH_TW, "已恢复")])
def test_it_is_written_in_the_reader_s_language(language: Language, said: str) -> None:
    assert f"192.168.0.1 {said}" in write(CLEARED, WELL, language).text


def test_several_say_it_once_with_all_their_values() -> None:
    crowd = [replace(CLEARED, target=f"10.0.0.{number}") for number in range(SEVERAL)]
    lines = write_all(crowd, WELL).text.splitlines()
    back = lines.index("10.0.0.0, 10.0.0.1, 10.0.0.2, … (6) of vpc-1 is back: 1")
    assert lines[back - 1].startswith("6 IC-Servers in vpc-1: ")
    assert "Look at vpc-1." not in lines


def test_what_was_filtered_out_has_no_value_to_say() -> None:
    assert event(write(replace(CLEARED, value=None), WELL))[0] == BACK.replace(" 1\n", " \n")


@pytest.mark.parametrize("kind", [kind for kind in RobotKind if kind is not RobotKind.WEBHOOK])
def test_robots_say_it_after_what_happened(kind: RobotKind) -> None:
    """And the labels in it are no more than text."""
    labels = {**CLEARED.labels, "vpc": "*vpc*"}
    (announcement,) = announce([replace(CLEARED, labels=labels)], WELL)
    message = write_message(NoticeContext(announcement, Style(Language.EN_US)))
    assert message.paragraphs[0][1:3] == ("192.168.0.1 of ＊vpc＊ is back: 1", "(192.168.0.1 is down)")
    assert "is back: 1" in json.dumps(form_of(kind, message, ()))
