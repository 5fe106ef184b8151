"""What a figure is given: how much it may take, and where it says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bench:
    """`quick` asks for the small sizes and two rounds, `say` shows a line of progress."""

    quick: bool
    say: Callable[[str], object]

    def rounds(self, full: int) -> int:
        """How often everybody takes a turn."""
        return min(full, 2) if self.quick else full
