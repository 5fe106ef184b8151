"""Whoever probes takes turns, round after round, and what came of it becomes rows."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from scripts.bench.bench import Bench
from scripts.bench.peers import blackbox
from scripts.bench.probing.case import Case, Result
from scripts.bench.processes import BenchError, module, run
from scripts.bench.rows import OURS, Measured, Row, merged

FLOOR, TUNED, PLAIN, AIOHTTP = "epoll", "httpx tuned", "httpx plain", "aiohttp"

WITHIN_SECONDS = 60.0
"""Whoever takes longer for a round than this, a start and a warm-up included, is not waited for."""

ALL = (OURS, FLOOR, blackbox.NAME, TUNED, AIOHTTP, PLAIN)

UNITS: Mapping[str, str] = {
    "cpu": "ms",
    "wall": "s",
    "p50": "ms",
    "p99": "ms",
    "memory": "MB",
    "false_failures": "",
    "false_health": "",
}
"""Of each field of a result."""


def present(peers: Iterable[str], measured: Measured) -> list[str]:
    """Those of the peers that are installed; the others are named as missing."""
    found = []
    for peer in peers:
        if (peer == blackbox.NAME and blackbox.program() is None) or (peer == AIOHTTP and _python_of_aiohttp() is None):
            measured.missing.append(peer)
        else:
            found.append(peer)
    return found


def _python_of_aiohttp() -> str | None:
    """The interpreter that has aiohttp: that of this process, or of the environment that `make bench` makes."""
    if importlib.util.find_spec("aiohttp") is not None:
        return sys.executable
    own = Path(sys.prefix) / "bench" / "bin" / "python"
    return str(own) if own.exists() else None


def one(peer: str, case: Case, prefix: Sequence[str] = ()) -> Result:
    """One round of a peer. `prefix` is the command that starts its process, where it is to be held back."""
    if peer == blackbox.NAME:
        return blackbox.measure(case)
    python = (_python_of_aiohttp() if peer == AIOHTTP else None) or sys.executable
    printed = run([*prefix, *module("probing.round", peer, python=python)], case.text(), WITHIN_SECONDS)
    return Result.of(printed.splitlines()[-1])


def rows_of(subject: str, peer: str, n: int, result: Result) -> list[Row]:
    """A round as rows."""
    values = {each.name: getattr(result, each.name) for each in fields(result)}
    found = {name: float(value) for name, value in values.items() if value is not None}
    return [Row(subject, peer, n, name, UNITS[name], (value,)) for name, value in found.items()]


def take_turns(
    bench: Bench, measured: Measured, subject: str, n: int, case: Case, *, peers: Sequence[str], rounds: int
) -> None:
    """Everybody in turn, so many times. Whoever cannot do it at all is missing from the rows, and it is said why."""
    found: list[list[Row]] = []
    broken: dict[str, str] = {}
    for number in range(rounds):
        for peer in peers:
            if peer in broken:
                continue
            bench.say(f"{subject}, {n:,} targets, round {number + 1} of {rounds}: {peer}")
            try:
                found.append(rows_of(subject, peer, n, one(peer, case)))
            except (BenchError, OSError) as error:
                broken[peer] = str(error).splitlines()[-1][:200]
    measured.rows += merged(found)
    measured.missing += [f"{peer} ({subject}, {n:,}): {reason}" for peer, reason in broken.items()]
