"""A tenth of a core, which Lambda gives a function of 128 to 177 MB: is a healthy server taken for a dead one?"""

from __future__ import annotations

import shutil

from scripts.bench.bench import Bench
from scripts.bench.peers import blackbox
from scripts.bench.probing import turns
from scripts.bench.probing.case import Case
from scripts.bench.probing.servers import world
from scripts.bench.processes import BenchError
from scripts.bench.rows import Measured, Row, merged

SUBJECT = "a tenth of a core"
SIZES = (200, 1000)
ROUNDS = 3
HOLD = ("cpulimit", "--limit=10", "--foreground", "--quiet", "--")


def measure(bench: Bench) -> Measured:
    """All clients that can be held back as a whole."""
    measured = Measured()
    if shutil.which(HOLD[0]) is None:
        measured.missing.append(HOLD[0])
        return measured
    peers = [peer for peer in turns.present(turns.ALL, measured) if peer not in (blackbox.NAME, turns.PLAIN)]
    found: list[list[Row]] = []
    with world() as (servers, missing):
        measured.missing += missing
        for n in SIZES:
            for number in range(bench.rounds(ROUNDS if n == SIZES[0] else 1)):
                for peer in peers:
                    bench.say(f"{SUBJECT}, {n:,} targets, round {number + 1}: {peer}")
                    try:
                        result = turns.one(peer, Case(servers.fleet(n)), HOLD)
                    except BenchError as error:
                        measured.missing.append(f"{peer} ({n:,}): {str(error).splitlines()[-1][:200]}")
                    else:
                        found.append(turns.rows_of(SUBJECT, peer, n, result))
    measured.rows = merged(found)
    return measured
