"""From units to money, and the table of prices."""

from __future__ import annotations

import re
from datetime import date

import pytest
from rich.cells import cell_len

from icwatch.model import Language
from icwatch_cli.cost.bill import PARTS, Bill, bill_of
from icwatch_cli.cost.locales import WORDS
from icwatch_cli.cost.others import MACHINES
from icwatch_cli.cost.prices import Price, Region, RegionError, Source, price_table, region_named
from icwatch_cli.cost.show import BillText, document_of

READ = Source("https://example.com/prices", date(2026, 10, 1))
HERE = Region(
    "us-east-1",
    "USD",
    {
        "write_units": Price(0.625, 1_000_000, READ),
        "metrics": Price(0.30, 1, READ),
        "traces": Price(5, 1_000_000, READ),
    },
    {"metrics": 10, "traces": 100_000},
)


def shown(bill: Bill, language: Language = Language.EN_US) -> str:
    return "\n".join(line for _, line in BillText(bill, (), language).lines("my.yaml", 3))


def test_amounts_are_quantities_at_their_prices() -> None:
    bill = bill_of({"write_units": 3_000_000, "metrics": 12, "traces": 300_000}, HERE)
    assert [(line.part, line.unit) for line in bill.lines] == [
        ("DynamoDB", "write_units"),
        ("CloudWatch", "metrics"),
        ("X-Ray", "traces"),
    ]
    assert [line.amount for line in bill.lines] == pytest.approx([3 * 0.625, 12 * 0.30, 0.3 * 5])
    assert bill.total == pytest.approx(1.875 + 3.60 + 1.50)
    assert bill.total_after_free == pytest.approx(1.875 + 2 * 0.30 + 0.2 * 5)
    assert bill.amount_of("metrics", "traces") == pytest.approx(5.10)
    assert bill.unknown == ()


def test_what_has_no_price_is_not_in_the_sum() -> None:
    bill = bill_of({"metrics": 3, "objects": 7}, HERE)
    assert [line.unit for line in bill.unknown] == ["objects"]
    assert bill.total == pytest.approx(0.90)
    assert bill.total_after_free == 0
    text = shown(bill)
    assert "S3: 7 objects of the status page" in text
    assert "not known in us-east-1, and not in the sum: objects of the status page of S3" in text
    assert document_of(bill, ())["complete"] is False
    assert document_of(bill, ())["lines"][-1]["amount"] is None


def test_allowances_are_of_both_processors() -> None:
    region = Region("r", "USD", {"lambda_x86_64_gb_seconds": Price(1, 1000, READ)}, {"lambda_gb_seconds": 400})
    assert bill_of({"lambda_x86_64_gb_seconds": 1000}, region).total_after_free == pytest.approx(0.6)


def test_china_has_no_traces() -> None:
    china = Region("cn-north-1", "CNY", {}, {})
    assert [line.unit for line in bill_of({"metrics": 3, "traces": 9}, china).lines] == ["metrics"]


def test_an_old_price_is_said_to_be_one() -> None:
    old = Price(1, 1, Source("https://example.com/", date(2020, 1, 1)))
    bill = bill_of({"metrics": 3}, Region("r", "USD", {"metrics": old}, {}))
    assert "may have changed: custom metrics of CloudWatch" in shown(bill)


UNITS = {unit for units in PARTS.values() for unit in units}
OTHERS = {
    "canary_runs",
    "health_checks",
    "health_check_options",
    "disk_gb",
    "address_hours",
    *(f"{machine}_hours" for machine in MACHINES),
}


@pytest.mark.parametrize("name", [*price_table()])
def test_every_price_of_the_table_has_its_source(name: str) -> None:
    region = region_named(name)
    assert region.currency == ("CNY" if region.partition == "aws-cn" else "USD")
    known = UNITS | OTHERS
    assert region.prices.keys() <= known
    assert "write_units" in region.prices
    for price in region.prices.values():
        assert price.amount > 0
        assert price.source.address.startswith("https://")
        assert date(2020, 1, 1) < price.source.read < date(2030, 1, 1)


def test_the_table_has_all_of_one_region_and_china() -> None:
    table = price_table()
    everything = UNITS | OTHERS
    assert table["us-east-1"].prices.keys() == everything
    assert {"cn-north-1", "cn-northwest-1"} <= table.keys()


def test_an_unknown_region_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(RegionError, match=r"^--region mars-1: .* write one of us-east-1, .*cn-northwest-1$"):
        region_named("mars-1")


@pytest.mark.parametrize("language", Language)
def test_every_language_has_the_same_words(language: Language) -> None:
    words, english = WORDS[language], WORDS[Language.EN_US]
    assert words.keys() == english.keys()
    for name, text in words.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[name])), name
    assert words.keys() >= UNITS


@pytest.mark.parametrize("language", Language)
def test_amounts_stand_below_each_other(language: Language) -> None:
    bill = bill_of({"write_units": 3_000_000, "metrics": 2.5, "objects": 7}, HERE)
    rows = shown(bill, language).splitlines()[1:6]
    assert len({cell_len(row) for row in rows}) == 1
    assert [row.split()[-1] for row in rows[:2]] == ["1.88", "0.75"]


def test_chinese() -> None:
    text = shown(bill_of({"traces": 300_000, "objects": 7}, HERE), Language.ZH_CN)
    assert "X-Ray：300,000 次跟踪，估计值" in text
    assert "S3：7 次写入状态页" in text
    assert "us-east-1 的价格未知，未计入合计：S3 写入状态页\n" in text
