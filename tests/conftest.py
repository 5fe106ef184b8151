"""Fixtures for all tests: a local cloud (ministack) that starts when the first test asks for it."""

from __future__ import annotations

import http
import importlib
import os
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from icwatch_cli.local.backend import Backend
from icwatch_cli.local.stack import client
from tests.examples import LONG, LONG_EXAMPLES, QUICK, QUICK_EXAMPLES, USUAL
from tests.sessions import share_what_is_loaded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient

share_what_is_loaded()

FUNCTIONS = tuple(f"functions.{name}.app" for name in ("prober", "evaluator", "notifier", "messenger", "page"))

# Set before any handler is imported: powertools and boto3 read them when they are made.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ["ICWATCH_LANGUAGE"] = "en-US"  # whatever the machine speaks
os.environ["POWERTOOLS_TRACE_DISABLED"] = "true"
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "icwatch"

settings.register_profile(USUAL, max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile(USUAL), derandomize=True)
settings.register_profile(LONG, settings.get_profile(USUAL), max_examples=LONG_EXAMPLES)
settings.register_profile(QUICK, settings.get_profile(USUAL), max_examples=QUICK_EXAMPLES)
settings.load_profile("ci" if os.environ.get("CI") else USUAL)  # what decides whether work lands must not be luck


def pytest_xdist_auto_num_workers() -> int:
    """Two workers a core: some tests wait for processes that they started, and others can run meanwhile."""
    return 2 * (os.cpu_count() or 1)


WAITING = (
    "tests/pipeline/test_robots.py",
    "tests/cli/terminal/test_output.py",
    "tests/pipeline/test_storm.py",
    "tests/pipeline/test_run.py",
    "tests/pipeline/test_drill.py",
    "tests/template/test_deployed.py",
    "tests/cli/local/test_invoke.py",
    "tests/pipeline/test_kill.py",
    "tests/pipeline/test_supervision.py",
    "tests/vectors/test_promtool.py",
)
"""What waits for other processes more than it works, the longest first."""


def pytest_collection(session: pytest.Session) -> None:
    """Let each worker load its own share of the test modules first, the shares in turn.

    Whoever loads a module first writes its assertions anew and keeps that. In a checkout in which no test has run yet,
    all workers would do so for all modules, one beside the other.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None:
        return
    modules = sorted(Path(__file__).parent.rglob("test_*.py"))
    mine = int(worker["workerid"].removeprefix("gw"))
    for module in modules[mine :: worker["workercount"]]:
        with suppress(Exception):  # collecting it says what is wrong with it
            importlib.import_module(".".join(module.relative_to(session.config.rootpath).with_suffix("").parts))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make test-long` runs, and let half of the workers begin with what waits.

    So the others have the processor meanwhile, and nobody waits for one at the end. xdist gives the workers equal parts
    of the list, in its order.
    """
    if "long" not in config.getoption("-m"):
        items[:] = [item for item in items if item.get_closest_marker("long") is None]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    lanes = max(1, workers // 2)
    others = [item for item in items if not item.nodeid.startswith(WAITING)]
    share = -(-len(items) // workers)
    arranged: list[pytest.Item] = []
    for lane in range(lanes):
        first = [item for file in WAITING[lane::lanes] for item in items if item.nodeid.startswith(file)]
        room = max(0, share - len(first))
        arranged += [*first, *others[:room]]
        del others[:room]
    items[:] = [*arranged, *others]


def pytest_runtest_setup() -> None:
    """Let each test begin with functions that have no clients yet, whichever test this worker ran before."""
    for name in FUNCTIONS:
        if app := sys.modules.get(name):
            app.wire.cache_clear()


@dataclass(frozen=True, slots=True)
class Cloud:
    """A local cloud, and clients for it."""

    endpoint: str
    dynamodb: DynamoDBClient
    sns: SNSClient
    sqs: SQSClient


@contextmanager
def running_backend() -> Iterator[Backend]:
    """ministack on a free loopback port, for as long as the block."""
    with tempfile.TemporaryFile() as log:
        backend = Backend.start(log)
        try:
            backend.wait()
            yield backend
        finally:
            backend.stop()


@pytest.fixture(scope="session")
def _shared_backend() -> Iterator[Backend]:
    with running_backend() as backend:
        yield backend


@pytest.fixture
def empty_backend(_shared_backend: Backend) -> Backend:
    """A backend in which nothing is. One runs for all the tests of this worker, and is emptied before each of them."""
    reset = urllib.request.Request(f"{_shared_backend.endpoint}/_ministack/reset", method="POST")
    with urllib.request.urlopen(reset, timeout=60) as answer:
        assert answer.status == http.HTTPStatus.OK
    return _shared_backend


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """A backend for all the tests of this worker that make tables and topics of their own."""
    with running_backend() as backend:
        at = backend.endpoint
        yield Cloud(at, client("dynamodb", at), client("sns", at), client("sqs", at))


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
