"""A Lambda function on this machine: a worker process, started when needed, replaced when it died or took too long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.channel import LineChannel

INIT_SECONDS = 30.0
"""How long a worker may take to load its function."""

END_SECONDS = 1.0
"""How long a worker that has closed its output may take to end."""

MAX_STARTS = 5
"""Workers in a row that end by themselves, or hang, before their function is loaded; then it is given up."""

LAYER = Path("layers", "core", "python")
"""Where in a checkout the code is that functions load."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the stack says about a function: `timeout` in seconds, `memory` in MB."""

    name: str
    arn: str
    timeout: int
    memory: int
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """What an invocation came to: the handler's answer, or the error in words. `log` says why the log is incomplete."""

    payload: Any = None
    error: str | None = None
    log: str | None = None


class Function:
    """One function. Invocations of it come one after the other, as a stream shard's do.

    `folder` is its own, `functions/NAME`, in the checkout whose layer it loads. `report` is called once that the log
    cannot be written.
    """

    def __init__(self, folder: Path, log: IO[bytes], report: Callable[[str], object] = lambda trouble: None) -> None:
        self._folder = folder
        self._log = log
        self._report = report
        self._logs = True
        self._failed_starts = 0
        self._lock = threading.Lock()
        self._configuration: Configuration | None = None
        self._stopped = False
        self._ready = False
        self._worker = self._start()

    @property
    def name(self) -> str:
        """What its folder is called."""
        return self._folder.name

    @property
    def pid(self) -> int:
        """The process id of the worker."""
        return self._worker.pid

    @property
    def ended(self) -> str | None:
        """Why it cannot be started any more; None where it can."""
        if self._failed_starts < MAX_STARTS:
            return None
        return f"the {self.name} cannot be started: its worker failed {self._failed_starts} times before it was loaded"

    def configure(self, configuration: Configuration) -> None:
        """Say what the stack says about it. A worker may be started before this, and waits for it."""
        self._configuration = configuration
        with suppress(BrokenPipeError):  # a worker that has ended is noticed at the first invocation
            self._send(dict(configuration.environment), time.monotonic() + INIT_SECONDS)

    def invoke(self, event: object) -> Result:
        """Call the handler with `event`. A worker that dies or takes too long is an error, as it is on AWS."""
        with self._lock:
            if self._stopped:
                return Result(error="the local cloud is stopping")
            assert self._configuration is not None, "configure comes first"
            configuration = self._configuration
            if self._worker.poll() is not None:
                self._replace()
            if not self._ready and not self._get_ready():
                return self._died()
            ends = time.monotonic() + configuration.timeout
            request = {
                "id": str(uuid.uuid4()),
                "name": configuration.name,
                "arn": configuration.arn,
                "memory": configuration.memory,
                "timeout": configuration.timeout,
                "event": event,
            }
            try:
                sent = self._send(request, ends)
                return self._receive(ends) if sent else self._timed_out()
            except (BrokenPipeError, ConnectionResetError):
                return self._died()

    def stop(self) -> None:
        """Kill the worker, whatever it is doing: every step of a function may fail at any moment without harm."""
        self._stopped = True
        self._worker.kill()
        with self._lock:  # an invocation under way ends now, and may have started a new worker meanwhile
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        root = self._folder.parent.parent
        worker = subprocess.Popen(
            [sys.executable, "-m", "icwatch_cli.local.worker", self._folder],
            cwd=root,
            env={**private_environment(), "PYTHONPATH": os.pathsep.join([str(root), str(root / LAYER)])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._channel = LineChannel(worker)
        return worker

    def _replace(self) -> None:
        self._end()
        self._ready = False
        self._worker = self._start()
        assert self._configuration is not None
        self.configure(self._configuration)

    def _end(self) -> None:
        self._worker.kill()
        self._worker.wait()
        for pipe in (self._worker.stdin, self._worker.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what was not sent yet
                    pipe.close()

    def _send(self, message: object, ends: float) -> bool:
        return self._channel.send(json.dumps(message).encode() + b"\n", ends)

    def _get_ready(self) -> bool:
        """Wait until the function is loaded; that does not count as time of the invocation, as it does not on AWS."""
        line = self._channel.receive(time.monotonic() + INIT_SECONDS)
        self._ready = line == b"ready\n"
        if self._ready:
            self._failed_starts = 0
        elif line is None or self._end_status() > 0:  # and was not killed by somebody
            self._failed_starts += 1
        return self._ready

    def _end_status(self) -> int:
        """How a worker ended whose pipe has just closed, which is a moment before its end."""
        with suppress(subprocess.TimeoutExpired):
            self._worker.wait(END_SECONDS)
        return self._worker.poll() or 0

    def _receive(self, ends: float) -> Result:
        line = self._channel.receive(ends)
        if line is None:
            return self._timed_out()
        if not line.endswith(b"\n"):
            return self._died()
        result = Result(**json.loads(line))
        if result.log is not None and self._logs:
            self._logs = False
            self._report(f"the log of the functions is not complete: {result.log}")
        return result

    def _timed_out(self) -> Result:
        assert self._configuration is not None
        self._worker.kill()
        self._worker.wait()
        return Result(error=f"Task timed out after {self._configuration.timeout} seconds")

    def _died(self) -> Result:
        self._end_status()
        self._worker.kill()
        return Result(error=f"Runtime exited: signal or status {self._worker.wait()}")
