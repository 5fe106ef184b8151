"""What each function's role in the template allows, what a call of boto3 needs, and what of both does not match."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.template.resolved import NO_VALUE

STEPS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
"""The action that each step of a transaction needs."""

FUNCTIONS = ("prober", "evaluator", "notifier", "messenger", "page")


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """An action that a function asked for, on a resource."""

    function: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """An action that a function's role allows, on a resource; in both `*` stands for anything."""

    function: str
    action: str
    resource: str

    def allows(self, call: Call) -> bool:
        """Whether it is enough for the call."""
        return (
            self.function == call.function and self.action == call.action and fnmatchcase(call.resource, self.resource)
        )


def refused(calls: Iterable[Call], grants: Iterable[Grant]) -> set[Call]:
    """The calls that nothing allows."""
    allowed = [*grants]
    return {call for call in calls if not any(grant.allows(call) for grant in allowed)}


def unused(grants: Iterable[Grant], calls: Iterable[Call]) -> set[Grant]:
    """The grants that no call needed."""
    asked = [*calls]
    return {grant for grant in grants if not any(grant.allows(call) for call in asked)}


def grants_of(resources: Mapping[str, Any], names: Mapping[str, str], partition: Mapping[str, str]) -> set[Grant]:
    """What the roles of the resolved template allow.

    `names` has the ARN of what the template calls so, `partition` the pseudo parameters and parameters within texts.
    """
    found = set()
    for function in FUNCTIONS:
        for policy in resources[f"{function.capitalize()}Role"]["Properties"]["Policies"]:
            for entry in policy["PolicyDocument"]["Statement"]:
                if entry["Effect"] != "Allow":
                    continue
                for resource in _listed(entry["Resource"]):
                    arn = _arn(resource, names, partition)
                    found |= {Grant(function, action, arn) for action in _listed(entry["Action"])}
    return found


def needs(service: str, operation: str, given: Mapping[str, Any], arns: Callable[[str], str]) -> list[tuple[str, str]]:
    """The actions and resources that an API call needs; `arns` knows the ARN of a table, of a queue's URL and so on.

    Raises AssertionError for a call that it does not know: its rule has to be written down here.
    """
    if operation == "TransactWriteItems":
        parts = [part for item in given["TransactItems"] for part in item.items()]
        return [(f"dynamodb:{STEPS[kind]}", arns(part["TableName"])) for kind, part in parts]
    return [(f"{service}:{operation}", _resource(service, operation, given, arns))]


def _resource(service: str, operation: str, given: Mapping[str, Any], arns: Callable[[str], str]) -> str:
    match service, operation, given:
        case ("dynamodb", _, {"TableName": name}) | ("sqs", _, {"QueueUrl": name}):
            return arns(name)
        case "sns", "Publish", {"TopicArn": topic}:
            return str(topic)
        case ("ssm", "GetParameter", {"Name": name}) | ("secretsmanager", "GetSecretValue", {"SecretId": name}):
            return arns(f"{service}:{name}")
        case "s3", "PutObject" | "GetObject" | "DeleteObject", {"Bucket": bucket, "Key": key}:
            return f"arn:aws:s3:::{bucket}/{key}"
    raise AssertionError(f"what does {service}:{operation} need? Write it down here")


def _arn(node: Any, names: Mapping[str, str], partition: Mapping[str, str]) -> str:
    match node:
        case str():
            return node
        case {"Fn::GetAtt": [str(name), "Arn"]} | {"Ref": str(name)}:
            return names[name]
        case {"Fn::GetAtt": [str(name), "StreamArn"]}:
            return f"{names[name]}/stream/*"
        case {"Fn::Sub": str(text)}:
            known = {**{f"{name}.Arn": arn for name, arn in names.items()}, **partition}
            for name, value in known.items():
                text = text.replace(f"${{{name}}}", value)
            assert "${" not in text, text
            return text
    raise AssertionError(f"a resource that this does not know: {node}")


def _listed(value: Any) -> list[Any]:
    return [each for each in (value if isinstance(value, list) else [value]) if each != NO_VALUE]
