"""Parts that break are started again or are said to have ended, and whoever looks on ends none of them."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from icwatch_cli.local import backend as backends
from icwatch_cli.local.errors import EndedError
from icwatch_cli.local.supervision import Guard, Part
from tests.conftest import running_backend

Work = Callable[[threading.Event], None]


def works_on(stopping: threading.Event) -> None:
    stopping.wait()


def breaks(stopping: threading.Event) -> None:
    raise OSError("the disk is full")


def returns(stopping: threading.Event) -> None:
    """Ends without being asked to."""


def exits(stopping: threading.Event) -> None:
    raise SystemExit(3)


def is_over(stopping: threading.Event) -> None:
    raise EndedError("ministack ended")


@pytest.mark.parametrize(
    ("works", "starts", "ended", "told"),
    [
        pytest.param([breaks, works_on], 2, None, "OSError: the disk is full", id="once"),
        pytest.param([breaks, returns, works_on], 3, None, "it stopped by itself", id="twice"),
        pytest.param([breaks] * 3, 3, "the part has ended: OSError: the disk is full", "OSError", id="always"),
        pytest.param([returns] * 3, 3, "the part has ended: it stopped by itself", "by itself", id="always returns"),
        pytest.param([is_over], 1, "the part has ended: ministack ended", "", id="for good"),
        pytest.param([exits], 1, "the part has ended: nobody knows why", "", id="in a way that nobody foresaw"),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_part_that_broke(works: list[Work], starts: int, ended: str | None, told: str) -> None:
    begun: queue.Queue[Work] = queue.Queue()
    left = list(works)
    troubles: list[str] = []

    def work(stopping: threading.Event) -> None:
        current = left.pop(0)
        begun.put(current)
        current(stopping)

    part = Part("the part", work, troubles.append, pauses=(0.0, 0.0))
    assert part.ended is None, "not started yet"
    part.start()
    for number in range(starts):
        assert begun.get(timeout=20) is works[number]
    if ended is not None:
        part.join()
    assert part.ended == ended
    assert len(troubles) == min(starts - 1, 2)
    assert all(told in trouble for trouble in troubles[-1:])
    part.stop()
    part.join()
    assert part.ended is None, "it was stopped, which is no failure"


def test_failures_are_forgotten_after_a_while_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("icwatch_cli.local.supervision.GOOD_SECONDS", -1.0)
    count = 0
    enough = threading.Event()

    def work(stopping: threading.Event) -> None:
        nonlocal count
        count += 1
        if count > 10:
            enough.set()
            stopping.wait()
        raise OSError

    part = Part("the part", work, lambda trouble: None, pauses=(0.0,))
    part.start()
    assert enough.wait(20)
    assert part.ended is None
    part.stop()
    part.join()


def fails(seen: object) -> object:
    raise KeyError(seen)


def test_what_an_observer_raises_is_told_once_and_logged_always() -> None:
    told: list[str] = []
    logged: list[str] = []
    guard = Guard(told.append, logged.append)
    observe = guard.around("showing a sweep", fails)
    assert [observe(number) for number in range(3)] == [None] * 3
    assert told == ["showing a sweep failed: KeyError: 0"]
    assert logged == [f"showing a sweep failed: KeyError: {number}" for number in range(3)]
    assert guard.around("adding", lambda number: number + 1)(1) == 2


@pytest.mark.parametrize(
    ("tell", "log"),
    [(fails, lambda text: None), (lambda text: None, fails), (fails, fails)],
    ids=["telling fails", "the log fails", "both fail"],
)
def test_nobody_who_looks_on_can_end_anything(tell: Callable[[str], Any], log: Callable[[str], Any]) -> None:
    guard = Guard(tell, log)
    guard.report("trouble")
    assert guard.around("showing", fails)(1) is None
    assert guard.around("showing", fails)(2) is None


@pytest.fixture
def backend() -> Iterator[backends.Backend]:
    with running_backend() as running:
        yield running


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGKILL, r"ministack ended with exit code -9"),
        (signal.SIGSTOP, r"ministack did not answer at .* for 0s"),
    ],
)
def test_a_backend_that_died_or_hangs_is_named(
    backend: backends.Backend, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, reason: str
) -> None:
    monkeypatch.setattr(backends, "SILENT_SECONDS", 0.0)
    monkeypatch.setattr(backends, "LOOK_SECONDS", 0.01)
    os.kill(backend.pid, number)
    os.waitid(os.P_PID, backend.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
    with pytest.raises(EndedError, match=reason):
        backend.watch(threading.Event())


def test_a_backend_that_lives_is_watched_until_the_end(backend: backends.Backend) -> None:
    part = Part("the backend", backend.watch, pytest.fail)
    part.start()
    assert part.ended is None
    part.stop()
    part.join()
