"""Which tables and pictures show a figure: what their rows and columns are. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.bench.figures.built import FUNCTIONS, LAYERS
from scripts.bench.peers import alertmanager, monitoring, prometheus
from scripts.bench.probing import turns
from scripts.bench.rows import OURS, Measured, Row


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is of. `label` is the name of its words in `words`, or a number as it is written."""

    label: str
    subject: str
    n: int
    measure: str


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each peer; where `by_subject`, for each subject, of us. `name` is its title in `words`.

    `drawn` says that there is a picture of it, and `unit` what its numbers are.
    """

    name: str
    rows: Sequence[str]
    columns: Sequence[Column]
    unit: str = ""
    by_subject: bool = False
    drawn: bool = False

    def cell(self, measured: Measured, row: str, column: Column) -> Row | None:
        """What was measured."""
        if self.by_subject:
            return measured.find(row, OURS, column.n, column.measure)
        return measured.find(column.subject, row, column.n, column.measure)

    def times(self, measured: Measured, row: str, column: Column) -> float | None:
        """How many times ours a peer's is; None of ourselves."""
        if self.by_subject or row == OURS:
            return None
        found = measured.ratio(column.subject, row, column.n, column.measure)
        return 1 / found.value if found and found.value else None


def _sizes(subject: str, measure: str, *sizes: int) -> list[Column]:
    return [Column(f"{n:,}", subject, n, measure) for n in sizes]


def _by_size(name: str, subject: str, measure: str, unit: str, sizes: Sequence[int], *, drawn: bool = False) -> Table:
    return Table(name, turns.ALL, _sizes(subject, measure, *sizes), unit, drawn=drawn)


ALL_SIZES = (10, 100, 1000, 10_000)
DEAD_SIZES = (1000, 10_000)

_CASES = ("healthy", "1 % bad", "5 % bad", "all bad")
_NOTICES = {"one alarm": 1, "a storm of 200": 200}
_SWEEPS = ("healthy", "5 % bad", "all bad")
_OTHERS = ("prometheus", "canary", "health_checks", "canaries")
_CYCLES = (5, 15)

_HOSTILE = ("none hostile", "30 hostile")


def _hostile(measure: str, unit: str, *, drawn: bool = False) -> Table:
    columns = [Column(subject, subject, 300, measure) for subject in _HOSTILE]
    return Table(measure, [peer for peer in turns.ALL if peer != turns.PLAIN], columns, unit, drawn=drawn)


def _latency(measure: str) -> Table:
    rows = (OURS, monitoring.PER_SECOND, monitoring.PER_CYCLE)
    return Table(measure, rows, [Column(f"{n} s", f"{n} s", n, measure) for n in _CYCLES], "s", drawn=True)


LAYOUT: Mapping[str, Sequence[Table]] = {
    "probing": (
        _by_size("cpu", "healthy", "cpu", "ms", ALL_SIZES, drawn=True),
        _by_size("wall", "healthy", "wall", "s", ALL_SIZES),
        _by_size("p50", "healthy", "p50", "ms", ALL_SIZES),
        _by_size("p99", "healthy", "p99", "ms", ALL_SIZES, drawn=True),
        _by_size("memory", "healthy", "memory", "MB", ALL_SIZES, drawn=True),
        _by_size("false_failures", "healthy", "false_failures", "", ALL_SIZES),
    ),
    "failing": (
        _by_size("mixed_wall", "10 % down", "wall", "s", DEAD_SIZES, drawn=True),
        _by_size("mixed_cpu", "10 % down", "cpu", "ms", DEAD_SIZES),
        _by_size("mixed_p99", "10 % down", "p99", "ms", DEAD_SIZES),
        _by_size("false_failures", "10 % down", "false_failures", "", DEAD_SIZES),
        _by_size("down_wall", "all down", "wall", "s", DEAD_SIZES),
        _by_size("down_cpu", "all down", "cpu", "ms", DEAD_SIZES),
    ),
    "hostile": (
        *(_hostile("p50", "ms"), _hostile("p99", "ms", drawn=True), _hostile("cpu", "ms")),
        *(_hostile("false_failures", ""), _hostile("false_health", "")),
    ),
    "share": tuple(
        _by_size(measure, "a tenth of a core", measure, unit, (200, 1000))
        for measure, unit in (("false_failures", ""), ("wall", "s"))
    ),
    "evaluation": (
        Table(
            "cycle_cpu",
            (OURS, prometheus.NAME),
            [Column(each, each, 10_000, "cpu") for each in _CASES],
            "ms",
            drawn=True,
        ),
        Table("event", (OURS,), [Column(each, each, 10_000, "event") for each in _CASES], "KB"),
        Table("backlog", (OURS,), [Column("500", "backlog", 500, "cpu")], "s"),
    ),
    "notices": (
        Table(
            "notice_cpu",
            (OURS, alertmanager.NAME),
            [Column(name, name, n, "cpu") for name, n in _NOTICES.items()],
            "ms",
            drawn=True,
        ),
        Table("notice_size", (OURS,), [Column(name, name, n, "notice") for name, n in _NOTICES.items()], "KB"),
    ),
    "start": (
        Table(
            "start",
            FUNCTIONS,
            [Column(each, "", 1, each) for each in ("times pass", "import", "first event")],
            by_subject=True,
        ),
    ),
    "sizes": (
        Table(
            "artefacts",
            (*LAYERS.values(), *FUNCTIONS),
            [Column(each, "", 0, each) for each in ("unpacked", "zipped")],
            "MB",
            by_subject=True,
        ),
        Table("sweeps", _SWEEPS, [Column("sweep", "", 200, "sweep")], "KB", by_subject=True),
    ),
    "latency": (_latency("mean"), _latency("worst")),
    "cost": (
        Table("cost", (OURS, *_OTHERS), _sizes("a month", "cost", 10, 200, 1000, 10_000, 100_000), "USD", drawn=True),
    ),
}
"""The tables of each figure, in their order."""
