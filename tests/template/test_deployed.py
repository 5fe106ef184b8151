"""The template, built and deployed as a person would, into a cloud that enforces its roles: a notice comes out."""

from __future__ import annotations

import dataclasses
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icwatch.model import Fleet, RobotKind, Sweep
from icwatch.storage.sweeps import read_sweep
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from tests.conftest import free_port
from tests.template.deployment import Deployed, deployed
from tests.vendors import SECRET, Vendor, Vendors

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

ARRIVES_WITHIN = 60.0

TOLD_WITHIN = 240.0
"""A robot: where an invocation was killed while it had the claim, that has to end first (a minute)."""


def test_a_function_is_its_handler_alone(built: Path) -> None:
    for function in ("ProberFunction", "EvaluatorFunction", "NotifierFunction", "MessengerFunction"):
        assert [path.name for path in (built / function).iterdir()] == ["app.py"]


def test_a_refused_connection_becomes_a_notice_and_a_removed_target_closes_it(built: Path, home: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    robot = {"name": "on-duty", "kind": "webhook", "url": "ssm:/icwatch/url", "secret": "secretsmanager:icwatch/secret"}
    targets = [{"address": address, "labels": {"vpc": "vpc-1"}}]
    fleet = parse_fleet({"language": "en-US", "targets": targets, "robots": [robot]})
    vendor = Vendor(RobotKind.WEBHOOK)
    with deployed(built, home) as stack, Vendors(vendor=vendor) as vendors:
        keep_secrets(stack, vendors.url("vendor"))
        sqs = stack.session.client("sqs", endpoint_url=stack.endpoint)
        queue = subscribe(stack, sqs)
        # A record that failed on a busy machine comes again at once.
        sqs.set_queue_attributes(QueueUrl=stack.outputs["RobotQueueUrl"], Attributes={"VisibilityTimeout": "5"})
        apply(stack, fleet)
        at = int(time.time())

        assert tick(stack, at - 1) == {"at": at - 1, "targets": 1}
        assert sweep(stack, at - 1).unseen == {address: "forbidden: 127.0.0.1 is a loopback address"}
        allow(stack, "ProberFunction", "ALLOW_LOOPBACK")
        allow(stack, "MessengerFunction", "LOCAL_SECRETS")
        assert tick(stack, at) == {"at": at, "targets": 1}
        raised = next_notice(sqs, queue)
        assert raised["MessageAttributes"]["kind"]["Value"] == "raised"
        assert address in raised["Subject"]
        assert "connection_refused" in raised["Message"]
        told(vendor, stack, "raised")

        apply(stack, dataclasses.replace(fleet, targets={}))
        assert tick(stack, at + 1) == {"at": at + 1, "targets": 0}
        assert next_notice(sqs, queue)["MessageAttributes"]["kind"]["Value"] == "closed"
        told(vendor, stack, "raised", "closed")


def sweep(stack: Deployed, at: int) -> Sweep:
    """What the prober saved at that moment."""
    dynamodb = stack.session.client("dynamodb", endpoint_url=stack.endpoint)
    items = dynamodb.scan(TableName=stack.outputs["SamplesTable"])["Items"]
    (found,) = (item for item in items if item["at"]["N"] == str(at))
    return read_sweep(found)


def told(vendor: Vendor, stack: Deployed, *kinds: str) -> None:
    """Wait until the robot was told these."""
    ends = time.monotonic() + TOLD_WITHIN
    while len(vendor.messages) < len(kinds) and time.monotonic() < ends:
        time.sleep(0.1)
    assert [each["kind"] for each in vendor.messages] == [*kinds], trace(stack, vendor)


def trace(stack: Deployed, vendor: Vendor) -> str:
    """How far a message to the robot came."""
    sqs = stack.session.client("sqs", endpoint_url=stack.endpoint)
    dynamodb = stack.session.client("dynamodb", endpoint_url=stack.endpoint)
    logs = stack.session.client("logs", endpoint_url=stack.endpoint)
    urls = [stack.outputs[name] for name in ("RobotQueueUrl", "MessengerFailuresUrl")]
    queues = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls]
    group = f"/aws/lambda/{stack.outputs['MessengerFunction']}"
    try:
        lines = [each["message"] for each in logs.filter_log_events(logGroupName=group)["events"]][-20:]
    except logs.exceptions.ResourceNotFoundException as error:
        lines = [str(error)]
    items = dynamodb.scan(TableName=stack.outputs["OutboxesTable"])["Items"]
    return f"refused: {vendor.refusals}; queues: {queues}; outboxes: {items}; log: {lines}"


def keep_secrets(stack: Deployed, url: str) -> None:
    """Put the robot's address and secret where its messenger may read them."""
    ssm = stack.session.client("ssm", endpoint_url=stack.endpoint)
    ssm.put_parameter(Name="/icwatch/url", Value=url, Type="SecureString")
    secrets = stack.session.client("secretsmanager", endpoint_url=stack.endpoint)
    secrets.create_secret(Name="icwatch/secret", SecretString=SECRET)


def allow(stack: Deployed, function: str, variable: str) -> None:
    """Let the prober ask this machine, and the messenger post to it, as nobody should who deploys for others."""
    functions, name = stack.session.client("lambda", endpoint_url=stack.endpoint), stack.outputs[function]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables[variable] = "true"
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def subscribe(stack: Deployed, sqs: SQSClient) -> str:
    """A queue that receives what is published to the alarm topic."""
    topic = stack.outputs["AlarmTopicArn"]
    queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    stack.session.client("sns", endpoint_url=stack.endpoint).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return queue


def apply(stack: Deployed, fleet: Fleet) -> None:
    """What `icwatch apply` does."""
    dynamodb = stack.session.client("dynamodb", endpoint_url=stack.endpoint)
    inventory = InventoryWriter(dynamodb, stack.outputs["InventoryTable"])
    inventory.apply(make_plan(inventory.load(), fleet))


def tick(stack: Deployed, at: int) -> Any:
    """Invoke the prober as the schedule does, and return its answer.

    The deployed schedule does no harm beside it: ministack sends the placeholder of the time as it stands, which the
    prober refuses.
    """
    functions = stack.session.client("lambda", endpoint_url=stack.endpoint)
    event = {"time": datetime.fromtimestamp(at, UTC).isoformat()}
    answer = functions.invoke(FunctionName=stack.outputs["ProberFunction"], Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read())
    assert not answer.get("FunctionError"), payload
    return payload


def next_notice(sqs: SQSClient, queue: str) -> Any:
    """The next message from the topic, as SNS wraps it for a queue."""
    ends = time.monotonic() + ARRIVES_WITHIN
    while time.monotonic() < ends:
        for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2).get("Messages", ()):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return json.loads(message["Body"])
    raise AssertionError(f"no notice within {ARRIVES_WITHIN:.0f}s")
