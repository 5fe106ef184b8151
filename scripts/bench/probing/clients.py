"""Whoever probes in this process: icwatch, and clients as one would write a prober with them."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

from scripts.bench.probing import floor
from scripts.bench.probing.case import Case, Seen

Sweep = Callable[[Case], Seen]
"""Probes every server of a case once."""


def _as_deployed() -> None:
    """Hide what httpx loads for its own command where it finds it: a function has none of it."""
    sys.modules.update(dict.fromkeys(("click", "rich")))  # type: ignore[arg-type]  # None: as if not installed


def icwatch() -> Sweep:
    """The prober's sweep, in shards as they are stored, without storing them."""
    _as_deployed()
    from decimal import Decimal  # noqa: PLC0415 - each client loads what it needs and nothing else

    from icwatch.model import HEALTH, ProbeSpec, Target  # noqa: PLC0415
    from icwatch.probing.sweep import sweep_fleet  # noqa: PLC0415
    from icwatch.probing.transport import ProbeTransport  # noqa: PLC0415

    transport = ProbeTransport(allow_loopback=True)

    def sweep(case: Case) -> Seen:
        targets = [Target(server.host, server.port) for server in case.servers]
        shards = {f"shard-{first:06}": targets[first : first + 200] for first in range(0, len(targets), 200)}
        seen: dict[str, float] = {}

        def save(found: Any) -> bool:
            health = found.metrics[HEALTH]
            seen.update({name: took / 1000 for name, took in found.probe_ms.items() if health[name]})
            return True

        sweep_fleet(shards, ProbeSpec(timeout=Decimal(str(case.timeout))), {}, 0, save, transport=transport)
        return [seen.get(target.id) for target in targets]

    return sweep


def httpx_tuned() -> Sweep:
    """httpx.AsyncClient without keep-alive and limits, so many at once, verification off where it is not used."""
    return _httpx(tuned=True)


def httpx_plain() -> Sweep:
    """httpx.AsyncClient with its defaults and one timeout, everything at once."""
    return _httpx(tuned=False)


def _httpx(*, tuned: bool) -> Sweep:
    _as_deployed()
    import httpx  # noqa: PLC0415

    def client(case: Case) -> httpx.AsyncClient:
        if not tuned:
            return httpx.AsyncClient(timeout=case.timeout)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        return httpx.AsyncClient(timeout=case.timeout, limits=limits, verify=False, trust_env=False)  # noqa: S501

    async def all_of(case: Case) -> Seen:
        async with client(case) as made:

            async def ask(url: str) -> bool:
                try:
                    return (await made.get(url)).status_code == httpx.codes.OK
                except httpx.HTTPError:
                    return False

            if tuned:
                return await _gathered(case, case.at_once, ask, case.timeout)
            return await _gathered(case, len(case.servers), ask, None)

    return lambda case: asyncio.run(all_of(case))


def aiohttp() -> Sweep:
    """aiohttp.ClientSession without keep-alive and limits, so many at once."""
    import aiohttp as library  # type: ignore[import-not-found]  # noqa: PLC0415

    async def all_of(case: Case) -> Seen:
        connector = library.TCPConnector(limit=0, force_close=True)
        timeout = library.ClientTimeout(total=case.timeout)
        async with library.ClientSession(connector=connector, timeout=timeout) as session:

            async def ask(url: str) -> bool:
                try:
                    async with session.get(url) as answer:
                        await answer.read()
                        return bool(answer.status == 200)
                except (library.ClientError, TimeoutError, ValueError):
                    return False

            return await _gathered(case, case.at_once, ask, case.timeout)

    return lambda case: asyncio.run(all_of(case))


async def _gathered(case: Case, at_once: int, ask: Callable[[str], Any], deadline: float | None) -> Seen:
    """The time that each request took, from when it was let in to its answer; each within the deadline."""
    gate = asyncio.Semaphore(at_once)

    async def one(url: str) -> float | None:
        async with gate:
            began = time.monotonic()
            try:
                good = await asyncio.wait_for(ask(url), deadline)
            except TimeoutError:
                return None
            return time.monotonic() - began if good else None

    return await asyncio.gather(*(one(f"http://{server.host}:{server.port}/ok") for server in case.servers))


CLIENTS: dict[str, Callable[[], Sweep]] = {
    "icwatch": icwatch,
    "epoll": lambda: floor.sweep,
    "httpx tuned": httpx_tuned,
    "httpx plain": httpx_plain,
    "aiohttp": aiohttp,
}
"""By the names of the peers. What a client needs is loaded when it is called."""
