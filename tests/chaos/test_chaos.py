"""The short form of `make chaos`: each kind of fault at some calls, mistakes made on purpose, and a run by chance.

Few tests, because what they have in common takes longer than they do.
"""

from __future__ import annotations

from tests.chaos.faults import FAULTS
from tests.chaos.mutants import MUTANTS
from tests.chaos.points import faults, outages, pairs, second_workers
from tests.chaos.results import differences
from tests.chaos.scenario import play
from tests.chaos.suite import chance

SHARE = 900
"""Of every so many points one is played."""

ESSENTIAL = 6
"""Mistakes that are made here; `make chaos` makes all of them."""


def test_the_scenario_has_all_that_can_be_decided() -> None:
    run = play()
    assert differences(0, run).said == []
    kinds = {name.rsplit(":", 2)[1] for _, name in run.aws.published}
    assert kinds == {"raised", "repeated", "escalated", "unattended", "cleared"}
    assert any(name.endswith("+2") for _, name in run.aws.published), "no storm"
    assert {each.robot for each in run.aws.posted} == {"duty", "calm"}
    assert chance(1).said == []


def test_no_fault_and_no_second_worker_loses_or_doubles_anything() -> None:
    points = [
        point
        for part, share in (
            *((faults(name), SHARE) for name in FAULTS),
            (second_workers(), SHARE),
            (pairs(), SHARE),
            (outages(), SHARE // 8),
        )
        for number, point in enumerate(part)
        if number % share == share // 2
    ]
    assert len({point.name for point in points}) == len(FAULTS) + 3
    assert [f"{point}: {each}" for point in points for each in point.play().said] == []


def test_mistakes_are_found() -> None:
    assert [each.name for each in MUTANTS[:ESSENTIAL] if not each.found(7)] == []
