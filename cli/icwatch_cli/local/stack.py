"""The stack of template.yaml on the backend: created there and read back; the template is the only description.

What differs from AWS is in `translation.py`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from icwatch_cli.local.backend import CREDENTIALS, REGION
from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.function import Configuration
from icwatch_cli.local.mapping import StreamMapping, read_patterns
from icwatch_cli.local.queue_consumer import QueueMapping
from icwatch_cli.local.translation import Translated

STACK = "icwatch"
CREATE_SECONDS = 30.0

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3})
"""Of clients of the backend: where that is gone, whoever asks it has to be told so within a few seconds."""

WITHOUT_LIMIT = -1
"""How the Lambda API says that retries or a record's age have no limit."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What was created: outputs, functions by logical name, and each mapping with the function that it calls."""

    outputs: Mapping[str, str]
    functions: Mapping[str, Configuration]
    mappings: tuple[tuple[str, StreamMapping], ...]
    queues: tuple[tuple[str, QueueMapping], ...] = ()


def client(service: str, endpoint: str) -> Any:
    """A boto3 client of the backend."""
    connect: Any = boto3.client
    return connect(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=CONFIG,
    )


def create(endpoint: str, translated: Translated, parameters: Mapping[str, str]) -> Stack:
    """Create the stack and read it back. Raises LocalCloudError."""
    formation = client("cloudformation", endpoint)
    formation.create_stack(
        StackName=STACK,
        TemplateBody=translated.body,
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    _wait(formation)
    return read(endpoint, tuple(translated.folders))


def read(endpoint: str, functions: Sequence[str]) -> Stack:
    """The stack that is there, with its functions by logical name."""
    formation = client("cloudformation", endpoint)
    (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
    resources = formation.describe_stack_resources(StackName=STACK)["StackResources"]
    names = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    api = client("lambda", endpoint)
    configurations = {name: _configuration(api, names[name], endpoint) for name in functions if name in names}
    by_arn = {configuration.arn: name for name, configuration in configurations.items()}
    mappings = api.list_event_source_mappings()["EventSourceMappings"]
    streams = [item for item in mappings if ":sqs:" not in item["EventSourceArn"]]
    queues = [item for item in mappings if ":sqs:" in item["EventSourceArn"]]
    return Stack(
        outputs,
        configurations,
        tuple((by_arn[item["FunctionArn"]], _mapping(item)) for item in streams),
        tuple((by_arn[item["FunctionArn"]], _queue_mapping(item)) for item in queues),
    )


def _wait(formation: Any) -> None:
    """Return once the stack is complete."""
    ends = time.monotonic() + CREATE_SECONDS
    while time.monotonic() < ends:
        (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
        status = stack["StackStatus"]
        if status == "CREATE_COMPLETE":
            return
        if status != "CREATE_IN_PROGRESS":
            raise LocalCloudError(f"the local stack was not created: {status} {stack.get('StackStatusReason', '')}")
        time.sleep(0.02)
    raise LocalCloudError(f"the local stack was not created within {CREATE_SECONDS:.0f}s")


def _configuration(functions: Any, name: str, endpoint: str) -> Configuration:
    found = functions.get_function_configuration(FunctionName=name)
    environment = {
        **found.get("Environment", {}).get("Variables", {}),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "STACK_OPTION": "--local",
        "LOCAL_SECRETS": "true",  # a secret may be a variable or a file of this machine
        "ALLOW_LOOPBACK": "true",  # targets may be on this machine; in Lambda that would be Lambda itself
    }
    return Configuration(name, found["FunctionArn"], found["Timeout"], found["MemorySize"], environment)


def _queue_mapping(item: Mapping[str, Any]) -> QueueMapping:
    return QueueMapping(item["EventSourceArn"], item["FunctionArn"], item.get("BatchSize", 10))


def _mapping(item: Mapping[str, Any]) -> StreamMapping:
    return StreamMapping(
        stream_arn=item["EventSourceArn"],
        function_arn=item["FunctionArn"],
        batch_size=item.get("BatchSize", 100),
        retries=item.get("MaximumRetryAttempts", WITHOUT_LIMIT),
        record_age=item.get("MaximumRecordAgeInSeconds", WITHOUT_LIMIT),
        bisect=item.get("BisectBatchOnFunctionError", False),
        partial="ReportBatchItemFailures" in item.get("FunctionResponseTypes", ()),
        destination_arn=item.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
        patterns=read_patterns(item.get("FilterCriteria", {})),
    )
