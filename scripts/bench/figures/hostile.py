"""300 healthy servers beside 30 that misbehave: the times of the healthy ones, and what is said of them.

httpx as it comes has no deadline over the whole of an answer, so a server that drips or pours holds it for ever.
"""

from __future__ import annotations

from scripts.bench.bench import Bench
from scripts.bench.probing import turns
from scripts.bench.probing.case import Case
from scripts.bench.probing.servers import world
from scripts.bench.rows import Measured

SUBJECT, ALONE = "30 hostile", "none hostile"
HEALTHY, HOSTILE = 300, 30
ROUNDS = 4


def measure(bench: Bench) -> Measured:
    """All peers, with and without the hostile ones."""
    measured = Measured()
    peers = [peer for peer in turns.present(turns.ALL, measured) if peer != turns.PLAIN]
    with world() as (servers, missing):
        measured.missing += missing
        for subject, hostile in ((ALONE, 0), (SUBJECT, HOSTILE)):
            case = Case(servers.fleet(HEALTHY, hostile=hostile))
            turns.take_turns(bench, measured, subject, HEALTHY, case, peers=peers, rounds=bench.rounds(ROUNDS))
    return measured
