"""Sweeping: ask every target of every shard once for each of its metrics, and hand each shard's sweep over as soon as
it is complete."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import httpx

from icwatch.model import ProbeSpec, Sweep, Target
from icwatch.probing.admission import LIVELY_PROBES, MAX_PROBES, SLOW_AFTER_SECONDS, rotated
from icwatch.probing.channel import load_tls
from icwatch.probing.probe import TIMEOUTS, Probe, probe
from icwatch.probing.questions import Question, further_questions, health_questions
from icwatch.probing.tally import Tally, sweep_of
from icwatch.probing.transport import ProbeTransport
from icwatch.text import one_line

NO_TIME = "too little time was left for it in the sweep"
"""Why a target is unseen whose probe came too late to begin, or to be given its whole timeout."""

Save = Callable[[Sweep], bool]
"""Keeps a sweep; False where it was kept before. Called in a thread."""


async def sweep_fleet(
    shards: Mapping[str, Sequence[Target]],
    health: ProbeSpec,
    further: Mapping[str, ProbeSpec],
    at: int,
    save: Save,
    *,
    source: str = "",
    turn: int = 0,
    every: int = 0,
    seconds: float = math.inf,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Tally:
    """Ask every target for its health and its further metrics, and save one sweep a shard, stamped `at`.

    `health`, and `further` by metric, are the probes of every target that has none of its own. `source` says where
    this is. All probes end within `seconds`: a late one has the time that is left, and its target is unseen where that
    was too little. `every` is the cycle in seconds, which each sweep keeps. `turn` is the number of the sweep: each
    begins with another target. A shard of which nothing could be learnt is saved last, when it is known whether
    anything could be learnt of others. A shard that cannot be saved does not stop the others; it is named in `errors`.
    """
    run = _Run(asyncio.get_running_loop().time() + seconds, transport or ProbeTransport())
    tally = Tally(targets=sum(map(len, shards.values())), shards=len(shards))
    # Admission keeps the order. The health of all shards comes first, so that further probes cost no target its health.
    asked = {shard: health_questions(targets, health) for shard, targets in shards.items()}
    asked_then = {shard: further_questions(targets, further) for shard, targets in shards.items()}
    if any(each.by_tls for part in (*asked.values(), *asked_then.values()) for each in part):
        load_tls()
    found, found_then = run.start(asked, turn), run.start(asked_then, turn)
    blind: list[Sweep] = []

    async def sweep_shard(shard: str) -> None:
        answers = list(zip(asked[shard], await found[shard], strict=True))
        answers += zip(asked_then[shard], await found_then[shard], strict=True)
        sweep = replace(sweep_of(shard, at, source, answers, tally), every=every)
        if sweep.conclusive:
            await _save(sweep, save, tally)
        else:
            blind.append(sweep)

    async with asyncio.TaskGroup() as group:
        for shard in shards:
            group.create_task(sweep_shard(shard))
        await run.open()
    async with asyncio.TaskGroup() as group:
        for sweep in blind:
            group.create_task(_save(replace(sweep, conclusive=tally.seen > 0), save, tally))
    return tally


async def _save(sweep: Sweep, save: Save, tally: Tally) -> None:
    try:
        written = await asyncio.to_thread(save, sweep)
    except Exception as error:
        tally.errors.append(f"{sweep.shard}: {error}")
    else:
        tally.written += written


class _Run:
    """One sweep under way: its transport, its end, and admission to the network in two gates."""

    def __init__(self, ends: float, transport: httpx.AsyncBaseTransport) -> None:
        self._ends = ends
        self._transport = transport
        self._places = asyncio.Semaphore(0)
        self._room = asyncio.Semaphore(MAX_PROBES)

    def start(self, asked: Mapping[str, Sequence[Question]], turn: int) -> dict[str, asyncio.Future[list[Probe]]]:
        """Make these probes wait for their places, and return them by shard. Each turn begins with another of them."""
        order = rotated([each for probes in asked.values() for each in probes], turn)
        tasks = {id(each): asyncio.ensure_future(self._ask(each)) for each in order}
        return {shard: asyncio.gather(*(tasks[id(each)] for each in probes)) for shard, probes in asked.items()}

    async def open(self) -> None:
        """Let the probes begin, once all of them wait: no measured time then holds the start of thousands of tasks."""
        await asyncio.sleep(0)
        for _ in range(LIVELY_PROBES):
            self._places.release()

    async def _ask(self, asked: Question) -> Probe:
        if asked.request is None:
            return Probe(0, unknown=asked.problem)
        spec = asked.spec
        async with self._room, self._place():
            left = self._ends - asyncio.get_running_loop().time()
            if left <= 0:
                return Probe(0, unknown=NO_TIME)
            if left < spec.timeout:
                spec = replace(spec, timeout=Decimal(left))
            try:
                found = await probe(self._transport, asked.request, spec)
            except Exception as error:
                return Probe(0, unknown=one_line(f"{type(error).__name__}: {error}"))
        if found.failure and found.failure.cause in TIMEOUTS and spec.timeout < asked.spec.timeout:
            return Probe(found.elapsed_ms, unknown=NO_TIME)
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

        slow = asyncio.get_running_loop().call_later(SLOW_AFTER_SECONDS, give_up)
        try:
            yield
        finally:
            slow.cancel()
            give_up()
