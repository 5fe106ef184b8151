"""Sweeping: probe every target of every shard once, and hand each shard's sweep over as soon as it is complete."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from icwatch.model import HEALTH, Cause, ProbeSpec, Sweep, Target
from icwatch.probe import Probe, one_line, probe, request_for
from icwatch.transport import ProbeTransport

LIVELY = 32
"""Probes at once. More falsify what they measure: on a small function healthy servers turn into timeouts."""

PATIENCE = 0.150
"""Seconds after which a probe counts as slow and gives its place among the lively ones up."""

IN_ALL = 900
"""Probes at once, slow ones included: a function has 1,024 file descriptors, and each probe holds one."""

LATE = 0.25
"""Seconds. A timeout that came this much after its deadline fell into a pause of this machine and is no evidence."""

_TIMEOUTS = frozenset({Cause.CONNECT_TIMEOUT, Cause.READ_TIMEOUT, Cause.DNS})

Save = Callable[[Sweep], bool]
"""Keeps a sweep; False where it was kept before. Called in a thread."""


@dataclass(slots=True)
class Tally:
    """What a sweep over the whole fleet came to, for one line of log and a handful of metrics."""

    targets: int = 0
    healthy: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    shards: int = 0
    written: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def unhealthy(self) -> int:
        """How many targets failed."""
        return sum(self.causes.values())


async def sweep_fleet(
    shards: Mapping[str, Sequence[Target]],
    spec: ProbeSpec,
    at: int,
    save: Save,
    *,
    seconds: float = math.inf,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Tally:
    """Probe every target once and save one sweep a shard, stamped `at`.

    No probe is begun that could not end within `seconds`; a target that was not probed is unseen. A shard that
    cannot be saved does not stop the others; it is named in `errors`.
    """
    run = _Run(spec, asyncio.get_running_loop().time() + seconds, transport)
    tally = Tally(targets=sum(map(len, shards.values())), shards=len(shards))

    async def sweep_shard(shard: str, targets: Sequence[Target]) -> None:
        probes = await asyncio.gather(*map(run.ask, targets))
        sweep = _sweep(shard, at, dict(zip((target.id for target in targets), probes, strict=True)), tally)
        try:
            written = await asyncio.to_thread(save, sweep)
        except Exception as error:
            tally.errors.append(f"{shard}: {error}")
        else:
            tally.written += written

    async with asyncio.TaskGroup() as group:
        for shard, targets in shards.items():
            group.create_task(sweep_shard(shard, targets))
    return tally


class _Run:
    """One sweep under way: its transport, its end, and admission to the network in two gates."""

    def __init__(self, spec: ProbeSpec, ends: float, transport: httpx.AsyncBaseTransport | None) -> None:
        self._spec = spec
        self._deadline = float(spec.timeout)
        self._ends = ends
        self._transport = transport or ProbeTransport(self._deadline)
        self._places = asyncio.Semaphore(LIVELY)
        self._room = asyncio.Semaphore(IN_ALL)

    async def ask(self, target: Target) -> Probe:
        async with self._room, self._place():
            if asyncio.get_running_loop().time() + self._deadline > self._ends:
                return Probe(0, unknown="no time left")
            try:
                found = await probe(self._transport, request_for(target.url(self._spec.path)), self._spec.expect_status)
            except Exception as error:
                # One target that cannot even be asked must not stop the others.
                return Probe(0, unknown=one_line(f"{type(error).__name__}: {error}"))
        late = found.elapsed_ms > (self._deadline + LATE) * 1000
        if late and found.failure and found.failure.cause in _TIMEOUTS:
            return Probe(found.elapsed_ms, unknown="the prober itself paused")
        return found

    @contextlib.asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """A place among the lively probes, given up by one that turns out slow."""
        await self._places.acquire()
        held = True

        def give_up() -> None:
            nonlocal held
            if held:
                held = False
                self._places.release()

        slow = asyncio.get_running_loop().call_later(PATIENCE, give_up)
        try:
            yield
        finally:
            slow.cancel()
            give_up()


def _sweep(shard: str, at: int, probes: Mapping[str, Probe], tally: Tally) -> Sweep:
    """Put a shard's probes together and count them. Where nothing could be learnt of any target, it is inconclusive."""
    seen = {target: found for target, found in probes.items() if not found.unknown}
    failures = {target: found.failure for target, found in seen.items() if found.failure}
    tally.healthy += len(seen) - len(failures)
    tally.causes.update(failure.cause for failure in failures.values())
    tally.unseen.update(found.unknown for found in probes.values() if found.unknown)
    return Sweep(
        shard=shard,
        at=at,
        metrics={HEALTH: {target: int(found.healthy) for target, found in seen.items()}},
        failures=failures,
        probe_ms={target: found.elapsed_ms for target, found in seen.items()},
        conclusive=bool(seen) or not probes,
    )
