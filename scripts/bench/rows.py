"""What is measured: a row is one quantity of one peer in one case, with a value of each round. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

OURS = "icwatch"
"""The peer that is us."""


@dataclass(frozen=True, slots=True)
class Row:
    """`measure` of `peer` in the case `subject` (such as `5 % bad`) at the size `n`, with a value of each round."""

    subject: str
    peer: str
    n: int
    measure: str
    unit: str
    values: tuple[float, ...]

    @property
    def value(self) -> float:
        """The median."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The least."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The most."""
        return max(self.values)

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What is measured, without what came of it."""
        return self.subject, self.peer, self.n, self.measure

    def document(self) -> dict[str, Any]:
        """For JSON."""
        spread = {"value": _short(self.value), "low": _short(self.low), "high": _short(self.high)}
        return {**asdict(self), "values": [_short(each) for each in self.values], **spread}

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        """From JSON."""
        names = ("subject", "peer", "n", "measure", "unit")
        return cls(**{name: document[name] for name in names}, values=tuple(document["values"]))


def _short(value: float) -> float:
    return float(f"{value:.5g}")


@dataclass(slots=True)
class Measured:
    """All rows of a figure; `missing` names what is not installed, `profile` says where our time goes.

    `at` is when it was measured, `load` the machine's load averages of a minute before and after.
    """

    rows: list[Row] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    profile: list[tuple[str, float]] = field(default_factory=list)
    at: str = ""
    seconds: float = 0.0
    load: tuple[float, float] = (0.0, 0.0)

    def find(self, subject: str, peer: str, n: int, measure: str) -> Row | None:
        """One row."""
        return next((row for row in self.rows if row.key == (subject, peer, n, measure)), None)

    def ratio(self, subject: str, peer: str, n: int, measure: str) -> Row | None:
        """Ours divided by a peer's, round by round."""
        ours, theirs = self.find(subject, OURS, n, measure), self.find(subject, peer, n, measure)
        if ours is None or theirs is None:
            return None
        pairs = zip(ours.values, theirs.values, strict=False)
        values = tuple(mine / other for mine, other in pairs if other)
        return Row(subject, peer, n, measure, "ratio", values) if values else None

    def with_run(self, later: Measured) -> Measured:
        """This run and a later one together: all rounds of both, and the load before the first and after the last."""
        missing = [*dict.fromkeys([*self.missing, *later.missing])]
        rows, seconds = merged([self.rows, later.rows]), self.seconds + later.seconds
        return Measured(rows, missing, later.profile, later.at, seconds, (self.load[0], later.load[1]))

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "rows": [row.document() for row in self.rows]}

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        """From JSON."""
        profile = [(name, share) for name, share in document["profile"]]
        plain = {name: document[name] for name in ("missing", "at", "seconds")}
        return cls([Row.of(each) for each in document["rows"]], profile=profile, load=tuple(document["load"]), **plain)


def merged(rounds: Iterable[Sequence[Row]]) -> list[Row]:
    """The rows of several rounds, each with the values of all of them."""
    found: dict[tuple[str, str, int, str], Row] = {}
    for row in (row for each in rounds for row in each):
        known = found.get(row.key)
        values = row.values if known is None else known.values + row.values
        found[row.key] = Row(row.subject, row.peer, row.n, row.measure, row.unit, values)
    return [*found.values()]
