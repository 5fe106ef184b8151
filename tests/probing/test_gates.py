"""The two gates: how many are under way, who gives up a place, who has no time, and that all end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal

import httpx
import pytest

from icwatch.model import HEALTH, Cause, ProbeSpec, Target
from icwatch.probing import gates
from icwatch.probing.admission import LIVELY_PROBES, MAX_PROBES, SLOW_AFTER_SECONDS, worst_ends
from icwatch.probing.gates import NO_TIME, Gates
from icwatch.probing.loop import Loop, Selector
from icwatch.probing.questions import Question, health_questions
from icwatch.probing.verdict import Probe
from tests.standin import StandIn
from tests.virtualtime import virtual_loop

SPEC = ProbeSpec()


class Asker:
    """Keeps what it is answered, once each."""

    def __init__(self) -> None:
        self.found: dict[int, Probe] = {}

    def answered(self, place: int, found: Probe) -> None:
        assert place not in self.found
        self.found[place] = found


class Network(StandIn):
    """Servers by their number: `fast` ones take as long as is said, the others never answer."""

    def __init__(self, fast: int, seconds: float) -> None:
        super().__init__()
        self._fast, self._takes = fast, seconds
        self.begins: list[float] = []

    def seconds(self, request: httpx.Request, timeout: float) -> float:
        return self._takes if int(request.url.host.rpartition("-")[2]) < self._fast else timeout

    def answer(self, request: httpx.Request) -> httpx.Response | Exception:
        if int(request.url.host.rpartition("-")[2]) < self._fast:
            return httpx.Response(200)
        return httpx.ConnectTimeout("no connection")


def questions(count: int, timeout: int = 3) -> list[Question]:
    spec = ProbeSpec(timeout=Decimal(timeout))
    return health_questions([Target(f"server-{number}") for number in range(count)], spec)


def through(network: StandIn, asked: Sequence[Question], ends: float = 1000.0) -> tuple[dict[int, Probe], float]:
    """The answers, and how long all took."""
    asker = Asker()
    with virtual_loop() as loop:
        Gates(loop, network, ends, [(question, asker, place) for place, question in enumerate(asked)]).open()
        return asker.found, loop.time()


def test_nothing_to_ask_is_over_at_once() -> None:
    assert through(Network(0, 0), []) == ({}, 0.0)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.149])
@pytest.mark.parametrize("count", [1, LIVELY_PROBES, LIVELY_PROBES + 1, 10 * LIVELY_PROBES + 7])
def test_quick_ones_are_never_more_than_there_are_places(count: int, seconds: float) -> None:
    network = Network(count, seconds)
    found, took = through(network, questions(count))
    assert sorted(found) == [*range(count)]
    assert all(probe.healthy for probe in found.values())
    assert network.most <= LIVELY_PROBES
    assert took == pytest.approx(-(-count // LIVELY_PROBES) * seconds)


def test_they_begin_in_their_order() -> None:
    network = Network(100, 0.01)
    through(network, questions(100))
    assert network.asked == [f"http://server-{number}:8088/ok" for number in range(100)]


def test_dead_ones_give_up_their_places_and_room_is_all_that_holds_them() -> None:
    network, count = Network(0, 0), 2 * MAX_PROBES
    found, took = through(network, questions(count, timeout=10))
    assert network.most == MAX_PROBES
    assert {probe.failure.cause for probe in found.values() if probe.failure} == {Cause.CONNECT_TIMEOUT}
    assert len(found) == count
    assert took == pytest.approx(max(worst_ends([10.0] * count)))


def test_one_that_is_slow_and_answers_gives_its_place_up_once() -> None:
    """It has given it up when it ends: with two places for one, more and more would be let in."""
    network = Network(20 * LIVELY_PROBES, 2 * SLOW_AFTER_SECONDS)
    through(network, questions(20 * LIVELY_PROBES))
    assert network.most <= 3 * LIVELY_PROBES


def test_answers_that_come_at_once_never_nest() -> None:
    """Each that ends lets the next one in; a thousand in one another would be too deep for Python."""
    found, _ = through(Network(5000, 0.0), questions(5000))
    assert len(found) == 5000


def test_not_so_many_begin_in_one_go_that_others_have_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two lots of them the loop looks at its sockets."""
    monkeypatch.setattr(gates, "LIVELY_PROBES", 4)
    looked: list[int] = []
    asker = Asker()
    ticks, network = itertools.count(), Network(20, 0.0)

    class Noting(Selector):
        def poll(self, timeout: float | None, /) -> list[tuple[int, int]]:
            looked.append(len(network.asked))
            return super().poll(timeout)

    with Loop(Noting(), lambda: next(ticks) * 1e-6) as loop:
        Gates(loop, network, 1000.0, [(each, asker, place) for place, each in enumerate(questions(20))]).open()
    assert looked == [4, 8, 12, 16, 20][: len(looked)]
    assert len(looked) >= 4


def test_who_comes_too_late_is_unseen_and_nobody_is_asked_for_it() -> None:
    network = Network(0, 0)
    found, took = through(network, questions(2 * MAX_PROBES), ends=1.0)
    assert took <= 1.0
    assert {probe.unknown for probe in found.values()} == {NO_TIME}
    assert len(network.asked) < 2 * MAX_PROBES


def test_a_late_one_that_answers_counts() -> None:
    found, _ = through(Network(1, 0.5), questions(1), ends=1.0)
    assert found[0].healthy


def test_what_cannot_be_asked_says_why_and_takes_nobody_s_place() -> None:
    target = Target("server-0")
    broken = [Question(HEALTH, target, SPEC, None, f"no request {number}") for number in range(100)]
    network = Network(1, 0.01)
    found, _ = through(network, [*broken, *questions(1)])
    assert [found[place].unknown for place in range(100)] == [question.problem for question in broken]
    assert found[100].healthy
