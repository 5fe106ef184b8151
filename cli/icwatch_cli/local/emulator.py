"""Lambda's container, kept by `sam local start-lambda` for as long as it is needed."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from samtranslator.yaml_helper import yaml_parse

from icwatch_cli.local.backend import CREDENTIALS, REGION, private_environment
from icwatch_cli.local.container import sam_command, template_of
from icwatch_cli.local.errors import LocalCloudError
from icwatch_cli.local.function import Result

SAM = Path(sys.prefix, "bin", "sam")
START_SECONDS = 900.0
"""Seconds; the first time, the image of the runtime is fetched."""

END_SECONDS = 30.0
TEMPLATE = "invoke.json"


class Emulator:
    """A context: inside it one built function runs in a container and can be invoked."""

    def __init__(
        self,
        built: Path,
        function: str,
        architecture: str,
        variables: Mapping[str, str],
        *,
        sam: Path = SAM,
        docker_host: str = "",
    ) -> None:
        self._built, self._function = built, function
        self._architecture, self._variables = architecture, variables
        self._port = _free_port()
        self.command = sam_command(sam, built / TEMPLATE, self._port)
        # Whatever a person's environment calls like a variable of the function, sam would give to the function.
        kept = {name: value for name, value in private_environment().items() if name not in variables}
        self._environment = {**kept, **CREDENTIALS, "SAM_CLI_TELEMETRY": "0"}
        if docker_host:
            self._environment["DOCKER_HOST"] = docker_host

    def __enter__(self) -> Self:
        built = yaml_parse((self._built / "template.yaml").read_text(encoding="utf-8"))
        template = template_of(built, self._function, self._architecture, self._variables)
        self._timeout = template["Resources"][self._function]["Properties"]["Timeout"]
        (self._built / TEMPLATE).write_text(json.dumps(template, indent=1), encoding="utf-8")
        self._process = subprocess.Popen(self.command, cwd=self._built, env=self._environment)
        try:
            self._wait()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def invoke(self, event: object) -> Result:
        """Call the function once: what failed is said and not tried again."""
        connect: Any = boto3.client
        lambda_ = connect(
            "lambda",
            endpoint_url=f"http://127.0.0.1:{self._port}",
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(read_timeout=self._timeout + 60, retries={"total_max_attempts": 1}),
        )
        answer = lambda_.invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
        text = answer["Payload"].read().decode()
        payload = json.loads(text) if text else None
        failed = answer.get("FunctionError") or (isinstance(payload, dict) and "errorMessage" in payload)
        return Result(error=text) if failed else Result(payload)

    def _wait(self) -> None:
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            if self._process.poll() is not None:
                raise LocalCloudError("the container did not start; sam says above why")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.2)
        raise LocalCloudError(f"the container did not start within {START_SECONDS:.0f}s")

    def _end(self) -> None:
        """As Ctrl-C does, upon which sam removes the container."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
