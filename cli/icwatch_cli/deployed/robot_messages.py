"""What the messenger's dead-letter queue holds, sent back to its queue: what is over by now is told with its end."""

from __future__ import annotations

import json
from typing import Any

from icwatch.text import counted, one_line
from icwatch_cli.deployed.queues import HeldQueue, Message
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.terminal.progress import Progress

MAX_REASON_CHARACTERS = 200


def send_back(queue: HeldQueue, stack: Stack, progress: Progress, *, dry: bool) -> None:
    """Send every message back, and delete it then. In between lies no harm: what comes twice is accepted once."""
    url = stack.output("RobotQueueUrl")
    for message in list(queue.messages.values()):
        found = _read(message)
        if found is None:
            progress.line(f"stays          message {message.id}: it is nothing that the messenger wrote")
            continue
        text, body = found
        progress.line(f"{'would go' if dry else 'goes'} back{' ' * (5 if dry else 9)} {text}")
        if not dry:
            if body is not None:
                stack.queues.send_message(QueueUrl=url, MessageBody=json.dumps(body, ensure_ascii=False))
            queue.delete(message.id)


def _read(message: Message) -> tuple[str, Any] | None:
    """What a message is, for people, and what goes back for it; None in place of that where nothing has to."""
    try:
        body = json.loads(message.body)
        if "waiting" in body:
            notices = counted(len(body["waiting"]), "notice")
            reason = one_line(str(body["reason"]), MAX_REASON_CHARACTERS)
            again = {"robot": str(body["robot"]), "waiting": body["waiting"]}
            return f"{notices} of robot {again['robot']}: {reason}", {"again": again}
        if "wake" in body:
            return f"a look at robot {body['wake']}", body
        if "again" in body:
            return f"{counted(len(body['again']['waiting']), 'notice')} of robot {body['again']['robot']}", body
        return f"notice {body['notice']}", {name: body[name] for name in ("schema", "notice", "shard", "at")}
    except (ValueError, LookupError, TypeError):
        return None
