"""One round of one client, in a process of its own: `python -m scripts.bench.probing.round CLIENT < CASE`.

A pass over at most `WARM_UP` servers comes before: of icwatch all of them, since it prepares what it asks once.
"""

from __future__ import annotations

import gc
import sys
import time

from scripts.bench.probing.case import Case, result_of
from scripts.bench.probing.clients import CLIENTS
from scripts.bench.processes import peak_megabytes

WARM_UP = 100
OURS = "icwatch"


def main() -> None:
    """Read a case, and print what came of it."""
    name, case = sys.argv[1], Case.of(sys.stdin.read())
    sweep = CLIENTS[name]()
    healthy = tuple(server for server in case.servers if server.healthy)
    warm_up = healthy if name == OURS else healthy[:WARM_UP]
    if warm_up and "--cold" not in sys.argv:
        sweep(Case(warm_up, timeout=case.timeout))
    gc.collect()
    cpu, wall = time.process_time(), time.monotonic()
    passes = [sweep(case) for _ in range(case.repeats)]
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    print(result_of(case, passes, cpu, wall, peak_megabytes()).text())


if __name__ == "__main__":
    main()
