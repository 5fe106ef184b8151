"""What X-Ray is given of a run: calls of AWS by their names, and no planted secret."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading

from icwatch_cli.local.installed import ROOT
from tests.security.run import PLANTED

TRACE = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1"
"""What Lambda gives an invocation that is recorded."""

MAX_BYTES = 65_536


def test_no_planted_secret_is_in_a_trace() -> None:
    given: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(1)
        over = threading.Event()

        def take() -> None:
            while True:
                try:
                    given.append(daemon.recv(MAX_BYTES).decode())
                except TimeoutError:
                    if over.is_set():
                        return

        thread = threading.Thread(target=take, name="X-Ray")
        thread.start()
        environment = {
            **os.environ,
            "POWERTOOLS_TRACE_DISABLED": "false",
            "LAMBDA_TASK_ROOT": "/var/task",
            "_X_AMZN_TRACE_ID": TRACE,
            "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.security.traced_run"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        over.set()
        thread.join()
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 0, "the secrets were of use"
    segments = [json.loads(each.partition("\n")[2]) for each in given]
    named = {each["name"] for each in segments} | {
        part["name"] for each in segments for part in each.get("subsegments", ())
    }
    assert named > {"## lambda_handler", "dynamodb", "sns", "ssm", "secretsmanager"}
    assert [secret for secret in PLANTED if any(secret in each for each in given)] == []
