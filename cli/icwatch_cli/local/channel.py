"""Lines to and from a process over its pipes, each within a time: a process that hangs must hang nobody else."""

from __future__ import annotations

import os
import select
import subprocess
import time

CHUNK_BYTES = 65_536


class LineChannel:
    """The standard input and output of a process that was started with pipes for both."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        self._received = bytearray()

    def send(self, line: bytes, ends: float) -> bool:
        """Send a line with its end; False where it was not taken by the monotonic `ends`. Raises BrokenPipeError."""
        left = memoryview(line)
        while left:
            _, writable, _ = select.select([], [self._input], [], _until(ends))
            if not writable:
                return False
            left = left[os.write(self._input, left[:CHUNK_BYTES]) :]
        return True

    def receive(self, ends: float) -> bytes | None:
        """The next line with its end; without one where the process ended, None where none came by `ends`."""
        while b"\n" not in self._received:
            readable, _, _ = select.select([self._output], [], [], _until(ends))
            if not readable:
                return None
            chunk = os.read(self._output, CHUNK_BYTES)
            if not chunk:
                return bytes(self._received)
            self._received += chunk
        line, _, rest = self._received.partition(b"\n")
        self._received = rest
        return bytes(line) + b"\n"


def _until(ends: float) -> float:
    return max(0.0, ends - time.monotonic())
