"""The demonstration's chat group answers as DingTalk does and passes on what was said."""

from __future__ import annotations

import json

import httpx

from icwatch.model import RobotKind
from icwatch.robots.vendors import Verdict, judge
from icwatch_cli.local.chat_group import ChatGroup


def test_it_takes_messages_and_nothing_else() -> None:
    said: list[str] = []
    group = ChatGroup(said.append)
    group.start()
    try:
        with httpx.Client() as client:
            bodies = [json.dumps({"msgtype": "markdown", "markdown": {"title": "中文", "text": "x"}}), "[]", "nonsense"]
            answers = [client.post(group.url, content=body.encode()) for body in bodies]
    finally:
        group.stop()
    verdicts = [judge(RobotKind.DINGTALK, answer.status_code, answer.text).verdict for answer in answers]
    assert verdicts == [Verdict.TAKEN, Verdict.PERMANENT, Verdict.PERMANENT]
    assert said == ["中文"]
