"""What a sweep's own start-up adds to the times that it measures: the first probes beside all others.

    .venv/bin/python -m scripts.bench_startup [--targets 10000] [--rounds 5]

All targets are one healthy server on this machine, so the truth is about a millisecond and the same for all.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from decimal import Decimal
from typing import Any
from unittest import mock

from icwatch.model import ProbeSpec, Target
from icwatch.probing import sweep
from icwatch.probing.admission import LIVELY_PROBES
from icwatch.probing.probe import Probe, probe
from icwatch.probing.sweep import sweep_fleet
from icwatch.probing.transport import ProbeTransport
from scripts.bench_probing import running_server

SHARD = 200


def measure(targets: int, port: int) -> list[int]:
    """How long each probe of a sweep took in ms, in the order of asking."""
    took: list[tuple[int, int]] = []
    numbers = iter(range(targets))

    async def noted(*arguments: Any, **options: Any) -> Probe:
        number = next(numbers)
        found = await probe(*arguments, **options)
        assert found.healthy, found
        took.append((number, found.elapsed_ms))
        return found

    shards = {
        f"s-{first}": [Target("127.0.0.1", port)] * min(SHARD, targets - first) for first in range(0, targets, SHARD)
    }
    spec, transport = ProbeSpec(timeout=Decimal(30)), ProbeTransport(allow_loopback=True)
    with mock.patch.object(sweep, "probe", noted):
        asyncio.run(sweep_fleet(shards, spec, {}, 0, lambda sweep: True, transport=transport))
    return [ms for _, ms in sorted(took)]


def main() -> None:
    """Print the medians of all rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, nargs="+", default=[300, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(f"ms, medians of {arguments.rounds} rounds")
    print(f"{'targets':>8}{'worst of first 32':>20}{'others':>10}{'others p99':>12}")
    with running_server() as port:
        for targets in arguments.targets:
            rounds = [measure(targets, port) for _ in range(arguments.rounds)]
            first = statistics.median(max(each[:LIVELY_PROBES]) for each in rounds)
            others = statistics.median(statistics.median(each[LIVELY_PROBES:]) for each in rounds)
            slowest = statistics.median(
                sorted(each[LIVELY_PROBES:])[len(each[LIVELY_PROBES:]) * 99 // 100] for each in rounds
            )
            print(f"{targets:>8}{first:>20.1f}{others:>10.1f}{slowest:>12.1f}")


if __name__ == "__main__":
    main()
