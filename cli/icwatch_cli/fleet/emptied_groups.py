"""Aggregates that pass over a group of which a comparison within it leaves nothing. Pure.

`min(count(up == 1) by (vpc)) < 2` says nothing of a VPC with nothing left as long as another has a server, as in
Prometheus: an alarm then clears because it got worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from icwatch.model import COMPARATORS, TARGET, Instruction
from icwatch.rules.arithmetic import AGGREGATES


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression: whether a comparison may filter its values, and whether some may be of nothing."""

    filtered: bool = False
    emptied: bool = False


def passing_over(program: Sequence[Instruction]) -> Iterator[str]:
    """The aggregates of an expression whose value is another one without the groups of which nothing is left."""
    stack: list[_Part] = []
    for step in program:
        if step.do in ("select", "number"):
            stack.append(_Part())
        elif step.do in AGGREGATES:
            inner = stack.pop()
            if step.do in ("min", "avg") and inner.emptied and TARGET not in step.labels:
                yield step.do
            counts = step.do in ("count", "sum")
            stack.append(_Part(emptied=inner.filtered or inner.emptied) if counts else inner)
        elif step.do not in ("abs", "round"):
            right, left = stack.pop(), stack.pop()
            filtered = left.filtered or right.filtered or step.do in (*COMPARATORS, "and", "unless")
            if step.do == "or":
                filtered = left.filtered and right.filtered
            stack.append(_Part(filtered, left.emptied or right.emptied))
