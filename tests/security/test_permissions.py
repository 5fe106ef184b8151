"""Each function may do what it does and nothing else; and no secret is where it does not belong."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.stack import client, create
from icwatch_cli.local.translation import translate
from tests.conftest import running_backend
from tests.security.permissions import FUNCTIONS, Grant, grants_of, refused, unused
from tests.security.run import BUCKET, PLANTED, ROBOTS, Run, play
from tests.template.resolved import resolve

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

PARAMETERS = {"Robots": "true", "HeartbeatUrl": "ssm:/icwatch/heartbeat"}

OF_LAMBDA = {
    "logs:CreateLogStream": "Lambda writes the log",
    "logs:PutLogEvents": "Lambda writes the log",
    "xray:PutTraceSegments": "the X-Ray daemon beside the function sends what it is given by UDP",
    "xray:PutTelemetryRecords": "the X-Ray daemon beside the function sends what it is given by UDP",
    "ec2:AssignPrivateIpAddresses": "Lambda enters a VPC; denied to the function's own code",
    "ec2:CreateNetworkInterface": "Lambda enters a VPC; denied to the function's own code",
    "ec2:DeleteNetworkInterface": "Lambda leaves a VPC; denied to the function's own code",
    "ec2:DescribeNetworkInterfaces": "Lambda enters and leaves a VPC; denied to the function's own code",
    "ec2:DescribeSubnets": "Lambda enters a VPC; denied to the function's own code",
    "ec2:UnassignPrivateIpAddresses": "Lambda leaves a VPC; denied to the function's own code",
    "dynamodb:DescribeStream": "the event source mapping reads the stream",
    "dynamodb:GetRecords": "the event source mapping reads the stream",
    "dynamodb:GetShardIterator": "the event source mapping reads the stream",
    "dynamodb:ListStreams": "the event source mapping reads the stream",
    "sqs:ReceiveMessage": "the event source mapping takes messages",
    "sqs:DeleteMessage": "the event source mapping takes messages",
}
"""What a role has to allow because Lambda, and not the function's code, asks with it."""

OF_A_MAPPING = {("messenger", "sqs:GetQueueAttributes"): "the event source mapping asks for it"}


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """The run that is over, with its cloud still there."""
    with running_backend() as backend, pytest.MonkeyPatch.context() as patch:
        environment = private_environment()
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in {**environment, "AWS_ENDPOINT_URL": backend.endpoint}.items():
            patch.setenv(name, value)
        run = Run(create(backend.endpoint, translate(), PARAMETERS), backend.endpoint)
        client("s3", backend.endpoint).create_bucket(Bucket=BUCKET)
        for topic in ("AlarmTopicArn", "OperationsTopicArn"):
            run.subscribe(run.stack.outputs[topic])
        play(run)
        yield run


def grants(run: Run) -> set[Grant]:
    """What the roles allow, but for what Lambda asks with them."""
    resources = resolve(**PARAMETERS, StatusBucket=BUCKET)["Resources"]
    account = run.stack.outputs["AlarmTopicArn"].split(":")[4]
    names = {**run.names(), **{name: f"log:{name}" for name in resources if name.endswith("Logs")}}
    texts = {
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "AWS::AccountId": account,
        "AWS::StackName": "icwatch",
        "StatusBucket": BUCKET,
    }
    return {
        grant
        for grant in grants_of(resources, names, texts)
        if grant.action not in OF_LAMBDA and (grant.function, grant.action) not in OF_A_MAPPING
    }


def test_a_role_allows_what_its_function_asks_for_and_nothing_else(run: Run) -> None:
    allowed = grants(run)
    assert {grant.function for grant in allowed} == {*FUNCTIONS}
    assert refused(run.calls, allowed) == set()
    assert unused(allowed, run.calls) == set()
    needless = [grant for grant in sorted(allowed) if not refused(run.calls, allowed - {grant})]
    assert needless == [], "another grant allows the same"


def test_no_planted_secret_is_anywhere_but_where_it_is_kept(run: Run) -> None:
    assert ROBOTS["duty"].messages, "the secrets were of use"
    assert all(ROBOTS[name].refusals for name in ("down", "broken"))
    for failure in (
        "no answer: ConnectError",
        "ssm:/icwatch/heartbeat could not be called: HTTP status 500",
        "secretsmanager:icwatch/heartbeat could not be called: ConnectError",
    ):
        assert failure in run.output
    everything = {
        "logs and metrics": run.output,
        "messages of topics and queues": "".join(run.messages),
        "what robots were sent": str([vendor.messages for vendor in ROBOTS.values()]),
        "environments": str([function.environment for function in run.stack.functions.values()]),
        "pages": "".join(run.pages()),
        **{name: run.text_of(name) for name in run.stack.outputs if name.endswith("Table")},
    }
    assert "ssm:/icwatch/duty" in everything["InventoryTable"], "a secret's reference is where the secret must not be"
    for place, text in everything.items():
        assert len(text) > 2, f"nothing to be searched in {place}"
        assert [secret for secret in PLANTED if secret in text] == [], place
