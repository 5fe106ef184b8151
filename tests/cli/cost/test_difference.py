"""The line of `apply`: what a change of the fleet costs a month."""

from __future__ import annotations

from dataclasses import replace

import pytest

from icwatch.model import Language
from icwatch_cli.cost.difference import difference
from icwatch_cli.cost.measure import Sizes, sizes_of
from tests.cli.cost.fleets import addresses, inventory_of

SMALL, LARGE = inventory_of({"targets": addresses(10)}), inventory_of({"targets": addresses(210)})


def amount(line: str) -> float:
    return float(line.split()[1])


def stored(sizes: Sizes) -> int:
    """Bytes of 14 days of sweeps, and of 400 days of totals."""
    sweeps = sum(size + 100 for size in sizes.sweeps) * 14 * 1440
    return sweeps + 400 * sum(24 * (hour + 100) + day + 100 for hour, day in zip(sizes.hours, sizes.days, strict=True))


def test_more_and_less() -> None:
    minutes, gigabyte = 730 * 60, 2**30
    small, large = (stored(sizes_of(each)) for each in (SMALL, LARGE))
    added = (
        2 * minutes * 0.625e-6  # write units: 2 for the sweeps and 2 for the alarms, where there were 1 and 1
        + 2 * minutes * 0.125e-6  # read units: the head and the alarms of another shard
        + (730 + 730 / 24) * 0.625e-6  # the totals of the other shard
        + (730 * (12 + 4 - 4) + 730 / 24 * 4) * 0.125e-6  # and what they are made of
        + (large - small) / gigabyte * (0.25 + 0.20)
        + minutes * 0.20e-6  # a call of the evaluator
        + 0.5 * (200 / 1500 + 0.05 + 0.015) * minutes * 0.0000133334
    )
    assert [*difference(SMALL, LARGE, "us-east-1", {})] == [f"about {added:.2f} USD a month more at list prices"]
    assert [*difference(LARGE, SMALL, "us-east-1", {})] == [f"about {added:.2f} USD a month less at list prices"]


def test_parameters_of_the_stack_count() -> None:
    (some,) = difference(SMALL, LARGE, "us-east-1", {})
    (kept,) = difference(SMALL, LARGE, "us-east-1", {"SamplesDays": "366"})
    assert amount(kept) > amount(some)


@pytest.mark.parametrize("region", ["mars-1", ""])
def test_an_unknown_region_has_no_line(region: str) -> None:
    assert [*difference(SMALL, LARGE, region, {})] == []


def test_no_line_where_nothing_changes() -> None:
    relabelled = replace(
        SMALL, targets={name: replace(each, labels={"a": "b"}) for name, each in SMALL.targets.items()}
    )
    assert [*difference(SMALL, relabelled, "us-east-1", {})] == []


def test_in_chinese() -> None:
    (english,) = difference(SMALL, LARGE, "us-east-1", {})
    (chinese,) = difference(SMALL, LARGE, "us-east-1", {}, Language.ZH_CN)
    assert chinese == f"按目录价，每月约增加 {amount(english):.2f} USD"


def test_it_says_where_not_all_prices_are_known() -> None:
    (line,) = difference(SMALL, LARGE, "cn-north-1", {})
    writes = 2 * 730 * 60 + 730 + 730 / 24
    assert line == f"about {writes * 11.1538e-6:.2f} CNY a month more at list prices, as far as they are known"
