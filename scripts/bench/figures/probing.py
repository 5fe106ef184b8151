"""Healthy fleets of 10 to 10,000: CPU a probe, time, the times that are seen, and memory."""

from __future__ import annotations

import cProfile
import pstats
import re
from collections.abc import Mapping

from scripts.bench.bench import Bench
from scripts.bench.probing import turns
from scripts.bench.probing.case import Case
from scripts.bench.probing.clients import icwatch
from scripts.bench.probing.servers import world
from scripts.bench.rows import Measured

SUBJECT = "healthy"

REPEATS: Mapping[int, int] = {10: 30, 100: 10, 1000: 1, 10_000: 1}
"""How often a round goes over a fleet of each size."""

ROUNDS: Mapping[int, int] = {10: 5, 100: 5, 1000: 5, 10_000: 3}

SLOW: Mapping[int, tuple[str, ...]] = {1000: (turns.PLAIN,), 10_000: (turns.TUNED, turns.AIOHTTP)}
"""Who takes so long at a size that one round has to do."""

LEFT_OUT: Mapping[int, tuple[str, ...]] = {10_000: (turns.PLAIN,)}
"""Who would take minutes: httpx's pool goes through all requests that wait, at each answer."""

SHOWN = 12
"""Functions of a profile."""


def measure(bench: Bench) -> Measured:
    """All peers at all sizes."""
    measured = Measured()
    peers = turns.present(turns.ALL, measured)
    with world() as (servers, missing):
        measured.missing += missing
        for n, repeats in REPEATS.items():
            if bench.quick and n > 1000:
                break
            case = Case(servers.fleet(n), repeats=repeats)
            rounds = bench.rounds(ROUNDS[n])
            slow = [peer for peer in peers if peer in SLOW.get(n, ())]
            quick = [peer for peer in peers if peer not in (*slow, *LEFT_OUT.get(n, ()))]
            turns.take_turns(bench, measured, SUBJECT, n, case, peers=quick, rounds=rounds)
            turns.take_turns(bench, measured, SUBJECT, n, case, peers=slow, rounds=1)
        bench.say("the profile of 1,000 healthy probes")
        measured.profile = profile(Case(servers.fleet(1000)))
    return measured


def profile(case: Case) -> list[tuple[str, float]]:
    """Where the time of a warm sweep goes: functions with their own share of it, the largest first."""
    sweep = icwatch()
    sweep(case)
    profiler = cProfile.Profile()
    profiler.runcall(sweep, case)
    return shares(profiler)


def _built_in(name: str) -> str:
    """The short name of a function in C: `socket.send` of `<method 'send' of '_socket.socket' objects>`."""
    if method := re.search(r"method '(\w+)' of '_?([\w.]+)'", name):
        return f"{method[2].rpartition('.')[2]}.{method[1]}"
    function = re.search(r"function ([\w.]+) at|built-in method (?:builtins\.)?([\w.]+)", name)
    return (function[1] or function[2]) if function else name.strip("<>")


def shares(profiler: cProfile.Profile) -> list[tuple[str, float]]:
    """The functions that take most by themselves, and their part of all; waiting for the kernel is no work."""
    times: dict[str, float] = {}
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        if "poll" not in function and "acquire" not in function:
            where = file.rpartition("/python/")[2] if "/python/icwatch/" in file else file.rpartition("/")[2]
            name = _built_in(function) if file == "~" else f"{where}: {function}"
            times[name] = times.get(name, 0.0) + own
    whole = sum(times.values())
    largest = sorted(times.items(), key=lambda each: -each[1])[:SHOWN]
    return [(name, round(took / whole, 4)) for name, took in largest]
