"""Processes that are started for a figure and end with it, and what they use."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHILD_TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30.0


class BenchError(Exception):
    """What was to be measured did not run."""


@contextlib.contextmanager
def running(command: Sequence[str | Path], *, quiet: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """A process until the end of the block."""
    output = subprocess.DEVNULL if quiet else None
    process = subprocess.Popen([*map(str, command)], stdout=output, stderr=output, cwd=ROOT)  # noqa: S603
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, all its threads together, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CHILD_TICKS


def peak_megabytes(pid: int | str = "self") -> float:
    """The most memory that a process has held, in MB. `ru_maxrss` would count that of who started it."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise BenchError(f"the kernel does not say what memory process {pid} holds")


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(url: str, seconds: float = START_SECONDS) -> None:
    """Return once something answers there. Raises BenchError."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310 - on this machine
            return
        time.sleep(0.05)
    raise BenchError(f"nothing answers at {url}")


def module(name: str, *arguments: str, python: str | Path = sys.executable) -> list[str]:
    """The command that runs a module of this package."""
    return [str(python), "-m", f"scripts.bench.{name}", *arguments]


def run(command: Sequence[str], text: str = "", seconds: float = 600.0) -> str:
    """Run a command in the root to its end, and give what it prints. Raises BenchError."""
    try:
        done = subprocess.run(  # noqa: S603 - ours
            command, input=text, capture_output=True, text=True, check=False, timeout=seconds, cwd=ROOT
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"it takes more than {seconds:.0f} s") from error
    if done.returncode:
        raise BenchError(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")
    return done.stdout
