"""A stack on the local cloud whose code is changed while it is at work, over a clock that stands where it is set.

The version before is the template, the functions and the layer as they were: `before.tar.xz`. Each version's functions
run in workers of their own, with their own code, as they do on AWS.
"""

from __future__ import annotations

import base64
import functools
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from icwatch_cli.local.function import Function
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.stack import STACK, Stack, client, create, read
from icwatch_cli.local.translation import Translated, translate
from tests.conftest import running_backend

BEFORE = Path(__file__).with_name("before.tar.xz")
FUNCTIONS = ("prober", "evaluator", "notifier", "messenger")
PARAMETERS = {"Robots": "true"}

CLOCK = """
import pathlib, time

time.time = lambda: float(pathlib.Path({path!r}).read_text())
"""
"""Python loads it before anything else of a worker."""


class Version:
    """The code of one version, its template, and its workers once they run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.translated: Translated = translate(root / "template.yaml")
        self.functions: dict[str, Function] = {}

    def start(self, stack: Stack, log: IO[bytes]) -> None:
        """Start its functions, with what the stack says about them."""
        for name in FUNCTIONS:
            function = self.functions[name] = Function(self.root / "functions" / name, log)
            function.configure(stack.functions[f"{name.capitalize()}Function"])


class Deployment:
    """A stack that is one version now, and another one later."""

    def __init__(self, endpoint: str, folder: Path, log: IO[bytes]) -> None:
        self.endpoint, self._log = endpoint, log
        self.client = functools.cache(functools.partial(client, endpoint=endpoint))
        self._clock = folder / "clock"
        self.set_clock(0)
        self.versions = {"before": Version(unpacked(folder)), "this": Version(linked(folder))}
        for version in self.versions.values():
            (version.root / "sitecustomize.py").write_text(CLOCK.format(path=str(self._clock)), encoding="utf-8")
        self._version = self.versions["before"]
        self.stack = create(endpoint, self._version.translated, PARAMETERS)
        self._version.start(self.stack, log)

    def set_clock(self, at: float) -> None:
        """Say what time it is, in Unix seconds, for all that runs here."""
        partial = self._clock.with_suffix(".new")
        partial.write_text(str(at), encoding="utf-8")
        partial.replace(self._clock)

    def deploy(self, name: str) -> None:
        """Update the stack to a version, as `sam deploy` does."""
        self._version = self.versions[name]
        body, api = self._version.translated.body, self.client("cloudformation")
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in PARAMETERS.items()]
        api.update_stack(
            StackName=STACK, TemplateBody=body, Parameters=parameters, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        (stack,) = api.describe_stacks(StackName=STACK)["Stacks"]
        assert stack["StackStatus"] == "UPDATE_COMPLETE", stack
        self.stack = read(self.endpoint, tuple(self._version.translated.folders))
        if not self._version.functions:
            self._version.start(self.stack, self._log)

    def invoke(self, function: str, event: object) -> Any:
        """Call a function of the version that is deployed. Raises AssertionError where it fails."""
        result = self._version.functions[function].invoke(event)
        assert result.error is None, (self._version.root.name, function, result.error)
        return result.payload

    def sweep(self, at: int) -> None:
        """The schedule's tick of a moment, which is now."""
        self.set_clock(at)
        self.invoke("prober", {"time": datetime.fromtimestamp(at, UTC).isoformat()})

    def records(self, output: str, at: int) -> dict[str, Any]:
        """The stream's records of what a table got about a moment."""
        items = [each for each in self.items(output) if each["at"]["N"] == str(at)]
        records = [
            {"eventName": "INSERT", "dynamodb": {"SequenceNumber": f"{at}{number}", "NewImage": item}}
            for number, item in enumerate(items)
        ]
        event: dict[str, Any] = json.loads(json.dumps({"Records": records}, default=in_base64))
        return event

    def items(self, output: str) -> list[dict[str, Any]]:
        """What is in a table, as DynamoDB writes it."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=self.stack.outputs[output])
        return [item for page in pages for item in page["Items"]]

    def subscribe(self) -> str:
        """A queue that gets what the alarm topic is sent: its URL."""
        sqs = self.client("sqs")
        url: str = sqs.create_queue(QueueName="reader")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = self.stack.outputs["AlarmTopicArn"]
        self.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return url

    def take(self, url: str) -> list[dict[str, str]]:
        """What lies in a queue, which is empty afterwards."""
        sqs = self.client("sqs")
        found: list[dict[str, str]] = []
        while page := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
            for each in page:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                found.append({"messageId": each["MessageId"], "body": each["Body"]})
        return found

    def stop(self) -> None:
        """End all workers."""
        for version in self.versions.values():
            for function in version.functions.values():
                function.stop()


def unpacked(folder: Path) -> Path:
    """The version before."""
    root = folder / "before"
    with tarfile.open(BEFORE) as archive:
        archive.extractall(root, filter="data")
    return root


def linked(folder: Path) -> Path:
    """This version, as a tree of its own."""
    root = folder / "this"
    root.mkdir()
    for name in ("template.yaml", "functions", "layers"):
        (root / name).symlink_to(ROOT / name)
    return root


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """A stack of the version before, for as long as the block."""
    with running_backend() as backend, (folder / "log").open("wb") as log:
        deployment = Deployment(backend.endpoint, folder, log)
        try:
            yield deployment
        finally:
            deployment.stop()


def in_base64(value: bytes) -> str:
    """A binary attribute as Lambda passes it on."""
    return base64.b64encode(value).decode("ascii")
