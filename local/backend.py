"""The backend: ministack, a DynamoDB, SNS, SQS and CloudFormation on loopback, in an environment of its own.

It keeps everything in memory and ends with this process, however this process ends: `local/backend_main.py` watches the
pipe to its standard input.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Self

from local.errors import LocalCloudError

REGION = "us-east-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
"""What boto3 wants to see; ministack takes anything."""

START_SECONDS = 20.0
_MAIN = Path(__file__).with_name("backend_main.py")


class Backend:
    """A running ministack. `endpoint` is where every AWS API of it answers."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.endpoint = f"http://127.0.0.1:{port}"

    @classmethod
    def start(cls, log: IO[bytes], port: int = 0) -> Self:
        """Start on `port` (0: a free one) without waiting for it. Raises LocalCloudError."""
        python = Path(sys.prefix, "cloud", "bin", "python")
        if not python.exists():
            raise LocalCloudError(f"the local cloud is not installed ({python} is missing); run: make run")
        port = _take_port(port)
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "WARNING",
        }
        process = subprocess.Popen(
            [python, "-B", _MAIN],
            env=environment,
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
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise LocalCloudError(f"ministack did not answer at {self.endpoint} within {START_SECONDS:.0f}s")

    def stop(self) -> None:
        """End it; nothing of it is kept."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def _take_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LocalCloudError(f"port {port} on 127.0.0.1 is taken ({error.strerror}); choose another") from error
        return int(probe.getsockname()[1])
