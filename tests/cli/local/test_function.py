"""A function in a process of its own: answers, errors, death and time limits, as on AWS."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from icwatch_cli.local.function import MAX_STARTS, Configuration, Function, Result
from icwatch_cli.local.installed import ROOT
from icwatch_cli.local.worker import NOT_DEPLOYED

DISTRIBUTIONS = {"awscrt": "awscrt", "click": "click", "OpenSSL": "pyopenssl", "rich": "rich"}

HANDLER = """
import os, time

def lambda_handler(event, context):
    if event == "raise":
        raise ValueError("no good")
    if event == "sleep":
        time.sleep(60)
    print("what a handler prints disturbs nothing")
    return {"event": event, "variable": os.environ["VARIABLE"], "pid": os.getpid(), "name": context.function_name,
            "left": context.get_remaining_time_in_millis()}
"""


@pytest.fixture
def function(tmp_path: Path) -> Iterator[Function]:
    """A function with one second of time."""
    (tmp_path / "app.py").write_text(HANDLER)
    with tempfile.TemporaryFile() as log:
        function = Function(tmp_path, log)
        function.configure(Configuration("name", "arn", 1, 128, {"VARIABLE": "value"}))
        try:
            yield function
        finally:
            function.stop()


@pytest.mark.parametrize("name", NOT_DEPLOYED)
def test_what_a_worker_does_without_is_not_deployed(name: str) -> None:
    assert name in DISTRIBUTIONS
    deployed = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text()
    assert not re.search(rf"^{DISTRIBUTIONS[name]}==", deployed, re.MULTILINE)


def test_the_answer_comes_back(function: Function) -> None:
    first, second = function.invoke({"a": [1]}), function.invoke(None)
    assert first.payload["event"] == {"a": [1]}
    assert (first.payload["variable"], first.payload["name"]) == ("value", "name")
    assert 0 < first.payload["left"] <= 1000
    assert second.payload["pid"] == first.payload["pid"] == function.pid


def test_an_exception_is_an_error_and_the_worker_stays(function: Function) -> None:
    before = function.invoke(1).payload["pid"]
    assert function.invoke("raise") == Result(error="ValueError: no good")
    assert function.invoke(1).payload["pid"] == before


def test_time_runs_out(function: Function) -> None:
    before = function.invoke(1).payload["pid"]
    assert function.invoke("sleep") == Result(error="Task timed out after 1 seconds")
    assert function.invoke(1).payload["pid"] != before


def test_a_killed_worker_is_an_error_and_is_replaced(function: Function) -> None:
    before = function.invoke(1).payload["pid"]
    killer = threading.Timer(0.3, os.kill, (before, signal.SIGKILL))
    killer.start()
    assert function.invoke("sleep").error == "Runtime exited: signal or status -9"
    killer.join()
    assert function.invoke(1).payload["pid"] != before


def test_a_worker_that_was_killed_while_idle_is_not_noticed(function: Function) -> None:
    before = function.invoke(1).payload["pid"]
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert function.invoke(1).payload["event"] == 1


def test_a_stopped_function_answers_no_more(function: Function) -> None:
    function.stop()
    assert function.invoke(1).error is not None


def test_a_worker_that_hangs_before_it_takes_the_event_hangs_nobody(function: Function) -> None:
    """An event of some megabytes does not fit into a pipe; a batch of sweeps is as large."""
    before = function.invoke(1).payload["pid"]
    os.kill(before, signal.SIGSTOP)
    assert function.invoke("x" * 4_000_000) == Result(error="Task timed out after 1 seconds")
    assert function.invoke("x" * 4_000_000).payload["pid"] != before


def test_a_function_that_cannot_be_loaded_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("icwatch_cli.local.function.END_SECONDS", 60.0)  # on a busy machine a worker ends slowly
    (tmp_path / "app.py").write_text("import no_such_module")
    with tempfile.TemporaryFile() as log:
        function = Function(tmp_path, log)
        function.configure(Configuration("name", "arn", 1, 128, {}))
        ended = [function.ended]
        for _ in range(MAX_STARTS):
            assert function.invoke(1).error == "Runtime exited: signal or status 1"
            ended.append(function.ended)
        assert ended[:-1] == [None] * MAX_STARTS
        assert "cannot be started: its worker failed 5 times before it was loaded" in str(ended[-1])
        (tmp_path / "app.py").write_text(HANDLER)
        function.configure(Configuration("name", "arn", 1, 128, {"VARIABLE": "value"}))
        assert function.invoke(1).payload["event"] == 1
        assert function.ended is None
        function.stop()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_log_that_cannot_be_written_fails_no_invocation(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HANDLER)
    told: list[str] = []
    with Path("/dev/full").open("wb") as log:
        function = Function(tmp_path, log, told.append)
        function.configure(Configuration("name", "arn", 1, 128, {"VARIABLE": "value"}))
        assert [function.invoke(number).payload["event"] for number in range(3)] == [0, 1, 2]
        assert function.invoke("raise").error == "ValueError: no good"
        function.stop()
    assert told == ["the log of the functions is not complete: No space left on device"]
