"""Sweeping: ask every target of every shard once for each of its metrics, and hand each shard's sweep over as soon as
it is complete."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import httpx

from icwatch.model import HEALTH, TLS_DAYS_LEFT, Cause, Failure, Number, ProbeSpec, Sweep, Target
from icwatch.probing.admission import LIVELY_PROBES, MAX_PROBES, SLOW_AFTER_SECONDS, rotated
from icwatch.probing.attempts import LATE_SECONDS, PAUSED
from icwatch.probing.channel import load_tls
from icwatch.probing.probe import Probe, probe, request_for
from icwatch.probing.transport import ProbeTransport
from icwatch.text import one_line

NO_TIME = "too little time was left for it in the sweep"
"""Why a target is unseen whose probe came too late to begin, or to be given its whole timeout."""

_TIMEOUTS = frozenset({Cause.CONNECT_TIMEOUT, Cause.READ_TIMEOUT, Cause.DNS})

Save = Callable[[Sweep], bool]
"""Keeps a sweep; False where it was kept before. Called in a thread."""


@dataclass(slots=True)
class Tally:
    """What a sweep over the whole fleet came to, for one line of log and a handful of metrics.

    Targets are counted by their health. Further probes have counters of their own: failures by metric, and by metric
    and reason those that this machine could not make. `seen` counts the samples of all metrics.
    """

    targets: int = 0
    healthy: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    probe_failures: Counter[str] = field(default_factory=Counter)
    probe_unseen: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    shards: int = 0
    written: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def unhealthy(self) -> int:
        """How many targets failed."""
        return sum(self.causes.values())


async def sweep_fleet(
    shards: Mapping[str, Sequence[Target]],
    health: ProbeSpec,
    further: Mapping[str, ProbeSpec],
    at: int,
    save: Save,
    *,
    source: str = "",
    turn: int = 0,
    seconds: float = math.inf,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Tally:
    """Ask every target for its health and its further metrics, and save one sweep a shard, stamped `at`.

    `health`, and `further` by metric, are the probes of every target that has none of its own. `source` says where
    this is. All probes end within `seconds`: a late one has the time that is left, and its target is unseen where that
    was too little. `turn` is the number of the sweep: each begins with another target. A shard of which nothing could
    be learnt is saved last, when it is known whether anything could be learnt of others. A shard that cannot be saved
    does not stop the others; it is named in `errors`.
    """
    run = _Run(asyncio.get_running_loop().time() + seconds, transport or ProbeTransport())
    tally = Tally(targets=sum(map(len, shards.values())), shards=len(shards))
    # Admission keeps the order. The health of all shards comes first, so that further probes cost no target its health.
    asked = {shard: _asked_first(targets, health) for shard, targets in shards.items()}
    asked_then = {shard: _asked_then(targets, further) for shard, targets in shards.items()}
    if any(each.by_tls for part in (*asked.values(), *asked_then.values()) for each in part):
        load_tls()
    found, found_then = run.start(asked, turn), run.start(asked_then, turn)
    blind: list[Sweep] = []

    async def sweep_shard(shard: str) -> None:
        answers = list(zip(asked[shard], await found[shard], strict=True))
        answers += zip(asked_then[shard], await found_then[shard], strict=True)
        sweep = _sweep(shard, at, source, answers, tally)
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whom to ask for a metric, how, and the request that does it; or why there can be none."""

    metric: str
    target: Target
    spec: ProbeSpec
    request: httpx.Request | None
    problem: str = ""

    @property
    def by_tls(self) -> bool:
        """Whether it needs the trust store."""
        return self.request is not None and self.request.url.scheme == "https"


def _ask_for(metric: str, target: Target, spec: ProbeSpec) -> _Asked:
    try:
        return _Asked(metric, target, spec, request_for(target.url(spec)))
    except Exception as error:
        # One target that cannot even be asked must not stop the others.
        return _Asked(metric, target, spec, None, one_line(f"{type(error).__name__}: {error}"))


def _asked_first(targets: Sequence[Target], health: ProbeSpec) -> list[_Asked]:
    return [_ask_for(HEALTH, target, target.probe or health) for target in targets]


def _asked_then(targets: Sequence[Target], further: Mapping[str, ProbeSpec]) -> list[_Asked]:
    return [
        _ask_for(metric, target, spec)
        for target in targets
        for metric, spec in (further if target.probes is None else target.probes).items()
    ]


class _Run:
    """One sweep under way: its transport, its end, and admission to the network in two gates."""

    def __init__(self, ends: float, transport: httpx.AsyncBaseTransport) -> None:
        self._ends = ends
        self._transport = transport
        self._places = asyncio.Semaphore(0)
        self._room = asyncio.Semaphore(MAX_PROBES)

    def start(self, asked: Mapping[str, Sequence[_Asked]], turn: int) -> dict[str, asyncio.Future[list[Probe]]]:
        """Make these probes wait for their places, and return them by shard. Each turn begins with another of them."""
        order = rotated([each for probes in asked.values() for each in probes], turn)
        tasks = {id(each): asyncio.ensure_future(self._ask(each)) for each in order}
        return {shard: asyncio.gather(*(tasks[id(each)] for each in probes)) for shard, probes in asked.items()}

    async def open(self) -> None:
        """Let the probes begin, once all of them wait: no measured time then holds the start of thousands of tasks."""
        await asyncio.sleep(0)
        for _ in range(LIVELY_PROBES):
            self._places.release()

    async def _ask(self, asked: _Asked) -> Probe:
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
        if found.failure and found.failure.cause in _TIMEOUTS:
            if spec.timeout < asked.spec.timeout:
                return Probe(found.elapsed_ms, unknown=NO_TIME)
            if found.elapsed_ms > (float(spec.timeout) + LATE_SECONDS) * 1000:
                return Probe(found.elapsed_ms, unknown=PAUSED)
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


def _sweep(shard: str, at: int, source: str, answers: Sequence[tuple[_Asked, Probe]], tally: Tally) -> Sweep:
    """Put a shard's answers together and count them. Where nothing could be learnt of it, it is inconclusive so far."""
    metrics: dict[str, dict[str, Number]] = {HEALTH: {}}
    failures: dict[str, dict[str, Failure]] = {HEALTH: {}}
    probe_ms: dict[str, int] = {}
    unseen: dict[str, str] = {}
    for asked, found in answers:
        metric, name = asked.metric, asked.target.id
        values = metrics.setdefault(metric, {})
        if found.unknown:
            _count_unseen(tally, metric, found.unknown)
            if metric == HEALTH:
                unseen[name] = found.unknown
            continue
        values[name] = int(found.healthy)
        if found.failure:
            failures.setdefault(metric, {})[name] = found.failure
        if metric == HEALTH:
            probe_ms[name] = found.elapsed_ms
            if found.tls_not_after is not None:
                metrics.setdefault(TLS_DAYS_LEFT, {})[name] = _days(found.tls_not_after - at)
    of_health = failures.pop(HEALTH)
    tally.seen += sum(map(len, metrics.values()))
    tally.healthy += len(probe_ms) - len(of_health)
    tally.causes.update(failure.cause for failure in of_health.values())
    tally.probe_failures.update({metric: len(failed) for metric, failed in failures.items()})
    return Sweep(
        shard=shard,
        at=at,
        metrics=metrics,
        failures=of_health,
        probe_ms=probe_ms,
        conclusive=any(metrics.values()) or not answers,
        probe_failures=failures,
        source=source,
        unseen=unseen,
    )


def _count_unseen(tally: Tally, metric: str, why: str) -> None:
    if metric == HEALTH:
        tally.unseen[why] += 1
    else:
        tally.probe_unseen[f"{metric}: {why}"] += 1


def _days(seconds: int) -> Decimal:
    """Days with two digits after the point, rounded down: never more than there are."""
    return Decimal(seconds * 100 // 86_400).scaleb(-2)
