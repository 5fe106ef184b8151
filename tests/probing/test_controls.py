"""Our own network down is not theirs: what a sweep says where nothing can be reached, a line a case."""

from __future__ import annotations

import errno
import os
import threading
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest

from icwatch.model import HEALTH, Cause, ProbeSpec, Sweep, Target
from icwatch.probing.controls import CUT_OFF
from icwatch.probing.errors import LocalError
from icwatch.probing.sweep import sweep_fleet
from icwatch.probing.tally import Tally
from tests.memory import MemorySamples
from tests.standin import StandIn
from tests.virtualtime import virtual_loop

AT = 1_795_316_400

ANSWERS: dict[str, Callable[[], httpx.Response]] = {}


def _raises(error: Exception, cause: Exception | None = None) -> Callable[[], httpx.Response]:
    def answer() -> httpx.Response:
        raise error from cause

    return answer


def _system(number: int) -> Callable[[], httpx.Response]:
    return _raises(httpx.ConnectError("no"), OSError(number, os.strerror(number)))


ANSWERS |= {
    "up": lambda: httpx.Response(200),
    "broken": lambda: httpx.Response(500),
    "refused": _system(errno.ECONNREFUSED),
    "silent": _raises(httpx.ReadTimeout("nothing")),
    "black": _raises(httpx.ConnectTimeout("nothing")),
    "noroute": _system(errno.ENETUNREACH),
    "nohost": _system(errno.EHOSTUNREACH),
    "unasked": _raises(LocalError("too many open files")),
}

UNANSWERED = {
    "black": Cause.CONNECT_TIMEOUT,
    "noroute": Cause.NO_ROUTE,
    "nohost": Cause.HOST_UNREACHABLE,
    "unasked": "too many open files",
}
"""What of these says nothing of the network, and is said of a control that did not answer while it works."""

CASES = """
# targets             | controls      | what the sweep says
up black              |               | seen
black noroute         |               | seen
black noroute nohost  | black noroute | cut off
black                 | nohost        | cut off
black unasked         | black         | cut off
black                 | up black      | seen
black                 | refused       | seen
black                 | broken        | seen
black                 | silent        | seen
black                 | unasked       | seen
black                 | black unasked | seen
up black              | black         | seen
broken black          | black         | seen
refused black         | black         | seen
silent                | black         | seen
up                    | black         | seen
unasked               | black         | nothing
unasked               | up            | nothing
"""
LINES = [line for line in CASES.splitlines() if line and not line.startswith("#")]


class Net(StandIn):
    """Answers by the host's first part."""

    def seconds(self, request: httpx.Request, timeout: float) -> float:
        return timeout if request.url.host.startswith(("black", "silent")) else 0.01

    def answer(self, request: httpx.Request) -> httpx.Response | Exception:
        try:
            return ANSWERS[request.url.host.split("-")[0]]()
        except Exception as error:
            return error


def named(answers: str, kind: str) -> list[Target]:
    return [Target(f"{answer}-{kind}{number}") for number, answer in enumerate(answers.split())]


def swept(shards: dict[str, list[Target]], control: list[Target]) -> tuple[Tally, dict[str, Sweep]]:
    store, spec = MemorySamples(), ProbeSpec(timeout=Decimal(3))
    tally = sweep_fleet(
        shards, spec, {}, AT, store.save, control=control, transport=Net(), loop=virtual_loop(), every=60
    )
    return tally, {shard: store.sweeps[shard, AT] for shard in shards}


@pytest.mark.parametrize("line", LINES)
def test_what_a_sweep_says(line: str) -> None:
    targets, control, expected = (part.strip() for part in line.split("|"))
    asked = named(targets, "t")
    tally, sweeps = swept({"s": asked}, named(control, "c"))
    sweep = sweeps["s"]
    assert (sweep.conclusive, sweep.cut_off) == {
        "seen": (True, False),
        "cut off": (False, True),
        "nothing": (False, False),
    }[expected]
    assert tally.targets == len(asked)
    useless = [each for each in control.split() if each in UNANSWERED] if expected == "seen" else []
    assert [why for why in tally.unseen if why.startswith("control ")] == [
        f"control {each}-c{control.split().index(each)}:8088: {UNANSWERED[each]}" for each in useless
    ]
    failing = [each for each in targets.split() if each not in ("up", "unasked")]
    if expected == "cut off":
        assert sweep.metrics == {HEALTH: {}}
        assert not sweep.failures
        assert not sweep.probe_ms
        assert sweep.unseen == {
            each.id: "too many open files" if each.host.startswith("unasked") else CUT_OFF for each in asked
        }
        assert (tally.healthy, tally.unhealthy, sum(tally.cut_off.values())) == (0, 0, len(failing))
        assert tally.unseen == Counter(sweep.unseen.values())
    else:
        assert len(sweep.failures) == tally.unhealthy == len(failing)
        assert tally.cut_off == {}


def test_one_answer_anywhere_in_the_fleet_speaks_for_all_shards() -> None:
    shards = {"a": named("black black", "a"), "b": named("up", "b"), "c": named("unasked", "c")}
    _, sweeps = swept(shards, named("black", "c"))
    assert {name: (sweep.conclusive, sweep.cut_off) for name, sweep in sweeps.items()} == dict.fromkeys(
        shards, (True, False)
    )
    assert sweeps["a"].failures.keys() == {target.id for target in shards["a"]}


def test_where_nothing_is_reached_every_shard_says_so_also_one_that_could_not_be_asked() -> None:
    shards = {"a": named("unasked", "a"), "b": named("black", "b")}
    _, sweeps = swept(shards, named("black", "c"))
    assert {name: (sweep.conclusive, sweep.cut_off) for name, sweep in sweeps.items()} == dict.fromkeys(
        shards, (False, True)
    )


def test_a_shard_that_is_down_waits_for_no_other_once_a_control_answers() -> None:
    """The sweep of the shard that fails is there while another one is still being asked."""
    saved, both = threading.Event(), []

    class Slow(Net):
        def answer(self, request: httpx.Request) -> httpx.Response | Exception:
            if request.url.host.startswith("up-b"):
                assert saved.wait(10), "the shard that is down was not saved yet"
            return super().answer(request)

        def seconds(self, request: httpx.Request, timeout: float) -> float:
            return 2.9 if request.url.host.startswith("up-b") else 0.01

    def save(sweep: Sweep) -> bool:
        both.append(sweep.shard)
        saved.set()
        return True

    shards = {"a": named("noroute", "a"), "b": named("up", "b")}
    spec = ProbeSpec(timeout=Decimal(3))
    sweep_fleet(shards, spec, {}, AT, save, control=named("up", "c"), transport=Slow(), loop=virtual_loop())
    assert both == ["a", "b"]
