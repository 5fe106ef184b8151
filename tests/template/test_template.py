"""What template.yaml promises beyond being valid: narrow roles, streams that lose nothing, data that is kept."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from icwatch.delivery.idempotency import RECEIPT_DAYS
from icwatch.model import Language
from icwatch.settings import EvaluatorSettings, NotifierSettings, ProberSettings
from tests.template.resolved import ROOT, Resource, translated

DAY = 86_400

OF_THE_LOCAL_CLOUD = {"ALLOW_LOOPBACK", "LOCAL_SECRETS"}
"""Settings that a deployed function must not have: they reach into the machine that it runs on."""


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """The template as it is written."""
    document: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def resources() -> dict[str, Resource]:
    """The resources that CloudFormation is given, with all that SAM adds."""
    found: dict[str, Resource] = translated()["Resources"]
    return found


def of_type(resources: dict[str, Resource], kind: str) -> dict[str, Any]:
    """Properties by logical name."""
    return {name: item["Properties"] for name, item in resources.items() if item["Type"] == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_role_is_narrow(resources: dict[str, Resource]) -> None:
    roles = of_type(resources, "AWS::IAM::Role")
    functions = ("Prober", "Evaluator", "Notifier", "Messenger", "Page")
    assert set(roles) == {*(f"{name}Role" for name in functions), "ScheduleRole"}
    for name, role in roles.items():
        assert "ManagedPolicyArns" not in role, name
        for policy in role["Policies"]:
            for entry in policy["PolicyDocument"]["Statement"]:
                statement = entry["Fn::If"][1] if "Fn::If" in entry else entry
                actions = listed(statement["Action"])
                assert not [action for action in actions if "*" in action], name
                if "*" in listed(statement["Resource"]):
                    assert {action.partition(":")[0] for action in actions} in ({"xray"}, {"ec2"}), name


def test_only_the_prober_can_be_in_a_vpc(resources: dict[str, Resource]) -> None:
    functions = of_type(resources, "AWS::Lambda::Function")
    assert {name for name, function in functions.items() if "VpcConfig" in function} == {"ProberFunction"}
    assert functions["ProberFunction"]["VpcConfig"]["Fn::If"][0] == "InVpc"


def test_who_reads_a_document_is_updated_before_who_writes_it(resources: dict[str, Resource]) -> None:
    """So no older function passes over what a newer one has written into a decision or a sweep."""
    assert resources["EvaluatorFunction"]["DependsOn"] == "NotifierFunction"
    assert resources["ProberFunction"]["DependsOn"] == "EvaluatorFunction"


@pytest.mark.parametrize(
    ("function", "settings"),
    [
        ("ProberFunction", ProberSettings),
        ("EvaluatorFunction", EvaluatorSettings),
        ("NotifierFunction", NotifierSettings),
    ],
)
def test_a_function_is_given_exactly_its_settings(
    resources: dict[str, Resource], function: str, settings: type[Any]
) -> None:
    variables = resources[function]["Properties"]["Environment"]["Variables"]
    known = {field.name.upper() for field in dataclasses.fields(settings)} - OF_THE_LOCAL_CLOUD
    assert set(variables) == known | {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_TRACE_DISABLED"}


@pytest.mark.parametrize(
    ("mapping", "table", "queue"),
    [
        ("EvaluatorFunctionSamples", "SamplesTable", "EvaluatorFailures"),
        ("NotifierFunctionTransitions", "TransitionsTable", "NotifierFailures"),
    ],
)
def test_a_stream_loses_nothing(resources: dict[str, Resource], mapping: str, table: str, queue: str) -> None:
    properties = resources[mapping]["Properties"]
    assert properties["EventSourceArn"] == {"Fn::GetAtt": [table, "StreamArn"]}
    assert properties["StartingPosition"] == "TRIM_HORIZON"
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert properties["BisectBatchOnFunctionError"] is True
    assert [json.loads(item["Pattern"]) for item in properties["FilterCriteria"]["Filters"]] == [
        {"eventName": ["INSERT"]}
    ]
    assert properties["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert properties["MaximumRecordAgeInSeconds"] < DAY, "beyond a day the stream itself drops the record, in silence"
    assert resources[queue]["Properties"]["MessageRetentionPeriod"] == 14 * DAY


def test_an_outage_of_sns_delays_notices_and_a_bad_sweep_delays_little(resources: dict[str, Resource]) -> None:
    notifier = resources["NotifierFunctionTransitions"]["Properties"]
    assert notifier["MaximumRetryAttempts"] == 10_000
    assert notifier["MaximumRecordAgeInSeconds"] >= 2 * 3600
    assert 0 < resources["EvaluatorFunctionSamples"]["Properties"]["MaximumRetryAttempts"] <= 10


def test_a_decision_outlives_its_message_in_the_failure_queue(template: dict[str, Any]) -> None:
    kept = template["Resources"]["NotifierFailures"]["Properties"]["MessageRetentionPeriod"]
    assert template["Parameters"]["TransitionsDays"]["MinValue"] * DAY > kept


def test_a_receipt_outlives_the_message_that_could_publish_its_notice_again(template: dict[str, Any]) -> None:
    kept = template["Resources"]["NotifierFailures"]["Properties"]["MessageRetentionPeriod"]
    (mapping,) = template["Resources"]["NotifierFunction"]["Properties"]["Events"].values()
    assert kept + mapping["Properties"]["MaximumRecordAgeInSeconds"] < RECEIPT_DAYS * DAY


@pytest.mark.parametrize(
    ("table", "key", "expires", "streamed"),
    [
        ("InventoryTable", ["kind", "id"], None, False),
        ("SamplesTable", ["shard", "at"], "expires_at", True),
        ("TotalsTable", ["shard", "at"], "expires_at", False),
        ("AlarmsTable", ["shard"], None, False),
        ("TransitionsTable", ["shard", "at"], "expires_at", True),
        ("ReceiptsTable", ["id"], "expiration", False),
    ],
)
def test_tables(
    resources: dict[str, Resource], table: str, key: list[str], expires: str | None, streamed: bool
) -> None:
    properties = resources[table]["Properties"]
    assert [part["AttributeName"] for part in properties["KeySchema"]] == key
    assert properties.get("TimeToLiveSpecification", {}).get("AttributeName") == expires
    assert properties.get("StreamSpecification") == ({"StreamViewType": "NEW_IMAGE"} if streamed else None)
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_what_cannot_be_made_anew_survives_a_replacement(resources: dict[str, Resource]) -> None:
    policies = {name: resources[name].get("UpdateReplacePolicy") for name in resources if name.endswith("Table")}
    assert {name for name, policy in policies.items() if policy == "Retain"} == {
        "InventoryTable",
        "AlarmsTable",
        "TotalsTable",
        "TransitionsTable",
        "OutboxesTable",
    }
    assert resources["TransitionsTable"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_schedule_sends_the_time_that_it_meant_and_no_tick_comes_late(resources: dict[str, Resource]) -> None:
    target = resources["ProberSchedule"]["Properties"]["Target"]
    example = json.loads((ROOT / "events" / "scheduler-tick.json").read_text(encoding="utf-8"))
    assert json.loads(target["Input"]) == dict.fromkeys(example, "<aws.scheduler.scheduled-time>")
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 60
    scheduled = of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    assert {each["FunctionName"]["Ref"] for each in scheduled} == {"ProberFunction", "PageFunction"}
    for each in scheduled:
        assert (each["MaximumRetryAttempts"], each["MaximumEventAgeInSeconds"]) == (0, 60)


def test_every_alarm_can_reach_the_operations_topic(resources: dict[str, Resource]) -> None:
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "OperationsTopic"}], name


STACK = {"Ref": "AWS::StackName"}


def test_alarms_look_at_metrics_that_the_functions_write(resources: dict[str, Resource]) -> None:
    alarms = of_type(resources, "AWS::CloudWatch::Alarm").values()
    asked = [alarm for alarm in alarms if "Metrics" not in alarm]
    asked += [
        query["MetricStat"]["Metric"] for alarm in alarms for query in alarm.get("Metrics", ()) if "MetricStat" in query
    ]
    own = [(metric["MetricName"], metric["Dimensions"]) for metric in asked if metric["Namespace"] == STACK]
    assert own
    for metric, ((dimension),) in own:
        assert dimension["Name"] == "service"
        source = (ROOT / "functions" / dimension["Value"] / "app.py").read_text(encoding="utf-8")
        assert f'add_metric("{metric}"' in source
    assert resources["NoSweepAlarm"]["Properties"]["TreatMissingData"] == "breaching"


def test_every_language_can_be_chosen(template: dict[str, Any]) -> None:
    assert template["Parameters"]["Language"]["AllowedValues"] == [*Language]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("", True),
        ("A", True),
        ("the OCP host's subnet (~10.0.0.0/24)", True),
        ("a" * 100, True),
        ("a" * 101, False),
        ("two\nlines", False),
        ("机房", False),
        (" a", False),
        ("a ", False),
    ],
)
def test_where_is_probed_from_is_a_line(template: dict[str, Any], name: str, taken: bool) -> None:
    assert bool(re.fullmatch(template["Parameters"]["ProbedFrom"]["AllowedPattern"], name)) is taken


def test_where_is_probed_from_is_never_empty(template: dict[str, Any]) -> None:
    """The prober refuses an environment in which it is."""
    variables = template["Resources"]["ProberFunction"]["Properties"]["Environment"]["Variables"]
    condition, given, instead = variables["PROBED_FROM"]["Fn::If"]
    assert template["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ProbedFrom"}, ""]}]}
    assert (given, instead) == ({"Ref": "ProbedFrom"}, {"Fn::Sub": "${AWS::StackName} (${AWS::Region})"})


def test_every_parameter_is_in_a_group(template: dict[str, Any]) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])


def test_outputs_that_commands_rely_on(template: dict[str, Any]) -> None:
    tables = {"InventoryTable", "SamplesTable", "TotalsTable", "AlarmsTable", "TransitionsTable", "ReceiptsTable"}
    functions = {"ProberFunction", "EvaluatorFunction", "NotifierFunction"}
    others = {"AlarmTopicArn", "OperationsTopicArn", "EvaluatorFailuresUrl", "NotifierFailuresUrl"}
    settings = {"Schedule", "Language", "UtcOffset", "HttpsForm", "ProberInVpc", "ProberIpv6"}
    assert tables | functions | others | settings <= template["Outputs"].keys()
