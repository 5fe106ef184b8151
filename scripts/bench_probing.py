"""What a probe costs, and what it gets wrong: our sweep beside httpx's client, as it comes and tuned.

    .venv/bin/python -m scripts.bench_probing [--targets 1000] [--rounds 5]

All targets are healthy and on this machine, so every failure is a false alarm. CPU time is that of the probing process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal

import httpx

from icwatch.model import ProbeSpec, Target
from icwatch.probing.sweep import sweep_fleet
from icwatch.probing.transport import ProbeTransport

TIMEOUT = 3.0

Contender = Callable[[int, int], Coroutine[None, None, int]]
"""Asks `targets` times at `port`; the answer is how many failed."""


async def ours(targets: int, port: int) -> int:
    """The prober's sweep, without saving."""
    # A shard each, because all of them have the one address of the server.
    shards = {str(number): [Target("127.0.0.1", port)] for number in range(targets)}
    spec = ProbeSpec(timeout=Decimal(str(TIMEOUT)))
    tally = sweep_fleet(shards, spec, {}, 0, lambda sweep: True, transport=ProbeTransport(allow_loopback=True))
    return targets - tally.healthy


async def _with_client(client: httpx.AsyncClient, targets: int, port: int, at_once: int) -> int:
    gate = asyncio.Semaphore(at_once)

    async def ask() -> bool:
        async with gate:
            try:
                return (await client.get(f"http://127.0.0.1:{port}/ok")).status_code != httpx.codes.OK
            except httpx.HTTPError:
                return True

    async with client:
        return sum(await asyncio.gather(*(ask() for _ in range(targets))))


async def as_it_comes(targets: int, port: int) -> int:
    """httpx.AsyncClient with its defaults and one timeout, everything at once."""
    return await _with_client(httpx.AsyncClient(timeout=TIMEOUT), targets, port, targets)


async def tuned(targets: int, port: int) -> int:
    """httpx.AsyncClient without keep-alive and limits, 32 at once, verification off where it is not used."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    client = httpx.AsyncClient(timeout=TIMEOUT, limits=limits, verify=False, trust_env=False)  # noqa: S501
    return await _with_client(client, targets, port, 32)


CONTENDERS: dict[str, Contender] = {
    "icwatch": ours,
    "httpx, tuned": tuned,
    "httpx, as it comes": as_it_comes,
}


def measure(contender: Contender, targets: int, port: int) -> tuple[float, float, int]:
    """CPU in ms a probe, wall seconds, and failures of one round."""
    cpu, wall = time.process_time(), time.perf_counter()
    failed = asyncio.run(contender(targets, port))
    return (time.process_time() - cpu) * 1000 / targets, time.perf_counter() - wall, failed


def serve(listener: socket.socket) -> None:
    """A healthy IC-Server for ever."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, sock=listener, backlog=4096)
        await server.serve_forever()

    asyncio.run(main())


@contextlib.contextmanager
def running_server() -> Iterator[int]:
    """A healthy IC-Server in a process of its own; gives its port on the loopback interface."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
        server.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.terminate()


def main() -> None:
    """Take turns, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    results: dict[str, list[tuple[float, float, int]]] = {name: [] for name in CONTENDERS}
    with running_server() as port:
        for _ in range(arguments.rounds):
            for name, contender in CONTENDERS.items():
                results[name].append(measure(contender, arguments.targets, port))
    print(f"{arguments.targets} healthy targets, medians of {arguments.rounds} rounds")
    print(f"{'':20}{'CPU ms/probe':>14}{'sweep s':>10}{'false failures':>16}")
    for name, rounds in results.items():
        cpu, wall, failed = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{name:20}{cpu:>14.3f}{wall:>10.2f}{failed:>16.0f}")


if __name__ == "__main__":
    main()
