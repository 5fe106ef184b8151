"""What `redrive` says of the messages that chat robots refused, in a dry run."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from icwatch.model import Language
from icwatch_cli.deployed.queues import HeldQueue, Message
from icwatch_cli.deployed.redrive_lines import Lines
from icwatch_cli.deployed.robot_messages import send_back
from icwatch_cli.terminal.progress import Progress
from icwatch_cli.terminal.speech import Speech

BODIES = (
    {"robot": "dba", "waiting": [1, 2], "reason": "310000: sign not match"},
    {"wake": "dba"},
    {"again": {"robot": "dba", "waiting": [1]}},
    {"schema": "x", "notice": "n", "shard": "s", "at": 1},
    {"what": "is this"},
)

SAID = {
    Language.EN_US: [
        "would go back  2 notices of robot dba: 310000: sign not match",
        "would go back  a look at robot dba",
        "would go back  1 notice of robot dba",
        "would go back  notice n",
        "stays          message 4: it is nothing that the messenger wrote",
    ],
    Language.ZH_CN: [
        "将交还         机器人 dba 的 2 条通知：310000: sign not match",
        "将交还         检查机器人 dba",
        "将交还         机器人 dba 的 1 条通知",
        "将交还         通知 n",
        "留下           消息 4：它不是 messenger 写的",
    ],
}


@pytest.mark.parametrize("language", SAID)
def test_what_would_go_back(language: Language, capsys: pytest.CaptureFixture[str]) -> None:
    unasked: Any = None
    queue = HeldQueue(unasked, "", print)
    queue.messages = {str(each): Message(str(each), json.dumps(body), "") for each, body in enumerate(BODIES)}
    stack: Any = SimpleNamespace(output=str)
    with Progress() as progress:
        send_back(queue, stack, Lines(progress, Speech(language)), dry=True)
    assert capsys.readouterr().out.splitlines() == SAID[language]
