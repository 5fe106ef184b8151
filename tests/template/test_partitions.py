"""AWS and AWS China: what the template makes in each, and that it writes out nothing that only one of them has.

Differences: "Getting Started with Amazon Web Services in China", under Lambda, SNS, SQS and X-Ray.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.resolved import ROOT, resolve, translated

PARTITIONS = ("aws", "aws-cn")

EVERYTHING = {
    "EmailAddress": "dba@example.com",
    "Tracing": "true",
    "HeartbeatUrl": "ssm:/icwatch/heartbeat",
    "SubnetIds": "subnet-0a,subnet-0b",
    "SecurityGroupIds": "sg-0a",
    "KmsKeyArn": "arn:aws-cn:kms:cn-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}
"""Parameters with which all of the template is made."""

ONLY_ELSEWHERE = {
    "AWS::ApiGateway::DomainName": "every custom domain needs an ICP licence",
    "AWS::ApiGatewayV2::DomainName": "every custom domain needs an ICP licence",
    "AWS::CloudFront::Distribution": "it needs an ICP licence, and certificates that cannot be had of ACM there",
    "AWS::Chatbot::SlackChannelConfiguration": "there is no such service",
    "AWS::Lambda::Url": "Lambda has no function URLs",
    "AWS::SNS::PhoneNumber": "SNS has no SMS",
}
"""Types of resources that AWS China does not have, and why."""

SNS_PROTOCOLS = {"email", "email-json", "http", "https", "lambda", "sqs", "firehose"}
"""What SNS delivers by in AWS China: no SMS, and no push to mobiles."""


def made(partition: str, **parameters: str) -> dict[str, dict[str, Any]]:
    resources: dict[str, dict[str, Any]] = resolve(partition, **parameters)["Resources"]
    return resources


def texts(node: Any) -> Iterator[str]:
    """All texts of a part of the template, keys included."""
    match node:
        case str():
            yield node
        case dict():
            for name, value in node.items():
                yield from texts(name)
                yield from texts(value)
        case list():
            for member in node:
                yield from texts(member)


@pytest.mark.parametrize("parameters", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_both_partitions_are_given_the_same_resources(parameters: dict[str, str]) -> None:
    here, there = (made(partition, **parameters) for partition in PARTITIONS)
    assert {name: item["Type"] for name, item in here.items()} == {name: item["Type"] for name, item in there.items()}


def test_what_differs_is_tracing_and_nothing_else() -> None:
    """X-Ray is not integrated with Lambda there."""
    here, there = (made(partition, **EVERYTHING) for partition in PARTITIONS)
    different = {name for name in here if here[name] != there[name]}
    kinds = {here[name]["Type"] for name in different}
    assert kinds == {"AWS::Lambda::Function", "AWS::IAM::Role"}
    functions = {name for name in here if here[name]["Type"] == "AWS::Lambda::Function"}
    assert functions <= different
    for partition, mode, disabled in (("aws", "Active", "false"), ("aws-cn", "PassThrough", "true")):
        for name in functions:
            properties = made(partition, **EVERYTHING)[name]["Properties"]
            assert properties["TracingConfig"] == {"Mode": mode}
            assert properties["Environment"]["Variables"]["POWERTOOLS_TRACE_DISABLED"] == disabled
    assert any("xray" in text for text in texts(here))
    assert not [text for text in texts(there) if "xray" in text.lower()]


def test_nothing_is_made_that_aws_china_does_not_have() -> None:
    for name, item in made("aws-cn", **EVERYTHING).items():
        assert item["Type"] not in ONLY_ELSEWHERE, f"{name}: {ONLY_ELSEWHERE.get(item['Type'])}"
        if item["Type"] == "AWS::SNS::Subscription":
            assert item["Properties"]["Protocol"] in SNS_PROTOCOLS, name


def test_no_arn_and_no_endpoint_is_written_out() -> None:
    """`${AWS::Partition}` and `${AWS::URLSuffix}` know them; service principals are the same in both."""
    for text in texts(made("aws-cn")):
        assert not re.search(r"arn:aws(-cn)?:", text), text
        if "amazonaws.com" in text:
            assert re.fullmatch(r"[a-z]+\.amazonaws\.com", text), f"{text} is no service principal"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize(("parameter", "arn"), [
    ("KmsKeyArn", "arn:{}:kms:cn-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("PermissionsBoundary", "arn:{}:iam::123456789012:policy/boundary"),
])  # fmt: skip
def test_parameters_take_the_arns_of_every_partition(partition: str, parameter: str, arn: str) -> None:
    assert re.fullmatch(translated()["Parameters"][parameter]["AllowedPattern"], arn.format(partition))


def test_the_functions_name_no_endpoint() -> None:
    """boto3 finds the endpoints of its region; one that is written out would be of one partition only."""
    for path in (*ROOT.glob("functions/*/*.py"), *ROOT.glob("layers/core/**/*.py")):
        text = path.read_text(encoding="utf-8")
        assert "amazonaws.com" not in text, path
        assert "arn:aws" not in text, path
