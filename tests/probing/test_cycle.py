"""What a cycle has time for, against the template's own numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.model import ProbeSpec
from icwatch.probing.cycle import (
    DEPLOYABLE,
    FUNCTION_SECONDS,
    MINUTE_SECONDS,
    RESERVE_SECONDS,
    longest_sweep,
    longest_timeout,
    seconds_for_probes,
    shortest_cycle,
)
from tests.template.resolved import resolve

CASES = [
    (1, "0.6"),
    (2, "1.3"),
    (3, "2"),
    (5, "3.3"),
    (9, "6"),
    (10, "7"),
    (33, "30"),
    (54, "51"),
    (55, "52"),
    (60, "52"),
    (240, "52"),
]
"""The cycle, and the longest timeout that fits it: a third of the cycle but at most 3 s saves, and 55 s end all."""


@pytest.mark.parametrize(("every", "longest"), CASES)
def test_the_longest_timeout_of_a_cycle(every: int, longest: str) -> None:
    assert longest_timeout(every) == Decimal(longest)


def test_the_default_timeout_fits_a_cycle_of_five_seconds() -> None:
    assert shortest_cycle(ProbeSpec().timeout) == 5


@given(st.decimals(Decimal("0.001"), 30, places=3))
def test_the_shortest_cycle_fits_and_no_shorter_one_does(timeout: Decimal) -> None:
    every = shortest_cycle(timeout)
    assert timeout <= seconds_for_probes(every) < every
    assert every == 1 or seconds_for_probes(every - 1) < timeout


def test_the_time_limit_is_the_templates() -> None:
    assert resolve()["Resources"]["ProberFunction"]["Properties"]["Timeout"] == FUNCTION_SECONDS
    assert FUNCTION_SECONDS == MINUTE_SECONDS + RESERVE_SECONDS


@given(st.sampled_from(DEPLOYABLE), st.floats(0, 300))
def test_a_late_sweep_ends_before_the_next_one_begins(every: int, late: float) -> None:
    seconds = longest_sweep(every, late)
    assert late + seconds < every
    assert seconds <= float(seconds_for_probes(every))


@pytest.mark.parametrize("every", DEPLOYABLE)
def test_a_hiccup_leaves_the_longest_timeout_whole(every: int) -> None:
    assert longest_sweep(every, min(every / 6, 1.5)) == float(seconds_for_probes(every))
