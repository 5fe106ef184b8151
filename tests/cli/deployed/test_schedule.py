"""The cycle of a stack, from the parameters that make it, and the fleet that asks for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.duration import spell
from icwatch.probing.cycle import DEPLOYABLE
from icwatch_cli.deployed.schedule import cycle_of, refuse_another_cycle
from icwatch_cli.deployed.stack import StackError
from tests.template.resolved import translated


def outputs(minutes: int, parts: int) -> dict[str, str]:
    return {"Schedule": f"rate({minutes} minute{'s' if minutes > 1 else ''})", "SweepsPerMinute": str(parts)}


@pytest.mark.parametrize(
    ("found", "cycle"),
    [
        ({"Schedule": "rate(1 minute)"}, 60),  # a stack of before the parameter
        ({"Schedule": "rate(4 minutes)", "SweepsPerMinute": "1"}, 240),
        (outputs(1, 4), 15),
        (outputs(1, 12), 5),
        ({"Schedule": "cron(* * * * ? *)"}, None),
        ({}, None),
    ],
)
def test_the_cycle_of_a_stack(found: dict[str, str], cycle: int | None) -> None:
    assert cycle_of(found) == cycle


def test_every_deployable_cycle_is_one_that_the_parameters_make() -> None:
    parameters = translated()["Parameters"]
    parts = parameters["SweepsPerMinute"]["AllowedValues"]
    made = {60 // each for each in parts} | {60 * minutes for minutes in (1, 2, 3, 4)}
    assert sorted(made) == list(DEPLOYABLE)


@pytest.mark.parametrize(
    ("every", "right"),
    [
        (15, "write every: 1m, or deploy the stack with Schedule=rate(1 minute) and SweepsPerMinute=4"),
        (120, "write every: 1m, or deploy the stack with Schedule=rate(2 minutes) and SweepsPerMinute=1"),
        (7, "write every: 1m, or a cycle that a stack can have: 5s, 10s, 15s, 30s, 1m, 2m, 3m, 4m"),
    ],
)
def test_another_cycle_is_refused_with_what_would_make_it(every: int, right: str) -> None:
    with pytest.raises(StackError) as refused:
        refuse_another_cycle(every, outputs(1, 1), "icwatch")
    wrong = f"every: {spell(every)} in the fleet file, but stack icwatch sweeps every 1m"
    assert str(refused.value) == f"{wrong}; {right}"


@given(st.sampled_from(DEPLOYABLE))
def test_the_parameters_that_are_named_make_the_cycle(every: int) -> None:
    with pytest.raises(StackError) as refused:
        refuse_another_cycle(every, outputs(17, 1), "icwatch")
    schedule, parts = str(refused.value).rpartition("Schedule=")[2].split(" and SweepsPerMinute=")
    found = {"Schedule": schedule, "SweepsPerMinute": parts}
    assert cycle_of(found) == every
    refuse_another_cycle(every, found, "icwatch")
