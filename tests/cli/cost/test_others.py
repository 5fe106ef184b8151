"""What others would cost beside it."""

from __future__ import annotations

from typing import Any

import pytest

from icwatch_cli.cost.others import Other, others_of
from icwatch_cli.cost.prices import region_named
from icwatch_cli.cost.settings import Settings
from tests.cli.cost.fleets import addresses, inventory_of

RUNS = 730 * 60


def others(document: dict[str, Any], region: str = "us-east-1", **settings: Any) -> tuple[Other, ...]:
    return others_of(inventory_of(document), Settings(**settings), region_named(region))


def test_health_checks_and_what_they_cannot_reach() -> None:
    checks = others({"targets": ["10.0.0.1", "8.8.8.8", "ic.example.com"]})[0]
    assert checks.amount == pytest.approx(3 * 0.75 + 3 * 0.10)
    assert ("health_checks_private", {"private": 1, "targets": 3}) in checks.notes
    public = others({"targets": ["8.8.8.8"]})[0]
    assert [name for name, _ in public.notes] == ["health_checks_counted", "health_checks_outside"]


def test_options_of_health_checks_are_paid() -> None:
    secure = {"targets": ["8.8.8.8", "8.8.4.4"], "probe": {"scheme": "https", "body": "OK"}}
    assert others(secure)[0].amount == pytest.approx(2 * (0.75 + 2 * 2.00 + 0.10))


def test_canaries() -> None:
    each, one = others({"targets": addresses(4), "every": "2m"})[1:3]
    assert each.amount == pytest.approx(4 * RUNS / 2 * 0.0012 + 4 * 0.10)
    assert one.amount == pytest.approx(RUNS / 2 * 0.0012 + 0.10)


def test_the_smallest_machine_that_holds_it() -> None:
    small = others({"targets": addresses(40)})[3]
    assert small.amount == pytest.approx(730 * 0.0084 + 9 * 0.08)  # 40 x 25 series of 3 kB in 1 GB; 8 GB and 0.04
    assert small.notes[:2] == (
        ("prometheus_counted", {"machine": "t4g.micro", "series": "1,000", "memory": "0.75", "disk": 9}),
        ("prometheus_address", {"address": "3.65"}),
    )


@pytest.mark.large
def test_a_larger_machine_and_disk() -> None:
    document = {"targets": addresses(5_000), "probes": {"ic_server_ready": {"path": "/ready"}}}
    large = others(document, samples_days=90)[3]
    series, samples = 10_000 * 25, 90 * 1440
    disk = 8 + series * samples * 2 / 2**30
    assert (large.notes[0][1]["machine"], large.notes[0][1]["memory"]) == ("t4g.small", "1.45")
    assert large.amount == pytest.approx(730 * 0.0168 - (-disk // 1) * 0.08)


def test_what_is_not_known_in_a_region_is_not_guessed() -> None:
    assert [other.amount for other in others({"targets": addresses(2)}, "cn-north-1")] == [None] * 4
