"""docs/performance.md is what `make bench` made of docs/performance.json, and says what is missed and missing."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from scripts.bench.goals import GOALS
from scripts.bench.processes import ROOT
from scripts.bench.render.layout import LAYOUT
from scripts.bench.render.pages import pages
from scripts.bench.render.svg import Bar, Chart, number
from scripts.bench.render.words import WORDS
from scripts.bench.report import FIGURES, Report
from scripts.bench.rows import OURS, Measured, Row, merged

MACHINE = {"processor": "a processor", "cores": 2, "system": "Linux 6", "python": "3.11", "programs": {"nginx": None}}


def report(cpu: float) -> Report:
    """One figure, in which our probe takes so many milliseconds, and the floor's one."""
    rows = [
        Row("healthy", OURS, 1000, "cpu", "ms", (cpu, cpu * 1.1, cpu * 0.9)),
        Row("healthy", "epoll", 1000, "cpu", "ms", (1.0, 1.0, 1.0)),
    ]
    return Report(MACHINE, {"probing": Measured(rows, ["aiohttp"], [("loop.py: run", 0.5)], "2026-01-31T03:00+00:00")})


def test_the_documents_are_what_was_measured() -> None:
    for path, text in pages(Report.load(ROOT / "docs" / "performance.json")).items():
        assert (ROOT / path).read_text("utf-8") == text, (
            f"{path} was edited, or not made anew: make bench ARGS=--render"
        )


def test_all_figures_of_the_documents_were_measured() -> None:
    assert [*Report.load(ROOT / "docs" / "performance.json").figures] == [*FIGURES] == [*LAYOUT]


@pytest.mark.parametrize("part", ["page", "figures", "goals"])
def test_both_languages_say_the_same_things(part: str) -> None:
    english, chinese = (getattr(WORDS[language], part) for language in ("en", "zh-CN"))
    assert english.keys() == chinese.keys()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_all_that_is_shown_has_words(language: str) -> None:
    words = WORDS[language]
    assert {*words.figures} == {*FIGURES}
    assert {table.name for tables in LAYOUT.values() for table in tables} - words.names.keys() == set()
    for goal in GOALS:
        assert words.goal(goal)


def test_a_goal_that_is_missed_is_said_so_with_the_profile_that_explains_it() -> None:
    text = pages(report(3.0))["docs/performance.md"]
    assert "| at most 2.2 × | 3 (2.70–3.30) × | **missed** |" in text
    assert "| `loop.py: run` | 50.0% |" in text


def test_a_goal_that_is_reached_needs_no_explanation() -> None:
    text = pages(report(2.0))["docs/performance.md"]
    assert "| at most 2.2 × | 2 (1.80–2.20) × | reached |" in text
    assert "loop.py" not in text


def test_what_is_not_installed_and_not_measured_is_named() -> None:
    text = pages(report(2.0))["docs/performance.md"]
    assert "Missing: aiohttp." in text
    assert "nginx missing" in text
    assert text.count("not measured") == len(GOALS) - 1


def test_a_load_is_told_of() -> None:
    busy = report(2.0)
    busy.figures["probing"].load = (5.0, 7.0)
    assert "was not quiet: its load average was 5.0 to 7.0 on 2 cores" in pages(busy)["docs/performance.md"]
    assert "was not quiet" not in pages(report(2.0))["docs/performance.md"]


def test_rounds_are_put_together_and_compared_round_by_round() -> None:
    rows = merged(
        [[Row("a", OURS, 1, "cpu", "ms", (value,)), Row("a", "b", 1, "cpu", "ms", (4.0,))] for value in (1, 3)]
    )
    assert [(row.peer, row.values, row.value) for row in rows] == [(OURS, (1, 3), 2), ("b", (4.0, 4.0), 4)]
    ratio = Measured(rows).ratio("a", "b", 1, "cpu")
    assert ratio is not None
    assert ratio.values == (0.25, 0.75)
    assert Measured(rows).ratio("a", "c", 1, "cpu") is None


def test_runs_are_kept_together() -> None:
    first, last = (report(cpu).figures["probing"] for cpu in (2.0, 4.0))
    first.missing, last.missing = ["aiohttp"], ["aiohttp", "nginx"]
    first.load, last.load = (1.0, 2.0), (3.0, 4.0)
    both = first.with_run(last)
    (ours, floor) = both.rows
    assert ours.values == (*first.rows[0].values, *last.rows[0].values)
    assert len(floor.values) == 6
    assert (both.missing, both.load) == (["aiohttp", "nginx"], (1.0, 4.0))


def test_a_report_is_read_as_it_was_written() -> None:
    path = ROOT / "docs" / "performance.json"
    read = Report.load(path)
    assert Report.load(path).document() == read.document()


def test_newer_figures_take_the_place_of_older_ones() -> None:
    older, newer = report(3.0), report(2.0)
    older.figures["cost"] = Measured()
    older.take(newer)
    assert [*older.figures] == ["probing", "cost"]
    assert older.figures["probing"] is newer.figures["probing"]


@pytest.mark.parametrize("values", [(0.0,), (0.0, 5.0), (1.0, 1.0), (0.001, 10_000.0), (7.0, 8.0, 9.0)])
def test_a_picture_holds_all_bars(values: tuple[float, ...]) -> None:
    bars = [Bar(place, value, value * 0.9, value * 1.1) for place, value in enumerate(values)]
    drawn = Chart("a < b", "abc", [("10", bars)]).draw()
    picture = ElementTree.fromstring(drawn)
    rects = picture.findall("{http://www.w3.org/2000/svg}rect")
    assert len(rects) == 1 + 3 + len(values)
    assert all(float(each.attrib["height"]) >= 0 for each in rects)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.01234, "0.0123"),
        (0.5, "0.500"),
        (1.266, "1.27"),
        (14, "14"),
        (14.2, "14.2"),
        (120.4, "120"),
        (12345, "12,345"),
    ],
)
def test_numbers_have_the_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text
