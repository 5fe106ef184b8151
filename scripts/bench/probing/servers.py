"""The servers that are probed: healthy, refusing, silent, black-holed and hostile ones, on many loopback addresses."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.probing.case import Address
from scripts.bench.processes import START_SECONDS, BenchError, free_port, module, running, wait_for

NGINX = """\
daemon off; pid {folder}/pid; error_log /dev/null; worker_processes 1; worker_rlimit_nofile 20000;
events {{ worker_connections 16000; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
  fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 0.0.0.0:{port} backlog=4096; location / {{ return 200 "ok"; }} }}
}}
"""

FALLBACK = "nginx (a loop in Python answers in its place)"


@dataclass(frozen=True, slots=True)
class World:
    """The ports at which servers of each kind are, at every address of 127.0.0.0/8."""

    healthy: int
    refused: int
    silent: int
    hostile: int
    black_hole: int

    def fleet(
        self, healthy: int, refused: int = 0, silent: int = 0, black_hole: int = 0, hostile: int = 0
    ) -> tuple[Address, ...]:
        """So many of each kind, mixed, in the same order every time."""
        ports = [self.healthy] * healthy + [self.refused] * refused + [self.silent] * silent
        ports += [self.black_hole] * black_hole + [self.hostile] * hostile
        random.Random(13).shuffle(ports)  # noqa: S311 - an order
        return tuple(Address(_host(at), port, port == self.healthy) for at, port in enumerate(ports))


def _host(number: int) -> str:
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


@contextlib.contextmanager
def world() -> Iterator[tuple[World, list[str]]]:
    """Servers until the end of the block, and what is missing on this machine."""
    healthy, others = free_port(), [free_port(), free_port()]
    missing: list[str] = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            missing.append(FALLBACK)
            stack.enter_context(running(module("probing.hostile", "healthy", str(healthy))))
        else:
            config = folder / "nginx.conf"
            config.write_text(NGINX.format(folder=folder, port=healthy), encoding="utf-8")
            stack.enter_context(running([program, "-p", folder, "-c", config]))
        for kind, port in zip(("silent", "hostile"), others, strict=True):
            stack.enter_context(running(module("probing.hostile", kind, str(port))))
        wait_for(f"http://127.0.0.1:{healthy}/ok")
        for port in others:
            _wait_for_port(port)
        refused = stack.enter_context(_bound())
        hole = stack.enter_context(_black_hole())
        yield World(healthy, _port(refused), others[0], others[1], _port(hole)), missing


def _wait_for_port(port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise BenchError("a server does not start")


def _bound() -> socket.socket:
    found = socket.socket()
    found.bind(("0.0.0.0", 0))  # noqa: S104 - all of the loopback interface
    return found


@contextlib.contextmanager
def _black_hole() -> Iterator[socket.socket]:
    """A listener whose queue is full, so that the kernel drops whoever knocks, as where a network is down."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_bound())
        listener.listen(0)
        for _ in range(64):
            client = stack.enter_context(socket.socket())
            client.settimeout(0.2)
            try:
                client.connect(("127.0.0.1", _port(listener)))
            except TimeoutError:
                yield listener
                return
        raise BenchError("the queue of a listening socket does not fill up on this machine")


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])
