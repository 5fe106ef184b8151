"""Fixtures for all tests: a local cloud (ministack) that starts when the first test asks for it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient

# Set before any handler is imported: powertools and boto3 read them when they are made.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ["POWERTOOLS_TRACE_DISABLED"] = "true"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "icwatch"

settings.register_profile("icwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("icwatch")

MINISTACK = Path(__file__).parent.parent / ".venv" / "cloud" / "bin" / "ministack"
STARTS_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """A local cloud, and clients for it."""

    endpoint: str
    dynamodb: DynamoDBClient
    sns: SNSClient
    sqs: SQSClient


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """ministack on a free loopback port, for as long as the tests of this worker run."""
    log = tmp_path_factory.mktemp("ministack") / "log"
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    with log.open("wb") as output:
        process = subprocess.Popen([MINISTACK], env=environment, stdout=output, stderr=output)
        try:
            _wait_until_healthy(process, endpoint, log)
            yield _clients(endpoint)
        finally:
            process.terminate()
            process.wait(10)


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    pytest.fail(f"ministack did not start: {log.read_text(errors='replace')[-2000:]}")


def _clients(endpoint: str) -> Cloud:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
    return Cloud(
        endpoint,
        session.client("dynamodb", endpoint_url=endpoint, config=config),
        session.client("sns", endpoint_url=endpoint, config=config),
        session.client("sqs", endpoint_url=endpoint, config=config),
    )
