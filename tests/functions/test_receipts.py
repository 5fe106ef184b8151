"""The notifier while receipts cannot be written and answers are lost: each notice once, and none held up by another.

The handler as it is wired, with Powertools' own layer, against a local cloud. What AWS refuses is refused at the edge
of boto3; every test delivers its batch many times, and counts what reached a subscriber.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from functions.notifier import app
from icwatch.delivery import idempotency, receipts, sns
from icwatch.delivery.receipts import Receipts, hold_seconds
from icwatch.delivery.sns import SnsPublisher, is_answer_lost, is_surely_not_taken
from icwatch_cli.local.backend import private_environment
from tests.conftest import Cloud
from tests.functions.support import ALL_WELL, Context, failed, numbers, published_metrics
from tests.functions.test_notifier import BATCH, NOTICES, Subscriber, subscriber

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

__all__ = ["subscriber"]

WIRE = app.wire.__wrapped__
IDS = [notice.id for notice in NOTICES]
TIMES = 20
"""How often a batch is delivered."""

Refuses = Callable[[str, dict[str, Any]], bool]
"""Whether a call of an operation with these parameters is refused."""


def refusal(operation: str, code: str = "AccessDeniedException", status: int = 400) -> ClientError:
    """An error as boto3 raises it."""
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


class Edge:
    """Every client that the function makes, and what is refused or lost there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, subscriber: Subscriber) -> None:
        self.refuses: Refuses = lambda operation, parameters: False
        self.error: Callable[[str], Exception] = refusal
        self.calls: Counter[str] = Counter()
        self.lose = 0
        self._make = boto3.client
        self._subscriber = subscriber
        variables = {
            **private_environment(),
            "AWS_ENDPOINT_URL": subscriber.cloud.endpoint,
            "RECEIPTS_TABLE": subscriber.table,
            "ALARM_TOPIC_ARN": subscriber.topic,
            "OPERATIONS_TOPIC_ARN": subscriber.topic,
            "FAILURES_QUEUE_URL": subscriber.queue,
            "LANGUAGE": "zh-CN",
            "UTC_OFFSET": "+00:00",
            "HTTPS_FORM": "json",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "client", self._client)
        self.wired: app.Wiring
        self.restart()
        monkeypatch.setattr(app, "wire", lambda: self.wired)

    def restart(self) -> None:
        """A new process, which remembers nothing."""
        self.wired = WIRE()

    def deliver(self, times: int = TIMES, batch: Any = BATCH) -> list[Any]:
        """The handler's answers to the same batch."""
        return [app.lambda_handler(batch, Context()) for _ in range(times)]

    def statuses(self) -> list[str]:
        """Of all receipts in the table."""
        items = self._subscriber.cloud.dynamodb.scan(TableName=self._subscriber.table)["Items"]
        return [item["status"]["S"] for item in items]

    def _client(self, service: str, **options: Any) -> Any:
        client: Any = self._make(service, **options)  # type: ignore[call-overload]
        call, send = client._make_api_call, client._endpoint.http_session.send

        def guarded(operation: str, parameters: dict[str, Any]) -> Any:
            self.calls[operation] += 1
            if self.refuses(operation, parameters):
                raise self.error(operation)
            return call(operation, parameters)

        def losing(request: Any) -> Any:
            answer = send(request)
            if service == "sns" and self.lose:
                self.lose -= 1
                raise ReadTimeoutError(endpoint_url="sns")
            return answer

        client._make_api_call = guarded
        client._endpoint.http_session.send = losing
        return client


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch, subscriber: Subscriber) -> Edge:
    monkeypatch.setattr(receipts, "PAUSES_SECONDS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(sns, "PAUSES_SECONDS", (0.0, 0.0))
    return Edge(monkeypatch, subscriber)


def is_receipt(operation: str, parameters: dict[str, Any]) -> bool:
    """Whether a call writes a receipt, and not a claim."""
    return operation == "UpdateItem" or (operation == "PutItem" and "ConditionExpression" not in parameters)


@pytest.mark.parametrize(
    ("refuses", "written"),
    [
        pytest.param(lambda operation, parameters: operation == "UpdateItem", 3, id="UpdateItem"),
        pytest.param(lambda operation, parameters: operation == "PutItem", 3, id="PutItem"),
        pytest.param(is_receipt, 0, id="receipts"),
        pytest.param(lambda operation, parameters: operation in ("PutItem", "UpdateItem"), 0, id="all writes"),
        pytest.param(lambda operation, parameters: operation.endswith("Item"), 0, id="the table"),
    ],
)
def test_what_the_table_refuses_costs_no_notice_and_doubles_none(
    subscriber: Subscriber, edge: Edge, capsys: pytest.CaptureFixture[str], refuses: Refuses, written: int
) -> None:
    edge.refuses = refuses
    assert edge.deliver() == [ALL_WELL] * TIMES
    assert subscriber.ids() == IDS, "each once, and those behind it as well"
    assert edge.statuses().count("COMPLETED") == written
    errors = published_metrics(capsys.readouterr().out).get("ReceiptErrors", 0)
    assert bool(errors) == (refuses("PutItem", {"ConditionExpression": ""}) or not written)
    edge.refuses = lambda operation, parameters: False
    assert edge.deliver(1) == [ALL_WELL]
    assert edge.statuses() == ["COMPLETED"] * 3, "written once that can be"
    edge.restart()
    assert edge.deliver() == [ALL_WELL] * TIMES
    assert subscriber.ids() == []


@pytest.mark.parametrize("operation", ["UpdateItem", "PutItem"])
def test_a_process_that_remembers_nothing_finds_the_receipt(subscriber: Subscriber, edge: Edge, operation: str) -> None:
    edge.refuses = lambda called, parameters: called == operation
    for _ in range(TIMES):
        edge.deliver(1)
        edge.restart()
    assert subscriber.ids() == IDS


def test_a_table_that_hangs_does_not_eat_the_time_of_the_next_notices(
    subscriber: Subscriber, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "SLOW_AFTER_SECONDS", -1.0)  # every failure counts as a slow one
    edge.refuses = lambda operation, parameters: operation.endswith("Item")
    edge.error = lambda operation: ReadTimeoutError(endpoint_url="dynamodb")
    assert edge.deliver() == [ALL_WELL] * TIMES
    assert subscriber.ids() == IDS
    assert {name: count for name, count in edge.calls.items() if name.endswith("Item")} == {"PutItem": 1}


def test_a_claim_that_cannot_be_taken_back_hides_no_refusal(subscriber: Subscriber, edge: Edge) -> None:
    """A message that SNS never takes is set aside at once, although its claim stays."""
    edge.refuses = lambda operation, parameters: operation in ("Publish", "DeleteItem")
    edge.error = lambda operation: refusal(operation, "InvalidParameter" if operation == "Publish" else "Denied")
    assert edge.deliver(1) == [ALL_WELL]
    letters = [message["Body"] for message in subscriber.received()]
    assert len(letters) == 3
    assert all("InvalidParameter" in letter for letter in letters)


def test_a_lost_answer_is_one_copy_more(subscriber: Subscriber, edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore would publish it four times in a few seconds."""
    monkeypatch.setattr(receipts, "HOLD_SECONDS", 1)
    edge.lose = 1
    one = {"Records": BATCH["Records"][:1]}
    assert edge.deliver(1, one) == [failed(numbers(BATCH)[0])]
    assert (edge.calls["Publish"], edge.statuses()) == (1, ["INPROGRESS"]), "the claim is held"
    assert edge.deliver(TIMES, one) == [ALL_WELL] * TIMES
    assert subscriber.ids() == [IDS[0]] * 2
    assert edge.deliver(1) == [ALL_WELL]
    assert subscriber.ids() == IDS[1:]


def test_while_its_claim_is_held_a_notice_is_not_published_again(subscriber: Subscriber, edge: Edge) -> None:
    edge.lose = TIMES
    one = {"Records": BATCH["Records"][:1]}
    answers = [app.lambda_handler(one, Context(seconds=app.RESERVE_SECONDS + 0.1)) for _ in range(5)]
    assert answers == [failed(numbers(BATCH)[0])] * 5
    assert subscriber.ids() == [IDS[0]]


def test_what_sns_surely_did_not_take_is_sent_again_at_once(subscriber: Subscriber, edge: Edge) -> None:
    edge.refuses = lambda operation, parameters: operation == "Publish" and edge.calls["Publish"] % 3 != 0
    edge.error = lambda operation: refusal(operation, "Throttling")
    assert edge.deliver(1) == [ALL_WELL]
    assert subscriber.ids() == IDS
    assert edge.calls["Publish"] == 9


@pytest.mark.parametrize(
    ("error", "lost", "not_taken"),
    [
        (ReadTimeoutError(endpoint_url=""), True, False),
        (ConnectionClosedError(endpoint_url=""), True, False),
        (HTTPClientError(error="broken"), True, False),
        (ResponseParserError("no XML"), True, False),
        (refusal("Publish", "GatewayTimeout", 504), True, False),
        (refusal("Publish", "Throttling", 400), False, True),
        (refusal("Publish", "ThrottledException", 429), False, True),
        (refusal("Publish", "InternalError", 500), True, False),
        (refusal("Publish", "ServiceUnavailable", 503), False, True),
        (ConnectTimeoutError(endpoint_url=""), False, True),
        (EndpointConnectionError(endpoint_url=""), False, True),
        (refusal("Publish", "InvalidParameter", 400), False, False),
        (refusal("Publish", "AuthorizationError", 403), False, False),
        (NoCredentialsError(), False, False),
        (OSError("what is no answer of SNS"), False, False),
    ],
    ids=repr,
)
def test_what_an_error_says_of_the_message(error: Exception, *, lost: bool, not_taken: bool) -> None:
    assert (is_answer_lost(error), is_surely_not_taken(error)) == (lost, not_taken)


@pytest.mark.parametrize(("lost", "seconds"), [(0, 5), (1, 10), (2, 20), (5, 160), (6, 300), (10_000, 300)])
def test_a_claim_is_held_longer_each_time(lost: int, seconds: int) -> None:
    assert hold_seconds(lost) == seconds


def test_who_must_claim_publishes_nothing_without_a_claim(subscriber: Subscriber, cloud: Cloud) -> None:
    """As `icwatch redrive`, whose message stays in its queue."""
    table = Receipts("no such table", cloud.dynamodb, lambda problem, error: None, must_claim=True)
    guarded = idempotency.publish_once(lambda notice: pytest.fail("published"), table, idempotency.new_receipts())
    with pytest.raises(Exception, match="in progress"):
        guarded(NOTICES[0])


def test_a_connection_that_was_idle_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Client:
        def publish(self, **message: object) -> dict[str, str]:
            done.append("publish")
            return {"MessageId": uuid.uuid4().hex}

        def close(self) -> None:
            done.append("close")

    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    publisher = SnsPublisher(Client(), "arn", "operations")  # type: ignore[arg-type]
    for seconds in (0.0, 1.0, 60.0):
        clock[0] += seconds
        publisher.publish(NOTICES[0])
    assert done == ["close", "publish", "publish", "close", "publish"]
