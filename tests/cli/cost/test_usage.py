"""What a fleet uses in a month: counted by hand from its cycle and the sizes of its items."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch_cli.cost import usage
from icwatch_cli.cost.bill import PARTS, bill_of
from icwatch_cli.cost.measure import sizes_of
from icwatch_cli.cost.prices import region_named
from icwatch_cli.cost.settings import Settings, of_parameters, overridden
from icwatch_cli.cost.usage import deployable, usage_of
from icwatch_cli.page.turns import objects_a_day
from tests.cli.cost.fleets import addresses, in_shards, inventory_of
from tests.template.resolved import resolve, translated

MINUTES = 730 * 60
ROBOT = {"name": "dba", "kind": "slack", "url": "ssm:/icwatch/slack"}
SMALL = {"targets": addresses(3)}


def used(document: dict[str, Any], **settings: Any) -> dict[str, float]:
    return usage_of(inventory_of(document), Settings(**settings))


def totals(shards: int = 1) -> float:
    """The write units of totals that take one each: of hours, and of days."""
    return shards * (730 + 730 / 24)


def test_a_small_fleet() -> None:
    found, sizes = used(SMALL), sizes_of(inventory_of(SMALL))
    assert found["write_units"] == 2 * MINUTES + totals()  # a sweep and its alarms, of one unit each
    of_an_hour = -(-sizes.sweeps[0] * 63 // 4096)  # its 60 sweeps, and those of a cycle and a half on both sides
    of_a_day = -(-sizes.hours[0] * 24 // 4096)
    # The head by both functions, and the alarms.
    assert found["read_units"] == pytest.approx(3 * MINUTES + 730 * of_an_hour + 730 / 24 * of_a_day)
    assert found["lambda_requests"] == 2 * MINUTES
    assert found["lambda_arm64_gb_seconds"] == pytest.approx(MINUTES * 0.5 * (0.2 + 3 / 1500 + 0.05 + 0.015))
    assert found["scheduled"] == MINUTES
    assert found["alarm_metrics"] == 14
    assert found["log_gb"] == pytest.approx(MINUTES * 640 / 2**30)
    assert found["log_stored_gb"] == pytest.approx(found["log_gb"] * 30 * 24 / 730)
    assert found.keys().isdisjoint(
        {"metrics", "traces", "dashboards", "kms_keys", "kms_requests", "emails", "sns_requests", "objects"}
    )


def test_sweeps_are_kept_for_days() -> None:
    sizes = sizes_of(inventory_of(SMALL))
    of_sweeps = (sizes.sweeps[0] + 100) * 14 * 1440 / 2**30
    of_totals = ((sizes.hours[0] + 100) * 24 + sizes.days[0] + 100) * 400 / 2**30
    found, longer = used(SMALL), used(SMALL, samples_days=28)
    assert found["table_gb"] == found["pitr_gb"] == pytest.approx(of_sweeps + of_totals)
    assert longer["table_gb"] == pytest.approx(2 * of_sweeps + of_totals)


def test_a_longer_cycle() -> None:
    found = used({**SMALL, "every": "2m"})
    assert (found["write_units"], found["scheduled"]) == (MINUTES + totals(), MINUTES / 2)


def test_cycles_that_a_stack_can_have() -> None:
    assert [deployable(every) for every in (2, 5, 6, 15, 59, 60, 61, 120, 240, 600)] == [
        *(5, 5, 10, 15, 60, 60, 120, 120, 240, 240)
    ]


def test_a_cycle_below_a_minute_keeps_the_prober_running() -> None:
    found, each_minute = used({**SMALL, "every": "15s"}), used(SMALL)
    assert found["scheduled"] == MINUTES
    assert found["lambda_requests"] == (1 + 4) * MINUTES
    assert found["lambda_arm64_gb_seconds"] == pytest.approx(MINUTES * 0.5 * (45 + 0.2 + 3 / 1500 + 4 * 0.065))
    assert found["write_units"] - totals() == 4 * (each_minute["write_units"] - totals())
    assert found["log_gb"] == pytest.approx(4 * MINUTES * 640 / 2**30)


def test_several_shards() -> None:
    found = used({"targets": addresses(450)})
    sizes = sizes_of(inventory_of({"targets": addresses(450)}))
    assert [-(-size // 1024) for size in sizes.sweeps] == [1, 1, 1]
    assert {size for size in sizes.hours if size > 1024} == set()
    assert found["write_units"] == pytest.approx((3 + 3) * MINUTES + totals(3))
    assert found["lambda_requests"] == (1 + 3) * MINUTES
    traced = used({"targets": addresses(450)}, tracing=True)
    recorded = 1 + 1 + 0.05 * (3 - 1)  # the prober's call, and of those of a second one and a twentieth of the others
    assert traced["traces"] == pytest.approx(recorded * MINUTES)


def test_the_sweeps_of_a_second_are_a_call_for_each_part_of_the_stream() -> None:
    found = usage_of(in_shards(10_000), Settings())
    seconds = math.ceil(0.2 + 10_000 / 1500)
    assert seconds * 4 < 50
    assert found["lambda_requests"] == (1 + seconds * 4) * MINUTES


def test_further_probes_and_certificates_make_a_sweep_larger() -> None:
    plain = sizes_of(inventory_of(SMALL))
    further = sizes_of(inventory_of({**SMALL, "probes": {"ic_server_ready": {"path": "/ready"}}}))
    secure = sizes_of(inventory_of({**SMALL, "probe": {"scheme": "https"}}))
    assert (plain.probes, further.probes, secure.probes) == (3, 6, 3)
    assert min(further.sweeps[0], secure.sweeps[0]) > plain.sweeps[0]


def test_a_heartbeat_notes_each_shard_and_the_call() -> None:
    assert used(SMALL, heartbeat=True)["write_units"] - used(SMALL)["write_units"] == pytest.approx(MINUTES)
    large = {"targets": addresses(450)}
    assert used(large, heartbeat=True)["write_units"] - used(large)["write_units"] == pytest.approx(4 * MINUTES)


def test_robots_cost_something_while_nothing_happens() -> None:
    found = used({**SMALL, "robots": [ROBOT]}, robots=True)
    assert found["sqs_requests"] == 5 * 730 * 3600 / 20
    assert found["alarm_metrics"] == 16
    assert "sqs_requests" not in used({**SMALL, "robots": [ROBOT]})


def test_notices() -> None:
    document = {**SMALL, "robots": [ROBOT]}
    quiet, busy = used(document, robots=True), used(document, robots=True, email=True, notices=100)
    sizes = sizes_of(inventory_of(document))
    decided = 2 * (-(-sizes.decision // 1024) + -(-sizes.alarms_with_one // 1024))
    more = {unit: busy[unit] - quiet.get(unit, 0) for unit in busy}
    assert more["write_units"] == 100 * (decided + 2 + 3)
    assert (more["sns_requests"], more["emails"], more["sqs_requests"]) == (100, 100, 200)
    assert more["lambda_requests"] == 200
    assert more["lambda_arm64_gb_seconds"] == pytest.approx(100 * (0.25 + 0.25))
    assert more["metrics"] == pytest.approx(5 * 100 / 730)


def test_metrics_are_not_paid_for_more_hours_than_there_are() -> None:
    assert used(SMALL, notices=5000)["metrics"] == 5


def test_the_status_page_in_a_bucket() -> None:
    targets = [{"address": name, "labels": {"vpc": f"vpc-{number % 2}"}} for number, name in enumerate(addresses(4))]
    plain, page = used({"targets": targets}), used({"targets": targets}, status_page=True)
    assert page["objects"] == pytest.approx(730 / 24 * objects_a_day(4, 2, 14))
    sizes = sizes_of(inventory_of({"targets": targets}))
    of_totals = -(-sizes.days[0] * 400 // 4096) + -(-sizes.hours[0] * 72 // 4096)
    assert page["read_units"] - plain["read_units"] == pytest.approx(MINUTES * (1 + 1 + 2) + 730 * of_totals)
    assert page["lambda_arm64_gb_seconds"] - plain["lambda_arm64_gb_seconds"] == pytest.approx(
        MINUTES * (0.2 + 0.1) * 1769 / 1024
    )
    assert page["alarm_metrics"] == 15


def test_what_else_a_stack_may_have() -> None:
    found = used(SMALL, dashboard=True, kms=True, architecture="x86_64")
    assert (found["dashboards"], found["metrics"], found["kms_keys"]) == (1, 3, 1)
    assert found["kms_requests"] == 5 * 730 * 12
    assert "lambda_x86_64_gb_seconds" in found
    assert "lambda_arm64_gb_seconds" not in found


def test_a_stack_without_a_fleet() -> None:
    found = usage_of(replace(inventory_of(SMALL), targets={}, shards={}), Settings(heartbeat=True))
    assert (found["read_units"], found["lambda_requests"]) == (MINUTES, MINUTES)
    assert found.keys().isdisjoint({"write_units", "table_gb"})


def test_every_unit_has_its_place_in_the_bill() -> None:
    everything = Settings(
        robots=True, dashboard=True, tracing=True, status_page=True, kms=True, heartbeat=True, email=True, notices=9
    )
    found = usage_of(inventory_of({**SMALL, "robots": [ROBOT]}), everything)
    assert found.keys() | {"lambda_x86_64_gb_seconds"} == {unit for units in PARTS.values() for unit in units}


PARAMETERS = {
    "SamplesDays": "30",
    "TransitionsDays": "400",
    "LogDays": "7",
    "Architecture": "x86_64",
    "Robots": "true",
    "Dashboard": "true",
    "Tracing": "true",
    "StatusBucket": "screens",
    "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "HeartbeatUrl": "ssm:/icwatch/heartbeat",
    "EmailAddress": "dba@example.com",
}


def test_parameters_of_a_stack() -> None:
    assert of_parameters(PARAMETERS) == Settings(30, 400, 7, "x86_64", *[True] * 7)
    assert of_parameters({}) == Settings()
    given = {"samples_days": 5, "robots": False, "kms": None, "fleet": "my.yaml"}
    assert overridden(of_parameters(PARAMETERS), given) == replace(
        of_parameters(PARAMETERS), samples_days=5, robots=False
    )


def test_the_defaults_are_those_of_the_template() -> None:
    parameters = translated()["Parameters"]
    assert of_parameters({name: str(parameters[name].get("Default", "")) for name in PARAMETERS}) == Settings()


def resources(kind: str, **parameters: str) -> dict[str, Any]:
    return {
        name: item["Properties"] for name, item in resolve(**parameters)["Resources"].items() if item["Type"] == kind
    }


def alarm_metrics(**parameters: str) -> int:
    alarms = resources("AWS::CloudWatch::Alarm", **parameters).values()
    return sum(sum("MetricStat" in each for each in alarm.get("Metrics", [{"MetricStat": {}}])) for alarm in alarms)


def test_alarms_and_memory_are_those_of_the_template() -> None:
    plain = alarm_metrics()
    assert plain == usage.ALARM_METRICS
    assert alarm_metrics(Robots="true") - plain == usage.ROBOT_ALARM_METRICS
    assert alarm_metrics(StatusBucket="screens") - plain == usage.PAGE_ALARM_METRICS
    functions = resources("AWS::Lambda::Function", Robots="true", StatusBucket="screens")
    memory = {name.removesuffix("Function"): each["MemorySize"] / 1024 for name, each in functions.items()}
    assert memory == {
        "Prober": usage.PROBER_GB,
        "Evaluator": usage.EVALUATOR_GB,
        "Notifier": usage.NOTIFIER_GB,
        "Messenger": usage.MESSENGER_GB,
        "Page": usage.PAGE_GB,
    }


@given(st.integers(0, 410), st.integers(1, 30), st.booleans())
def test_more_targets_never_cost_less(count: int, more: int, page: bool) -> None:
    settings, region = Settings(status_page=page, notices=3), region_named("us-east-1")
    few, many = (bill_of(usage_of(in_shards(each), settings), region).total for each in (count, count + more))
    assert few <= many
