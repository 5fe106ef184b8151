"""What the parameters make of the template: resolved with and without each, and its rules asked of CloudFormation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from icwatch_cli.local.stack import client
from tests.conftest import running_backend
from tests.template.resolved import resolve, translated

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
VPC = {"SubnetIds": "subnet-0a,subnet-0b", "SecurityGroupIds": "sg-0a"}

ENCRYPTED = {
    "AWS::DynamoDB::Table": {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}},
    "AWS::SNS::Topic": {"KmsMasterKeyId": KEY},
    "AWS::SQS::Queue": {"KmsMasterKeyId": KEY},
    "AWS::Logs::LogGroup": {"KmsKeyId": KEY},
}
"""What a key of one's own puts into a resource, by its type. A queue has one kind of encryption only."""


def of_type(kind: str, **parameters: str) -> dict[str, Any]:
    resources = resolve(**parameters)["Resources"]
    return {name: item["Properties"] for name, item in resources.items() if item["Type"] == kind}


def encryption(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if re.search("Kms|Sse|SSE", name)}


def statements(role: str, **parameters: str) -> dict[str, Any]:
    (policy,) = of_type("AWS::IAM::Role", **parameters)[role]["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_a_key_of_one_s_own_encrypts_all_that_is_stored(kind: str) -> None:
    found = {name: encryption(properties) for name, properties in of_type(kind, KmsKeyArn=KEY).items()}
    assert found == dict.fromkeys(found, ENCRYPTED[kind])
    assert found


def test_without_a_key_nothing_costs_a_key() -> None:
    """Tables and logs are encrypted by keys that AWS owns, the notices by one that asks nothing where it is used so."""
    expected = {
        "AWS::DynamoDB::Table": {},
        "AWS::SQS::Queue": {"SqsManagedSseEnabled": True},
        "AWS::Logs::LogGroup": {},
    }
    for kind, value in expected.items():
        found = {name: encryption(properties) for name, properties in of_type(kind).items()}
        assert found == dict.fromkeys(found, value)
    # CloudWatch may not use the key that AWS manages for SNS, and its alarms would be lost in silence.
    topics = {name: encryption(properties) for name, properties in of_type("AWS::SNS::Topic").items()}
    assert topics == {"AlarmTopic": {"KmsMasterKeyId": "alias/aws/sns"}, "OperationsTopic": {}}


@pytest.mark.parametrize(
    ("role", "services"),
    [
        ("ProberRole", ["dynamodb"]),
        ("EvaluatorRole", ["dynamodb", "sqs"]),  # Lambda sends to the on-failure destination with the function's role
        ("NotifierRole", ["dynamodb", "sns", "sqs"]),
        ("ScheduleRole", ["sqs"]),
    ],
)
def test_a_role_may_use_the_key_through_the_services_that_it_calls_only(role: str, services: list[str]) -> None:
    statement = statements(role, KmsKeyArn=KEY)["UseKeyThroughServices"]
    assert (statement["Effect"], statement["Resource"]) == ("Allow", KEY)
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(statement["Action"])
    ((operator, condition),) = statement["Condition"].items()
    assert operator == "StringEquals"
    via = condition["kms:ViaService"]
    names = [name["Fn::Sub"] for name in (via if isinstance(via, list) else [via])]
    assert names == [f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}" for service in services]
    assert "UseKeyThroughServices" not in statements(role)


def test_what_a_role_calls_is_what_it_may_use_the_key_for() -> None:
    """Whoever lets a role call another encrypted service has to let it use the key there."""
    for name, role in of_type("AWS::IAM::Role", KmsKeyArn=KEY).items():
        entries = role["Policies"][0]["PolicyDocument"]["Statement"]
        actions = {action for entry in entries for action in _listed(entry["Action"])}
        called = {action.partition(":")[0] for action in actions} & {"dynamodb", "sns", "sqs"}
        assert called == _services(statements(name, KmsKeyArn=KEY)["UseKeyThroughServices"]), name


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _services(statement: dict[str, Any]) -> set[str]:
    return {
        name["Fn::Sub"].partition(".")[0] for name in _listed(statement["Condition"]["StringEquals"]["kms:ViaService"])
    }


def test_the_boundary_is_on_every_role_or_on_none() -> None:
    bound = of_type("AWS::IAM::Role", PermissionsBoundary=BOUNDARY)
    assert {role.get("PermissionsBoundary") for role in bound.values()} == {BOUNDARY}
    assert not [name for name, role in of_type("AWS::IAM::Role").items() if "PermissionsBoundary" in role]


def test_layers_are_called_after_the_stack() -> None:
    names = {layer["LayerName"]["Fn::Sub"] for layer in of_type("AWS::Lambda::LayerVersion").values()}
    assert names == {"${AWS::StackName}-core", "${AWS::StackName}-dependencies"}


@pytest.mark.parametrize(
    ("parameters", "config", "outputs"),
    [
        ({}, None, ("false", "false")),
        (VPC, False, ("true", "false")),
        ({**VPC, "AllowIpv6": "true"}, True, ("true", "true")),
        ({"AllowIpv6": "true"}, None, ("false", "false")),
    ],
)
def test_where_the_prober_runs(parameters: dict[str, str], config: bool | None, outputs: tuple[str, str]) -> None:
    resolved = resolve(**parameters)
    found = resolved["Resources"]["ProberFunction"]["Properties"].get("VpcConfig")
    expected = {
        "SubnetIds": ["subnet-0a", "subnet-0b"],
        "SecurityGroupIds": ["sg-0a"],
        "Ipv6AllowedForDualStack": config,
    }
    assert found == (None if config is None else expected)
    assert tuple(resolved["Outputs"][name]["Value"] for name in ("ProberInVpc", "ProberIpv6")) == outputs


@pytest.mark.parametrize("parameters", [{}, VPC])
def test_lambda_may_always_take_its_network_interfaces_away_and_the_function_never_may(
    parameters: dict[str, str],
) -> None:
    allowed = statements("ProberRole", **parameters)["LetLambdaEnterAndLeaveVpc"]
    denied = statements("ProberRole", **parameters)["DenyTheSameToTheFunction"]
    assert (allowed["Effect"], denied["Effect"]) == ("Allow", "Deny")
    assert allowed["Action"] == denied["Action"]
    assert "ec2:DeleteNetworkInterface" in allowed["Action"]
    assert "Condition" not in allowed
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"
    assert denied["Condition"] == {"ArnLike": {"lambda:SourceFunctionArn": {"Fn::Sub": arn}}}


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("KmsKeyArn", "", True),
        ("KmsKeyArn", KEY, True),
        ("KmsKeyArn", "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab", True),
        ("KmsKeyArn", "alias/mine", False),
        ("KmsKeyArn", "arn:aws:kms:us-east-1:123456789012:alias/mine", False),
        ("KmsKeyArn", KEY.rpartition("/")[2], False),
        ("PermissionsBoundary", "", True),
        ("PermissionsBoundary", BOUNDARY, True),
        ("PermissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess", True),
        ("PermissionsBoundary", "arn:aws:iam::123456789012:role/boundary", False),
        ("PermissionsBoundary", "boundary", False),
    ],
)
def test_arns_are_written_in_full(name: str, value: str, taken: bool) -> None:
    assert bool(re.fullmatch(translated()["Parameters"][name]["AllowedPattern"], value)) is taken


@pytest.fixture(scope="module")
def formation() -> Iterator[Any]:
    """A CloudFormation that evaluates rules before it makes anything."""
    with running_backend() as backend:
        yield client("cloudformation", backend.endpoint)


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({}, None),
        (VPC, None),
        ({**VPC, "AllowIpv6": "true"}, None),
        ({"SubnetIds": "subnet-0a"}, "SubnetIds needs SecurityGroupIds"),
        ({"SecurityGroupIds": "sg-0a,sg-0b"}, "SecurityGroupIds needs SubnetIds"),
        ({"AllowIpv6": "true"}, "AllowIpv6 needs SubnetIds"),
        ({"SubnetIds": "subnet-0a", "SecurityGroupIds": ","}, "SubnetIds needs SecurityGroupIds"),
        ({"SweepsPerMinute": "4"}, None),
        ({"Schedule": "rate(2 minutes)"}, None),
        ({"Schedule": "rate(2 minutes)", "SweepsPerMinute": "4"}, "SweepsPerMinute beyond 1 needs a Schedule"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(
    formation: Any, parameters: dict[str, str], refusal: str | None
) -> None:
    template = translated()
    resource = {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    body = {"Parameters": template["Parameters"], "Rules": template["Rules"], "Resources": resource}
    call = {
        "StackName": "rules",
        "ChangeSetName": "rules",
        "ChangeSetType": "CREATE",
        "TemplateBody": json.dumps(body),
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    }
    if refusal is None:
        formation.create_change_set(**call)
        formation.delete_stack(StackName="rules")
    else:
        with pytest.raises(formation.exceptions.ClientError, match=refusal):
            formation.create_change_set(**call)


@pytest.mark.parametrize(
    "url", ["ssm:/icwatch/heartbeat", "secretsmanager:icwatch/heartbeat-1", "secretsmanager:icwatch/a/b"]
)
def test_a_heartbeat_gives_the_evaluator_the_secrets_of_icwatch_and_the_claims(url: str) -> None:
    variables = of_type("AWS::Lambda::Function", HeartbeatUrl=url)["EvaluatorFunction"]["Environment"]["Variables"]
    assert variables["HEARTBEAT_URL"] == url
    assert re.fullmatch(translated()["Parameters"]["HeartbeatUrl"]["AllowedPattern"], url)
    found = statements("EvaluatorRole", HeartbeatUrl=url)
    assert found.keys() - statements("EvaluatorRole").keys() == {"ClaimHeartbeats", "ReadManagedSecrets", "ReadSecrets"}
    assert found["ClaimHeartbeats"]["Action"] == "dynamodb:UpdateItem"
    assert found["ClaimHeartbeats"]["Resource"] == {"Fn::GetAtt": ["ReceiptsTable", "Arn"]}
    read = {
        found[sid]["Action"]: found[sid]["Resource"]["Fn::Sub"].partition("${AWS::AccountId}:")[2]
        for sid in ("ReadSecrets", "ReadManagedSecrets")
    }
    assert read == {
        "ssm:GetParameter": "parameter/icwatch/*",
        "secretsmanager:GetSecretValue": "secret:icwatch/*",
    }
    assert "DecryptSecrets" in statements("EvaluatorRole", HeartbeatUrl=url, KmsKeyArn=KEY)
    assert "DecryptSecrets" not in statements("EvaluatorRole", KmsKeyArn=KEY)


@pytest.mark.parametrize(
    "url", ["https://hc-ping.com/0f5c", "ssm:/other/heartbeat", "env:URL", "ssm:", "secretsmanager:other"]
)
def test_a_heartbeat_s_address_is_no_text_of_the_stack(url: str) -> None:
    assert not re.fullmatch(translated()["Parameters"]["HeartbeatUrl"]["AllowedPattern"], url)


@pytest.mark.parametrize(
    ("language", "offset", "clock"),
    [
        ("zh-CN", "auto", "+08:00"),
        ("zh-TW", "auto", "+08:00"),
        ("en-US", "auto", "+00:00"),
        ("zh-CN", "+00:00", "+00:00"),
        ("en-US", "-05:00", "-05:00"),
    ],
)
def test_the_clock_is_that_of_the_language_unless_it_is_given(language: str, offset: str, clock: str) -> None:
    given = {"Language": language, "UtcOffset": offset, "Robots": "true", "Drill": "weekly", "StatusBucket": "a"}
    variables = [each["Environment"]["Variables"] for each in of_type("AWS::Lambda::Function", **given).values()]
    assert [each["UTC_OFFSET"] for each in variables if "UTC_OFFSET" in each] == [clock] * 3
    (drill,) = [each["DRILL_TIME"] for each in variables if "DRILL_TIME" in each]
    assert drill == {"Fn::Join": [" ", ["Mon 10:00", clock]]}
    assert resolve(**given)["Outputs"]["UtcOffset"]["Value"] == clock
    assert re.fullmatch(translated()["Parameters"]["UtcOffset"]["AllowedPattern"], offset)
