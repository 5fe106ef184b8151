"""A function in a process of its own: answers, errors, death and time limits, as on AWS."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.function import Configuration, Function, Result

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
