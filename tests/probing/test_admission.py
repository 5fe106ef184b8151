"""Who is asked when: how long a dead fleet takes, who has no time, and that it is not always the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icwatch.model import HEALTH, Cause, ProbeSpec, Sweep, Target
from icwatch.probing.admission import rotated, worst_ends
from icwatch.probing.gates import NO_TIME
from icwatch.probing.sweep import sweep_fleet
from tests.memory import MemorySamples
from tests.standin import StandIn
from tests.virtualtime import virtual_loop

AT = 1_795_316_400
SECONDS = 52.0
"""What the deployed function has for its probes."""


class Network(StandIn):
    """Servers that answer within 10 ms, and `dead` ones that never do."""

    def seconds(self, request: httpx.Request, timeout: float) -> float:
        return timeout if request.url.host.startswith("dead") else 0.010

    def answer(self, request: httpx.Request) -> httpx.Response | Exception:
        if request.url.host.startswith("dead"):
            return httpx.ConnectTimeout("no connection")
        return httpx.Response(200)


def named(kind: str, count: int) -> list[Target]:
    return [Target(f"{kind}-{number}") for number in range(count)]


def swept(targets: list[Target], timeout: float, turn: int, seconds: float = SECONDS) -> tuple[Sweep, Network]:
    network, store = Network(), MemorySamples()
    spec = ProbeSpec(timeout=Decimal(timeout))
    told: dict[str, Any] = {"turn": turn, "seconds": seconds, "transport": network, "loop": virtual_loop()}
    sweep_fleet({"s": targets}, spec, {}, AT, store.save, **told)
    return store.sweeps["s", AT], network


@pytest.mark.parametrize("turn", range(3))
def test_a_dead_part_before_the_good_ones_leaves_none_of_them_unseen(turn: int) -> None:
    dead, good = named("dead", 1000), named("good", 200)
    sweep, _ = swept([*dead, *good], 30, turn)
    health = sweep.metrics[HEALTH]
    assert {name for name, value in health.items() if value} == {target.id for target in good}
    assert set(sweep.unseen.values()) == {NO_TIME}
    assert len(sweep.failures) + len(sweep.unseen) == 1000
    assert len(sweep.failures) >= 900, "as many as fit at once have their whole timeout"
    assert {failure.cause for failure in sweep.failures.values()} == {Cause.CONNECT_TIMEOUT}


def test_the_dead_ones_without_a_whole_timeout_are_others_at_each_turn() -> None:
    dead, good = named("dead", 1000), named("good", 200)
    unseen = [set(swept([*dead, *good], 30, turn)[0].unseen) for turn in range(2)]
    assert all(unseen)
    assert not set.intersection(*unseen)


def test_where_time_runs_out_every_good_one_is_seen_every_few_sweeps() -> None:
    """3,000 dead ones of 30 s: two rounds of 900 are all that 52 s have room for."""
    targets = [*named("dead", 1500), *named("good", 100), *named("deader", 1500)]
    seen = [{name for name, value in swept(targets, 30, turn)[0].metrics[HEALTH].items() if value} for turn in range(5)]
    assert set.union(*seen) == {target.id for target in named("good", 100)}
    assert not all(seen), "the case is one in which time does run out"


def test_no_probe_outlasts_the_sweep() -> None:
    _, network = swept(named("dead", 3000), 30, 0)
    assert max(network.ends) == pytest.approx(SECONDS)


@pytest.mark.parametrize(
    ("count", "timeout"), [(1, 3), (32, 3), (33, 3), (900, 30), (901, 30), (2700, 3), (1500, 4.5), (100, 0.1)]
)
def test_the_worst_case_is_what_a_sweep_of_dead_servers_takes(count: int, timeout: float) -> None:
    _, network = swept(named("dead", count), timeout, 0, seconds=10_000)
    assert sorted(network.ends) == pytest.approx(sorted(worst_ends([timeout] * count)))


WORST = [
    (200, 30, 30.9),
    (900, 30, 34.2),
    (1200, 30, 61.35),
    (10_000, 3, 49.8),
    (10_000, 0.1, 31.3),
    (20_000, 3, 96.6),
]
"""Targets, their timeout, and the seconds until the last of them has ended where all are dead."""


@pytest.mark.parametrize(("count", "timeout", "seconds"), WORST)
def test_how_long_a_dead_fleet_takes(count: int, timeout: float, seconds: float) -> None:
    assert max(worst_ends([timeout] * count)) == pytest.approx(seconds, abs=0.1)


@given(st.lists(st.integers(), max_size=40), st.integers(0, 2**40))
def test_a_turn_keeps_the_circle(asked: list[int], turn: int) -> None:
    order = rotated(asked, turn)
    assert len(order) == len(asked)
    assert any(order == [*asked[start:], *asked[:start]] for start in range(len(asked) + 1))


def test_the_first_turn_is_the_order_itself() -> None:
    assert rotated("abc", 0) == ["a", "b", "c"]


@settings(max_examples=50)
@given(st.integers(10, 2000), st.integers(2, 20), st.integers(0, 2**31))
def test_whatever_share_has_time_every_place_has_it_soon(count: int, share: int, turn: int) -> None:
    """Where a share of 1/n of the circle can be asked in a sweep, no place waits for more than 2 n + 2 sweeps."""
    room = -(-count // share)
    turns = [set(rotated(range(count), each)[:room]) for each in range(turn, turn + 2 * share + 2)]
    assert set.union(*turns) == set(range(count))
