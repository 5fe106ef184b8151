"""Who may reach what the template makes: nobody from outside, a service for its own source only; what is encrypted."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.template.resolved import resolve, translated

ALL = {"Robots": "true", "StatusBucket": "screens", "Dashboard": "true", "HeartbeatUrl": "ssm:/icwatch/heartbeat"}
KEY = {"KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}

TYPES = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Logs::LogGroup",
    "AWS::Logs::QueryDefinition",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
}
"""All kinds of resources. None has an address that the internet reaches; a new kind is to be looked at."""

POLICIES = {
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "sqs:SendMessage"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "sns:Publish"),
}
"""Policies of resources, and what they may allow. Without one, a queue or a topic takes nothing but what the account's
own roles and services are allowed to send.
"""

WITHOUT_A_KEY = {
    "OperationsTopic": "CloudWatch may not use the key that AWS manages for SNS; its alarms would be lost in silence"
}


def of_type(kind: str, **parameters: str) -> dict[str, Any]:
    found = resolve(**ALL, **parameters)["Resources"]
    return {name: item["Properties"] for name, item in found.items() if item["Type"] == kind}


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in document["Statement"] if each["Effect"] == "Allow"]


def test_nothing_has_an_address_that_the_internet_reaches() -> None:
    assert {item["Type"] for item in translated()["Resources"].values()} == TYPES
    assert {each["Protocol"] for each in of_type("AWS::SNS::Subscription", EmailAddress="a@example.com").values()} == {
        "email",
        "sqs",
    }


def test_a_policy_of_a_resource_lets_one_service_send_and_only_for_its_own_source() -> None:
    found = [
        (allowed, action)
        for kind, (document, action) in POLICIES.items()
        for policy in of_type(kind).values()
        for allowed in statements(policy[document])
    ]
    assert found
    for allowed, action in found:
        assert allowed["Action"] == action
        assert [*allowed["Principal"]] == ["Service"]
        (condition,) = allowed["Condition"].values()
        assert condition.keys() & {"aws:SourceArn", "aws:SourceAccount"}
        assert "*" not in str(condition)


def test_a_role_is_taken_by_one_service() -> None:
    for name, role in of_type("AWS::IAM::Role").items():
        (allowed,) = statements(role["AssumeRolePolicyDocument"])
        service = "scheduler" if name == "ScheduleRole" else "lambda"
        assert allowed["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert allowed["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize("key", [{}, KEY])
def test_queues_and_topics_are_encrypted(key: dict[str, str]) -> None:
    for name, queue in of_type("AWS::SQS::Queue", **key).items():
        assert queue.get("KmsMasterKeyId") if key else queue["SqsManagedSseEnabled"] is True, name
    plain = {name for name, topic in of_type("AWS::SNS::Topic", **key).items() if not topic.get("KmsMasterKeyId")}
    assert plain == (set() if key else WITHOUT_A_KEY.keys())


def test_no_variable_of_a_function_holds_a_secret_and_none_lets_the_prober_ask_itself() -> None:
    for name, function in of_type("AWS::Lambda::Function").items():
        variables = function["Environment"]["Variables"]
        assert not {"ALLOW_LOOPBACK", "LOCAL_SECRETS"} & variables.keys(), name
        assert not [each for each in variables if re.search("SECRET|TOKEN|PASSWORD|KEY", each)], name
    assert not [name for name, item in translated()["Parameters"].items() if item.get("NoEcho")], "a secret by value"
