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

SHARE, SHIFT, OUTAGE = 900, 71, 40
"""Of every so many points of a kind one is played: of each kind another one."""

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
    parts = [*map(faults, FAULTS), second_workers(), pairs()]
    chosen = [point for turn, part in enumerate(parts) for point in [*part][turn * SHIFT % SHARE :: SHARE]]
    chosen += [*outages()][OUTAGE::SHARE]
    assert len({point.name for point in chosen}) == len(FAULTS) + 3
    assert [f"{point}: {each}" for point in chosen for each in point.play().said] == []


def test_mistakes_are_found() -> None:
    assert [each.name for each in MUTANTS[:ESSENTIAL] if not each.found(7)] == []
