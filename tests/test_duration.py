"""Durations as they are read and written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.duration import exact, iso8601, parse_duration, spell

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("60s", 60),
        ("5m", 5 * MINUTE),
        ("1h", HOUR),
        ("1h30m", HOUR + 30 * MINUTE),
        ("2d", 2 * DAY),
        ("1.5h", 90 * MINUTE),
        ("1500ms", Decimal("1.5")),
        ("1s1ms", Decimal("1.001")),
        ("0.001s", Decimal("0.001")),
    ],
)
def test_good(text: str, seconds: Decimal) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "60",
        "s",
        "-1s",
        "+1s",
        "1 s",
        " 1s",
        "1s ",
        "1s\n",
        "1.s",
        ".5s",
        "1.2345s",
        "1e3s",
        "1w",
        "1S",
        "١s",
        "9" * 10 + "s",
    ],
)
def test_bad(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_duration(text)


def test_a_long_text_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="1s1s"):
        parse_duration("1s" * 1_000_000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (45, "45s"),
        (MINUTE, "1m"),
        (MINUTE + 1, "1m 1s"),
        (HOUR, "1h"),
        (HOUR + 5, "1h 5s"),
        (HOUR + 30 * MINUTE + 9, "1h 30m"),
        (2 * DAY + 3 * HOUR + 59, "2d 3h"),
        (400 * DAY, "400d"),
    ],
)
def test_spell(seconds: int, text: str) -> None:
    assert spell(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "PT0S"),
        (45, "PT45S"),
        (300, "PT5M"),
        (HOUR + 1, "PT1H1S"),
        (DAY, "P1D"),
        (DAY + 2 * HOUR, "P1DT2H"),
        (90 * MINUTE, "PT1H30M"),
    ],
)
def test_iso8601(seconds: int, text: str) -> None:
    assert iso8601(seconds) == text


@given(st.integers(0, 10**8))
def test_what_is_written_in_full_reads_back(seconds: int) -> None:
    text = iso8601(seconds).lower()
    assert parse_duration(text.replace("p", "").replace("t", "")) == seconds
    assert parse_duration(exact(seconds)) == seconds


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (360, "6m"), (DAY + HOUR + MINUTE + 1, "1d1h1m1s")])
def test_exact(seconds: int, text: str) -> None:
    assert exact(seconds) == text
