"""What the messenger's dead-letter queue holds, sent back to its queue: what is over by now is told with its end."""

from __future__ import annotations

import json
from typing import Any

from icwatch.text import one_line
from icwatch_cli.deployed.queues import HeldQueue, Message
from icwatch_cli.deployed.redrive_lines import Lines
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.terminal.locales.stack_shape import RedriveWords
from icwatch_cli.terminal.speech import counted

MAX_REASON_CHARACTERS = 200


def send_back(queue: HeldQueue, stack: Stack, lines: Lines, *, dry: bool) -> None:
    """Send every message back, and delete it then. In between lies no harm: what comes twice is accepted once."""
    url = stack.output("RobotQueueUrl")
    for message in list(queue.messages.values()):
        found = _read(message, lines.texts)
        if found is None:
            lines.message_stays(message.id, "it is nothing that the messenger wrote")
            continue
        text, body = found
        lines.say("would go back" if dry else "goes back", text)
        if not dry:
            if body is not None:
                stack.queues.send_message(QueueUrl=url, MessageBody=json.dumps(body, ensure_ascii=False))
            queue.delete(message.id)


def _read(message: Message, texts: RedriveWords) -> tuple[str, Any] | None:
    """What a message is, for people, and what goes back for it; None in place of that where nothing has to."""
    try:
        body = json.loads(message.body)
        if "waiting" in body:
            again = {"robot": str(body["robot"]), "waiting": body["waiting"]}
            reason = one_line(str(body["reason"]), MAX_REASON_CHARACTERS)
            return texts.named.format(name=_notices(again, texts), reason=reason), {"again": again}
        if "wake" in body:
            return texts.robot_look.format(robot=body["wake"]), body
        if "again" in body:
            return _notices(body["again"], texts), body
        kept = {name: body[name] for name in ("schema", "notice", "shard", "at")}
        return texts.notice.format(id=body["notice"]), kept
    except (ValueError, LookupError, TypeError):
        return None


def _notices(again: Any, texts: RedriveWords) -> str:
    return counted(len(again["waiting"]), texts.robot_notices, robot=again["robot"])
