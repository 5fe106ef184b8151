"""The page's function: what is due in a minute is written into a bucket, as a browser is to be given it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.page import app
from icwatch_cli.cost import usage
from icwatch_cli.cost.settings import Settings
from icwatch_cli.deployed.stack import Stack as DeployedStack
from icwatch_cli.local.stack import STACK, Stack
from icwatch_cli.page.turns import BESIDE, DAY, HOUR, objects_a_day
from icwatch_cli.serving.bucket import due_paths
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.manifest import MANIFEST
from icwatch_cli.serving.reader import StackReader
from tests.cli.serving.test_serving import Deployed
from tests.functions.support import Context
from tests.template.resolved import resolve

BUCKET = "wall-screen"
EVERY_MINUTE = {"index.html", "places/vpc-1.html", "places/vpc-2.html"}


@pytest.fixture
def page(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """A stack whose page's function has its environment; the bucket is not there yet."""
    found = Deployed(stack)
    for minute in range(9):
        found.sweep(minute)
    names = given_outputs()
    for name, value in {
        "STACK": STACK,
        "BUCKET": BUCKET,
        "LANGUAGE": "en-US",
        "UTC_OFFSET": "+08:00",
        "OUTPUTS": json.dumps({name: stack.outputs[name] for name in names if name in stack.outputs}),
    }.items():
        monkeypatch.setenv(name, value)
    app.wire.cache_clear()
    yield found
    app.wire.cache_clear()


def given_outputs(**parameters: str) -> dict[str, str]:
    """What the template gives the function as outputs, by name: the reference that each is."""
    function = resolve(StatusBucket=BUCKET, **parameters)["Resources"]["PageFunction"]
    text, given = function["Properties"]["Environment"]["Variables"]["OUTPUTS"]["Fn::Sub"]
    more = given["OfRobots"]
    found: dict[str, str] = json.loads(text.replace("${OfRobots}", more["Fn::Sub"] if more else ""))
    return found


def objects() -> dict[str, dict[str, Any]]:
    """What is in the bucket, by its path below the stack's name."""
    bucket = boto3.client("s3")
    keys = [each["Key"] for each in bucket.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
    found = {key: bucket.get_object(Bucket=BUCKET, Key=key) for key in keys}
    return {
        key.removeprefix(f"{STACK}/"): {"type": each["ContentType"], "text": each["Body"].read().decode(), **each}
        for key, each in found.items()
    }


@pytest.mark.parametrize("robots", ["false", "true"])
def test_the_template_gives_it_the_outputs_that_commands_have(robots: str) -> None:
    outputs = resolve(Robots=robots)["Outputs"]
    for name, reference in given_outputs(Robots=robots).items():
        assert reference == f"${{{outputs[name]['Value']['Ref']}}}", name


def test_it_writes_what_is_due_again_and_again(page: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    monkeypatch.setattr(app, "this_minute", lambda: 7 * DAY)  # in which the first shard is due
    app.lambda_handler({}, Context())
    first = objects()
    targets = {f"targets/10.{vpc}.0.{number}.html" for vpc in (1, 2) for number in (1, 2)}
    assert {path.removeprefix("zh-CN/") for path in first} > {*EVERY_MINUTE, *targets, "history.html", "status.json"}
    assert first["index.html"]["text"].count("zh-CN/index.html") == 2, "in the language of the fleet"
    assert json.loads(first["status.json"]["text"])["down"] == 0
    for path, each in first.items():
        kinds = {"status.json": "application/json", MANIFEST: "text/plain; charset=utf-8"}
        assert each["type"] == kinds.get(path, "text/html; charset=utf-8"), path
        assert each["CacheControl"] == "no-cache", path
    overview = first["zh-CN/index.html"]["text"]
    assert 'data-live="30"' in overview, "a screen on a wall asks for the next one"
    assert "UTC+08:00" in overview

    page.sweep(9, "10.2.0.1", "10.2.0.2")
    monkeypatch.setattr(app, "this_minute", lambda: 7 * DAY + 1)
    app.lambda_handler({}, Context())
    second = objects()
    assert json.loads(second["status.json"]["text"])["down"] == 2
    changed = {path for path in second if second[path]["text"] != first[path]["text"]}
    assert changed == {"status.json", *(f"zh-CN/{path}" for path in EVERY_MINUTE)}


def test_a_bucket_that_is_gone_is_an_error_and_the_next_minute_writes(page: Deployed) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        app.lambda_handler({}, Context())
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    app.lambda_handler({}, Context())
    assert "zh-CN/index.html" in objects()


def test_within_an_hour_every_page_has_its_turn(page: Deployed) -> None:
    reader = StackReader(DeployedStack(STACK))
    reader.refresh()
    content = Content(reader, live=False)
    turns = [{*due_paths(content, minute)} for minute in range(DAY)]
    assert set.union(*turns) == {*content.paths()}
    assert set.intersection(*turns) == EVERY_MINUTE
    old = {f"reports/{month}.html" for month in content.months()[2:]}
    assert old
    for hour in range(24):
        assert set.union(*turns[HOUR * hour : HOUR * (hour + 1)]) | old == {*content.paths()}, "all else, every hour"
    counts = Counter(path for due in turns for path in due)
    assert {counts[path] for path in old} == {1}


def test_the_objects_of_a_day_are_those_that_are_paid(page: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: what the function puts into the bucket in a whole hour, and what else comes in a day."""
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    app.lambda_handler({}, Context())  # the list of pages is written once
    put: list[str] = []
    monkeypatch.setattr(app.Objects, "write", lambda self, path, text, kind="": put.append(path))
    for minute in range(23 * HOUR, 24 * HOUR):
        monkeypatch.setattr(app, "this_minute", lambda minute=minute: minute)
        app.lambda_handler({}, Context())
    content = app.wire().content()
    months, inventory = len(content.months()), content.reader.data.inventory
    rest = [path for minute in range(23 * HOUR) for path in due_paths(content, minute)]
    counted = len(put) + len(rest) + 23 * HOUR * BESIDE
    assert counted == objects_a_day(len(inventory.targets), 2, months)
    used = usage.usage_of(inventory, Settings(status_page=True))["objects"]
    assert used == pytest.approx(730 / 24 * (counted + usage.PAGE_MONTHS - months))


def test_pages_of_targets_that_left_are_removed_and_nothing_else(
    page: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = boto3.client("s3")
    bucket.create_bucket(Bucket=BUCKET)
    bucket.put_object(Bucket=BUCKET, Key=f"{STACK}/zh-CN/targets/own.html", Body=b"own")
    monkeypatch.setattr(app, "this_minute", lambda: 7 * DAY)
    app.lambda_handler({}, Context())
    before = {*objects()}
    assert {"zh-CN/targets/10.2.0.1.html", "zh-CN/targets/own.html", MANIFEST} <= before
    page.shrink()
    app.wire.cache_clear()  # another instance: it knows what the first one wrote by its list
    monkeypatch.setattr(app, "this_minute", lambda: 7 * DAY + 5)
    app.lambda_handler({}, Context())
    gone = {f"zh-CN/{path}" for path in ("targets/10.2.0.1.html", "targets/10.2.0.2.html", "places/vpc-2.html")}
    assert before - {*objects()} == gone
    listed = {*objects()[MANIFEST]["text"].split()}
    assert listed.isdisjoint(gone | {"zh-CN/targets/own.html"})
