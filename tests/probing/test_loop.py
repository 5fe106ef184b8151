"""The loop: who waits for a socket, for a moment, or for a thread is told, in that order, and nobody else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from icwatch.probing.loop import MOST_CANCELLED, READ, WRITE, Loop, Selector
from tests.virtualtime import virtual_loop


class Waits:
    """Notes what it is told, then does something."""

    def __init__(self, notes: list[str], name: str, then: Callable[[], object] = lambda: None) -> None:
        self._notes, self._name, self._then = notes, name, then

    def ready(self) -> None:
        self._notes.append(self._name)
        self._then()

    due = ready


@pytest.fixture
def loop() -> Iterator[Loop]:
    with Loop() as running:
        yield running


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    yield ends
    for end in ends:
        end.close()


def test_timers_are_due_in_their_order_and_those_of_one_moment_as_they_were_set() -> None:
    notes: list[str] = []
    with virtual_loop() as loop:
        for moment, name in ((2.0, "c"), (1.0, "a"), (1.0, "b")):
            loop.at(moment, Waits(notes, name))
        loop.at(3.0, Waits(notes, "end", loop.stop))
        loop.run()
        assert notes == ["a", "b", "c", "end"]
        assert loop.now == 3.0


def test_a_timer_that_is_cancelled_is_not_due_and_is_not_waited_for() -> None:
    notes: list[str] = []
    with virtual_loop() as loop:
        timer = loop.at(1.0, Waits(notes, "never"))
        loop.at(2.0, Waits(notes, "end", loop.stop))
        loop.cancel(timer)
        loop.cancel(timer)
        loop.run()
    assert notes == ["end"]


def test_a_timer_may_cancel_another_one_of_its_moment() -> None:
    notes: list[str] = []
    with virtual_loop() as loop:
        later = [loop.at(2.0, Waits(notes, "end", loop.stop))]
        loop.at(1.0, Waits(notes, "first", lambda: loop.cancel(later.pop())))
        later.append(loop.at(1.0, Waits(notes, "never")))
        loop.run()
    assert notes == ["first", "end"]


def test_timers_that_are_cancelled_do_not_pile_up_and_the_others_are_due_in_their_order() -> None:
    notes: list[str] = []
    with virtual_loop() as loop:
        for number in range(10_000):
            if number % 1000 == 0:
                loop.at(20_000.0 - number, Waits(notes, f"{number}"))
            loop.cancel(loop.at(30_000.0 - number, Waits(notes, "never")))
            assert len(loop._timers) <= 10 + MOST_CANCELLED + 1
        loop.at(20_001.0, Waits(notes, "end", loop.stop))
        loop.run()
    assert notes == [f"{number}" for number in range(9000, -1, -1000)] + ["end"]


def test_what_is_stopped_before_it_runs_waits_for_nothing() -> None:
    with virtual_loop() as loop:
        loop.stop()
        loop.run()


@pytest.mark.parametrize("poller", [None, Selector()], ids=["epoll where there is one", "any selector"])
def test_a_socket_is_told_of_as_long_as_it_can_be_read(
    poller: Selector | None, pair: tuple[socket.socket, socket.socket]
) -> None:
    notes: list[str] = []
    with Loop(poller) as loop:
        _read_three_times(loop, pair, notes)
    assert notes == ["read"] * 3


def _read_three_times(loop: Loop, pair: tuple[socket.socket, socket.socket], notes: list[str]) -> None:

    def stop_after_three() -> None:
        if len(notes) == 3:
            loop.stop()

    loop.watch(pair[0].fileno(), READ, Waits(notes, "read", stop_after_three))
    pair[1].send(b"x")
    loop.run()


def test_a_socket_is_told_of_for_what_was_asked_last(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    notes: list[str] = []

    def turn() -> None:
        if notes == ["ready"]:
            loop.watch_for(pair[0].fileno(), READ)
            pair[1].send(b"x")
        elif pair[0].recv(1):
            loop.stop()

    loop.watch(pair[0].fileno(), WRITE, Waits(notes, "ready", turn))
    loop.run()
    assert notes == ["ready", "ready"]


def test_what_is_ready_comes_before_what_is_due(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    """An answer that was there by the deadline is no timeout."""
    notes: list[str] = []
    loop.at(loop.time() - 1, Waits(notes, "due", loop.stop))
    loop.watch(pair[0].fileno(), WRITE, Waits(notes, "ready"))
    loop.run()
    assert notes == ["ready", "due"]


def test_who_was_forgotten_is_told_of_nothing_also_where_another_one_forgot_it(
    loop: Loop, pair: tuple[socket.socket, socket.socket]
) -> None:
    notes: list[str] = []
    left = {end.fileno() for end in pair}

    def forget(own: int) -> Callable[[], None]:
        def both() -> None:
            left.discard(own)
            loop.forget(own)
            loop.forget(left.pop())
            loop.at(loop.time(), Waits(notes, "due", loop.stop))

        return both

    for end in pair:
        loop.watch(end.fileno(), WRITE, Waits(notes, "ready", forget(end.fileno())))
    loop.run()
    assert notes == ["ready", "due"]


def test_a_closed_socket_cannot_be_watched(loop: Loop) -> None:
    closed = socket.socket()
    number = closed.fileno()
    closed.close()
    with pytest.raises(OSError, match="descriptor"):
        loop.watch(number, READ, Waits([], ""))


def test_what_threads_hand_over_is_called_in_the_loop_in_its_order(loop: Loop) -> None:
    found: list[object] = []
    own = threading.get_ident()

    def take(value: object) -> None:
        assert threading.get_ident() == own
        found.append(value)
        if len(found) == 100:
            loop.stop()

    loop.open_to_threads()
    loop.open_to_threads()  # once more does nothing

    def hand_over_all() -> None:
        for number in range(100):
            loop.hand_over(take, number)

    thread = threading.Thread(target=hand_over_all)
    thread.start()
    loop.run()
    thread.join()
    assert found == [*range(100)]


def test_what_is_handed_over_once_the_loop_is_gone_does_nothing() -> None:
    found: list[object] = []
    with Loop() as loop:
        loop.open_to_threads()
    loop.hand_over(found.append, 1)
    assert found == []
