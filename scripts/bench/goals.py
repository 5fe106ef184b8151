"""What is wanted, and whether it is so. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from scripts.bench.figures.built import FUNCTIONS
from scripts.bench.peers import blackbox, prometheus
from scripts.bench.probing import turns
from scripts.bench.probing.case import TIMEOUT_SECONDS
from scripts.bench.rows import OURS, Measured, Row

Find = Callable[[Measured], Row | None]


@dataclass(frozen=True, slots=True)
class Goal:
    """`name` is its sentence in `render/words`, with what is filled in. Reached where the median is `limit` or better.

    `floor` says that more is better.
    """

    figure: str
    name: str
    values: Mapping[str, object]
    limit: float
    unit: str
    find: Find
    floor: bool = False

    def reached(self, row: Row) -> bool:
        """Whether it is so."""
        return row.value >= self.limit if self.floor else row.value <= self.limit


def _ours(subject: str, n: int, measure: str) -> Find:
    return lambda measured: measured.find(subject, OURS, n, measure)


def _ratio(subject: str, peer: str, n: int, measure: str) -> Find:
    return lambda measured: measured.ratio(subject, peer, n, measure)


def _above_floor(subject: str, n: int) -> Find:
    """How far our 99th percentile lies above what the bare loop sees of the same servers, round by round."""

    def find(measured: Measured) -> Row | None:
        ours, floor = (measured.find(subject, peer, n, "p99") for peer in (OURS, turns.FLOOR))
        if ours is None or floor is None:
            return None
        differences = (max(mine - true, 0.0) for mine, true in zip(ours.values, floor.values, strict=False))
        return Row(subject, OURS, n, "p99", "ms", tuple(differences))

    return find


def _times_cheaper(measured: Measured) -> Row | None:
    row = measured.ratio("5 % bad", prometheus.NAME, 10_000, "cpu")
    return row and Row(row.subject, row.peer, row.n, row.measure, "×", tuple(1 / each for each in row.values))


def _probing() -> Iterator[Goal]:
    for n in (1000, 10_000):
        size = {"n": f"{n:,}"}
        yield Goal("probing", "over_floor", size, 2.2, "×", _ratio("healthy", turns.FLOOR, n, "cpu"))
        yield Goal("probing", "of_blackbox", size, 0.25, "×", _ratio("healthy", blackbox.NAME, n, "cpu"))
    yield Goal("probing", "p99", {"n": "1,000"}, 10, "ms", _above_floor("healthy", 1000))
    yield Goal("probing", "memory", {"n": "10,000"}, 48, "MB", _ours("healthy", 10_000, "memory"))
    yield Goal("failing", "mixed_within", {"n": "1,000"}, 1.1 * TIMEOUT_SECONDS, "s", _ours("10 % down", 1000, "wall"))
    yield Goal("failing", "down_within", {"n": "10,000"}, 60, "s", _ours("all down", 10_000, "wall"))
    yield Goal("hostile", "p99_beside", {}, 10, "ms", _above_floor("30 hostile", 300))
    for n in (200, 1000):
        goal = _ours("a tenth of a core", n, "false_failures")
        yield Goal("share", "no_false_failure", {"n": f"{n:,}"}, 0, "", goal)


def _others() -> Iterator[Goal]:
    for subject, limit in (("healthy", 1.5), ("5 % bad", 3), ("all bad", 120)):
        find = _ours(subject, 10_000, "cpu")
        yield Goal("evaluation", "cycle", {"subject": subject}, limit, "ms", find)
    yield Goal("evaluation", "times_prometheus", {}, 50, "×", _times_cheaper, floor=True)
    yield Goal("evaluation", "backlog", {}, 10, "s", _ours("backlog", 500, "cpu"))
    for function in FUNCTIONS:
        yield Goal("start", "imports", {"function": function}, 25, "×", _ours(function, 1, "times pass"))
    for every in (5, 15):
        subject = f"{every} s"
        yield Goal("latency", "mean", {"every": every}, every / 2 + 0.4, "s", _ours(subject, every, "mean"))
        yield Goal("latency", "worst", {"every": every}, every + 0.8, "s", _ours(subject, every, "worst"))
    for n, dollars in ((200, 2.5), (1000, 4), (10_000, 12)):
        yield Goal("cost", "cost", {"n": f"{n:,}"}, dollars, "USD", _ours("a month", n, "cost"))


GOALS = (*_probing(), *_others())
