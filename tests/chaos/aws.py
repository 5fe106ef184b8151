"""What the functions ask for: tables, topics, queues, parameters, robots and the heartbeat, all in memory.

It lies below boto3 and httpx, at the one method through which each of them sends, so that all above is the real code.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx
from botocore import xform_name
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.chaos.machine import Call, Machine
from tests.chaos.tables import Tables

ALARM_TOPIC, OPERATIONS_TOPIC = (f"arn:aws:sns:us-east-1:123456789012:{name}" for name in ("alarms", "operations"))
ROBOT_QUEUE, EVALUATOR_FAILURES, NOTIFIER_FAILURES, MESSENGER_FAILURES = (
    f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}"
    for name in ("robots", "evaluator-failures", "notifier-failures", "messenger-failures")
)


@dataclass(slots=True)
class Message:
    """A message of a queue, and from when on somebody can receive it."""

    id: str
    body: str
    visible_at: float
    receives: int = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """What a robot was sent: its host, the id in the header, and the body."""

    robot: str
    id: str
    body: Any


@dataclass(slots=True)
class Aws:
    """All that is outside of the functions. `published` are the ids by topic."""

    machine: Machine
    tables: Tables = field(init=False)
    queues: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    published: list[tuple[str, str]] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    _sent: int = 0

    def __post_init__(self) -> None:
        self.tables = Tables(lambda: self.machine.now)

    def copy(self, machine: Machine) -> Aws:
        """The same on another machine, to go on from here."""
        new = Aws(machine, published=[*self.published], posted=[*self.posted], heard=[*self.heard])
        new.tables = self.tables.copy(lambda: machine.now)
        new.queues.update({url: [replace(each) for each in queue] for url, queue in self.queues.items()})
        new._sent = self._sent
        return new

    def api(self, client: Any, operation: str, request: dict[str, Any]) -> Any:
        """In the place of botocore's sending."""
        service = client.meta.service_model.service_name
        snake = xform_name(operation)
        handler = getattr(self.tables if service == "dynamodb" else self, snake)
        where = request.get("TableName", "")

        def error(code: str, status: int) -> ClientError:
            answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
            return ClientError(answer, operation)

        given = request["MessageAttributes"]["notice_id"]["StringValue"] if service == "sns" else ""
        return self.machine.call(
            Call(
                f"{service}.{operation} {where}".rstrip(),
                lambda: handler(client, request),
                lambda: error("InternalServerError", 500),
                lambda: _raise(error("ThrottlingException", 400)),
                lambda: ReadTimeoutError(endpoint_url=f"https://{service}"),
                f"notice {given}" if given else "",
                partial(_is_noted, f"{operation} {where}", request),
                receipt_of(given) if given else _claimed(f"{operation} {where}", request),
            )
        )

    def web(self, request: httpx.Request) -> httpx.Response:
        """In the place of httpx's sending."""
        host = request.url.host
        name = request.headers.get("X-Icwatch-Notice", "")
        return self.machine.call(  # type: ignore[no-any-return]
            Call(
                f"http {host}",
                lambda: self._answer(request),
                lambda: httpx.ConnectError("refused"),
                lambda: httpx.Response(503, request=request, text="busy"),
                lambda: httpx.ReadTimeout("no answer"),
                f"robot {host} {name}" if name else "",
            )
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            name = request.headers.get("X-Icwatch-Notice", "")
            self.posted.append(Posted(request.url.host, name, json.loads(request.read())))
        else:
            self.heard.append(request.url.path)
        return httpx.Response(200, request=request, text="{}")

    def publish(self, client: Any, request: dict[str, Any]) -> Any:
        """SNS: keep it, and pass what is of alarms on to the robots' queue."""
        topic = request["TopicArn"]
        self.published.append((topic, request["MessageAttributes"]["notice_id"]["StringValue"]))
        if topic == ALARM_TOPIC:
            self.send(ROBOT_QUEUE, json.loads(request["Message"])["default"])
        return {"MessageId": self._next()}

    def send_message(self, client: Any, request: dict[str, Any]) -> Any:
        """SQS."""
        return self.send(request["QueueUrl"], request["MessageBody"], request.get("DelaySeconds", 0))

    def send(self, queue: str, body: str, delay: float = 0) -> Any:
        """Put a message into a queue."""
        name = self._next()
        self.queues[queue].append(Message(name, body, self.machine.now + delay))
        return {"MessageId": name}

    def get_parameter(self, client: Any, request: dict[str, Any]) -> Any:
        """Systems Manager: `/icwatch/NAME` is an address at the host NAME."""
        name = request["Name"].rpartition("/")[2]
        return {"Parameter": {"Value": f"https://{name}/hook"}}

    def _next(self) -> str:
        self._sent += 1
        return f"message-{self._sent}"


def receipt_of(notice: str) -> str:
    """What the key of its receipt ends with."""
    return hashlib.md5(json.dumps(notice).encode(), usedforsecurity=False).hexdigest()


def _claimed(what: str, request: dict[str, Any]) -> str:
    if what != "PutItem Receipts" or request["Item"].get("status") != {"S": "INPROGRESS"}:
        return ""
    return str(request["Item"]["id"]["S"].rpartition("#")[2])


def _is_noted(what: str, request: dict[str, Any], given: str) -> bool:
    """Whether a write notes what was given: a receipt, or the outbox of a robot."""
    kind, name, *_ = given.split(" ")
    if kind == "robot":
        return what == "PutItem Outboxes" and bool(request["Item"]["robot"]["S"] == name)
    text = json.dumps(request, default=repr)
    writes = what in ("PutItem Receipts", "UpdateItem Receipts")
    return writes and "COMPLETED" in text and receipt_of(given.removeprefix("notice ")) in text


def _raise(error: Exception) -> Any:
    raise error
