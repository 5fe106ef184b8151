"""A Lambda function on this machine: a worker process, started when needed, replaced when it died or took too long."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from local.backend import private_environment

ROOT = Path(__file__).parents[1]
"""The checkout."""

INIT_SECONDS = 30.0
"""How long a worker may take to load its function."""

LAYER = ROOT / "layers" / "core" / "python"


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
    """What an invocation came to: the handler's answer, or the error in words."""

    payload: Any = None
    error: str | None = None


class Function:
    """One function. Invocations of it come one after the other, as a stream shard's do."""

    def __init__(self, folder: Path, log: IO[bytes]) -> None:
        self._folder = folder
        self._log = log
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

    def configure(self, configuration: Configuration) -> None:
        """Say what the stack says about it. A worker may be started before this, and waits for it."""
        self._configuration = configuration
        self._send(dict(configuration.environment))

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
            request = {
                "id": str(uuid.uuid4()),
                "name": configuration.name,
                "arn": configuration.arn,
                "memory": configuration.memory,
                "timeout": configuration.timeout,
                "event": event,
            }
            try:
                self._send(request)
                return self._receive(configuration.timeout)
            except (BrokenPipeError, ConnectionResetError):
                return self._died()

    def stop(self) -> None:
        """Kill the worker, whatever it is doing: every step of a function may fail at any moment without harm."""
        self._stopped = True
        self._worker.kill()
        with self._lock:  # an invocation under way ends now, and may have started a new worker meanwhile
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "local.worker", self._folder],
            cwd=ROOT,
            env={**private_environment(), "PYTHONPATH": os.pathsep.join([str(ROOT), str(LAYER)])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

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

    def _send(self, message: object) -> None:
        assert self._worker.stdin is not None
        self._worker.stdin.write(json.dumps(message).encode() + b"\n")
        self._worker.stdin.flush()

    def _get_ready(self) -> bool:
        """Wait until the function is loaded; that does not count as time of the invocation, as it does not on AWS."""
        self._ready = self._read_line(INIT_SECONDS) == b"ready\n"
        return self._ready

    def _receive(self, timeout: int) -> Result:
        line = self._read_line(timeout)
        if line is None:
            self._died()
            return Result(error=f"Task timed out after {timeout} seconds")
        return Result(**json.loads(line)) if line.endswith(b"\n") else self._died()

    def _read_line(self, seconds: float) -> bytes | None:
        """One line of the worker; empty where it ended, None where nothing came in time."""
        assert self._worker.stdout is not None
        readable, _, _ = select.select([self._worker.stdout], [], [], seconds)
        return self._worker.stdout.readline() if readable else None

    def _died(self) -> Result:
        self._worker.kill()
        return Result(error=f"Runtime exited: signal or status {self._worker.wait()}")
