"""What people and programs receive, kept as files: `ICWATCH_WRITE_GOLDEN=1 pytest tests/golden` writes them anew.

Each language has a folder with every sample in every form; `attributes` are the same in all languages. Read a changed
file as somebody would at three in the morning before committing it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from icwatch.delivery import idempotency
from icwatch.model import HttpsForm, Kind, Language, Level, RobotKind
from icwatch.notices import Notice, Style, write_notice
from icwatch.notices.context import NoticeContext
from icwatch.notices.robot_forms import form_of
from icwatch.notices.robot_message import RobotMessage, write_message
from icwatch.robots.digest import write_digest
from icwatch.robots.outbox import Waiting
from tests.golden.samples import AT, DECISIONS, MONITORING, announcement

HERE = Path(__file__).parent
WRITE = os.environ.get("ICWATCH_WRITE_GOLDEN") == "1"
ZONES = {Language.EN_US: UTC}
SAMPLES = [*DECISIONS, *MONITORING]
FORMS = ("email.txt", "sms.txt", "json", "chatbot.json")
CHATS = [kind for kind in RobotKind if kind is not RobotKind.WEBHOOK]
MENTIONED = {
    RobotKind.DINGTALK: ["13800138000", "all"],
    RobotKind.FEISHU: ["ou_8e7f", "all"],
    RobotKind.WECOM: ["zhangsan"],
    RobotKind.SLACK: ["U024BE7LH", "all"],
}
DIGEST = "digest"
DIGESTED = [
    *(
        Waiting("shard-0001", AT, f"{number}", Kind.RAISED, Level.CRITICAL, (f"r:192.168.2.{number}:{AT}",), "vpc-2")
        for number in range(1, 31)
    ),
    *(
        Waiting("shard-0001", AT, f"end-{number}", Kind.CLEARED, Level.ALERT, (f"r:192.168.1.{number}:{AT - 900}",))
        for number in range(1, 5)
    ),
]
"""What a robot that was mute for long is told in one message."""


def notice_of(name: str, language: Language) -> Notice:
    """A sample as its readers receive it, on their clock."""
    style = style_of(language)
    if name in MONITORING:
        (told,) = idempotency.messages_of(MONITORING[name])
        return idempotency.notice_of(MONITORING[name], told, style)
    return write_notice(announcement(name), style)


def forms_of(notice: Notice) -> Mapping[str, str]:
    """What is sent, made readable where it is JSON. The subject comes first, as in a mail."""
    return {
        "email.txt": f"Subject: {notice.subject}\n\n{notice.text}",
        "sms.txt": f"{notice.sms}\n",
        "json": pretty(json.loads(notice.body)),
        "chatbot.json": pretty(json.loads(notice.messages["https"])),
    }


def style_of(language: Language) -> Style:
    """The language, on the clock of its readers."""
    return Style(language, ZONES.get(language, timezone(timedelta(hours=8))), HttpsForm.CHATBOT, "--stack icwatch")


def robot_message(name: str, language: Language) -> RobotMessage:
    """A sample as chat robots tell it."""
    if name == DIGEST:
        return write_digest(DIGESTED, language)
    return write_message(NoticeContext(announcement(name), style_of(language)))


def pretty(value: object) -> str:
    """JSON for people."""
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n"


def compare(golden: Path, text: str) -> None:
    """A text with its file, or write it."""
    if WRITE:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_notice_reads_as_it_did(name: str, language: Language, form: str) -> None:
    forms = forms_of(notice_of(name, language))
    assert tuple(forms) == FORMS
    compare(HERE / language / f"{name}.{form}", forms[form])


@pytest.mark.parametrize("kind", CHATS)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", [*DECISIONS, DIGEST])
def test_a_robot_says_what_it_said(name: str, language: Language, kind: RobotKind) -> None:
    compare(
        HERE / language / f"{name}.{kind}.json", pretty(form_of(kind, robot_message(name, language), MENTIONED[kind]))
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_the_attributes_are_the_same_in_every_language(name: str) -> None:
    first, *others = [notice_of(name, language).attributes for language in Language]
    assert all(other == first for other in others)
    compare(HERE / "attributes" / f"{name}.json", pretty(first))


def test_every_kind_has_its_file_and_no_file_is_left_over() -> None:
    assert {announcement(name).kind for name in DECISIONS} == set(Kind)
    expected = {f"{language}/{name}.{form}" for language in Language for name in SAMPLES for form in FORMS}
    expected |= {
        f"{language}/{name}.{kind}.json" for language in Language for name in [*DECISIONS, DIGEST] for kind in CHATS
    }
    expected |= {f"attributes/{name}.json" for name in SAMPLES}
    found = {path.relative_to(HERE).as_posix() for path in HERE.rglob("*") if path.is_file()}
    assert {name for name in found if "__pycache__" not in name and not name.endswith(".py")} == expected


@pytest.mark.parametrize("form", ["email.txt", "sms.txt", "json", "chatbot.json"])
def test_the_text_of_ocp_is_there_to_the_letter(form: str) -> None:
    assert "192.168.0.1 Inter-Connector 服务端连接失败" in forms_of(notice_of("raised", Language.ZH_CN))[form]


def test_the_text_of_ocp_is_the_first_line_of_the_mail() -> None:
    assert notice_of("raised", Language.ZH_CN).text.splitlines()[0] == "192.168.0.1 Inter-Connector 服务端连接失败"
