"""A made-up month: outages that begin before it and end after it, and times that are exact to the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from icwatch.model import Cause, Failure, Language, Level
from icwatch_cli.page.outages import Outage, together
from icwatch_cli.page.pages import MONTHS
from icwatch_cli.page.report import month_of, months_until, report_of
from icwatch_cli.page.row_words import RowWords
from icwatch_cli.page.samples import Seconds
from icwatch_cli.page.site import INDEX, Site
from tests.cli.page.rendering import Parsed, pages_of
from tests.cli.page.world import NOW, an_outage

CHINA = timezone(timedelta(hours=8))
MARCH = month_of("2026-03", CHINA)
DAY = 86_400


def outage(
    began_at: int, seconds: int, target: str = "10.1.0.1", cause: Cause = Cause.RESET, place: str = ""
) -> Outage:
    """An outage of one target."""
    place = place or f"vpc-{target.split('.')[1]}"
    return Outage("r", (target,), place, Level.CRITICAL, began_at, began_at + seconds, Failure(cause))


def test_a_month_begins_and_ends_by_the_clock_of_the_reader() -> None:
    assert MARCH.starts_at == 1_772_294_400  # 2026-02-28 16:00 UTC
    assert (MARCH.ends_at - MARCH.starts_at) == 31 * DAY
    assert month_of("2026-12", CHINA).ends_at == month_of("2027-01", CHINA).starts_at
    assert months_until(MARCH.starts_at, CHINA, MARCH.starts_at, MONTHS) == ["2026-03", "2026-02", "2026-01", "2025-12"]
    assert months_until(MARCH.starts_at - 1, CHINA, MARCH.starts_at - 1, 1) == ["2026-02"]
    long = months_until(MARCH.starts_at, CHINA, month_of("2025-02", CHINA).ends_at - 1, MONTHS)
    assert (len(long), long[0], long[-1]) == (14, "2026-03", "2025-02")
    for name in ("", "2026", "2026-99x", "x"):
        with pytest.raises(ValueError, match=r"time data|unconverted"):
            month_of(name, CHINA)


def test_only_what_lies_within_counts() -> None:
    found = [
        outage(MARCH.starts_at - 600, 900),  # 300 s of it in March
        outage(MARCH.starts_at - 600, 600, "10.1.0.2"),  # ended as March began
        outage(MARCH.starts_at + DAY, 120, "10.2.0.1", Cause.NO_ROUTE),
        outage(MARCH.ends_at - 60, 7200, "10.2.0.2"),  # 60 s of it in March
        outage(MARCH.ends_at, 60),
    ]
    report = report_of(MARCH, found, {"vpc-1": 2, "vpc-2": 2, "vpc-3": 1}, {}, MARCH.ends_at)
    assert [each.seconds for each in report.outages] == [300, 120, 60]
    assert (report.seconds, report.network, report.complete, report.time) == (480, 1, True, None)
    assert [(each.name, each.outages, each.seconds, each.longest) for each in report.places] == [
        ("vpc-1", 1, 300, 300),
        ("vpc-2", 2, 180, 120),
        ("vpc-3", 0, 0, 0),
    ]
    assert report.causes == ((Cause.RESET, 2, 360), (Cause.NO_ROUTE, 1, 120))


def test_what_failed_together_is_one_outage() -> None:
    storm = [outage(1000 + number, 600, f"10.1.0.{number}", Cause.CONNECT_TIMEOUT) for number in range(5)]
    late = outage(1000 + 301, 60, "10.1.0.9", Cause.CONNECT_TIMEOUT)
    other = outage(1000, 60, "10.1.0.8", Cause.RESET)
    nowhere = [replace(each, place="") for each in storm[:2]]
    found = together([*storm, late, other, *nowhere])
    assert [len(each.targets) for each in found] == [5, 1, 1, 1, 1]
    assert (found[0].began_at, found[0].ended_at, found[0].network) == (1000, 1604, True)


def test_what_a_target_has_again_is_another_outage() -> None:
    flapping = [outage(began_at, 10, cause=Cause.READ_TIMEOUT) for began_at in (1000, 1060, 1120)]
    beside = outage(1061, 20, "10.1.0.2", Cause.READ_TIMEOUT)
    found = together([*flapping, beside])
    assert [(each.began_at, each.seconds, len(each.targets)) for each in found] == [
        (1120, 10, 1),
        (1060, 21, 2),
        (1000, 10, 1),
    ]


def test_longer_spans_and_the_month_are_exact() -> None:
    """Server seconds as they come from hourly totals: 99.999 % is not all, and what nobody saw is left out."""
    data = an_outage(hours=1).data()
    names = [name for name, target in data.inventory.targets.items() if target.labels["vpc"] == "vpc-1"]
    week = dict.fromkeys(names, Seconds(604_800, 0, 0)) | {names[0]: Seconds(604_794, 6, 0)}
    year = dict.fromkeys(names, Seconds(900, 100, 1_000))
    data = replace(data, longer={7: week, 365: year})
    pages = pages_of(data)
    (vpc1,) = [place for place in pages.status()["places"] if place["name"] == "vpc-1"]
    assert [(each["days"], each["down_seconds"]) for each in vpc1["availability"]] == [(1, 0), (7, 6), (365, 1_000)]
    shown = Parsed(pages.overview(Site(INDEX, Language.EN_US)))
    assert "99.99" in shown.text
    assert "90.0050 % unseen" in shown.text.replace("\n", "")
    site = Site("reports/2026-11.html", Language.EN_US)
    report = Parsed(pages.report(site, "2026-11", [], week))
    titles = {attributes["title"] for tag, attributes in report.elements if tag == "td" and "title" in attributes}
    assert "6 s" in titles
    assert "99.99 % of the time that was seen was good." in report.text


def test_a_month_in_a_sentence() -> None:
    empty = report_of(MARCH, [], {}, {}, NOW)
    some = report_of(MARCH, [outage(MARCH.starts_at, 5400)], {}, {"vpc-1": Seconds(95, 5, 1)}, NOW)
    assert RowWords(Language.EN_US).report(empty) == "No outages."
    assert RowWords(Language.ZH_CN).report(some) == "共 1 次故障，其中网络 0 次；合计 1 小时 30 分钟。可用率 95.00%。"
