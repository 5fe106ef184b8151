"""A robot's message in the form of its vendor. Pure.

Sources: DingTalk "message types of custom robots"; Feishu card JSON 2.0; WeCom document 99110 (markdown of at most
4,096 bytes); Slack Block Kit. What others than the fleet wrote has no markup left (`defuse.py`); `<` and `>`, by which
WeCom, Feishu and Slack mention people and colour texts, are taken from all of it here, the fleet's own texts included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from icwatch.model import Kind, Level, RobotKind
from icwatch.notices.robot_message import RobotMessage
from icwatch.text import shorten

Form = dict[str, Any]

MAX_WECOM_BYTES = 4096
"""Of WeCom's markdown."""

MAX_TEXT_BYTES = 15_000
"""Of the text of others: Feishu takes 20 KB in all, DingTalk the same."""

MAX_TITLE_CHARACTERS = 120
MAX_SLACK_HEADER_CHARACTERS = 150
MAX_SLACK_SECTION_BYTES = 2900
"""Slack takes 3,000 characters in a section."""

MENTIONED = frozenset({Kind.RAISED, Kind.ESCALATED, Kind.UNATTENDED})
"""The kinds of message for which people are mentioned: something begins, or nobody reacted."""

_ANGLES = str.maketrans({"<": "＜", ">": "＞"})
_FEISHU_COLOURS = {
    Level.DOWN: "purple",
    Level.CRITICAL: "red",
    Level.ALERT: "orange",
    Level.CAUTION: "blue",
    Level.INFO: "green",
}


def form_of(kind: RobotKind, message: RobotMessage, mention: Sequence[str]) -> Form:
    """What a chat robot is sent. `mention` are the vendor's ids of people, and `all`."""
    return _FORMS[kind](message, mention if message.kind in MENTIONED else ())


def _dingtalk(message: RobotMessage, mention: Sequence[str]) -> Form:
    numbers = [each for each in mention if each != "all"]
    called = " ".join(f"@{number}" for number in numbers)
    lines = [f"### {_title(message)}", *_lines(message), *([called] if called else [])]
    text = _cut(lines, MAX_TEXT_BYTES - len(called.encode()), "\n\n", keep=called)
    form: Form = {"msgtype": "markdown", "markdown": {"title": _title(message), "text": text}}
    if mention:
        form["at"] = {"atMobiles": numbers, "isAtAll": "all" in mention}
    return form


def _feishu(message: RobotMessage, mention: Sequence[str]) -> Form:
    called = " ".join(f"<at id={each}></at>" for each in mention)
    text = _cut(_lines(message), MAX_TEXT_BYTES - len(called.encode()), "\n", keep=called)
    template = {Kind.CLEARED: "green", Kind.CLOSED: "grey"}.get(message.kind, _FEISHU_COLOURS[message.level])
    return {
        "msg_type": "interactive",
        "card": {
            "schema": "2.0",
            "header": {"title": {"tag": "plain_text", "content": _title(message)}, "template": template},
            "body": {"elements": [{"tag": "markdown", "content": text}]},
        },
    }


def _wecom(message: RobotMessage, mention: Sequence[str]) -> Form:
    called = "".join(f"<@{each}>" for each in mention)
    colour = {Kind.CLEARED: "info", Kind.CLOSED: "comment"}.get(message.kind, "warning")
    title = f'<font color="{colour}">{_title(message)}</font>'
    text = _cut([title, *_lines(message)], MAX_WECOM_BYTES - len(called.encode()) - 1, "\n", keep=called)
    return {"msgtype": "markdown", "markdown": {"content": text}}


def _slack(message: RobotMessage, mention: Sequence[str]) -> Form:
    title = _title(message)[:MAX_SLACK_HEADER_CHARACTERS]
    blocks: list[Form] = [{"type": "header", "text": {"type": "plain_text", "text": title}}]
    for paragraph in message.paragraphs:
        text = shorten("\n".join(map(_entities, paragraph)), MAX_SLACK_SECTION_BYTES)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}})
    called = " ".join("<!channel>" if each == "all" else f"<@{each}>" for each in mention)
    if called:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": called}})
    return {"text": _entities(title), "blocks": blocks}


_FORMS: Mapping[RobotKind, Callable[[RobotMessage, Sequence[str]], Form]] = {
    RobotKind.DINGTALK: _dingtalk,
    RobotKind.FEISHU: _feishu,
    RobotKind.WECOM: _wecom,
    RobotKind.SLACK: _slack,
}


def _title(message: RobotMessage) -> str:
    return shorten(f"{message.sign} {message.title}".translate(_ANGLES), MAX_TITLE_CHARACTERS * 2, "utf-16-le")


def _lines(message: RobotMessage) -> list[str]:
    """All lines, a blank one between paragraphs."""
    lines: list[str] = []
    for paragraph in message.paragraphs:
        lines += ["", *(line.strip().translate(_ANGLES) for line in paragraph)]
    return lines[1:]


def _entities(text: str) -> str:
    """Text in which Slack sees no mention, link or channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(lines: Sequence[str], room: int, separator: str, keep: str = "") -> str:
    """As many lines as there is room for, and `keep` after them. A single line that is too long is cut itself."""
    kept: list[str] = []
    left = room - len("…".encode()) - 2 * len(separator.encode())
    whole = True
    for line in lines:
        size = len(line.encode()) + len(separator.encode())
        if size > left:
            whole = False
            if not kept:
                kept.append(shorten(line, max(left, 8)))
            break
        kept.append(line)
        left -= size
    ends = ([] if whole else ["…"]) + ([keep] if keep and keep not in kept else [])
    return separator.join([*kept, *ends])
