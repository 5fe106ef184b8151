"""The dashboard, where a stack asks for it: it shows what functions write and queues hold, and queries their logs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from icwatch.model import Kind
from tests.template.resolved import ROOT, resolve

FUNCTIONS = ("prober", "evaluator", "notifier", "messenger")


def source(function: str) -> str:
    return (ROOT / "functions" / function / "app.py").read_text(encoding="utf-8")


def dashboard(**parameters: str) -> list[dict[str, Any]]:
    """The widgets. What the text refers to stands in it by its name."""
    resources: Mapping[str, Any] = resolve(Dashboard="true", **parameters)["Resources"]
    text, given = resources["OperationsDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    for name, value in given.items():
        text = text.replace(f"${{{name}}}", value["Fn::Sub"] if value else "")
    for name in re.findall(r"\$\{(\w+)[.}]", text):
        assert name in resources, f"{name} is not there with {parameters}"
    widgets: list[dict[str, Any]] = json.loads(text)["widgets"]
    return widgets


def metrics(**parameters: str) -> list[list[str]]:
    return [one for widget in dashboard(**parameters) for one in widget["properties"].get("metrics", ())]


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_without_being_asked_for_there_is_none(partition: str) -> None:
    kinds = {item["Type"] for item in resolve(partition)["Resources"].values()}
    assert not kinds & {"AWS::CloudWatch::Dashboard", "AWS::Logs::QueryDefinition"}


@pytest.mark.parametrize("robots", ["false", "true"])
def test_every_alarm_and_every_dead_letter_queue_is_on_it(robots: str) -> None:
    resources = resolve(Dashboard="true", Robots=robots)["Resources"]
    (alarms,) = (each for each in dashboard(Robots=robots) if each["type"] == "alarm")
    made = {f"${{{name}.Arn}}" for name, item in resources.items() if item["Type"] == "AWS::CloudWatch::Alarm"}
    assert set(alarms["properties"]["alarms"]) == made
    queues = {name for name, item in resources.items() if item["Type"] == "AWS::SQS::Queue" and "Failures" in name}
    shown = {one[-1] for one in metrics(Robots=robots) if one[0] == "AWS/SQS"}
    assert shown == {f"${{{name}.QueueName}}" for name in queues}


def test_it_shows_what_the_functions_write() -> None:
    ours = [one for one in metrics(Robots="true") if one[0] == "${AWS::StackName}"]
    assert len(ours) > 10
    for _, name, dimension, service in ours:
        assert dimension == "service"
        assert service in FUNCTIONS
        by_kind = service == "evaluator" and name.lower() in {*map(str, Kind)}
        assert by_kind or f'add_metric("{name}"' in source(service), f"{service} writes no {name}"
    decided = {name.lower() for _, name, _, service in ours if service == "evaluator"}
    assert decided == {*map(str, Kind)}, "what is decided is there by each kind"


def test_widgets_neither_overlap_nor_leave_the_page() -> None:
    cells: set[tuple[int, int]] = set()
    for widget in dashboard():
        taken = {
            (widget["x"] + column, widget["y"] + row)
            for column in range(widget["width"])
            for row in range(widget["height"])
        }
        assert not cells & taken
        assert all(column < 24 for column, _ in taken)
        cells |= taken


@pytest.mark.parametrize("robots", ["false", "true"])
def test_queries_look_for_what_is_logged(robots: str) -> None:
    resources = resolve(Dashboard="true", Robots=robots)["Resources"]
    queries = {name: item["Properties"] for name, item in resources.items() if item["Type"].endswith("QueryDefinition")}
    assert len(queries) == 4
    for query in queries.values():
        groups = [each["Ref"] for each in query["LogGroupNames"]]
        assert all(resources[group]["Type"] == "AWS::Logs::LogGroup" for group in groups)
        logged = "".join(source(group.removesuffix("Logs").lower()) for group in groups)
        for message in re.findall(r'message = "(.*?)"', query["QueryString"]):
            assert f'"{message}"' in logged, f"nobody logs {message}"
    everywhere = {each["Ref"] for each in queries["TroubleQuery"]["LogGroupNames"]}
    assert everywhere == {name for name, item in resources.items() if item["Type"] == "AWS::Logs::LogGroup"}
