"""Metrics as text: OpenMetrics 1.0, or the text format that was before it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"
"""The two forms, as the header Content-Type names them."""

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value that goes up and down: its name, a sentence, and a sample for each set of labels."""

    name: str
    help: str
    samples: dict[tuple[tuple[str, str], ...], float] = field(default_factory=dict)

    def add(self, value: float, labels: Labels | None = None) -> None:
        """Take a sample in. A label that is empty is as one that is not there; of the same labels the first counts."""
        named = tuple((name, text) for name, text in (labels or {}).items() if text)
        self.samples.setdefault(named, value)


def exposed(gauges: Iterable[Gauge], kind: str) -> str:
    """The samples in one of the two forms. A metric without samples is left out."""
    lines = [line for gauge in gauges if gauge.samples for line in _lines(gauge)]
    return "\n".join([*lines, *(["# EOF"] if kind == OPENMETRICS else [])]) + "\n"


def wanted(accept: str) -> str:
    """The form that a header Accept asks for: OpenMetrics, unless plain text or a browser's page is liked better."""
    liked = {name: quality for part in accept.split(",") for name, quality in [_asked(part)]}
    plain = max(liked.get(name, 0.0) for name in ("text/plain", "text/html", "text/*"))
    open_metrics = max(liked.get(name, 0.0) for name in ("application/openmetrics-text", "application/*"))
    return PLAIN if plain > open_metrics else OPENMETRICS


def _asked(part: str) -> tuple[str, float]:
    """A part of the header: what is asked for, and how much it is liked, from 0 to 1."""
    name, *parameters = (each.strip().lower() for each in part.split(";"))
    given = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        quality = float(given)
    except ValueError:
        return name, 0.0
    return name, quality if 0 <= quality <= 1 else 0.0


def _lines(gauge: Gauge) -> Iterator[str]:
    yield f"# HELP {gauge.name} {gauge.help}"
    yield f"# TYPE {gauge.name} gauge"
    for labels, value in gauge.samples.items():
        named = ",".join(f'{name}="{_quoted(text)}"' for name, text in labels)
        yield f"{gauge.name}{{{named}}} {_number(value)}" if named else f"{gauge.name} {_number(value)}"


def _quoted(text: str) -> str:
    """The value of a label: what would end it or its line is escaped, what is no character is replaced."""
    clean = text.encode("utf-8", "replace").decode()
    return clean.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n").replace("\r", " ").replace("\0", " ")


def _number(value: float) -> str:
    assert math.isfinite(value), "what is not known has no sample"
    return str(int(value)) if value == int(value) else repr(float(value))
