"""A whole run of the five handlers over the local cloud, every call noted, and faults where they are due.

What is called is what a deployed function calls: the handlers are the real ones, and so are boto3, the tables, topics
and queues. Whoever calls is known by the client: each function makes its own.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast
from unittest import mock

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders

from icwatch.errors import BatchError
from icwatch.model import CONFIRM_SECONDS, DRILL_SHARD, HEALTH, Fleet, RobotKind, Sweep
from icwatch.storage.packing import unpack
from icwatch.storage.tables import DynamoSamples
from icwatch_cli.deployed.drill_notes import begin
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.stack import STACK, Stack, client
from tests.conftest import free_port
from tests.functions.support import Context, Log
from tests.security.permissions import Call, needs
from tests.servers import Servers, answer
from tests.vendors import SECRET, Vendor, Vendors

BUCKET = "screens"
DAY = 86_400

TOKEN = "planted-token-9f2c"
"""Part of every robot's address."""

HEARTBEAT_TOKEN = "planted-heartbeat-71ab"
PLANTED = (TOKEN, HEARTBEAT_TOKEN, SECRET)

BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Body(io.BytesIO):
    """The raw body of an answer that nobody sent."""

    text: bytes

    def __post_init__(self) -> None:
        super().__init__(self.text)

    def stream(self, **options: object) -> Iterator[bytes]:
        """As urllib3 reads it."""
        yield self.text


@dataclass
class Run:
    """The stack, what its functions called and printed, and what came out."""

    stack: Stack
    endpoint: str
    calls: set[Call] = field(default_factory=set)
    output: str = ""
    messages: list[str] = field(default_factory=list)
    faults: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    acting: str = ""
    subscribers: list[str] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)
    _sequence: int = 0

    def arn(self, name: str) -> str:
        """The ARN of a table, of a queue by its URL, or of a secret by its reference."""
        account = self.stack.outputs["AlarmTopicArn"].split(":")[4]
        if name.startswith("ssm:"):
            return f"arn:aws:ssm:us-east-1:{account}:parameter{name.removeprefix('ssm:')}"
        if name.startswith("secretsmanager:"):
            return f"arn:aws:secretsmanager:us-east-1:{account}:secret:{name.removeprefix('secretsmanager:')}"
        if name.startswith("http"):
            return f"arn:aws:sqs:us-east-1:{account}:{name.rpartition('/')[2]}"
        return f"arn:aws:dynamodb:us-east-1:{account}:table/{name}"

    def names(self) -> dict[str, str]:
        """The ARN of each table, queue and topic by what the template calls it."""
        found = client("cloudformation", self.endpoint).describe_stack_resources(StackName=STACK)["StackResources"]
        kinds = ("AWS::DynamoDB::Table", "AWS::SQS::Queue")
        names = {
            each["LogicalResourceId"]: self.arn(each["PhysicalResourceId"])
            for each in found
            if each["ResourceType"] in kinds
        }
        topics = {"AlarmTopic": "AlarmTopicArn", "OperationsTopic": "OperationsTopicArn"}
        return {**names, **{name: self.stack.outputs[output] for name, output in topics.items()}}

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Within it, each client that a function makes notes its calls and meets the faults that are due."""
        make = boto3.session.Session.client

        def made(session: Any, service: str, *options: Any, **more: Any) -> Any:
            caller, found = self.acting, make(session, service, *options, **more)  # type: ignore[call-overload]
            if caller:
                found.meta.events.register("provide-client-params.*.*", lambda **given: self._note(caller, **given))
                found.meta.events.register("before-send.*.*", lambda **given: self._fault(caller, **given))
            return found

        with mock.patch.object(boto3.session.Session, "client", made):
            yield

    def _note(self, caller: str, params: Mapping[str, Any], model: Any, **_: object) -> None:
        found = needs(model.service_model.service_name, model.name, params, self.arn)
        self.calls |= {Call(caller, action, resource) for action, resource in found}

    def _fault(self, caller: str, event_name: str, request: Any, **_: object) -> AWSResponse | None:
        fault = self.faults.pop((caller, event_name.rpartition(".")[2]), None)
        if fault is None:
            return None
        return AWSResponse(request.url, fault[0], HTTPHeaders(), cast("Any", Body(fault[1])))

    def invoke(self, function: str, event: object, *, again: bool = False) -> Any:
        """Call a function's handler; `again` in a new environment, which remembers nothing."""
        app: Any = importlib.import_module(f"functions.{function}.app")
        if again:
            app.wire.cache_clear()
        log, printed, self.acting = Log(app.logger), io.StringIO(), function
        try:
            with mock.patch.dict("os.environ", self._environment(function)), contextlib.redirect_stdout(printed):
                return app.lambda_handler(event, Context())
        finally:
            self.acting = ""
            self.output += json.dumps(log.lines(), ensure_ascii=False) + printed.getvalue()
            log.close()

    def _environment(self, function: str) -> Mapping[str, str]:
        if function != "page":
            return {**self.stack.functions[f"{function.capitalize()}Function"].environment, **self.more}
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "STACK": STACK,
            "BUCKET": BUCKET,
            "LANGUAGE": "en-US",
            "UTC_OFFSET": "+00:00",
            "OUTPUTS": json.dumps(dict(self.stack.outputs)),
        }

    def items(self, output: str) -> list[dict[str, Any]]:
        """What is in a table, as DynamoDB writes it."""
        pages = client("dynamodb", self.endpoint).get_paginator("scan").paginate(TableName=self.stack.outputs[output])
        return [item for page in pages for item in page["Items"]]

    def records(self, output: str, since: int) -> dict[str, Any]:
        """The stream's batch of a table's items that are not older."""
        found = sorted((each for each in self.items(output) if int(each["at"]["N"]) >= since), key=_turn)
        records = []
        for image in found:
            self._sequence += 1
            records.append(
                {"eventName": "INSERT", "dynamodb": {"SequenceNumber": f"{self._sequence}", "NewImage": image}}
            )
        return {"Records": records}

    def take(self, url: str) -> dict[str, Any]:
        """The batch of all that is visible in a queue."""
        sqs, records = client("sqs", self.endpoint), []
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
            for each in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                records.append({"messageId": each["MessageId"], "body": each["Body"]})
        self.messages += [each["body"] for each in records]
        return {"Records": records}

    def subscribe(self, topic: str) -> None:
        """Keep what is published to a topic; `published` takes it."""
        sqs = client("sqs", self.endpoint)
        url = sqs.create_queue(QueueName=f"of-{topic.rpartition(':')[2]}"[:80])["QueueUrl"]
        client("sns", self.endpoint).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self.arn(url))
        self.subscribers.append(url)

    def text_of(self, output: str) -> str:
        """All that is in a table, as text, with what is packed unpacked."""
        return "".join(f"{item}{unpack(item)}" for item in self.items(output))

    def pages(self) -> list[str]:
        """The objects that were written into the bucket."""
        s3 = client("s3", self.endpoint)
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
        return [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys]


def _turn(item: Mapping[str, Any]) -> tuple[int, bool]:
    """By time; of one moment, drills last."""
    return int(item["at"]["N"]), item["shard"]["S"] == DRILL_SHARD


ROBOTS = {
    "duty": Vendor(RobotKind.WEBHOOK),
    "down": Vendor(RobotKind.SLACK, down=True),
    "broken": Vendor(RobotKind.WECOM, broken=True),
}
GONE = "gone"
"""A robot whose server is no more."""


def fleet_of(target: str) -> Fleet:
    """A fleet with robots of every kind of trouble, whose addresses and secrets are where a stack keeps them."""
    robots = [
        {"name": name, "kind": str(kind), "url": f"ssm:/icwatch/{name}"}
        for name, kind in [*((name, vendor.kind) for name, vendor in ROBOTS.items()), (GONE, RobotKind.SLACK)]
    ]
    robots[0]["secret"] = "secretsmanager:icwatch/secret"
    return parse_fleet(
        {
            "language": "en-US",
            "robots": robots,
            "targets": [{"address": target, "labels": {"vpc": "vpc-1"}}],
        }
    )


def play(run: Run) -> None:
    """An outage and its end, a day that ends, drills, robots and heartbeats that fail, and torn items."""
    with Servers() as servers, Vendors(**ROBOTS) as vendors, run.noted():
        keep_secrets(run, vendors, f"http://127.0.0.1:{servers.serve(answer(BROKEN))}/{HEARTBEAT_TOKEN}")
        target, now = f"127.0.0.1:{servers.refuse()}", int(time.time())
        inventory = InventoryWriter(client("dynamodb", run.endpoint), run.stack.outputs["InventoryTable"])
        inventory.apply(make_plan(inventory.load(), fleet_of(target)))
        a_day_ago = now - DAY - 60
        samples = DynamoSamples(client("dynamodb", run.endpoint), run.stack.outputs["SamplesTable"], 14)
        samples.save(Sweep(inventory.load().shards[target], a_day_ago, {HEALTH: {target: 1}}, {}))
        run.invoke("evaluator", run.records("SamplesTable", a_day_ago), again=True)
        for began in (now - CONFIRM_SECONDS - 60, now - 1):  # the first is one that nobody confirmed
            inventory.note(known := inventory.load(), [begin(known, began, "me", "duty")])
        tick(run, now - 1, again=True)
        tick(run, now)
        announce(run, now - 1)
        for _ in range(2):  # what the first looks at again, by its own messages, may come at once
            run.invoke("messenger", run.take(run.stack.outputs["RobotQueueUrl"]), again=True)
        run.invoke("page", {}, again=True)

        # The heartbeat's address is in the other store now, and nobody is there any more.
        put_secret(run, "heartbeat", f"http://127.0.0.1:{free_port()}/{HEARTBEAT_TOKEN}")
        run.more["HEARTBEAT_URL"] = "secretsmanager:icwatch/heartbeat"
        inventory.apply(make_plan(inventory.load(), replace(fleet_of(target), targets={})))
        tick(run, now + 1, again=True)
        run.invoke("page", {}, again=True)  # which takes the page of the removed target away
        run.faults["notifier", "Publish"] = (500, b"")
        run.invoke("notifier", run.records("TransitionsTable", now + 1))

        torn = {"shard": {"S": "shard-0001"}, "at": {"N": "7"}}
        for function in ("evaluator", "notifier"):
            record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "9", "NewImage": torn}}
            assert run.invoke(function, {"Records": [record]}) == {"batchItemFailures": []}
    assert not run.faults, f"a fault that nothing met: {run.faults}"
    for url in run.subscribers:
        assert run.take(url)["Records"], f"nothing was published to {url}: {run.output}"
    for name in ("EvaluatorFailuresUrl", "NotifierFailuresUrl", "MessengerFailuresUrl"):
        assert run.take(run.stack.outputs[name])["Records"], f"{name} is empty: {run.output}"


def announce(run: Run, since: int) -> None:
    """Publish what was decided. First the permission for that is missing, then the one to claim a notice."""
    denied = b"<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>"
    decided = run.records("TransitionsTable", since)
    run.faults["notifier", "Publish"] = (403, denied)
    with pytest.raises(BatchError):
        run.invoke("notifier", decided, again=True)
    run.faults["notifier", "PutItem"] = (400, b'{"__type":"AccessDeniedException","message":"no"}')
    assert run.invoke("notifier", decided) == {"batchItemFailures": []}


def tick(run: Run, at: int, *, again: bool = False) -> None:
    """A cycle, from the schedule to the decision."""
    run.invoke("prober", {"time": datetime.fromtimestamp(at, UTC).isoformat()}, again=again)
    assert run.invoke("evaluator", run.records("SamplesTable", at), again=again) == {"batchItemFailures": []}


def put_parameter(run: Run, name: str, value: str) -> None:
    """Keep a secret in Systems Manager."""
    ssm = client("ssm", run.endpoint)
    ssm.put_parameter(Name=f"/icwatch/{name}", Value=value, Type="SecureString", Overwrite=True)


def put_secret(run: Run, name: str, value: str) -> None:
    """Keep a secret in Secrets Manager."""
    client("secretsmanager", run.endpoint).create_secret(Name=f"icwatch/{name}", SecretString=value)


def keep_secrets(run: Run, vendors: Vendors, heartbeat: str) -> None:
    """Plant them all, each where a stack keeps it."""
    for name in ROBOTS:
        put_parameter(run, name, f"{vendors.url(name)}?access_token={TOKEN}")
    put_parameter(run, GONE, f"http://127.0.0.1:{free_port()}/gone?access_token={TOKEN}")
    put_parameter(run, "heartbeat", heartbeat)
    put_secret(run, "secret", SECRET)
