"""Fleets of which a part or all is down: 5 % refused, 2.5 % silent and 2.5 % black-holed; and all of it dead."""

from __future__ import annotations

from scripts.bench.bench import Bench
from scripts.bench.peers import blackbox
from scripts.bench.probing import turns
from scripts.bench.probing.case import Address, Case
from scripts.bench.probing.servers import World, world
from scripts.bench.rows import OURS, Measured

MIXED, DOWN = "10 % down", "all down"

AT_ONCE = 900
"""Probes at once of whoever has to be told: as many as we have, so that the dead take nobody longer."""

ROUNDS = 3


def measure(bench: Bench) -> Measured:
    """1,000 targets for all peers, 10,000 for those that are made for it."""
    measured = Measured()
    peers = turns.present(turns.ALL, measured)
    quick = [peer for peer in peers if peer != turns.PLAIN]
    large = [peer for peer in peers if peer in (OURS, turns.FLOOR, blackbox.NAME)]
    with world() as (servers, missing):
        measured.missing += missing
        for n, who in ((1000, quick), (10_000, large)):
            if bench.quick and n > 1000:
                break
            rounds = bench.rounds(ROUNDS)
            case = Case(mixed(servers, n), at_once=AT_ONCE)
            turns.take_turns(bench, measured, MIXED, n, case, peers=who, rounds=rounds if n < 10_000 else 2)
            # A dead fleet of 10,000 takes everybody more than half a minute.
            patient = [OURS] if n == 10_000 else who
            case = Case(dead(servers, n), at_once=AT_ONCE)
            turns.take_turns(bench, measured, DOWN, n, case, peers=patient, rounds=1 if n == 10_000 else min(rounds, 2))
        if turns.PLAIN in peers:
            for subject, servers_of in ((MIXED, mixed), (DOWN, dead)):
                case = Case(servers_of(servers, 1000), at_once=AT_ONCE)
                turns.take_turns(bench, measured, subject, 1000, case, peers=[turns.PLAIN], rounds=1)
    return measured


def mixed(servers: World, n: int) -> tuple[Address, ...]:
    """One in ten is down."""
    refused, silent = round(n * 0.05), round(n * 0.025)
    return servers.fleet(n - refused - 2 * silent, refused, silent, silent)


def dead(servers: World, n: int) -> tuple[Address, ...]:
    """Half of them take a connection and say nothing, and half do not even do that."""
    return servers.fleet(0, silent=n // 2, black_hole=n - n // 2)
