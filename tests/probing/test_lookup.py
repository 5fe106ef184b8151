"""Names in threads: a few, one more where all wait, and an answer for everybody who asks."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Sequence

import pytest

from icwatch.probing import lookup
from icwatch.probing.lookup import Lookups, SocketAddress, addresses_of, numeric_address
from tests.network import resolver

PATIENCE = 30.0

Found = list[SocketAddress] | Exception


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("10.0.0.7", ("10.0.0.7", 80)),
        ("2001:db8::7", ("2001:db8::7", 80, 0, 0)),
        ("localhost", None),
        ("a.example", None),
        ("bücher.example", None),
        ("", None),
        ("a" * 300, None),
    ],
)
def test_an_address_needs_no_lookup(host: str, address: SocketAddress | None) -> None:
    assert numeric_address(host, 80) == address


def test_each_address_comes_once_in_the_resolver_s_order(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch)["many.test"] = ["10.0.0.2", "10.0.0.1", "10.0.0.2"]
    assert addresses_of("many.test", 80) == [("10.0.0.2", 80), ("10.0.0.1", 80)]


def answers(lookups: Lookups, names: Sequence[str]) -> dict[str, Found]:
    """What comes of each name."""
    came: queue.SimpleQueue[tuple[str, Found]] = queue.SimpleQueue()
    for name in names:
        lookups.ask(name, 80, lambda found, name=name: came.put((name, found)))  # type: ignore[misc]
    return dict(came.get(timeout=PATIENCE) for _ in names)


def test_everybody_has_an_answer_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    known = resolver(monkeypatch)
    known.update({f"host-{number}.test": [f"10.0.0.{number}"] for number in range(1, 50)})
    found = answers(Lookups(), [*known, "nobody.test", "bücher.test"])
    for name, (address,) in known.items():
        assert found[name] == [(address, 80)]
    assert isinstance(found["nobody.test"], socket.gaierror)
    assert isinstance(found["bücher.test"], UnicodeError)


class Held:
    """A resolver that answers nobody until it is let go; `asked` are those that wait for it."""

    def __init__(self) -> None:
        self.asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._free = threading.Event()

    def addresses(self, host: str, port: int) -> list[SocketAddress]:
        self.asked.put(host)
        if not host.startswith("quick"):
            assert self._free.wait(PATIENCE)
        return [(host, port)]

    def let_go(self) -> None:
        self._free.set()


def test_a_name_server_that_never_answers_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    held, lookups = Held(), Lookups()
    monkeypatch.setattr(lookup, "addresses_of", held.addresses)
    came: queue.SimpleQueue[Found] = queue.SimpleQueue()
    for number in range(20):
        lookups.ask(f"slow-{number}", 80, came.put)
    assert answers(lookups, ["quick"]) == {"quick": [("quick", 80)]}
    held.let_go()
    assert len([came.get(timeout=PATIENCE) for _ in range(20)]) == 20


def test_a_thread_that_is_free_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()

    def note(host: str, port: int) -> list[SocketAddress]:
        threads.add(threading.get_ident())
        return []

    monkeypatch.setattr(lookup, "addresses_of", note)
    lookups = Lookups()
    for number in range(20):
        answers(lookups, [str(number)])
        ends = time.monotonic() + PATIENCE
        while lookups._free != 1:  # it has answered, and is about to wait again
            assert time.monotonic() < ends
            time.sleep(0.001)
    assert len(threads) == 1


def test_a_machine_without_another_thread_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(socket.gaierror) as raised:
        Lookups().ask("a.test", 80, lambda found: None)
    assert raised.value.errno in lookup.LOCAL_LOOKUPS


def test_threads_end_where_nothing_is_asked_and_new_ones_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "IDLE_SECONDS", 0.001)
    monkeypatch.setattr(lookup, "addresses_of", lambda host, port: [(host, port)])
    lookups = Lookups()
    for number in range(50):  # now before a thread gives up, now after it
        name = f"ending-{number}"
        assert answers(lookups, [name]) == {name: [(name, 80)]}
    for thread in threading.enumerate():
        if thread.name.startswith("lookup ending"):
            thread.join(PATIENCE)
    assert lookups._free == 0
