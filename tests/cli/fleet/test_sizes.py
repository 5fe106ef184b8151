"""A fleet whose alarms could not be stored if all of it failed is refused, with what to shorten."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch.errors import ConfigError
from icwatch.model import Fleet
from icwatch_cli.fleet import parse_fleet, sizes
from tests.examples import examples

CHANCE = random.Random(20261126)

Make = Callable[[], str]


def letters(length: int) -> Make:
    alphabet = string.ascii_letters + string.digits
    return lambda: "".join(CHANCE.choices(alphabet, k=length))


def han(length: int) -> Make:
    return lambda: "".join(chr(CHANCE.randrange(0x4E00, 0x9FA5)) for _ in range(length))


def one_of(*values: str) -> Make:
    return lambda: CHANCE.choice(values)


def document(targets: int, labels: int, make: Make, rules: int = 0, **fields: object) -> dict[str, Any]:
    """A fleet of so many targets with so many labels each, and rules over all of them beside the built-in one."""
    return {
        "targets": [
            {
                "address": f"10.{number // 62500}.{number // 250 % 250}.{number % 250 + 1}",
                "labels": {f"label_{index}": make() for index in range(labels)},
            }
            for number in range(targets)
        ],
        "rules": [
            {"name": f"rule_{number}", "expression": "max(ic_server_health) by (target) == 0"}
            for number in range(rules)
        ],
        **fields,
    }


def made(targets: int, labels: int, make: Make, rules: int = 0) -> Callable[[], dict[str, Any]]:
    """Such a document, once a test asks for it."""
    return lambda: document(targets, labels, make, rules)


@pytest.mark.parametrize(
    ("fleet", "kilobytes", "label"),
    [
        pytest.param(made(200, 19, letters(256)), (700, 850), "label_", id="19 labels of 256 random characters"),
        pytest.param(made(200, 4, han(256)), (400, 480), "label_", id="4 labels of 256 Chinese ones"),
        pytest.param(made(400, 19, letters(256)), (700, 850), "label_", id="400 targets, in two shards"),
    ],
)
def test_what_could_not_be_stored_is_refused(
    fleet: Callable[[], dict[str, Any]], kilobytes: tuple[int, int], label: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_fleet(fleet())
    (problem,) = refused.value.problems
    place, _, name = problem.place.rpartition(".")
    assert place.startswith("targets[")
    assert place.endswith("].labels")
    assert name.startswith(label)
    words = problem.wrong.split()
    size = int(words[words.index("KB") - 1])
    assert kilobytes[0] < size < kilobytes[1]
    assert problem.wrong.endswith("and there is room for 356 KB")
    assert f"({name} takes the most, up to " in problem.right


def test_rules_that_are_too_many_are_named() -> None:
    """Each with texts of its own, as long as they may be."""
    fleet = document(200, 0, letters(1))
    fleet["rules"] = [
        {
            "name": f"rule_{number}",
            "expression": "max(ic_server_health) by (target) == 0",
            "runbook": {name: [letters(1024)() for _ in range(20)] for name in ("zh-CN", "zh-TW", "en-US")},
        }
        for number in range(10)
    ]
    with pytest.raises(ConfigError) as refused:
        parse_fleet(fleet)
    (problem,) = refused.value.problems
    assert problem.place == "rules"
    assert problem.right == "have fewer rules over the same targets, or shorten their texts"


@pytest.mark.parametrize(
    "fleet",
    [
        pytest.param(made(200, 3, han(256)), id="3 Chinese labels"),
        pytest.param(
            made(200, 19, one_of("vpc-1", "vpc-2", "华东 1", "cn-hangzhou"), 19),
            id="20 rules, short labels",
        ),
        pytest.param(made(200, 19, letters(20), 19), id="20 rules, 19 labels of 20 characters"),
        pytest.param(made(200, 3, letters(256), 19), id="20 rules, 3 labels of 256 characters"),
        pytest.param(made(30, 19, letters(256), 19), id="a small fleet with all that it may have"),
        pytest.param(made(200, 19, one_of("x" * 256, "汉" * 256), 19), id="long labels that repeat"),
    ],
)
def test_what_can_be_stored_is_good(fleet: Callable[[], dict[str, Any]]) -> None:
    written = fleet()
    assert len(parse_fleet(written).targets) == len(written["targets"])


def random_fleet(targets: int, labels: int, length: int, rules: int, *, chinese: bool) -> Fleet:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("icwatch_cli.fleet.too_heavy", lambda fleet: [])
        return parse_fleet(document(targets, labels, (han if chinese else letters)(length), rules))


@examples(few=15, many=1000)
@given(st.integers(1, 60), st.integers(0, 20), st.integers(1, 256), st.integers(0, 6), st.booleans())
def test_the_quick_bound_is_never_below_what_is_packed(
    targets: int, labels: int, length: int, rules: int, chinese: bool
) -> None:
    fleet = random_fleet(targets, labels, length, rules, chinese=chinese)
    every, heaviest = [*fleet.rules.values()], [*fleet.targets.values()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("icwatch.storage.capacity.MAX_PLAIN_BYTES", 0)
        packed = sizes.worst_size(fleet, every, heaviest)
    assert packed <= sizes._surely_at_most(every, heaviest) + 4096  # xz's own frame, and what is said once
