"""All that was measured, as it is kept in `docs/performance.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from scripts.bench.rows import Measured

FIGURES = ("probing", "failing", "hostile", "share", "evaluation", "notices", "start", "sizes", "latency", "cost")
"""In the order of the document."""


@dataclass(slots=True)
class Report:
    """Figures by name, and the machine on which the last of them was measured."""

    machine: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Measured] = field(default_factory=dict)

    def take(self, newer: Report) -> None:
        """Put what was measured now in the place of what was measured before."""
        self.machine = newer.machine
        self.figures = {name: found for name in FIGURES if (found := newer.figures.get(name) or self.figures.get(name))}

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {"machine": self.machine, "figures": {name: each.document() for name, each in self.figures.items()}}

    def save(self, path: Path) -> None:
        """Write it; rows are lines, so that a difference can be read."""
        figures = []
        for name, measured in self.document()["figures"].items():
            rows = ",\n".join(f"    {json.dumps(row)}" for row in measured.pop("rows"))
            rest = ",\n".join(f"   {json.dumps(key)}: {json.dumps(value)}" for key, value in measured.items())
            figures.append(f'  {json.dumps(name)}: {{\n{rest},\n   "rows": [\n{rows}\n   ]\n  }}')
        machine, text = json.dumps(self.machine), ",\n".join(figures)
        path.write_text(f'{{\n "machine": {machine},\n "figures": {{\n{text}\n }}\n}}\n', "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it."""
        read = json.loads(path.read_text("utf-8"))
        return cls(read["machine"], {name: Measured.of(each) for name, each in read["figures"].items()})
