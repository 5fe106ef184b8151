"""The backend: ministack, a DynamoDB, SNS, SQS and CloudFormation on loopback, in an environment of its own.

It has everything in memory, keeps it on the disk where it is told to (`state/keeper.py`), and ends with this process,
however this process ends: `backend_main.py` watches the pipe to its standard input.
"""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Self

from icwatch_cli.local.errors import EndedError, LocalCloudError
from icwatch_cli.local.installed import CLOUD, HOW_TO_INSTALL_CLOUD
from icwatch_cli.local.state.directory import StateDirectory

REGION = "us-east-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
"""What boto3 wants to see; ministack takes anything."""

START_SECONDS = 20.0

LOOK_SECONDS = 0.5
"""Between two looks at whether it lives."""

SILENT_SECONDS = 30.0
"""Without an answer for so long it has ended: nothing of the run goes on without it, and nothing of it is kept."""
_MAIN = Path(__file__).with_name("backend_main.py")

FIRST_PORT, LAST_PORT = 20_000, 32_000
"""Below the ports that systems give out by themselves (Linux: from 32,768 on)."""

PORT_TRIES = 50


def private_environment() -> dict[str, str]:
    """This process's environment without anybody's AWS settings and proxies, and with those of the local cloud.

    A profile, a session token or an endpoint in the environment must never lead a local function to a real account.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
    }
    return {**kept, **CREDENTIALS, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


class Backend:
    """A running ministack. `endpoint` is where every AWS API of it answers."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self._port = port
        self.endpoint = f"http://127.0.0.1:{port}"

    @classmethod
    def start(cls, log: IO[bytes], port: int = 0, state: StateDirectory | None = None) -> Self:
        """Start on `port` (0: a free one) without waiting for it. Raises LocalCloudError.

        With `state`, it keeps its contents there once `StateClient.restore` was called.
        """
        python = CLOUD / "bin" / "python"
        if not python.exists():
            raise LocalCloudError(
                f"the local cloud is not installed ({python} is missing); run: {HOW_TO_INSTALL_CLOUD}"
            )
        port = _take_port(port)
        environment = {
            **private_environment(),
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "WARNING",
        }
        process = subprocess.Popen(
            [python, _MAIN, *([] if state is None else [state.journal])],
            env=environment,
            pass_fds=() if state is None else (state.lock,),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        return cls(process, port)

    def wait(self) -> None:
        """Return once it answers. Raises LocalCloudError if it ends or stays silent."""
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            if self._process.poll() is not None:
                raise LocalCloudError(f"ministack ended at once with exit code {self._process.returncode}")
            if self._answers():
                return
            time.sleep(0.02)
        raise LocalCloudError(f"ministack did not answer at {self.endpoint} within {START_SECONDS:.0f}s")

    @property
    def pid(self) -> int:
        """The process id of it."""
        return self._process.pid

    def watch(self, stopping: threading.Event) -> None:
        """Look at it until `stopping` is set. Raises EndedError where it has ended or does not answer any more."""
        answered = time.monotonic()
        while not stopping.wait(LOOK_SECONDS):
            if self._process.poll() is not None:
                raise EndedError(
                    f"ministack ended with exit code {self._process.returncode}, and all was in its memory"
                )
            if self._answers():
                answered = time.monotonic()
            elif time.monotonic() - answered > SILENT_SECONDS:
                raise EndedError(f"ministack did not answer at {self.endpoint} for {SILENT_SECONDS:.0f}s")

    def stop(self) -> None:
        """End it; nothing of it is kept."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _take_port(port: int) -> int:
    """The port, or a free one for 0. Raises LocalCloudError.

    A free one is of those that no system gives to whoever asks for any: until the backend listens on it, nobody else
    may come to have it.
    """
    if port:
        try:
            _try_port(port)
        except OSError as error:
            raise LocalCloudError(f"port {port} on 127.0.0.1 is taken ({error.strerror}); choose another") from error
        return port
    for _ in range(PORT_TRIES):
        candidate = FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT)
        try:
            _try_port(candidate)
        except OSError:
            continue
        return candidate
    raise LocalCloudError("no free port was found on 127.0.0.1; choose one with --port")


def _try_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
