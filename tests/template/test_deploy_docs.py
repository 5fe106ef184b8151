"""What docs/deploy.md and its Chinese twin say of the template is so."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.template.resolved import ROOT, resolve, translated

DOCS = ("docs/deploy.md", "docs/zh-CN/deploy.md")
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def key_policy(name: str) -> dict[str, dict[str, Any]]:
    (block,) = re.findall(r"^```json\n(.*?)^```$", read(name), re.DOTALL | re.MULTILINE)
    return {statement["Sid"]: statement for statement in json.loads(block)["Statement"]}


def of_type(kind: str, **parameters: str) -> dict[str, Any]:
    return {name: item for name, item in resolve(**parameters)["Resources"].items() if item["Type"] == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions_of_the_roles(**parameters: str) -> set[str]:
    roles = [role["Properties"] for role in of_type("AWS::IAM::Role", **parameters).values()]
    statements = [entry for role in roles for entry in role["Policies"][0]["PolicyDocument"]["Statement"]]
    return {action for entry in statements if entry["Effect"] == "Allow" for action in listed(entry["Action"])}


@pytest.mark.parametrize("name", DOCS)
def test_the_boundary_that_is_written_allows_exactly_what_the_roles_may(name: str) -> None:
    (block,) = re.findall(r"^```text\n(.*?)^```$", read(name), re.DOTALL | re.MULTILINE)
    written = set()
    for line in re.sub(r"\n +", " ", block).splitlines():
        services, rest = re.split(r": +", line, maxsplit=1)
        for action in re.findall(r"(?:\w+:)?[A-Z]\w+(?=[,\s]|$)", rest.replace("KmsKeyArn", "")):
            written.add(action if ":" in action else f"{services}:{action}")
    switched = {"Robots": "true", "Tracing": "true", "StatusBucket": "screens"}
    assert written == actions_of_the_roles(KmsKeyArn=KEY, HeartbeatUrl="ssm:/icwatch/heartbeat", **switched)


@pytest.mark.parametrize("name", DOCS)
def test_the_key_policy_is_for_the_logs_that_there_are(name: str) -> None:
    statement = key_policy(name)["CloudWatchLogsEncrypts"]
    pattern = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    groups = [group["Properties"]["LogGroupName"]["Fn::Sub"] for group in of_type("AWS::Logs::LogGroup").values()]
    assert groups
    for group in groups:
        arn = f"arn:aws:logs:REGION:ACCOUNT:log-group:{group.replace('${AWS::StackName}', 'STACK')}"
        assert fnmatchcase(arn, pattern)


@pytest.mark.parametrize("name", DOCS)
def test_the_key_policy_lets_cloudwatch_publish(name: str) -> None:
    statement = key_policy(name)["CloudWatchAlarmsPublishToTheOperationsTopic"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(statement["Action"])


@pytest.mark.parametrize("name", DOCS)
def test_the_key_policy_lets_sns_fill_the_queue_of_robots(name: str) -> None:
    statement = key_policy(name)["SnsFillsTheQueueOfRobots"]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(statement["Action"])


def test_both_languages_show_the_same_commands_and_policies() -> None:
    blocks = [re.findall(r"^```(?:json|console)\n(.*?)^```$", read(name), re.DOTALL | re.MULTILINE) for name in DOCS]
    one, other = [[re.sub(r" +#.*", "", block) for block in each] for each in blocks]
    assert one == other


def test_the_history_alone_stays_when_the_stack_goes() -> None:
    resources = translated()["Resources"]
    kept = {name for name, item in resources.items() if item.get("DeletionPolicy", "Delete") != "Delete"}
    assert kept == {"TransitionsTable"}
    stateful = {"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Logs::LogGroup"}
    assert all("DeletionPolicy" in item for item in resources.values() if item["Type"] in stateful)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("docs/deploy.md", "CloudWatch: {} alarms over {} metrics at 0.10"),
        ("docs/zh-CN/deploy.md", "CloudWatch：{} 个告警，共用到 {} 个指标"),
    ],
)
def test_what_the_alarms_cost_is_counted(name: str, sentence: str) -> None:
    alarms = [alarm["Properties"] for alarm in of_type("AWS::CloudWatch::Alarm").values()]
    metrics = sum(sum("MetricStat" in query for query in alarm.get("Metrics", ())) or 1 for alarm in alarms)
    assert sentence.format(len(alarms), metrics) in read(name)
