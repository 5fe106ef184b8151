"""How long sweeps are kept on one machine."""

from __future__ import annotations

import pytest

from icwatch_cli.fleet import parse_fleet
from icwatch_cli.local.retention import days_of


@pytest.mark.parametrize(
    ("targets", "every", "days"),
    [(1, "1h", 14), (5, "5s", 14), (198, "60s", 14), (500, "60s", 5), (3000, "60s", 1), (100, "1s", 1)],
)
def test_large_fleets_are_kept_for_a_shorter_time(targets: int, every: str, days: int) -> None:
    names = [f"10.1.{number // 250}.{number % 250}" for number in range(targets)]
    fleet = parse_fleet({"every": every, "probe": {"timeout": "300ms"}, "targets": names})
    assert days_of(fleet) == days
