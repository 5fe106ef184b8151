"""Durations as people write and read them: `90s`, `1h30m`, `PT1H30M`."""

from __future__ import annotations

import re
from decimal import Decimal

_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
_PART = r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d)"

WHOLE = re.compile(rf"(?:{_PART})+")
"""A duration, in up to MAX_LENGTH characters."""

MAX_LENGTH = 40

SHORT = ("d", "h", "m", "s")
"""The units of `spell` and `exact` as fleet files write them."""


def parse_duration(text: str) -> Decimal:
    """Seconds in `text`: numbers with the units ms, s, m, h, d, one after the other. ValueError for anything else."""
    if len(text) > MAX_LENGTH or not WHOLE.fullmatch(text):
        raise ValueError(text)
    return sum((Decimal(number) * _SECONDS[unit] for number, unit in re.findall(_PART, text)), Decimal(0))


def spell(seconds: int, units: tuple[str, str, str, str] = SHORT) -> str:
    """For people: `45s`, `1h 30m`, `2d 3h`. The two largest units that count, the rest is cut."""
    parts = [f"{count}{unit}" for count, unit in zip(_split(seconds), units, strict=True) if count]
    return " ".join(parts[:2]) or f"0{units[-1]}"


def exact(seconds: int) -> str:
    """As a fleet file writes it, and nothing cut: `0s`, `5m`, `1d1h1m1s`."""
    return "".join(f"{count}{unit}" for count, unit in zip(_split(seconds), SHORT, strict=True) if count) or "0s"


def iso8601(seconds: int) -> str:
    """ISO 8601: `PT5M`, `P1DT2H`, `PT0S`."""
    days, *clock = _split(seconds)
    date = f"{days}D" if days else ""
    time = "".join(f"{count}{unit}" for count, unit in zip(clock, "HMS", strict=True) if count)
    return f"P{date}T{time}" if time else f"P{date or 'T0S'}"


def _split(seconds: int) -> tuple[int, int, int, int]:
    minutes, second = divmod(max(seconds, 0), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return days, hour, minute, second
