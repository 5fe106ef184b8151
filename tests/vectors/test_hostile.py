"""Every line of `hostile.txt` is a server of `tests/hostile.py`, and what a probe concludes of it.

The lines were recorded from the prober on asyncio, before one that is not replaced it.
`python -m tests.vectors.test_hostile` prints what today's concludes.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from icwatch.model import HEALTH, ProbeSpec, Sweep
from icwatch.probing.sweep import sweep_fleet
from icwatch.probing.transport import ProbeTransport
from tests import network
from tests.hostile import HOSTILE, SECONDS, NeverAnswering, Surroundings, start_all
from tests.patience import Stopwatch
from tests.servers import Servers, trusted_authority

CASES = Path(__file__).with_name("hostile.txt")
LATE_MS = 500
"""After the deadline, on a busy machine."""


def expected() -> dict[str, str]:
    """What is to be concluded, by case."""
    lines = (line for line in CASES.read_text().splitlines() if line.strip() and not line.startswith("#"))
    return {name.strip(): outcome.strip() for name, _, outcome in (line.partition("->") for line in lines)}


@contextmanager
def concluded(folder: Path) -> Iterator[tuple[Mapping[str, str], Sweep, float]]:
    """What one sweep over all of them concludes by case, the sweep, and the seconds it took."""
    sweeps: list[Sweep] = []

    def keep(sweep: Sweep) -> bool:
        sweeps.append(sweep)
        return True

    with pytest.MonkeyPatch.context() as patch, Servers() as servers, trusted_authority(folder) as authority:
        around = Surroundings(servers, authority, network.resolver(patch))
        with NeverAnswering(patch):
            targets = start_all(around, patch)
            # A shard each, because some have the same address.
            shards = {name: [target] for name, target in targets.items()}
            watch = Stopwatch()
            transport = ProbeTransport(allow_loopback=True)
            sweep_fleet(shards, ProbeSpec(), {}, 0, keep, transport=transport)
            took = watch.seconds
        yield {sweep.shard: outcome(sweep) for sweep in sweeps}, sweeps[0], took


def outcome(sweep: Sweep) -> str:
    """What a sweep over one target says of it."""
    for why in sweep.unseen.values():
        return f"unseen: {why}"
    for failure in sweep.failures.values():
        detail = re.sub(r" \(_ssl\.c:\d+\)|127\.0\.0\.1:\d+", "", failure.detail)
        return f"{failure.cause} {failure.status or '-'} {re.sub(r'0[.][0-9]+s', '0.Ns', detail)}"
    return "healthy" if all(sweep.metrics[HEALTH].values()) else "?"


def test_what_is_concluded_of_every_hostile_server(tmp_path: Path) -> None:
    with concluded(tmp_path) as (found, _, took):
        assert found == expected()
    assert found.keys() == HOSTILE.keys()
    assert took < float(SECONDS) + LATE_MS / 1000, "each ends by its deadline"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, concluded(Path(folder)) as (found, _, took):
        for name in HOSTILE:
            print(f"{name:42} -> {found[name]}")
        print(f"# {took:.2f} s")


if __name__ == "__main__":
    main()
