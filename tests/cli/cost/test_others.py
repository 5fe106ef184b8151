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
    assert checks.caveats[0] == "cannot reach 1 of 3 targets: their addresses are private"
    public = others({"targets": ["8.8.8.8"]})[0]
    assert not any("private" in caveat for caveat in public.caveats)


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
    assert "t4g.micro for 1,000 series" in small.counted
    assert "with a public address 3.65 more" in small.counted


@pytest.mark.large
def test_a_larger_machine_and_disk() -> None:
    document = {"targets": addresses(5_000), "probes": {"ic_server_ready": {"path": "/ready"}}}
    large = others(document, samples_days=90)[3]
    series, samples = 10_000 * 25, 90 * 1440
    disk = 8 + series * samples * 2 / 2**30
    assert "t4g.small for 250,000 series in 1.45 GB" in large.counted
    assert large.amount == pytest.approx(730 * 0.0168 - (-disk // 1) * 0.08)


def test_what_is_not_known_in_a_region_is_not_guessed() -> None:
    assert [other.amount for other in others({"targets": addresses(2)}, "cn-north-1")] == [None] * 4
